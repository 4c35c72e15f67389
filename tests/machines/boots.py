"""Machines: a container on this kernel, or an emulated computer with the kernel of its Debian.

    with Container(root, far, place, ends) as machine:   (or Vm)
        machine.boot("first")
        machine.root.run("systemctl", "is-system-running")
        machine.alice.run("xdotool", "key", "Escape")
        machine.down()

What a machine writes stays from one boot to the next, and goes with `place`.
"""

import json
import os
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from claims import Failed, until
from far import Far
from roots import Root, furnish, image, layered

SHARED = "/srv/machine"


@dataclass(frozen=True)
class Done:
    """What came of a program."""

    code: int
    out: str
    err: str
    seconds: float


class Started:
    """A program in the machine that goes on."""

    def __init__(self, line: "Line", number: int) -> None:
        self._line = line
        self._number = number

    @property
    def out(self) -> str:
        """What it has said so far."""
        return str(self._line.ask("look", number=self._number)["out"])

    @property
    def code(self) -> int | None:
        """How it ended; None while it runs."""
        code = self._line.ask("look", number=self._number)["rc"]
        return None if code is None else int(code)

    def stop(self) -> str:
        """End it, and give what it said."""
        return str(self._line.ask("stop", number=self._number)["out"])


class Line:
    """A line to an attendant in the machine: one for root, one for alice in her session."""

    def __init__(self, place: Path, patience: float) -> None:
        self._socket = _connect(place, patience)
        self._socket.settimeout(patience)
        self._reads = self._socket.makefile("rb")
        self._patience = patience
        self._count = 0
        self.ask("hello", patience=patience)

    def run(self, *argv: str, timeout: float = 120.0) -> Done:
        """Run a program to its end."""
        said = self.ask("run", argv=argv, timeout=timeout, patience=timeout + 30)
        return Done(said["rc"], said["out"], said["err"], said["seconds"])

    def must(self, *argv: str, timeout: float = 120.0) -> str:
        """Run a program that has to succeed. Raises Failed."""
        done = self.run(*argv, timeout=timeout)
        if done.code:
            raise Failed(f"{' '.join(argv)}: {done.code}: {(done.err or done.out).strip()[-1500:]}")
        return done.out

    def start(self, *argv: str) -> Started:
        """Start a program that goes on."""
        return Started(self, self.ask("start", argv=argv)["number"])

    def read(self, path: str) -> str:
        """Read a file."""
        return str(self.ask("read", path=path)["out"])

    def write(self, path: str, text: str) -> None:
        """Write a file."""
        self.ask("write", path=path, text=text)

    def ask(self, what: str, patience: float = 60.0, **more: object) -> dict[str, Any]:
        """Ask for one thing, and wait for what comes of it. Raises Failed."""
        self._count += 1
        asked = {"id": self._count, "do": what} | more
        self._socket.settimeout(max(patience, self._patience))
        try:
            self._socket.sendall(json.dumps(asked).encode() + b"\n")
            answer = self._answer()
            while answer.get("id") != self._count:
                answer = self._answer()
        except OSError as error:
            raise Failed(f"the machine does not answer: {error}") from None
        if "error" in answer:
            raise Failed(f"{what} {more.get('argv') or more.get('path')}: {answer['error']}")
        return answer

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _answer(self) -> dict[str, Any]:
        line = self._reads.readline()
        if not line:
            raise Failed("the machine has hung up")
        answer: dict[str, Any] = json.loads(line)
        return answer


class Machine:
    """What is common to both kinds."""

    KIND = ""
    PATIENCE = 0.0
    """Seconds to wait for what takes the machine a moment."""
    BOOT = 0.0
    """Seconds that a boot may take."""
    MAY_COST = 0.0
    """Seconds that Stile may add to it."""

    def __init__(self, made: Root, far: Far, place: Path, ends: ExitStack) -> None:
        self.far = far
        self.shared = place / "shared"
        self.shared.mkdir()
        self.shared.chmod(0o777)
        self._made = made
        self._place = place
        self._ends = ends
        self._lines: dict[str, Line] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._count = 0
        self.booted_in = 0.0

    @property
    def root(self) -> Line:
        """The attendant that is root."""
        return self._line("root")

    @property
    def alice(self) -> Line:
        """The attendant in the session of alice."""
        return self._line("alice")

    def boot(self, name: str) -> None:
        """Start the machine, and wait until it is up."""
        self._count += 1
        self.far.capture(f"{self._count}-{name}")
        began = time.monotonic()
        self._process = self._start(self._place / f"console-{self._count}-{name}.log")
        _ = self.root
        self.root.run("systemctl", "is-system-running", "--wait", timeout=self.BOOT)
        self.booted_in = time.monotonic() - began

    def down(self) -> None:
        """Shut it down as its owner would."""
        if not self._process:
            return
        with suppress(Failed, OSError):
            self.root.run("systemctl", "poweroff", "--no-block", timeout=20)
        self.hang_up()
        try:
            self._process.wait(self.BOOT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise Failed("the machine did not go down, and was cut off") from None
        finally:
            self._process = None
            self._after()

    def log_out(self) -> None:
        """Let alice end her session, with all that runs in it."""
        if line := self._lines.pop("alice", None):
            line.close()
        self.root.must("loginctl", "terminate-user", "alice")
        self.wait(
            lambda: self.root.run("loginctl", "show-user", "alice").code != 0,
            "alice to be logged out",
        )

    def log_in(self) -> None:
        """Let alice begin a new session."""
        self.root.must("systemctl", "restart", "alice.service")
        _ = self.alice

    def hang_up(self) -> None:
        """Close the lines."""
        for line in self._lines.values():
            line.close()
        self._lines.clear()

    def end(self) -> None:
        """Cut it off, if it still runs."""
        self.hang_up()
        if self._process and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None

    def wait(self, look: Callable[[], object], what: str) -> None:
        """Look until something is there, as patiently as this kind needs. Raises Failed."""
        until(look, what, self.PATIENCE)

    def _line(self, name: str) -> Line:
        if name not in self._lines:
            self._lines[name] = Line(self._socket(name), self.BOOT)
        return self._lines[name]

    def _socket(self, name: str) -> Path:
        raise NotImplementedError

    def _start(self, console: Path) -> "subprocess.Popen[bytes]":
        raise NotImplementedError

    def _after(self) -> None:
        """Take away what one boot has left outside."""


class Container(Machine):
    """A booted container: the kernel is this machine's, all else its own."""

    KIND, PATIENCE, BOOT, MAY_COST = "container", 30.0, 90.0, 5.0

    def __init__(self, made: Root, far: Far, place: Path, ends: ExitStack) -> None:
        super().__init__(made, far, place, ends)
        self._tree = ends.enter_context(layered(made, place / "layer"))
        furnish(self._tree)
        self._group = ends.enter_context(_own_classes(f"stile-machine-{os.getpid()}"))
        ends.callback(self.end)

    def drop_in(self, unit: str, text: str) -> None:
        """Write settings of a unit, which may not be installed yet."""
        folder = self._tree / f"etc/systemd/system/{unit}.d"
        folder.mkdir(exist_ok=True)
        (folder / "machine.conf").write_text(text)

    def _socket(self, name: str) -> Path:
        return self.shared / f"{name}.socket"

    def _start(self, console: Path) -> "subprocess.Popen[bytes]":
        for each in self.shared.glob("*.socket"):
            each.unlink()
        near = subprocess.Popen(["unshare", "--net", "sleep", "infinity"])
        self._near = near
        here = Path("/proc/self/ns/net").readlink()
        space = Path(f"/proc/{near.pid}/ns/net")
        until(lambda: space.readlink() != here, "a network namespace", 5)
        peer = ["type", "veth", "peer", "name", "host0", "netns", str(near.pid)]
        self.far.run("ip", "link", "add", "cable", *peer)
        self.far.run("ip", "link", "set", "cable", "master", "outside", "up")
        command = [
            *("systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--console=pipe"),
            *("-D", str(self._tree), f"--network-namespace-path={space}"),
            *("--machine=stile-machine", "--capability=CAP_NET_ADMIN"),
            *(f"--bind={self.shared}:{SHARED}", "-b"),
        ]
        if self._group:
            command = [
                "sh",
                "-c",
                f'echo $$ > {self._group}/cgroup.procs; exec "$@"',
                "-",
                *command,
            ]
        environment = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
        with console.open("wb") as log:
            return subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )

    def _after(self) -> None:
        self._near.kill()
        self._near.wait()

    def end(self) -> None:
        """Cut it off, and take the cable away."""
        super().end()
        if hasattr(self, "_near") and self._near.poll() is None:
            self._after()


class Vm(Machine):
    """An emulated computer: slow, and the truth."""

    KIND, PATIENCE, BOOT, MAY_COST = "virtual machine", 180.0, 420.0, 60.0

    def __init__(self, made: Root, far: Far, place: Path, ends: ExitStack) -> None:
        super().__init__(made, far, place, ends)
        self._disk = place / "disk.qcow2"
        backing = ["-b", str(image(made)), "-F", "raw"]
        make = ["qemu-img", "create", "-q", "-f", "qcow2", *backing, str(self._disk)]
        subprocess.run(make, check=True)
        for words in ("tuntap add plug mode tap", "link set plug master outside up"):
            far.run("ip", *words.split())
        ends.callback(self.end)

    def _socket(self, name: str) -> Path:
        return self._place / f"{name}.socket"

    def _start(self, console: Path) -> "subprocess.Popen[bytes]":
        command = [
            *("qemu-system-x86_64", "-accel", "tcg,thread=multi,tb-size=512", "-cpu", "max"),
            *("-M", "q35", "-smp", "2", "-m", "2048", "-nodefaults", "-no-user-config"),
            *("-display", "none", "-no-reboot", "-serial", f"file:{console}", "-rtc", "base=utc"),
            *("-kernel", str(self._made.kernel), "-initrd", str(self._made.initrd), "-append"),
            "root=/dev/vda rw console=ttyS0 quiet loglevel=3 panic=-1 mitigations=off nokaslr "
            "net.ifnames=0 systemd.show_status=no",
            *("-drive", f"file={self._disk},format=qcow2,if=virtio,cache=unsafe"),
            *(
                "-object",
                "rng-random,id=r,filename=/dev/urandom",
                "-device",
                "virtio-rng-pci,rng=r",
            ),
            *("-netdev", "tap,id=n,ifname=plug,script=no,downscript=no"),
            *("-device", "virtio-net-pci,netdev=n,romfile="),
            *("-virtfs", f"local,path={self.shared},mount_tag=machine,security_model=none"),
            *("-device", "virtio-serial-pci"),
        ]
        for name in ("root", "alice"):
            command += [
                "-chardev",
                f"socket,id={name},path={self._socket(name)},server=on,wait=off",
            ]
            command += ["-device", f"virtserialport,chardev={name},name=machine.{name}"]
        with console.with_suffix(".qemu").open("wb") as log:
            return subprocess.Popen(
                self.far.inside(*command), stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )


@contextmanager
def _own_classes(name: str) -> Iterator[Path | None]:
    """A group of net_cls: the container takes it for the root of the hierarchy, one for all."""
    if "net_cls" not in Path("/proc/cgroups").read_text():
        yield None
        return
    mount = Path(tempfile.mkdtemp(prefix="stile-machine-"))
    subprocess.run(["mount", "-t", "cgroup", "-o", "net_cls", "net_cls", mount], check=True)
    group = mount / name
    try:
        group.mkdir()
        yield group
    finally:
        for folder, _, _ in os.walk(group, topdown=False):
            until(partial(_removed, Path(folder)), "the classes to be left", 10)
        subprocess.run(["umount", mount], check=True)
        mount.rmdir()


def _removed(group: Path) -> bool:
    with suppress(OSError):
        group.rmdir()
    return not group.exists()


def _connect(place: Path, patience: float) -> socket.socket:
    deadline = time.monotonic() + patience
    while True:
        joins = socket.socket(socket.AF_UNIX)
        try:
            joins.connect(str(place))
        except OSError as error:
            joins.close()
            if time.monotonic() > deadline:
                raise Failed(f"no attendant at {place.name}: {error}") from None
            time.sleep(0.1)
        else:
            return joins
