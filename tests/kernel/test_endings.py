"""Connections that are open and refused by now: real sockets, and who keeps which.

The other end of the cable is in a namespace of its own, where a server accepts whatever comes.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest

from stile.applications import EVERYBODY, Application
from stile.connections import Pid
from stile.rules import Action, Policy, Rule
from stile.scopes import Scope
from stiled import netcls, netfilter, sockdiag
from stiled.classes import Classes
from stiled.descriptors import network_sockets
from stiled.endings import Endings
from stiled.enforcement import Enforcement
from stiled.hostnames import Answer, Hostnames
from stiled.netcls import NetCls, NoNetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.ruleset import Queue

ALLOW, DENY, DROP = Action.ALLOW, Action.DENY, Action.DROP
FAR, OTHER, FAR6, NEAR = "10.78.0.2", "10.78.0.9", "fd78::2", "10.78.0.1"
PATIENCE = 10.0
GONE = "ECONNABORTED"

SERVER = """
import ctypes, socket, sys, threading
if ctypes.CDLL(None, use_errno=True).unshare(0x40000000):
    sys.exit("unshare")
print("made", flush=True)
sys.stdin.readline()
kept = []
def serve(server):
    while True:
        kept.append(server.accept()[0])
for port in (80, 81):
    server = socket.create_server(("", port), family=socket.AF_INET6, dualstack_ipv6=True)
    threading.Thread(target=serve, args=(server,), daemon=True).start()
print("serves", flush=True)
for line in sys.stdin:
    kept.append(socket.create_connection(("10.78.0.1", int(line)), 5))
    print("connected", flush=True)
"""

PROGRAM = """
import errno, json, os, signal, socket, sys
made, names = {}, {}
def state(name):
    one = made[name]
    one.setblocking(False)
    try:
        return "closed" if one.recv(1) == b"" else "data"
    except BlockingIOError:
        return "open"
    except OSError as error:
        return errno.errorcode[error.errno]
for line in sys.stdin:
    verb, name, *words = json.loads(line)
    out = None
    if verb == "listen":
        made[name] = socket.create_server(("", words[0]))
    elif verb == "accept":
        made[name], _ = made[words[0]].accept()
    elif verb == "state":
        out = state(name)
    elif verb == "close":
        made.pop(name).close()
    elif verb == "fork":  # a child that holds it, and nothing else
        if not (out := os.fork()):
            signal.pause()
    else:
        family, place, port, own = words
        kind = socket.SOCK_STREAM if verb == "tcp" else socket.SOCK_DGRAM
        made[name] = socket.socket(family, kind)
        made[name].settimeout(5)
        if own:
            made[name].bind(("", own))
        made[name].connect((place, port))
    print(json.dumps(out), flush=True)
"""


class Program:
    """A program of its own, that keeps sockets by name."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [path, "-S", "-c", PROGRAM],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={"PYTHONHOME": sys.base_prefix},
            start_new_session=True,
        )
        self.application = Application.parse(f"path:{path}")

    @property
    def pid(self) -> Pid:
        return Pid(self.process.pid)

    def does(self, *words: object) -> object:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def connects(
        self, name: str, to: str = FAR, port: int = 80, *, kind: str = "tcp", own: int = 0
    ) -> None:
        family = socket.AF_INET6 if ":" in to else socket.AF_INET
        self.does(kind, name, family, to, port, own)

    def state(self, name: str) -> object:
        return self.does("state", name)

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


@dataclass
class Ground:
    """What enforces and ends, and a server on the far side."""

    enforcement: Enforcement
    endings: Endings
    groups: NetCls
    names: Hostnames
    server: "subprocess.Popen[str]"
    make: Callable[[str], Program]

    def program(self, name: str = "one") -> Program:
        return self.make(name)

    def allows(self, *programs: Program) -> None:
        """Have programs decided about as a whole, and placed."""
        self.rules(*(Rule(each.application, ALLOW) for each in programs))
        for each in programs:
            assert self.enforcement.place_one(each.application, each.pid)

    def rules(self, *rules: Rule) -> int:
        """Put rules in force, end what they refuse, and say how many sockets that were."""
        policy = Policy.of(rules)
        self.enforcement.teach(policy, {*policy.rules})
        return self.endings.end_refused(policy.rules)

    def reaches(self, port: int) -> None:
        """Connect from the far side."""
        assert self.server.stdin
        assert self.server.stdout
        self.server.stdin.write(f"{port}\n")
        self.server.stdin.flush()
        assert self.server.stdout.readline() == "connected\n"


@pytest.fixture
def ground(own_namespace: None, tmp_path: Path) -> Iterator[Ground]:
    try:
        mount = netcls.find_or_mount(tmp_path)
    except NoNetCls as error:
        pytest.skip(str(error))
    if reason := sockdiag.why_not():
        pytest.skip(reason)
    with ExitStack() as ends:
        ends.callback(netcls.unmount, tmp_path)
        groups = NetCls(mount, f"stile-tests/endings{os.getpid()}")
        groups.claim()
        ends.callback(groups.release)
        ends.callback(groups.clear)
        table = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
        owners, names = Owners(), Hostnames()
        enforcement = Enforcement(Classes(), table, groups, owners, names)
        enforcement.load(Policy())
        enforcement.pause(600)  # who is unknown comes through as well
        endings = Endings(enforcement, groups, owners, names)

        def made(name: str) -> Program:
            path = tmp_path / name
            if not path.exists():
                shutil.copy(Path(sys.executable).resolve(), path)
            program = Program(path)
            ends.callback(program.end)
            return program

        yield Ground(enforcement, endings, groups, names, _server(ends), made)


def _server(ends: ExitStack) -> "subprocess.Popen[str]":
    """Start a server in a namespace of its own, at the other end of the cable."""
    server = subprocess.Popen(
        [sys.executable, "-S", "-c", SERVER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    ends.callback(server.communicate)
    ends.callback(server.kill)
    assert server.stdin
    assert server.stdout
    assert server.stdout.readline() == "made\n"
    _ip("neigh", "del", FAR, "dev", "cable")
    _ip("link", "set", "end", "netns", str(server.pid))
    inside = ["nsenter", f"--net=/proc/{server.pid}/ns/net"]
    for words in (
        ["link", "set", "end", "up"],
        *(["addr", "add", f"{each}/24", "dev", "end"] for each in (FAR, OTHER)),
        ["addr", "add", f"{FAR6}/64", "dev", "end", "nodad"],
    ):
        subprocess.run([*inside, "ip", *words], check=True)
    server.stdin.write("go\n")
    server.stdin.flush()
    assert server.stdout.readline() == "serves\n"
    return server


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def narrow(program: Program | Application, to: str = FAR, action: Action = DENY) -> Rule:
    """A rule with a destination, or with more: "10.78.0.2 port 80"."""
    application = program.application if isinstance(program, Program) else program
    words = f"to {to}".split()
    return Rule(
        application,
        action,
        scope=Scope.parse(dict(zip(words[::2], words[1::2], strict=True))),
    )


def allow(program: Program) -> Rule:
    return Rule(program.application, ALLOW)


@pytest.mark.parametrize("action", [DENY, DROP])
def test_what_goes_to_a_place_that_is_refused_now_ends_and_nothing_else(
    ground: Ground, action: Action
) -> None:
    one, two = ground.program("one"), ground.program("two")
    ground.allows(one, two)
    one.connects("there")
    one.connects("elsewhere", OTHER)
    one.connects("by six", FAR6)
    two.connects("there")

    assert ground.rules(allow(one), allow(two), narrow(one, action=action)) == 1

    assert one.state("there") == GONE
    assert (one.state("elsewhere"), one.state("by six")) == ("open", "open")
    assert two.state("there") == "open"
    assert ground.rules(allow(one), allow(two), narrow(one, action=action)) == 0


def test_everybodys_rule_ends_it_for_all_who_are_in_a_class(ground: Ground) -> None:
    one, two, unknown = map(ground.program, ("one", "two", "unknown"))
    unknown.connects("there")
    ground.allows(one, two)
    for each in (one, two):
        each.connects("there")

    assert ground.rules(allow(one), allow(two), narrow(EVERYBODY)) == 2

    assert [each.state("there") for each in (one, two)] == [GONE, GONE]
    assert unknown.state("there") == "open", "it is in no class of ours"


@pytest.mark.parametrize("to", [FAR, FAR6, f"::ffff:{FAR}"])
@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_of_both_families_and_protocols(ground: Ground, to: str, kind: str) -> None:
    one = ground.program()
    ground.allows(one)
    one.connects("there", to, 81, kind=kind)
    one.connects("other port", to, 80, kind=kind)

    place = to.removeprefix("::ffff:")
    assert ground.rules(allow(one), narrow(one, f"{place} port 81")) == 1

    assert one.state("there") == GONE
    assert one.state("other port") == "open"


def test_who_was_reached_is_not_taken_for_who_began(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.does("listen", "door", 5000)
    ground.reaches(5000)
    one.does("accept", "guest", "door")

    assert ground.rules(allow(one), narrow(one)) == 0
    assert one.state("guest") == "open"
    assert ground.rules(allow(one), narrow(one, f"{FAR} direction in")) == 1
    assert one.state("guest") == GONE
    ground.rules(allow(one))
    ground.reaches(5000)
    one.does("accept", "guest", "door")  # the listener is there still


def test_where_the_listener_is_gone_only_what_is_refused_either_way_ends(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.does("listen", "door", 5000)
    ground.reaches(5000)
    one.does("accept", "guest", "door")
    one.does("close", "door")

    assert ground.rules(allow(one), narrow(one)) == 0
    assert ground.rules(allow(one), narrow(one, f"{FAR} direction in")) == 0
    assert one.state("guest") == "open"
    both = (narrow(one), narrow(one, f"{FAR} direction in"))
    assert ground.rules(allow(one), *both) == 1
    assert one.state("guest") == GONE


def test_what_another_program_holds_as_well_goes_on(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.connects("there")
    child = Pid(int(str(one.does("fork", ""))))
    try:
        ground.groups.expel(child)
        ground.groups.renew(next(iter(ground.groups.groups())))

        assert ground.rules(allow(one), narrow(one)) == 0
        assert one.state("there") == "open"
    finally:
        os.kill(child, 9)
    until(lambda: not sockets_of(child))

    assert ground.rules(allow(one), narrow(one)) == 1
    assert one.state("there") == GONE


def test_what_it_has_forked_is_of_the_same_class_and_does_not_keep_it(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.connects("there")
    child = int(str(one.does("fork", "")))
    try:
        assert ground.rules(allow(one), narrow(one)) == 1
        assert one.state("there") == GONE
    finally:
        os.kill(child, 9)


def test_what_stays_on_this_machine_goes_on(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.does("listen", "door", 5000)
    for place in (NEAR, "127.0.0.1"):
        one.connects(place, place, 5000)
        one.connects(f"udp {place}", place, 5000, kind="udp")

    assert ground.rules(allow(one), *(narrow(one, each) for each in (NEAR, "127.0.0.1"))) == 0

    for place in (NEAR, "127.0.0.1"):
        assert (one.state(place), one.state(f"udp {place}")) == ("open", "open")


def test_an_answer_until_it_quits_counts_for_its_process_alone(ground: Ground) -> None:
    one, twin = ground.program(), ground.program()
    deny = narrow(one)
    for each in (one, twin):
        each.connects("there")
        each.connects("elsewhere", OTHER)
        each.connects("udp", OTHER, kind="udp")
    ground.rules(narrow(one, "192.0.2.1"))
    for process in Owners().running():
        if process.pid == one.pid:
            assert ground.enforcement.separate(process, ALLOW, 0)

    assert ground.rules(deny) == 1, "the twin is in no class"

    assert (one.state("there"), one.state("elsewhere")) == (GONE, "open")
    assert (twin.state("there"), twin.state("elsewhere")) == ("open", "open")
    assert ground.enforcement.place_one(one.application, twin.pid)
    assert ground.endings.end_refused([one.application]) == 1
    assert (twin.state("there"), twin.state("elsewhere")) == (GONE, "open")


def test_a_name_that_is_denied_ends_what_is_known_to_have_it(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.connects("there")
    one.connects("elsewhere", OTHER)
    now, address = ground.enforcement.clock(), ip_address(FAR)
    ground.names.learn(Answer("ads.example.org", {address: 60.0}), now)

    assert ground.rules(allow(one), narrow(one, "*.example.org")) == 1

    assert (one.state("there"), one.state("elsewhere")) == (GONE, "open")


def test_where_the_kernel_refuses_of_itself_nothing_is_ended(ground: Ground) -> None:
    one = ground.program()
    ground.allows(one)
    one.connects("there")

    assert ground.rules(Rule(one.application, DENY)) == 0
    assert one.state("there") == "open", "its next packet is refused"


def test_among_thousands_of_sockets_it_is_found_in_a_moment(ground: Ground) -> None:
    one, other = ground.program("one"), ground.program("other")
    ground.allows(one)
    one.connects("there")
    for number in range(3000):
        other.connects(str(number), kind="udp")
    policy = Policy.of([allow(one), narrow(one)])
    ground.enforcement.teach(policy, policy.rules)

    start = time.monotonic()
    assert ground.endings.end_refused(policy.rules) == 1
    assert time.monotonic() - start < 1.0
    assert one.state("there") == GONE


def sockets_of(pid: int) -> set[str]:
    """The network sockets of a process, none where it is gone."""
    try:
        return network_sockets(pid)
    except OSError:
        return set()


def until(found: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.005)
