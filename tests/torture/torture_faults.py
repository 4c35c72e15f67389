"""What is broken, and how it is mended afterwards where it does not mend itself.

A strike breaks something, at once, and gives what ends it. Helper, bus and agent are started anew
by whoever calls, as systemd and the session do.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from torture_stage import Asker, Ground, cable_again
from torture_tray import NEEDS, Tray
from worlds import NEAR, PATIENCE, Stiled, run, until

Mend = Callable[[], None]
BURST, CROWD, FLOOD, NOISE, UNHEARD = 5000, 1000, 20_000, 20_000, 12_000
LOST = "more was executed than could be told"
"""What the helper says where some were not (`execevents.py`)."""
ROOM = 2 << 20
"""Octets that a helper may still take when its memory is limited."""
LITTLE = str(4 << 20)
"""Octets of memory in a group in which somebody is killed for want of it."""
FIRST_UID, USERS = 61_000, 40
LONGEST_TAKING = 30
UNKILLABLE = "-1000"
"""proc_pid_oom_score_adj(5)."""
JUMPS = (1, 3600, 86_400, 10 * 365 * 86_400)
"""Seconds by which the clock is wrong."""


STEPS = ("held", "asked", "answered", "carried out")
"""Where a question is when something breaks."""


@dataclass(frozen=True)
class Fault:
    """A way to break something."""

    name: str
    strike: Callable[[Ground], Mend]
    disturbs: bool = False
    """Whether it is root that breaks network or table: connections may fail until it is mended."""
    clears: bool = False
    """Whether who is undecided may get through: root itself has opened the table, or ended the
    whole gate at once (README.md: what it does not do)."""
    steps: tuple[str, ...] = STEPS


def nothing() -> None:
    """Nothing has to be mended."""


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _victims(ground: Ground, who: str) -> list[int]:
    match who:
        case "helper":
            return [ground.helper.pid]
        case "guardian":
            return ground.gate()[:1]
        case "worker":
            return ground.gate()[1:]
        case "gate":
            return ground.gate()
        case "agent":
            return [ground.person.process.pid]
        case _:
            return [ground.world.bus_daemon.pid]


def killing(who: str) -> Callable[[Ground], Mend]:
    """Kill somebody."""

    def strike(ground: Ground) -> Mend:
        _signal(_victims(ground, who), signal.SIGKILL)
        return nothing

    return strike


def stopping(who: str) -> Callable[[Ground], Mend]:
    """Stop somebody for a while."""

    def strike(ground: Ground) -> Mend:
        victims, seconds = _victims(ground, who), ground.rng.uniform(0.1, 4.0)
        _signal(victims, signal.SIGSTOP)
        time.sleep(seconds)
        _signal(victims, signal.SIGCONT)
        return nothing

    return strike


# -- what it needs ----------------------------------------------------------------------------


def short_of_memory(ground: Ground) -> Mend:
    pid = ground.helper.pid
    size = int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    return _limited(pid, resource.RLIMIT_AS, size + ROOM)


def short_of_descriptors(who: str) -> Callable[[Ground], Mend]:
    """Let somebody open no more than a few files."""

    def strike(ground: Ground) -> Mend:
        mends = []
        for pid in _victims(ground, who):
            highest = max(int(path.name) for path in Path(f"/proc/{pid}/fd").iterdir())
            most = highest + 1 + ground.rng.randrange(4)
            mends.append(_limited(pid, resource.RLIMIT_NOFILE, most))

        def mend() -> None:
            for each in mends:
                each()

        return mend

    return strike


def _limited(pid: int, what: int, most: int) -> Mend:
    former = resource.prlimit(pid, what)
    resource.prlimit(pid, what, (most, former[1]))

    def mend() -> None:
        with suppress(ProcessLookupError):
            resource.prlimit(pid, what, former)

    return mend


def out_of_memory(who: str) -> Callable[[Ground], Mend]:
    """Let the kernel kill somebody for want of memory, in a group that has too little.

    Beside them a program takes all that there is. Whom the kernel must spare goes on there.
    """

    def strike(ground: Ground) -> Mend:
        group, victims = MemoryGroup.of(ground), _victims(ground, who)
        ground.world.ends.callback(group.remove)
        mortal = [pid for pid in victims if _is_mortal(pid)]
        for pid in victims:
            group.take(pid)
        taker = ground.world.start("sh", "-c", 'echo $$ > "$0" && exec tail /dev/zero', group.procs)
        assert taker.wait(LONGEST_TAKING) == -signal.SIGKILL, "nobody ran out of memory"
        until(lambda: not any(map(_is_alive, mortal)), f"{who} is killed for want of memory")
        assert all(_is_alive(pid) for pid in victims if pid not in mortal), f"{who} is spared"
        return group.remove

    return strike


def _is_mortal(pid: int) -> bool:
    """Let somebody be killed before all others, unless it has seen to it that it never is."""
    score = Path(f"/proc/{pid}/oom_score_adj")
    if score.read_text().strip() == UNKILLABLE:
        return False
    score.write_text("1000")
    return True


def _is_alive(pid: int) -> bool:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return text.rpartition(")")[2].split()[0] != "Z"


def memory_hierarchy() -> Path | None:
    """Where groups of processes get so much memory and no more; None where that is not v1."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, mount, kind, options, *_ = line.split()
        if kind == "cgroup" and "memory" in options.split(","):
            return Path(mount)
    return None


@dataclass(frozen=True)
class MemoryGroup:
    """A group of processes that have little memory together."""

    folder: Path

    @classmethod
    def of(cls, ground: Ground) -> "MemoryGroup":
        """Make one."""
        hierarchy = memory_hierarchy()
        assert hierarchy
        group = cls(hierarchy / f"stile-torture-{ground.world.name}")
        group.folder.mkdir(exist_ok=True)
        (group.folder / "memory.limit_in_bytes").write_text(LITTLE)
        return group

    @property
    def procs(self) -> Path:
        """Where who is in it stands."""
        return self.folder / "cgroup.procs"

    def take(self, pid: int) -> None:
        """Put a process into it."""
        with suppress(ProcessLookupError):
            self.procs.write_text(str(pid))

    def remove(self) -> None:
        """Let those go that are left, and be no more."""
        if not self.folder.exists():
            return
        for pid in self.procs.read_text().split():
            with suppress(ProcessLookupError):
                (self.folder.parent / "cgroup.procs").write_text(pid)
        until(lambda: not self.procs.read_text() or None, "the group is empty")
        self.folder.rmdir()


def clock_set(ground: Ground) -> Mend:
    """Somebody sets the clock, forward or back, and right again after a while."""
    ground.clock.set(ground.rng.choice((-1, 1)) * ground.rng.choice(JUMPS))
    return lambda: ground.clock.set(0)


def _places(ground: Ground, *names: str) -> list[Path]:
    names = tuple(ground.rng.sample(names, ground.rng.randrange(1, len(names) + 1)))
    return [ground.world.home / name for name in names]


def full_disk(ground: Ground) -> Mend:
    fillers = [place / "filler" for place in _places(ground, "etc", "var", "run")]
    for filler in fillers:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))

    def mend() -> None:
        for filler in fillers:
            filler.unlink(missing_ok=True)

    return mend


def read_only(ground: Ground) -> Mend:
    places = _places(ground, "etc", "var")  # in the third one files are open
    for place in places:
        run("mount", "-o", "remount,ro", place)

    def mend() -> None:
        for place in places:
            run("mount", "-o", "remount,rw", place)

    return mend


# -- what it keeps ----------------------------------------------------------------------------


def corrupt_rule(ground: Ground) -> Mend:
    """A file of one that was answered is torn, and written again; who it is about is asked for."""
    if not ground.kept:
        return nothing
    asker = ground.rng.choice(ground.kept)
    found = [path for path in ground.world.rules.glob("*.toml") if asker.name in path.read_text()]
    if not found:
        return nothing
    (path,) = found
    whole = path.read_bytes()
    torn = whole[: ground.rng.randrange(1, len(whole) - 2)]
    path.write_bytes(ground.rng.choice([torn, b"", os.urandom(300), b"\0" * 4096]))

    def mend() -> None:
        path.write_bytes(whole)
        ground.settle()

    return mend


def decided_over_torn_rule(ground: Ground) -> Mend:
    """Somebody spoils the file of one that was answered; it is decided again; a helper comes."""
    if not ground.kept:
        return nothing
    asker = ground.rng.choice(ground.kept)
    action = ground.answers[asker.identity]
    for path in ground.world.rules.glob("*.toml"):
        if asker.name in path.read_text():
            more = ground.rng.choice(["unknown = 1\n", "oops\n", '[[rule]]\naction = "x"\n'])
            path.write_text(path.read_text() + more)
    ground.settle()
    ground.world.stile(action, str(asker.path))
    return killing("helper")(ground)


def half_written_rule(ground: Ground) -> Mend:
    """Somebody has begun a file, and goes on with it later."""
    path = ground.world.rules / "begun.toml"
    path.write_text('application = "path:/usr/bin/begun"\ndefault = "al')

    def mend() -> None:
        path.unlink(missing_ok=True)

    return mend


def corrupt_settings(ground: Ground) -> Mend:
    """A helper that is started with them says what is wrong; the next one has the good ones."""
    path = ground.world.home / "etc/stile.toml"
    whole = path.read_bytes()
    path.write_bytes(ground.rng.choice([b"question_timeout = ", os.urandom(100), b'x = "']))
    ground.helper.kill()
    ground.helper.wait()
    said = ground.world.refused()
    if "stile.toml" not in said:
        ground.violate("said", f"broken settings were not named: {said}")
    path.write_bytes(whole)
    return nothing


def corrupt_lock_state(ground: Ground) -> Mend:
    """Then lockdown is on: nobody knows whether it was."""
    path = ground.world.home / "var/lockdown"
    path.write_bytes(ground.rng.choice([b"", b"o", os.urandom(50), b"\0" * 4096]))
    ground.helper.kill()
    ground.helper.wait()
    ground.start_helper()
    if "off" in ground.world.stile("lockdown").split("\n")[0].split():
        ground.violate("opened", "a broken lock state counts as off")
    ground.world.stile("lockdown", "off")
    return nothing


def corrupt_gate_table(ground: Ground) -> Mend:
    """The table is torn, and the gate ends: another one has to come all the same."""
    path = ground.world.home / "run/gate.table"
    whole = path.read_bytes()
    torn = whole[: ground.rng.randrange(len(whole))]
    path.write_bytes(ground.rng.choice([torn, b"", os.urandom(500)]))
    _signal(ground.gate(), signal.SIGKILL)
    return nothing


def no_gate_table(ground: Ground) -> Mend:
    (ground.world.home / "run/gate.table").unlink()
    _signal(ground.gate(), signal.SIGKILL)
    return nothing


def corrupt_history(ground: Ground) -> Mend:
    """The tray begins with a torn history, keeps another one, and is ended or killed over it."""
    tray = Tray(ground.world)
    whole = tray.history.read_bytes() if tray.history.exists() else os.urandom(5000)
    torn = whole[: ground.rng.randrange(100, len(whole))]
    tray.history.write_bytes(ground.rng.choice([torn, os.urandom(5000), b"SQLite format 3\0" * 9]))
    tray.history.with_name(f"{tray.history.name}-wal").write_bytes(os.urandom(5000))
    asides = len(tray.asides())
    tray.start()
    if len(tray.asides()) == asides:
        ground.violate("lost", "the torn history was not kept aside")

    def mend() -> None:
        if tray.process.poll() is not None:
            ground.violate("broken", f"the tray has ended: {tray.process.returncode}")
            return
        until(lambda: tray.hears_of(_served(ground).identity), "an answer in the history", 60)
        tray.end(ground.rng.choice([signal.SIGTERM, signal.SIGKILL]))
        if not tray.is_whole():
            ground.violate("lost", "the history was torn when the tray ended")

    return mend


def _served(ground: Ground) -> Asker:
    """Somebody new, who is allowed."""
    one = ground.asker()
    ground.permitted.add(one.address)
    one.begin("tcp")
    if (question := ground.person.asked(one.identity, PATIENCE)) is not None:
        ground.person.answer(question, "allow")
    if one.ended(PATIENCE) != 0:
        ground.violate("hang", f"{one.name} was not let through")
    ground.keep(one, "allow")
    return one


# -- too much ---------------------------------------------------------------------------------


def flood(ground: Ground) -> Mend:
    one = ground.asker()
    one.begin("flood", FLOOD)

    def mend() -> None:
        if one.ended(60) is None:
            ground.violate("hang", "who floods hangs")
        one.end()

    return mend


def exec_burst(ground: Ground) -> Mend:
    """Thousands of execs, while others have to be served."""
    child = ground.family.folder / "child"
    loops = [
        ground.world.start(
            "sh", "-c", f"i=0; while [ $i -lt {BURST // 2} ]; do {each}; i=$((i+1)); done"
        )
        for each in (f"{child} -", "/bin/true")
    ]

    def mend() -> None:
        for loop in loops:
            try:
                loop.wait(120)
            except subprocess.TimeoutExpired:
                ground.violate("hang", f"{BURST // 2} execs were not over after 120 s")

    return mend


def execs_unheard(ground: Ground) -> Mend:
    """More execs in a class than the kernel keeps for the helper, which is stopped meanwhile."""
    starter = ground.family.parent("starter")
    until(lambda: starter.is_placed() or None, "it has its class")
    _signal([ground.helper.pid], signal.SIGSTOP)
    try:
        starter.does("start", "spawn", UNHEARD, starter.path, "-")
    finally:
        _signal([ground.helper.pid], signal.SIGCONT)
        starter.process.kill()
    until(lambda: ground.has_said(LOST) or None, "it says that some were not told")
    ground.world.stile("forget", str(starter.path))
    return nothing


def queue_overflow(ground: Ground) -> Mend:
    """More users than the queue has room for send at once, while the helper is stopped."""
    one = ground.asker()
    before = _thrown_away(ground)
    _signal([ground.helper.pid], signal.SIGSTOP)
    senders = [
        ground.world.start(
            *ground.world.near("setpriv", "--reuid", str(FIRST_UID + each), "--clear-groups"),
            *(one.path, "flood", one.address, str(FLOOD // USERS)),
        )
        for each in range(USERS)
    ]
    for sender in senders:
        sender.wait(PATIENCE)
    overflowed = _thrown_away(ground) - before
    _signal([ground.helper.pid], signal.SIGCONT)
    assert overflowed > 0, "the queue did not overflow"
    return one.end


def _thrown_away(ground: Ground) -> int:
    """Packets for which a queue had no room (net/netfilter/nfnetlink_queue.c, seq_show)."""
    text = run(*ground.world.near("cat", "/proc/net/netfilter/nfnetlink_queue"))
    return sum(int(line.split()[5]) for line in text.splitlines())


def mass_exit(ground: Ground) -> Mend:
    one = ground.asker()
    one.does("crowd", CROWD)
    one.begin("fall")

    def mend() -> None:
        if one.ended(60) is None:
            ground.violate("hang", "who buries its children hangs")
        one.end()

    return mend


# -- others at the table ------------------------------------------------------------------------


def nft(ground: Ground, *words: str) -> None:
    run(*ground.world.near("nft", *words), check=False)


def nft_saying(*words: str) -> Callable[[Ground], Mend]:
    def strike(ground: Ground) -> Mend:
        nft(ground, *words)
        return nothing

    return strike


def flush_unheard(ground: Ground) -> Mend:
    """Flushed among so many other changes that the helper, which is stopped, is not told of it."""
    rules = "".join(f"add rule inet noise noise meta mark {number}\n" for number in range(NOISE))
    noise = ground.world.home / "noise"
    noise.write_text(f"add table inet noise\nadd chain inet noise noise\n{rules}")
    _signal([ground.helper.pid], signal.SIGSTOP)
    nft(ground, "--file", str(noise))
    nft(ground, "delete", "table", "inet", "noise")
    nft(ground, "--file", str(noise))
    nft(ground, "flush", "ruleset")
    _signal([ground.helper.pid], signal.SIGCONT)
    return nothing


def drop_class(ground: Ground) -> Mend:
    """The group of the allowed one is emptied and removed under us."""
    group = _group(ground)
    for pid in (group / "cgroup.procs").read_text().split():
        with suppress(OSError):
            (_mount(ground) / "cgroup.procs").write_text(pid)
    with suppress(OSError):
        group.rmdir()
    return nothing


def change_class(ground: Ground) -> Mend:
    (_group(ground) / "net_cls.classid").write_text(f"{ground.rng.randrange(1, 1 << 31):#x}")
    return nothing


def _mount(ground: Ground) -> Path:
    return ground.world.home / "run/net_cls"


def _group(ground: Ground) -> Path:
    home = _mount(ground) / f"stile-tests/{ground.world.name}"
    (found,) = [path for path in home.iterdir() if path.name.startswith("allowed")] or [home]
    return found


def iptables_saying(*words: str) -> Callable[[Ground], Mend]:
    def strike(ground: Ground) -> Mend:
        run(*ground.world.near("iptables-legacy", "--wait", *words), check=False)
        return nothing

    return strike


def flush_while_stopped(ground: Ground) -> Mend:
    """The helper is told, if at all, when it goes on."""
    _signal([ground.helper.pid], signal.SIGSTOP)
    iptables_saying("--flush", "STILE")(ground)
    _signal([ground.helper.pid], signal.SIGCONT)
    return nothing


# -- the network ------------------------------------------------------------------------------


def cable_down(ground: Ground) -> Mend:
    space = f"{ground.world.name}n"
    run("ip", "-n", space, "link", "set", "near", "down")
    time.sleep(ground.rng.uniform(0, 1))
    run("ip", "-n", space, "link", "set", "near", "up")
    ground.routes()
    return nothing


def address_gone(ground: Ground) -> Mend:
    space = f"{ground.world.name}n"
    run("ip", "-n", space, "addr", "del", f"{NEAR}/24", "dev", "near")
    time.sleep(ground.rng.uniform(0, 1))
    run("ip", "-n", space, "addr", "add", f"{NEAR}/24", "brd", "+", "dev", "near")
    ground.routes()
    return nothing


def cable_gone(ground: Ground) -> Mend:
    """The far end is gone, and the near one with it."""
    run("ip", "-n", f"{ground.world.name}f", "link", "del", "far")
    time.sleep(ground.rng.uniform(0, 1))
    cable_again(ground.world)
    ground.routes()
    return nothing


def namespace_gone(ground: Ground) -> Mend:
    """A network namespace, and the cable to it, are gone while a packet that goes there is held."""
    space, near, one = f"{ground.world.name}g", f"{ground.world.name}n", ground.asker()
    run("ip", "netns", "add", space)
    ground.world.ends.callback(run, "ip", "netns", "del", space, check=False)
    run(*f"ip -n {near} link add beside type veth peer name beyond netns {space}".split())
    run("ip", "-n", near, "link", "set", "beside", "up")
    run("ip", "-n", space, "link", "set", "beyond", "up")
    run("ip", "-n", near, "route", "replace", one.address, "dev", "beside")
    run(*f"ip -n {near} neigh replace {one.address} lladdr 02:00:00:00:00:01 dev beside".split())
    ground.permitted.add(one.address)  # from now on: the other route is all that is left then
    one.begin("tcp")
    question = ground.person.asked(one.identity, PATIENCE)
    run("ip", "netns", "del", space)
    if question is not None:
        ground.person.answer(question, "allow")

    def mend() -> None:
        if one.ended(PATIENCE) != 0:
            ground.violate("hang", f"{one.name} was not let through the other way")
        ground.keep(one, "allow")

    return mend


def container_gone(ground: Ground) -> Mend:
    """A program is gone while it waits, with its file, its mounts, and all processes it sees."""
    place, program = ground.world.home / "gone", ground.family.folder / "asker"
    place.mkdir(exist_ok=True)
    within = f"mount -t tmpfs gone {place} && cp {program} {place} && exec {place}/asker"
    held = ground.world.queued()
    container = ground.world.start(
        *ground.world.near("unshare", "--mount", "--pid", "--fork", "--kill-child"),
        *("sh", "-c", f"{within} tcp {ground.address()} 9000"),
    )
    with suppress(AssertionError):  # somebody else is at fault, and it is not asked about
        until(lambda: ground.world.queued() > held, "its packet is held", 2.0)
    time.sleep(ground.rng.uniform(0, 0.05))
    container.kill()
    container.wait()
    return nothing


# -- helpers ----------------------------------------------------------------------------------


def second_helper(ground: Ground) -> Mend:
    """With the same places, or with its own on the same bus: it has to go, and to harm nobody."""
    more = ground.rng.choice([(), ("--runtime", str(ground.world.home / "programs"))])
    ground.world.refused(*more)
    return nothing


def upgrade(ground: Ground) -> Mend:
    """Stop, and start another one whose code lies elsewhere; the places are kept."""
    _copy_code(ground)
    ground.world.helper.stop()
    ground.start_helper()
    return nothing


def upgrade_under_load(ground: Ground) -> Mend:
    """The same while thousands are executed, and one floods."""
    mends = exec_burst(ground), flood(ground)
    upgrade(ground)

    def mend() -> None:
        for each in mends:
            each()

    return mend


def _copy_code(ground: Ground) -> None:
    """Let the next helper run from another place than this one."""
    root = Path(__file__).parents[2]
    place = ground.world.home / f"code{time.monotonic_ns()}"
    for name, part in (("app", "stile"), ("daemon", "stiled")):
        shutil.copytree(root / name / part, place / part)
    os.environ["PYTHONPATH"] = str(place)


def kill_at_start(ground: Ground) -> Mend:
    """Killed while it starts, twice."""
    for _ in range(2):
        ground.helper.kill()
        ground.helper.wait()
        program = Path(sys.executable).parent / "stiled"
        options = [*ground.world.options(), "--gate", str(ground.family.folder)]
        with ground.world.helper.log.open("a") as out:
            process = subprocess.Popen(ground.world.near(program, *options), stderr=out, text=True)
        ground.world.helper = Stiled(process, ground.world.helper.log)
        time.sleep(ground.rng.uniform(0.1, 2.0))
    return killing("helper")(ground)


EARLY = STEPS[:2]
"""What lasts for a while begins before the answer."""
WHO = ("helper", "guardian", "worker", "gate", "agent", "bus")
HUNGRY = WHO if memory_hierarchy() else ()
COMMON = (
    *(Fault(f"kill-{who}", killing(who), clears=who == "gate") for who in WHO),
    *(Fault(f"stop-{who}", stopping(who)) for who in WHO),
    Fault("kill-at-start", kill_at_start),
    *(Fault(f"out-of-memory-{who}", out_of_memory(who), clears=who == "gate") for who in HUNGRY),
    Fault("clock-set", clock_set, steps=EARLY),
    Fault("memory", short_of_memory, steps=EARLY),
    *(Fault(f"descriptors-{who}", short_of_descriptors(who), steps=EARLY) for who in WHO),
    Fault("full-disk", full_disk, steps=EARLY),
    Fault("read-only", read_only, steps=EARLY),
    Fault("corrupt-rule", corrupt_rule),
    Fault("decided-over-torn-rule", decided_over_torn_rule),
    Fault("half-written-rule", half_written_rule),
    Fault("corrupt-settings", corrupt_settings),
    Fault("corrupt-lock-state", corrupt_lock_state),
    Fault("corrupt-gate-table", corrupt_gate_table, clears=True),
    Fault("no-gate-table", no_gate_table, clears=True),
    *((Fault("corrupt-history", corrupt_history, steps=EARLY),) if find_spec(NEEDS) else ()),
    Fault("flood", flood),
    Fault("exec-burst", exec_burst),
    Fault("execs-unheard", execs_unheard),
    Fault("mass-exit", mass_exit),
    Fault("drop-class", drop_class, disturbs=True),
    Fault("change-class", change_class, disturbs=True),
    Fault("cable-down", cable_down, disturbs=True),
    Fault("address-gone", address_gone, disturbs=True),
    Fault("cable-gone", cable_gone, disturbs=True),
    Fault("namespace-gone", namespace_gone),
    Fault("container-gone", container_gone),
    Fault("second-helper", second_helper),
    Fault("upgrade", upgrade),
    Fault("upgrade-under-load", upgrade_under_load, steps=EARLY),
)
FOREIGN = {
    "nftables": (
        ("flush-ruleset", nft_saying("flush", "ruleset")),
        ("flush-table", nft_saying("flush", "table", "inet", "stile")),
        ("delete-table", nft_saying("delete", "table", "inet", "stile")),
        ("insert-rule", nft_saying("insert", "rule", "inet", "stile", "output", "accept")),
        ("flush-verdicts", nft_saying("flush", "map", "inet", "stile", "verdicts")),
        ("flush-unheard", flush_unheard),
    ),
    "iptables": (
        ("flush-output", iptables_saying("--flush", "OUTPUT")),
        ("flush-chain", iptables_saying("--flush", "STILE")),
        ("delete-jump", iptables_saying("--delete", "OUTPUT", "--jump", "STILE")),
        ("insert-rule", iptables_saying("--insert", "STILE", "--jump", "ACCEPT")),
        ("flush-unheard", flush_while_stopped),
    ),
}
"""What others do to our rules, by packet filter."""
OWN = {
    # with iptables all users together are held back first
    "nftables": (Fault("queue-overflow", queue_overflow),),
    "iptables": (),
}
FAULTS = {
    backend: {
        fault.name: fault
        for fault in (
            *COMMON,
            *(Fault(name, strike, disturbs=True, clears=True) for name, strike in foreign),
            *OWN[backend],
        )
    }
    for backend, foreign in FOREIGN.items()
}
"""By the packet filter in use, and by name."""

__all__ = ["FAULTS", "Fault", "Mend", "nothing", "until"]
