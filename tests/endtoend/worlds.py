"""A world to guard: two network namespaces, a cable between them, a private bus, the real helper.

    guarded  10.77.0.1 fd77::1  ====  10.77.0.2 fd77::2  outside (nobody guards it)

Everything has a name of its own, so that worlds stand side by side, and goes when the world ends.
"""

import asyncio
import json
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stile.client import Away, Firewall
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime, RuleId
from stile.served import Refused

NEAR, FAR = "10.77.0.1", "10.77.0.2"
NEAR6, FAR6 = "fd77::1", "fd77::2"
BACKENDS = ["nftables", "iptables"]
TOOLS = ("ip", "nft", "nsenter", "dbus-daemon", "tcpdump", "curl")
PATIENCE = 20.0
"""Seconds after which what was waited for will not come any more."""

T = TypeVar("T")


def why_not() -> str:
    """Say why no world can be made here; empty where one can."""
    if os.geteuid() != 0:
        return "needs root: network namespaces and a net_cls hierarchy are made"
    missing = [tool for tool in TOOLS if shutil.which(tool) is None]
    return f"needs {', '.join(missing)}" if missing else ""


def until(found: Callable[[], T | None], what: str, within: float = PATIENCE) -> T:
    """Wait for something to be there, and give it; for what nobody can announce."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        if (value := found()) not in (None, False):
            return value
        time.sleep(0.005)
    raise AssertionError(f"{what}: not within {within} s")


def settled(pid: int) -> int:
    """Wait until a process has nothing left to do, and give its wake-ups until then."""
    seen = [wakeups(pid)]

    def is_quiet() -> bool:
        run("sleep", "0.3")
        seen.append(wakeups(pid))
        return seen[-1] == seen[-2]

    until(is_quiet, "the helper sleeps")
    return seen[-1]


def wakeups(pid: int) -> int:
    """How often the threads of a process have gone to sleep until now (proc_pid_status(5)).

    The one that is told of every exec is left out: others execute programs on this machine.
    """
    found = 0
    for status in Path(f"/proc/{pid}/task").glob("*/status"):
        if "exec events" in status.read_text():
            continue
        for line in status.read_text().splitlines():
            if line.startswith("voluntary_ctxt_switches"):
                found += int(line.split()[1])
    return found


def run(*command: str | Path, check: bool = True) -> str:
    """Run a command to its end, and give what it printed."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise AssertionError(f"{command}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


@dataclass
class Stiled:
    """A running helper."""

    process: "subprocess.Popen[str]"
    log: Path

    def kill(self) -> None:
        """End it as a crash would."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        """End it as systemd would."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@dataclass
class World:
    """Two namespaces, a bus, and places for a helper."""

    name: str
    home: Path
    bus: str
    bus_daemon: "subprocess.Popen[str]"
    ends: ExitStack
    programs: "list[subprocess.Popen[str]]" = field(default_factory=list)
    helper: Stiled = field(init=False, repr=False)
    backend: str = "nftables"

    # -- the helper ----------------------------------------------------------------------

    @property
    def rules(self) -> Path:
        """Where the user's rules are."""
        return self.home / "etc" / "rules.d"

    @property
    def resolved(self) -> Path:
        """Where the monitor of this world's systemd-resolved would be."""
        return self.home / "resolve" / "io.systemd.Resolve.Monitor"

    @property
    def queue(self) -> int:
        return 7

    def options(self) -> list[str]:
        """The places of this world's helper."""
        return [
            *("--config", str(self.home / "etc"), "--state", str(self.home / "var")),
            *("--runtime", str(self.home / "run"), "--shipped", str(self.home / "usr")),
            *(
                "--bus",
                self.bus,
                "--cgroup",
                f"stile-tests/{self.name}",
                "--queue",
                str(self.queue),
            ),
            *("--gate", "none", "--backend", self.backend),
            *("--resolved", str(self.resolved)),
        ]

    def stiled(self, *more: str, within: Sequence[str] = ()) -> Stiled:
        """Start the helper, by a program that executes it perhaps, and wait until it guards."""
        log = self.home / "stiled.log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            address = self.home / f"ready{time.monotonic_ns()}"
            ready.bind(str(address))
            ready.settimeout(PATIENCE)
            with log.open("a") as out:
                process = subprocess.Popen(
                    self.near(*within, _program("stiled"), *self.options(), *more),
                    stderr=out,
                    text=True,
                    env={**os.environ, "NOTIFY_SOCKET": str(address)},
                )
            self.ends.callback(_end, process)
            try:
                assert ready.recv(64) == b"READY=1"
            except TimeoutError:
                raise AssertionError(log.read_text()) from None
        return Stiled(process, log)

    def stile(self, *words: str, check: bool = True) -> str:
        """Run the command `stile` against this world's helper."""
        return run(_program("stile"), "--bus", self.bus, *words, check=check)

    def lines(self, *words: str) -> "Lines":
        """Start `stile --json WORDS`, a stream of objects, and give it."""
        return Lines(self, self.start(_program("stile"), "--bus", self.bus, "--json", *words))

    def try_agent(self) -> "Agent | None":
        """Register somebody who answers, unless the helper is not there to register with yet."""
        try:
            return self.agent()
        except (Refused, Away):
            return None

    def restart_bus(self) -> None:
        """End the bus, and start it anew at the same place."""
        _end(self.bus_daemon)
        self.bus, self.bus_daemon = _bus(self.home, self.ends)

    def end_programs(self) -> None:
        """End everything that was started near, the helper aside."""
        for process in self.programs:
            _end(process)

    def agent(self) -> "Agent":
        """Register somebody who answers."""
        agent = Agent(self.bus)
        self.ends.callback(agent.leave)
        return agent

    def refused(self, *more: str, within: Sequence[str] = ()) -> str:
        """Start a helper that cannot start, by a program perhaps, and give what it says."""
        command = self.near(*within, _program("stiled"), *self.options(), *more)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 1, done
        return done.stderr.strip()

    def rule(self, name: str, application: str, default: str = "allow") -> Path:
        """Write a rule file by hand."""
        path = self.rules / f"{name}.toml"
        path.write_text(f'application = "{application}"\ndefault = "{default}"\n')
        return path

    # -- programs ------------------------------------------------------------------------

    def near(self, *command: str | Path) -> list[str]:
        """The command line that runs something in the guarded namespace."""
        return _inside(f"{self.name}n", *command)

    def far(self, *command: str | Path) -> list[str]:
        """The command line that runs something outside."""
        return _inside(f"{self.name}f", *command)

    def start(self, *command: str | Path, **options: Any) -> "subprocess.Popen[str]":
        """Start a program that ends with the world at the latest."""
        process = subprocess.Popen(
            [*map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            **options,
        )
        self.ends.callback(_end, process)
        self.programs.append(process)
        return process

    def program(self, name: str) -> Path:
        """A program nobody knows: a copy of the Python that runs this, under a path of its own."""
        path = self.home / "programs" / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(Path(sys.executable).resolve(), path)
        return path

    def client(self, name: str = "client") -> "Client":
        """A running program nobody knows, that sends as it is told."""
        return Client(self, self.program(name))

    def listener(self, family: int = socket.AF_INET, port: int = 80) -> socket.socket:
        """A TCP listener on the far side."""
        listener = self.far_socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("", port))
        listener.listen(4096)
        return listener

    def server(self) -> None:
        """Accept whatever comes to port 80 on the far side, and close it; backlogs are short."""
        listener = self.listener()

        def serve() -> None:
            with suppress(OSError):  # it is closed when the world ends
                while True:
                    listener.accept()[0].close()

        threading.Thread(target=serve, daemon=True).start()

    def accepted(self, listener: socket.socket) -> socket.socket:
        """The next connection that somebody made."""
        made, _ = listener.accept()
        made.settimeout(PATIENCE)
        self.ends.callback(made.close)
        return made

    def reached(self, port: int, where: str = NEAR, within: float = 3.0) -> str:
        """Connect from outside, and say what becomes of it."""
        family = socket.AF_INET6 if ":" in where else socket.AF_INET
        with self.far_socket(family, socket.SOCK_STREAM) as made:
            made.settimeout(within)
            try:
                made.connect((where, port))
            except OSError as error:
                return type(error).__name__
        return "connected"

    def receiver(
        self, family: int = socket.AF_INET, port: int = 9, protocol: int = 0
    ) -> socket.socket:
        """A UDP socket on the far side."""
        receiver = self.far_socket(family, socket.SOCK_DGRAM, protocol)
        receiver.bind(("", port))
        return receiver

    def far_socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket of the far namespace, in this process."""
        with _namespace(f"{self.name}f"):
            made = socket.socket(family, kind, protocol)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.settimeout(PATIENCE)
        self.ends.callback(made.close)
        return made

    def capture(self, *expression: str) -> "Capture":
        """Record what arrives on the far side."""
        return Capture(self, expression)

    def queued(self) -> int:
        """How many packets were held until now (net/netfilter/nfnetlink_queue.c: id_sequence)."""
        with _namespace(f"{self.name}n"):  # a program that looks there would be work for the helper
            text = Path("/proc/thread-self/net/netfilter/nfnetlink_queue").read_text()
        (line,) = text.splitlines()
        return int(line.split()[7])

    def clear(self) -> None:
        """Take everything of the helper's out of the kernel."""
        run(*self.near(_program("stiled"), *self.options(), "--clear"))

    def table(self) -> str:
        """The kernel's table, as nft lists it."""
        return run(*self.near("nft", "list", "table", "inet", "stile"), check=False)


class Lines:
    """Objects, one a line, from a program."""

    def __init__(self, world: World, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.seen: list[dict[str, Any]] = []

    def next(self, **wanted: object) -> dict[str, Any]:
        """Wait for the next object in which these keys have these values."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            entry: dict[str, Any] = json.loads(line)
            self.seen.append(entry)
            if all(entry.get(key) == value for key, value in wanted.items()):
                return entry
        raise AssertionError(f"it ended before {wanted}")


class Agent:
    """A person at the desk: sees questions, and answers as the test says."""

    def __init__(self, bus: str) -> None:
        self._asked: queue.Queue[Question] = queue.Queue()
        self._withdrawn: queue.Queue[tuple[QuestionId, Why]] = queue.Queue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live)
        self._thread.start()
        self.firewall = Firewall(bus)
        try:
            self.call(self._join())
        except BaseException:
            self.leave()
            raise

    async def _join(self) -> None:
        await self.firewall.open()
        self.firewall.offer_agent(self)
        await self.firewall.register_agent()

    def call(self, what: Coroutine[Any, Any, T]) -> T:
        """Run something on the agent's own loop."""
        return asyncio.run_coroutine_threadsafe(what, self._loop).result(PATIENCE)

    def ask(self, question: Question) -> None:
        self._asked.put(question)

    def withdraw(self, question: QuestionId, why: Why) -> None:
        self._withdrawn.put((question, why))

    def next(self) -> Question:
        """Wait for the next question."""
        return self._asked.get(timeout=PATIENCE)

    def withdrawn(self) -> tuple[QuestionId, Why]:
        """Wait for the next withdrawal."""
        return self._withdrawn.get(timeout=PATIENCE)

    @property
    def is_quiet(self) -> bool:
        """Whether no question waits to be read."""
        return self._asked.empty()

    def answer(
        self,
        question: Question,
        action: Action = Action.ALLOW,
        lifetime: Lifetime = Lifetime.FOREVER,
    ) -> bool:
        """Answer a question; False where somebody did before."""
        return self.choose(question, Choice(action, lifetime))

    def choose(self, question: Question, choice: Choice) -> bool:
        """Answer a question in all detail; False where somebody did before."""
        return self.call(self.firewall.answer(question.id, choice))

    def make_last(self, rule: str, lifetime: Lifetime) -> None:
        """Give a rule another lifetime."""
        self.call(self.firewall.change_rule(RuleId(rule), lifetime=lifetime))

    def redecide(self, rule: str, action: Action) -> None:
        """Give a rule another verdict."""
        self.call(self.firewall.change_rule(RuleId(rule), action=action))

    def leave(self) -> None:
        """Leave the bus, at once."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self.firewall.close)
            self._loop.call_soon_threadsafe(self._loop.call_soon, self._loop.stop)
            self._thread.join(PATIENCE)

    def _live(self) -> None:
        """Be the thread."""
        self._loop.run_forever()
        for task in asyncio.all_tasks(self._loop):  # it may have been asked at the last moment
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()


CLIENT = """
import errno, json, socket, sys, time
kept, places = {}, {}
for line in sys.stdin:
    name, kind, family, where, port, options = json.loads(line)
    start = time.monotonic()
    try:
        if kind == "send":
            data = b"x" * options.get("size", 1)
            out = kept[name].sendto(data, places[name]) if name in places else kept[name].send(data)
        elif kind == "recv":
            out = len(kept[name].recv(1 << 20))
        elif kind == "close":
            out = kept.pop(name).close()
        elif kind == "listen":
            made = kept[name] = socket.create_server(
                ("", port), family=socket.AF_INET6, dualstack_ipv6=True
            )
            out = None
        else:
            style = socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM
            made = kept[name] = socket.socket(family, style, options.get("protocol", 0))
            made.settimeout(options.get("timeout", 20))
            made.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            if options.get("reuse"):
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            if options.get("bind"):
                made.bind(("", options["bind"]))
            if kind == "tcp":
                out = made.connect((where, port))
            else:
                places[name] = (where, port)
                out = made.sendto(options.get("data", "x").encode(), (where, port))
    except OSError as error:
        out = errno.errorcode[error.errno] if error.errno else type(error).__name__
    print(json.dumps([out, time.monotonic() - start]), flush=True)
"""


class Client:
    """A program in the guarded namespace; its sockets have names."""

    def __init__(self, world: World, program: Path) -> None:
        self.path = program
        environment = {**os.environ, "PYTHONHOME": sys.base_prefix}
        command = world.near(program, "-S", "-c", CLIENT)
        self.process = world.start(*command, env=environment)

    @property
    def identity(self) -> str:
        return f"path:{self.path}"

    def begin(
        self, kind: str, where: str = FAR, port: int = 80, name: str = "it", **options: object
    ) -> None:
        """Tell it to do something, and do not wait."""
        assert self.process.stdin is not None
        family = socket.AF_INET6 if ":" in where else socket.AF_INET
        self.process.stdin.write(json.dumps([name, kind, family, where, port, options]) + "\n")
        self.process.stdin.flush()

    def end(self) -> object:
        """Wait for what became of it: a value, or the name of an error."""
        return self.ended()[0]

    def ended(self) -> tuple[object, float]:
        """Wait for what became of it, and how long it took."""
        assert self.process.stdout is not None
        out, seconds = json.loads(self.process.stdout.readline())
        return out, seconds

    def does(self, *words: Any, **options: Any) -> object:
        """Do something, and give what became of it."""
        self.begin(*words, **options)
        return self.end()


class Capture:
    """What tcpdump sees on the far end of the cable."""

    def __init__(self, world: World, expression: Sequence[str]) -> None:
        self.file = world.home / f"capture{time.monotonic_ns()}"
        command = ["tcpdump", "-i", "far", "-n", "-l", "--immediate-mode", "-Q", "in", *expression]
        with self.file.open("w") as out:
            self.process = subprocess.Popen(
                world.far(*command), stdout=out, stderr=subprocess.PIPE, text=True
            )
        world.ends.callback(_end, self.process)
        assert self.process.stderr is not None
        while "listening on" not in self.process.stderr.readline():
            pass

    def packets(self) -> list[str]:
        """What has arrived until now, a whole line each."""
        *whole, _ = self.file.read_text().split("\n")
        return whole


@contextmanager
def world() -> Iterator[World]:
    """Make a world, and take it away with all that is in it."""
    name = f"st{os.getpid():x}{time.monotonic_ns() % 0xFFFF:x}"
    with ExitStack() as ends:
        home = Path(tempfile.mkdtemp(prefix="stile-world-"))
        ends.callback(shutil.rmtree, home)
        for end in ("n", "f"):
            run("ip", "netns", "add", f"{name}{end}")
            ends.callback(run, "ip", "netns", "del", f"{name}{end}")
        _cable(name)
        for folder in ("etc/rules.d", "usr", "var", "run", "resolve"):
            (home / folder).mkdir(parents=True)
        made = World(name, home, *_bus(home, ends), ends)
        ends.callback(made.clear)
        with ExitStack() as processes:
            made.ends = processes
            yield made


def _cable(name: str) -> None:
    near, far = f"{name}n", f"{name}f"
    link = ["link", "add", "near", "netns", near, "type", "veth", "peer", "name", "far"]
    run("ip", *link, "netns", far)
    for space, device, four, six in ((near, "near", NEAR, NEAR6), (far, "far", FAR, FAR6)):
        run("ip", "-n", space, "link", "set", "lo", "up")
        run("ip", "-n", space, "addr", "add", f"{four}/24", "brd", "+", "dev", device)
        run("ip", "-n", space, "addr", "add", f"{six}/64", "dev", device, "nodad")
        # no duplicate address detection: it takes a second
        off = f"echo 0 > /proc/sys/net/ipv6/conf/{device}/accept_dad"
        run(*_inside(space, "sh", "-c", off))
        run("ip", "-n", space, "link", "set", device, "up")
        run("ip", "-n", space, "route", "add", "224.0.0.0/4", "dev", device)


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <listen>unix:path={home}/dbus</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="method_call"/><allow send_type="signal"/>
    <allow send_requested_reply="true"/><allow receive_requested_reply="true"/>
  </policy>
</busconfig>
"""
"""A bus that lets every user in, as the system's does; who may do what is for the helper to say."""
STARTING_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:path={place}/bus</listen>
  <servicedir>{place}</servicedir>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""
"""A bus, as a session's, that starts those who have a .service file in *place*."""


def _bus(home: Path, ends: ExitStack) -> "tuple[str, subprocess.Popen[str]]":
    home.chmod(0o711)
    (home / "bus.conf").write_text(BUS.format(home=home))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={home}/bus.conf", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    ends.callback(_end, daemon)
    assert daemon.stdout is not None
    return daemon.stdout.readline().strip(), daemon


def _program(name: str) -> Path:
    return Path(sys.executable).parent / name


def _inside(space: str, *command: str | Path) -> list[str]:
    first, *others = map(str, command)
    if first in ("stiled", "stile"):
        first = str(_program(first))
    return ["nsenter", f"--net=/run/netns/{space}", first, *others]


@contextmanager
def _namespace(space: str) -> Iterator[None]:
    """Let this thread make sockets of another namespace."""
    with (
        Path("/proc/thread-self/ns/net").open() as here,
        Path(f"/run/netns/{space}").open() as there,
    ):
        _setns(there.fileno())
        try:
            yield
        finally:
            _setns(here.fileno())


def _setns(descriptor: int) -> None:
    import ctypes

    clone_newnet = 0x40000000
    if ctypes.CDLL(None, use_errno=True).setns(descriptor, clone_newnet):
        raise OSError(ctypes.get_errno(), "setns")


def _end(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        if os.getpgid(process.pid) == process.pid:  # and what it has started
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait(PATIENCE)
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(BrokenPipeError):
                pipe.close()
