"""A world to guard: two network namespaces, a cable between them, a private bus, the real helper.

    guarded  10.77.0.1 fd77::1  ====  10.77.0.2 fd77::2  outside (nobody guards it)

Everything has a name of its own, so that worlds stand side by side, and goes when the world ends.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

NEAR, FAR = "10.77.0.1", "10.77.0.2"
NEAR6, FAR6 = "fd77::1", "fd77::2"
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


def until(found: Callable[[], T | None], what: str) -> T:
    """Wait for something to be there, and give it; for what nobody can announce."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if (value := found()) not in (None, False):
            return value  # type: ignore[return-value] # None was just ruled out
        time.sleep(0.005)
    raise AssertionError(f"{what}: not within {PATIENCE} s")


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
    ends: ExitStack
    mark: str = field(init=False)

    def __post_init__(self) -> None:
        self.mark = self.name

    # -- the helper ----------------------------------------------------------------------

    @property
    def rules(self) -> Path:
        """Where the user's rules are."""
        return self.home / "etc" / "rules.d"

    @property
    def queue(self) -> int:
        return 7

    def options(self) -> list[str]:
        """The places of this world's helper."""
        return [
            *("--config", str(self.home / "etc"), "--state", str(self.home / "var")),
            *("--runtime", str(self.home / "run"), "--shipped", str(self.home / "usr")),
            *("--bus", self.bus, "--cgroup", f"stile-tests/{self.name}", "--queue", str(self.queue)),
            *("--gate", "none"),
        ]

    def stiled(self, *more: str) -> Stiled:
        """Start the helper, and wait until it guards."""
        log = self.home / "stiled.log"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ready:
            address = self.home / f"ready{time.monotonic_ns()}"
            ready.bind(str(address))
            ready.settimeout(PATIENCE)
            with log.open("a") as out:
                process = subprocess.Popen(
                    self.near("stiled", *self.options(), *more),
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
            **options,
        )
        self.ends.callback(_end, process)
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

    def receiver(self, family: int = socket.AF_INET, port: int = 9, protocol: int = 0) -> socket.socket:
        """A UDP socket on the far side."""
        receiver = self.far_socket(family, socket.SOCK_DGRAM, protocol)
        receiver.bind(("", port))
        return receiver

    def far_socket(self, family: int, kind: int, protocol: int = 0) -> socket.socket:
        """A socket of the far namespace, in this process."""
        with _namespace(f"{self.name}f"):
            made = socket.socket(family, kind, protocol)
        made.settimeout(PATIENCE)
        self.ends.callback(made.close)
        return made

    def capture(self, *expression: str) -> "Capture":
        """Record what arrives on the far side."""
        return Capture(self, expression)

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
            entry = json.loads(line)
            self.seen.append(entry)
            if all(entry.get(key) == value for key, value in wanted.items()):
                return entry
        raise AssertionError(f"it ended before {wanted}")


CLIENT = """
import json, socket, sys, time
kept = {}
for line in sys.stdin:
    name, kind, family, where, port, options = json.loads(line)
    start = time.monotonic()
    try:
        if kind == "send":
            out = kept[name].send(b"x" * options.get("size", 1))
        elif kind == "recv":
            out = len(kept[name].recv(1 << 20))
        elif kind == "close":
            out = kept.pop(name).close()
        else:
            made = kept[name] = socket.socket(family, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM, options.get("protocol", 0))
            made.settimeout(options.get("timeout", 20))
            if options.get("bind"):
                made.bind(("", options["bind"]))
            if kind == "tcp":
                out = made.connect((where, port))
            else:
                out = made.sendto(options.get("data", "x").encode(), (where, port))
    except OSError as error:
        out = type(error).__name__ if error.errno is None else __import__("errno").errorcode[error.errno]
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
        self.process = subprocess.Popen(
            world.far(*command), stdout=self.file.open("w"), stderr=subprocess.PIPE, text=True
        )
        world.ends.callback(_end, self.process)
        assert self.process.stderr is not None
        while "listening on" not in self.process.stderr.readline():
            pass

    def packets(self) -> list[str]:
        """What has arrived until now, a line each."""
        return self.file.read_text().splitlines()


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
        for folder in ("etc/rules.d", "usr", "var", "run"):
            (home / folder).mkdir(parents=True)
        made = World(name, home, _bus(home, ends), ends)
        ends.callback(_clear, made)
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
        run("ip", "-n", space, "link", "set", device, "up")


def _bus(home: Path, ends: ExitStack) -> str:
    daemon = subprocess.Popen(
        [*"dbus-daemon --session --nofork --print-address".split(), f"--address=unix:path={home}/bus"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    ends.callback(_end, daemon)
    assert daemon.stdout is not None
    return daemon.stdout.readline().strip()


def _clear(made: World) -> None:
    run(*made.near(_program("stiled"), *made.options(), "--clear"))


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
    with Path("/proc/thread-self/ns/net").open() as here, Path(f"/run/netns/{space}").open() as there:
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
    if process.poll() is None:
        process.kill()
    process.communicate()
