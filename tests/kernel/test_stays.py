"""Classes that last until their processes quit: real processes, groups and verdicts."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from ipaddress import ip_address
from pathlib import Path

import pytest

from stile.applications import EVERYBODY, Application
from stile.connections import Pid, Process, Uid
from stile.rules import Action, Lifetime, Origin, Policy, Rule
from stile.scopes import Scope
from stiled import netcls, netfilter
from stiled.chains import SHARED
from stiled.classes import NONE, Classes, ClassId
from stiled.enforcement import Enforcement
from stiled.hostnames import Answer, Hostnames
from stiled.identity import application_of
from stiled.netcls import NetCls, NoNetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.ruleset import Queue
from stiled.stays import Stay, age_of

ALLOW, DENY = Action.ALLOW, Action.DENY
SOON = 5.0
WAITS = "import sys; sys.stdin.read()"
EXECS = "import os, sys; sys.stdin.readline(); os.execv('/bin/sleep', ['sleep', '60'])"
LEADER_ENDS = """
import ctypes, sys, threading
threading.Thread(target=threading.Event().wait).start()
sys.stdin.readline()
ctypes.CDLL(None).syscall({exit}, 0)  # exit(2) of this thread alone
"""
FORKS = """
import os, sys, time
sys.stdin.readline()
for _ in range(4):
    os.fork()
end = time.monotonic() + 20
while time.monotonic() < end:
    if os.fork():
        os._exit(0)
"""
"""Sixteen processes that are others all the time, though not for ever."""


class Guard:
    """What enforces, and a loop that looks when somebody has exited."""

    def __init__(self, mount: Path, name: str, filtered_by: type[Netfilter] = Netfilter) -> None:
        self.groups = NetCls(mount, name)
        self.groups.claim()
        table = filtered_by(Queue(7, netfilter.has_native_queue(), "deny"))
        classes = Classes(self.groups.groups())
        self.names = Hostnames()
        self.enforcement = Enforcement(classes, table, self.groups, Owners(), self.names)
        self.stays = self.enforcement.stays
        self.loop = asyncio.new_event_loop()
        self.home = mount / name

    def start(self, policy: Policy | None = None) -> None:
        """Begin as a helper does."""
        self.stays.take_over(policy or Policy())
        self.enforcement.load(policy or Policy())
        self.stays.listen(self.loop, self.stays.look, lambda: None)

    def until(self, found: Callable[[], bool]) -> None:
        """Let the loop run until something is so."""
        end = time.monotonic() + SOON
        while not found():
            assert time.monotonic() < end, "not in time"
            self.loop.call_later(0.005, self.loop.stop)
            self.loop.run_forever()

    def away(self) -> None:
        """Be gone, as a helper that was killed."""
        self.stays.close()
        self.groups.release()
        self.loop.close()

    def is_clean(self) -> bool:
        """Whether there is no group, and no verdict."""
        return not [path for path in self.home.iterdir() if path.is_dir()] and verdicts() == {}


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    try:
        yield netcls.find_or_mount(tmp_path)
    except NoNetCls as error:
        pytest.skip(str(error))
    finally:
        netcls.unmount(tmp_path)


@pytest.fixture
def helper(mount: Path, tmp_path: Path) -> Iterator[Callable[[], Guard]]:
    """Make helpers, one after another, over the same groups."""
    name = f"stile-tests/{os.getpid()}-{tmp_path.name}"
    made: list[Guard] = []

    def make() -> Guard:
        if made:
            made[-1].away()
        made.append(Guard(mount, name))
        return made[-1]

    yield make
    made[-1].away()
    NetCls(mount, name).clear()


@pytest.fixture
def guard(helper: Callable[[], Guard]) -> Guard:
    made = helper()
    made.start()
    return made


@pytest.fixture
def start() -> "Iterator[Callable[[str], subprocess.Popen[str]]]":
    """Start programs, and end them."""
    pipe = subprocess.PIPE
    with ExitStack() as ends:

        def run(script: str) -> "subprocess.Popen[str]":
            command = [sys.executable, "-S", "-c", script]
            process = subprocess.Popen(
                command, stdin=pipe, stdout=pipe, text=True, start_new_session=True
            )
            ends.enter_context(process)
            ends.callback(process.kill)
            return process

        yield run


Start = Callable[[str], "subprocess.Popen[str]"]


def who(process: "subprocess.Popen[str]") -> Process:
    pid = Pid(process.pid)
    return Process(pid, Uid(0), application_of(pid))


def verdicts() -> dict[int, str]:
    """The verdicts of classes, as the kernel has them."""
    done = subprocess.run(
        ["nft", "--json", "list", "maps", "inet"], capture_output=True, text=True, check=True
    )
    for entry in json.loads(done.stdout)["nftables"]:
        if entry.get("map", {}).get("name") == "verdicts":
            found = entry["map"].get("elem", [])
            return {
                key: "accepted" if "accept" in verdict else verdict["goto"]["target"]
                for key, verdict in found
            }
    raise AssertionError("there is no map of verdicts")


def tell(process: "subprocess.Popen[str]") -> None:
    """Let a program go on that waits for a line."""
    assert process.stdin
    process.stdin.write("\n")
    process.stdin.flush()


def runs_no_more(process: "subprocess.Popen[str]", application: Application) -> bool:
    """Whether a process cannot be known as *application* any more."""
    try:
        return application_of(Pid(process.pid)) != application
    except FileNotFoundError:
        return True


def is_not_in(guard: Guard, stay: Stay, pid: Pid) -> bool:
    return pid not in guard.groups.members(stay.name)


def only(guard: Guard) -> Stay:
    (stay,) = guard.stays
    return stay


def test_a_process_is_in_a_class_of_its_own_with_the_verdict(guard: Guard, start: Start) -> None:
    one, two = start(WAITS), start(WAITS)

    assert guard.enforcement.separate(who(one), ALLOW, 0)
    assert guard.enforcement.separate(who(two), DENY, 0)

    first, second = guard.stays
    assert guard.groups.class_of(Pid(one.pid)) == first.class_id
    assert guard.groups.class_of(Pid(two.pid)) == second.class_id
    assert verdicts() == {first.class_id: "accepted", second.class_id: "denied"}
    assert guard.enforcement.whose(first.name) == who(one).application
    assert guard.enforcement.apart([who(one)]) == {Pid(one.pid): ALLOW}
    assert [(rule.action, rule.lifetime, rule.origin) for rule in guard.stays.rules] == [
        (ALLOW, Lifetime.QUIT, Origin.TEMPORARY),
        (DENY, Lifetime.QUIT, Origin.TEMPORARY),
    ]


def test_a_zombie_does_not_hold_it(guard: Guard, start: Start) -> None:
    process = start(WAITS)
    guard.enforcement.separate(who(process), ALLOW, 0)

    process.kill()
    guard.until(guard.is_clean)

    state = Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0]
    assert (state, process.returncode) == ("Z", None), "nobody has waited for it"


def test_a_process_whose_first_thread_has_ended_holds_it(guard: Guard, start: Start) -> None:
    number = {"x86_64": 60, "aarch64": 93}.get(os.uname().machine)
    if number is None:
        pytest.skip("the number of exit(2) is not known here")
    process = start(LEADER_ENDS.format(exit=number))
    assert guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)

    tell(process)
    guard.until(lambda: runs_no_more(process, stay.application))
    guard.stays.look(stay)
    assert list(guard.stays) == [stay]

    process.kill()
    guard.until(guard.is_clean)


def test_what_was_forked_is_watched_in_turn(guard: Guard, start: Start) -> None:
    process = start(
        "import os, sys\nwhile sys.stdin.readline() == '\\n': os.fork() and os._exit(0)"
    )
    guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)
    seen = set()
    for _ in range(20):
        (pid,) = guard.groups.members(stay.name)
        seen.add(pid)
        tell(process)
        guard.until(partial(is_not_in, guard, stay, pid))

    assert (len(seen), list(guard.stays)) == (20, [stay])
    process.communicate()
    guard.until(guard.is_clean)


def test_a_process_that_is_not_what_was_seen_gets_nothing(guard: Guard, start: Start) -> None:
    process = start(WAITS)
    seen = who(process)
    gone = start("")
    gone.wait()
    stranger = Process(seen.pid, seen.uid, Application.parse("path:/usr/bin/other"))

    assert not guard.enforcement.separate(seen, ALLOW, age_of(seen.pid) + 1), "it is younger"
    assert not guard.enforcement.separate(
        Process(Pid(gone.pid), Uid(0), seen.application), ALLOW, 0
    )
    assert not guard.enforcement.separate(stranger, ALLOW, 0)

    assert guard.is_clean()
    assert guard.groups.class_of(seen.pid) == NONE


def test_a_sweep_leaves_who_is_apart_and_takes_who_became_another(
    guard: Guard, start: Start
) -> None:
    process = start(EXECS)
    guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)

    assert guard.enforcement.place(stay.application, [who(process)]) == frozenset()
    assert guard.groups.class_of(Pid(process.pid)) == stay.class_id

    tell(process)
    guard.until(lambda: runs_no_more(process, stay.application))
    policy = Policy.of([Rule(who(process).application, DENY)])
    guard.enforcement.teach(policy, policy.rules)
    guard.enforcement.place(who(process).application, [who(process)])

    guard.until(lambda: not guard.stays)
    assert guard.groups.class_of(Pid(process.pid)) not in (NONE, stay.class_id)
    assert set(verdicts().values()) == {"denied"}


def test_a_rule_takes_its_place(guard: Guard, start: Start) -> None:
    process = start(WAITS)
    guard.enforcement.separate(who(process), DENY, 0)
    stay = only(guard)
    policy = Policy.of([Rule(stay.application, ALLOW)])

    guard.enforcement.teach(policy, [stay.application])

    assert not guard.stays
    (class_id,) = verdicts()
    assert guard.groups.class_of(Pid(process.pid)) == class_id != stay.class_id


def test_who_forks_faster_than_it_is_put_out_keeps_nothing(
    helper: Callable[[], Guard], start: Start
) -> None:
    guard = helper()
    guard.start()
    process = start(FORKS)
    guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)
    tell(process)
    try:
        guard.until(lambda: process.pid not in guard.groups.members(stay.name))

        guard.stays.end(stay)

        assert verdicts() == {}
        assert stay.name not in guard.groups.groups()
        after = helper()
        after.start()
        assert not after.stays, "and another helper does not give it back"
        assert verdicts() == {}
    finally:
        hunt(process.pid)


def hunt(group: int) -> None:
    """End what forks all the time: its process group at once, of which it cannot get out."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


# -- narrow rules ------------------------------------------------------------------------------


def narrow(application: Application, to: str, action: Action = DENY) -> Rule:
    return Rule(application, action, scope=Scope.parse({"to": to}))


def listed() -> str:
    """The table, as the kernel has it."""
    command = ["nft", "list", "table", "inet", "stile"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("answered_first", [True, False])
def test_it_has_a_chain_of_its_own_while_there_are_narrow_rules_and_no_longer(
    guard: Guard,
    start: Start,
    answered_first: bool,  # noqa: FBT001 # both
) -> None:
    process = start(WAITS)
    application = who(process).application
    policy = Policy.of([narrow(application, "192.0.2.0/24")])
    if answered_first:
        guard.enforcement.separate(who(process), ALLOW, 0)
        assert set(verdicts().values()) == {"accepted"}
    guard.enforcement.teach(policy, [application])
    if not answered_first:
        guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)
    own = verdicts()[stay.class_id]

    assert own not in SHARED.values()
    assert own != guard.enforcement.chain_name(application), "others of it are asked"
    assert listed().count("192.0.2.0-192.0.2.255") == 2, "one line in each"

    everybody = Policy.of([*policy.rules[application], narrow(EVERYBODY, "198.51.100.0/24")])
    guard.enforcement.teach(everybody, [EVERYBODY])
    chain = listed().partition(f"chain {own} {{")[2].partition("}")[0]
    assert "198.51.100.0-198.51.100.255" in chain, "what is said about everybody stands in it too"

    guard.enforcement.teach(Policy(), [application, EVERYBODY])
    assert verdicts() == {stay.class_id: "accepted"}
    assert f"chain {own} {{" not in listed()


def test_the_chain_goes_with_the_last_process(guard: Guard, start: Start) -> None:
    process = start(WAITS)
    application = who(process).application
    guard.enforcement.teach(Policy.of([narrow(application, "192.0.2.0/24")]), [application])
    guard.enforcement.separate(who(process), ALLOW, 0)
    (own,) = {*verdicts().values()} - {guard.enforcement.chain_name(application)}

    process.kill()
    guard.until(lambda: not guard.stays)

    assert f"chain {own} {{" not in listed()
    assert [*verdicts().values()] == [guard.enforcement.chain_name(application)]


def test_the_chain_goes_although_somebody_is_on_the_way_out_through_it(
    guard: Guard, start: Start
) -> None:
    """The exec gate's exit leads to the chain for some tenths of a second (`exits.py`)."""
    process = start(WAITS)
    application = who(process).application
    guard.enforcement.teach(Policy.of([narrow(application, "192.0.2.0/24")]), [application])
    guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)
    own = verdicts()[stay.class_id]
    leads = f"add element inet stile leaving {{ 0x57140001 timeout 10s : goto {own} }}"
    subprocess.run(["nft", leads], check=True)

    guard.stays.end(stay)

    assert f"chain {own} {{" not in listed()
    assert [*verdicts().values()] == [guard.enforcement.chain_name(application)]


def test_another_helper_finds_the_narrow_rules_in_force(
    helper: Callable[[], Guard], start: Start
) -> None:
    guard = helper()
    process = start(WAITS)
    application = who(process).application
    policy = Policy.of([narrow(application, "192.0.2.0/24")])
    guard.start(policy)
    guard.enforcement.separate(who(process), ALLOW, 0)
    before = verdicts()

    guard = helper()
    guard.start(policy)

    assert verdicts() == before
    assert guard.groups.class_of(Pid(process.pid)) == only(guard).class_id


def test_names_that_are_known_stand_in_its_sets_and_new_ones_come_in(
    guard: Guard, start: Start
) -> None:
    process = start(WAITS)
    application = who(process).application
    known, new, other = map(ip_address, ("192.0.2.1", "192.0.2.2", "192.0.2.3"))
    now = guard.enforcement.clock()
    guard.names.learn(Answer("www.example.org", {known: 60.0}), now)
    policy = Policy.of([narrow(application, "*.example.org")])
    guard.enforcement.teach(policy, [application])
    guard.enforcement.separate(who(process), ALLOW, 0)
    own = verdicts()[only(guard).class_id]

    assert str(known) in elements(f"names0_{own}_4")
    guard.names.learn(Answer("ftp.example.org", {new: 60.0}), now)
    guard.enforcement.learn([new])
    assert str(new) in elements(f"names0_{own}_4")
    guard.enforcement.clear_up(application, other)
    assert str(other) in elements(f"judged_{own}_4"), "it was looked at, and has no such name"
    assert str(other) not in elements(f"names0_{own}_4")


def elements(name: str) -> str:
    command = ["nft", "list", "set", "inet", "stile", name]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


ONE_FOR_ALL = ClassId(0x57150001)


class SharedClasses(Netfilter):
    """A packet filter that shows all who are simply allowed, denied or dropped as one class."""

    @staticmethod
    def class_for(own: ClassId, chain: str) -> ClassId:
        return ONE_FOR_ALL if chain in SHARED.values() else own


def test_the_kernel_sees_the_class_that_the_packet_filter_wants(mount: Path, start: Start) -> None:
    guard = Guard(mount, f"stile-tests/{os.getpid()}-shared", SharedClasses)
    try:
        guard.start()
        process = start(WAITS)
        pid, application = Pid(process.pid), who(process).application
        guard.enforcement.separate(who(process), ALLOW, 0)
        assert guard.groups.class_of(pid) == ONE_FOR_ALL

        guard.enforcement.teach(Policy.of([narrow(application, "192.0.2.0/24")]), [application])
        assert guard.groups.class_of(pid) == only(guard).class_id
        guard.enforcement.teach(Policy(), [application])
        assert guard.groups.class_of(pid) == ONE_FOR_ALL
    finally:
        guard.away()
        guard.groups.clear()


# -- an earlier helper's ---------------------------------------------------------------------


def test_a_helper_that_starts_anew_takes_over_what_runs_and_clears_away_what_does_not(
    helper: Callable[[], Guard], start: Start
) -> None:
    guard = helper()
    guard.start()
    stays, quits = start(WAITS), start(WAITS)
    for process in (stays, quits):
        guard.enforcement.separate(who(process), DENY, 0)
    first, _ = guard.stays
    guard = helper()
    quits.kill()
    quits.wait()

    guard.start()

    assert list(guard.stays) == [first]
    assert verdicts() == {first.class_id: "denied"}
    guard.enforcement.separate(who(start(WAITS)), ALLOW, 0)
    assert len(set(verdicts())) == 2, "its number is not given to another"
    stays.kill()
    guard.until(lambda: first not in set(guard.stays))


def test_who_became_another_while_nobody_looked_is_moved_out(
    helper: Callable[[], Guard], start: Start
) -> None:
    guard = helper()
    guard.start()
    stays, changes = start(WAITS), start(EXECS)
    guard.enforcement.separate(who(stays), ALLOW, 0)
    stay = only(guard)
    guard.groups.move(Pid(changes.pid), stay.name)
    alone = start(EXECS)
    guard.enforcement.separate(who(alone), ALLOW, 0)
    guard = helper()
    for process in (changes, alone):
        tell(process)
        guard.until(partial(runs_no_more, process, stay.application))

    guard.start()

    assert list(guard.stays) == [stay]
    assert guard.groups.class_of(Pid(changes.pid)) == NONE
    assert guard.groups.class_of(Pid(alone.pid)) == NONE


@pytest.mark.parametrize("action", [ALLOW, DENY])
def test_what_a_rule_speaks_of_by_now_is_not_taken_over(
    helper: Callable[[], Guard], start: Start, action: Action
) -> None:
    guard = helper()
    guard.start()
    process = start(WAITS)
    guard.enforcement.separate(who(process), ALLOW, 0)
    stay = only(guard)
    guard = helper()

    guard.start(Policy.of([Rule(stay.application, action)]))

    assert not guard.stays
    assert stay.class_id not in verdicts()
    assert guard.groups.class_of(Pid(process.pid)) == NONE


@pytest.mark.parametrize("name", ["x~quit~allow~7", "x~quit~maybe~7", "~quit~", "x~quit~allow"])
def test_a_group_whose_name_says_nothing_sensible_is_vacated(
    helper: Callable[[], Guard], start: Start, name: str
) -> None:
    guard = helper()
    guard.start()
    process = start(WAITS)
    guard.groups.move(Pid(process.pid), guard.groups.ensure(name, Classes().fresh()))

    guard = helper()
    guard.start()

    assert guard.is_clean()
    assert guard.groups.class_of(Pid(process.pid)) == NONE
