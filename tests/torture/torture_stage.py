"""The ground on which things are broken: a world, its traffic, what it shall be, and what was seen.

What shall be stands in a model beside it: who is allowed, who is denied, and what was answered.
What was seen comes from a socket on the far side, which takes every packet that arrives, and from
the programs themselves. Every program sends to an address of its own, so that each packet tells
whose it is.
"""

import json
import os
import random
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from pathlib import Path

from families import Family
from worlds import FAR, PATIENCE, World, _namespace, run

from stile.ruletext import rules_in

HERE = Path(__file__).parent
PLACES = IPv4Address("10.78.0.0")
"""Addresses of the far side: each program has one of its own."""
ETH_P_IP, PACKET_OUTGOING, SO_RCVBUFFORCE = 0x0800, 4, 33
NET = "10.78."
UDP = 17
LATER = struct.Struct("=q")
ROOM = 1 << 28
REFUSED, TIMED_OUT = 111, 110
"""errno(3): ECONNREFUSED, ETIMEDOUT."""
SMALL = "4m"
"""The file systems of rules, state and runtime: small, so that they can be filled."""
BEAT = 0.05
"""Seconds between two connections of each of those that are decided."""
LONGEST_CONNECT = 5.0
"""Seconds that a connection of a decided program may take while nobody breaks its network."""
MOST_KEPT = 25
"""Answered programs that stay; the oldest is forgotten, so that rules do not grow without end."""
SETTINGS = "question_timeout = 30\n"


@dataclass(frozen=True)
class Violation:
    """Something that must not be."""

    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.what}"


class Asker:
    """A running `asker.c`, with a path and an address of its own."""

    def __init__(self, ground: "Ground", name: str) -> None:
        self.path = ground.family.folder / name
        # by another process: whoever forks meanwhile holds what we write, and it cannot be executed
        run("cp", ground.family.folder / "asker", self.path)
        self.name = name
        self.address = ground.address()
        self.process = ground.world.start(*ground.world.near(self.path))
        self.waits = False

    @property
    def identity(self) -> str:
        """As rules name it."""
        return f"path:{self.path}"

    def begin(self, what: str, number: int = 60_000) -> None:
        """Tell it to do something."""
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(f"{what} {self.address} {number}\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            code = self.process.wait(PATIENCE)
            raise AssertionError(f"{self.name} has ended: {code}") from None
        self.waits = True

    def ended(self, within: float) -> int | None:
        """What became of it: an error number, 0 where it went through, None where it hangs."""
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], within)
        if not ready:
            return None
        self.waits = False
        line = self.process.stdout.readline()
        return int(line) if line else None

    def does(self, what: str, number: int = 60_000, within: float = 90.0) -> int | None:
        """Do something, and say what became of it."""
        self.begin(what, number)
        return self.ended(within)

    def end(self) -> None:
        """Be no more."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()


class Capture(threading.Thread):
    """Every IPv4 packet that arrives on the far side, by where it goes; cables may come and go."""

    def __init__(self, world: World) -> None:
        super().__init__(daemon=True)
        with _namespace(f"{world.name}f"):
            self._socket = socket.socket(
                socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_IP)
            )
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        self._socket.settimeout(0.2)
        self._over = False
        self.arrived: Counter[str] = Counter()
        self.words: Counter[bytes] = Counter()
        """What datagrams to FAR say."""
        self.start()

    def run(self) -> None:
        while not self._over:
            try:
                octets, (device, _, kind, *_) = self._socket.recvfrom(256)
            except TimeoutError:
                continue
            if kind != PACKET_OUTGOING and device != "lo":
                self._take(octets)
        self._socket.close()

    def _take(self, octets: bytes) -> None:
        where = str(IPv4Address(octets[16:20]))
        self.arrived[where] += 1
        start = (octets[0] & 15) * 4
        if where == FAR and octets[9] == UDP and octets[start + 2 : start + 4] == b"\0\x09":
            length = int.from_bytes(octets[start + 4 : start + 6])
            self.words[octets[start + 8 : start + length]] += 1

    def end(self) -> None:
        """Take no more."""
        self._over = True
        self.join()


class Person:
    """The agent process, and what it has told."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._asked: dict[str, int] = {}
        self._taken: dict[int, bool] = {}
        self._news = threading.Condition()
        self.ready = 0
        self.begin()

    def begin(self) -> None:
        """Start it."""
        agent = HERE / "torture_agent.py"
        self.process = self._world.start(sys.executable, agent, self._world.bus)
        threading.Thread(target=self._read, args=(self.process,), daemon=True).start()

    def _read(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with suppress(ValueError):  # it was closed
            for line in process.stdout:
                words = json.loads(line)
                with self._news:
                    if "asked" in words:
                        self._asked[words["application"]] = words["asked"]
                    elif "withdrawn" in words:
                        gone = words["withdrawn"]
                        self._asked = {who: no for who, no in self._asked.items() if no != gone}
                    elif "answered" in words:
                        self._taken[words["answered"]] = words["taken"]
                        if words["taken"]:
                            self._asked = {
                                who: no
                                for who, no in self._asked.items()
                                if no != words["answered"]
                            }
                    elif words.get("ready"):
                        self.ready += 1
                    self._news.notify_all()

    def asked(self, identity: str, within: float) -> int | None:
        """Wait for a question about an application; its number."""
        with self._news:
            self._news.wait_for(lambda: identity in self._asked, within)
            return self._asked.get(identity)

    def answer(self, question: int, action: str) -> None:
        """Answer, and do not wait."""
        assert self.process.stdin is not None
        with suppress(OSError):  # it was killed
            self.process.stdin.write(f"{question} {action}\n")
            self.process.stdin.flush()

    def forget_questions(self) -> None:
        """The helper is another one: its questions count anew."""
        with self._news:
            self._asked.clear()
            self._taken.clear()


class Clock:
    """The wall clock of all programs that are started from now on, which nobody else has."""

    def __init__(self, folder: Path) -> None:
        made, self._later = folder / "clock.so", folder / "clock"
        run("gcc", "-O1", "-shared", "-fPIC", "-o", made, HERE / "programs/clock.c")
        self._later.write_bytes(LATER.pack(0))
        os.environ |= {"LD_PRELOAD": str(made), "STILE_CLOCK": str(self._later)}

    def set(self, later: int) -> None:
        """Let it be so many seconds later than it is.

        The machine's clock is set to what it says: then the kernel tells all who wait for it.
        """
        with self._later.open("r+b", buffering=0) as file:
            file.write(LATER.pack(later))
        time.clock_settime(time.CLOCK_REALTIME, time.time())


@dataclass
class Ground:
    """All that is there, and all that shall be."""

    family: Family
    rng: random.Random
    violations: list[Violation] = field(default_factory=list)
    broken: bool = False
    """Somebody breaks network or table just now: connections may fail, that is the fault."""
    answers: dict[str, str] = field(default_factory=dict)
    """By identity, what was answered and counts."""
    kept: list[Asker] = field(default_factory=list)
    permitted: set[str] = field(default_factory=set)
    """Addresses to which something may arrive."""
    longest_exec: float = 0.0
    longest_connect: float = 0.0
    failed: int = 0
    """Connections of the allowed one that failed while somebody broke its network."""
    memory: dict[int, list[int]] = field(default_factory=dict)
    """KiB of each helper, after each fault."""

    def __post_init__(self) -> None:
        self._addresses = 0
        self._logged = 0
        self._exec_began = 0.0
        self._names = 0
        self._over = threading.Event()
        self.world = self.family.world
        self.capture: Capture
        self.person: Person
        self.clock: Clock

    # -- making it ------------------------------------------------------------------------------

    def begin(self) -> None:
        """Start everything."""
        source, made = HERE / "programs/asker.c", self.family.folder / "asker"
        run("gcc", "-O1", "-static", "-o", made, source)
        self.clock = Clock(self.family.folder)
        self.routes()
        self.world.server()
        self.capture = Capture(self.world)
        self.world.ends.callback(self.capture.end)
        (self.world.home / "etc/stile.toml").write_text(SETTINGS)
        self.start_helper()
        self.person = Person(self.world)
        self.allowed, self.denied, self.undecided = map(
            self.asker, ("allowed", "denied", "undecided")
        )
        self.parent = self.family.parent()
        self.world.stile("allow", str(self.allowed.path))
        self.world.stile("deny", str(self.denied.path))
        self.answers |= {self.allowed.identity: "allow", self.denied.identity: "deny"}
        self.answers[f"path:{self.parent.path}"] = "allow"
        self.permitted |= {self.allowed.address, FAR}
        for work in (self._decided_connect, self._undecided_try, self._execute):
            thread = threading.Thread(target=work, daemon=True)
            thread.start()
            self.world.ends.callback(thread.join, 5)
        self.world.ends.callback(self._over.set)

    def routes(self) -> None:
        """Have all of our addresses on the far side."""
        far, near = f"{self.world.name}f", f"{self.world.name}n"
        run("ip", "-n", far, "route", "replace", "local", f"{PLACES}/16", "dev", "lo")
        run("ip", "-n", near, "route", "replace", f"{PLACES}/16", "via", FAR)

    def address(self) -> str:
        """An address that nobody has had yet."""
        self._addresses += 1
        return str(PLACES + 256 + self._addresses % 65_000)

    def asker(self, name: str = "") -> Asker:
        """A program that nobody has seen yet."""
        self._names += 1
        return Asker(self, name or f"asker{self._names:05}")

    def start_helper(self) -> None:
        """Start the helper as systemd does."""
        self.world.helper = self.family.stiled()

    @property
    def helper(self) -> "subprocess.Popen[str]":
        return self.world.helper.process

    def gate(self) -> list[int]:
        """Guardian and worker; none where there is no gate."""
        with suppress(FileNotFoundError, ValueError):
            lines = (self.world.home / "run/gate.pids").read_text().splitlines()
            return [int(line.split()[0]) for line in lines]
        return []

    def violate(self, kind: str, what: str) -> None:
        """Note that something was not as it shall be."""
        self.violations.append(Violation(kind, what))

    # -- traffic, all the time --------------------------------------------------------------------

    def _decided_connect(self) -> None:
        while not self._over.wait(BEAT):
            began, was_broken = time.monotonic(), self.broken
            for who, right in ((self.allowed, 0), (self.denied, REFUSED)):
                became = who.does("tcp", round(LONGEST_CONNECT * 1000), LONGEST_CONNECT + PATIENCE)
                if became == right or self._over.is_set():
                    continue
                if was_broken or self.broken:
                    self.failed += 1
                else:
                    self.violate("changed", f"{who.name}: error {became} and not {right}")
            if not was_broken and not self.broken:
                self.longest_connect = max(self.longest_connect, time.monotonic() - began)

    def _undecided_try(self) -> None:
        while not self._over.wait(0.2):
            self.undecided.does("udp")

    def _execute(self) -> None:
        while not self._over.wait(BEAT):
            self._exec_began = began = time.monotonic()
            self.parent.does("start", "fork", 1, self.family.folder / "child")
            self.longest_exec = max(self.longest_exec, time.monotonic() - began)
            self._exec_began = 0.0
            try:
                subprocess.run([self.family.folder / "child", "-"], check=False)
            except OSError as error:
                self.violate("refused", f"an exec of a program without a class: {error}")

    def stall(self) -> float:
        """The longest that an exec has waited, one that waits still too."""
        began = self._exec_began
        return max(self.longest_exec, time.monotonic() - began if began else 0.0)

    # -- looking at it ----------------------------------------------------------------------------

    def leaks(self) -> int:
        """What has arrived that must not, and is not known yet."""
        found = 0
        for where in set(self.capture.arrived) - self.permitted:
            packets = self.capture.arrived.pop(where)  # what comes later is told anew
            if where.startswith(NET) and not self.broken:
                found += packets
                self.violate("leak", f"{packets} packets to {where}")
        if children := self.capture.words.pop(b"child", 0):
            found += children
            if not self.broken:
                self.violate("leak", f"{children} datagrams of children of an allowed program")
        return found

    def on_disk(self) -> dict[str, str]:
        """What the rule files say, those that count."""
        said = {}
        for path in self.world.rules.glob("*.toml"):
            with suppress(ValueError, FileNotFoundError):
                for rule in rules_in(path.read_text()):
                    said[str(rule.application)] = str(rule.action)
        return said

    def lost(self) -> list[str]:
        """Whose rules are not on disk."""
        said = self.on_disk()
        return [who for who, action in self.answers.items() if said.get(who) != action]

    def note_memory(self) -> None:
        """Remember how large the helper is."""
        with suppress(OSError):
            for line in Path(f"/proc/{self.helper.pid}/status").read_text().splitlines():
                if line.startswith("VmRSS"):
                    self.memory.setdefault(self.helper.pid, []).append(int(line.split()[1]))

    def settle(self) -> None:
        """Wait until the helper has read its rules anew."""
        self.helper.send_signal(signal.SIGHUP)
        time.sleep(0.5)

    def keep(self, asker: Asker, action: str) -> None:
        """An answer counts from now on."""
        self.answers[asker.identity] = action
        self.kept.append(asker)

    def forget_oldest(self) -> None:
        """Rules do not grow without end; for this the helper has to be there."""
        while len(self.kept) > MOST_KEPT:
            first = self.kept.pop(0)
            self.world.stile("forget", str(first.path))
            del self.answers[first.identity]
            self.permitted.discard(first.address)
            self.capture.arrived.pop(first.address, None)
            first.end()
            first.path.unlink()

    def log(self) -> str:
        """What the helper has said since the last fault began."""
        return "\n".join(self._lines()[self._logged :][-80:])

    def has_said(self, words: str) -> bool:
        """Whether the helper has said something since the last fault began."""
        return any(words in line for line in self._lines()[self._logged :])

    def mark_log(self) -> None:
        """What is said from now on belongs to the next fault."""
        self._logged = len(self._lines())

    def _lines(self) -> list[str]:
        return self.world.helper.log.read_text(errors="replace").splitlines()


@contextmanager
def small_places(world: World) -> Iterator[None]:
    """Rules, state and runtime on file systems of their own, which go after all else."""
    for name in ("etc", "var", "run"):
        run("mount", "-t", "tmpfs", "-o", f"size={SMALL}", "stile-torture", world.home / name)
        world.ends.callback(run, "umount", "--lazy", "--recursive", world.home / name)
    (world.home / "etc/rules.d").mkdir()
    world.ends.callback(world.clear)
    yield


def cable_again(world: World) -> None:
    """Lay the cable anew, after somebody took it away."""
    from worlds import _cable

    run("ip", "-n", f"{world.name}n", "link", "del", "near", check=False)
    _cable(world.name)
