"""Programs that start programs, for the tests of the exec gate.

They lie in a memory file system of their own, the only one that the gate of the test marks: nobody
else's exec waits for it.
"""

import os
import shutil
import socket
import subprocess
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from worlds import Stiled, World, run, until

SO_RCVBUFFORCE = 33
"""asm-generic/socket.h."""
ROOM = 1 << 29
"""Octets of datagrams that may wait to be read."""
SOURCES = Path(__file__).parent / "programs"


@dataclass
class Family:
    """A guarded world with a folder of programs, all of whose execs are asked about."""

    world: World
    folder: Path

    @classmethod
    def of(cls, world: World) -> "Family":
        """Mount the folder, and compile what stands beside this file."""
        folder = world.home / "programs"
        folder.mkdir()
        run("mount", "-t", "tmpfs", "stile-tests", folder)
        world.ends.callback(run, "umount", "--lazy", "--recursive", folder)
        for name in ("parent", "child"):
            run("gcc", "-O1", "-static", "-o", folder / name, SOURCES / f"{name}.c", "-lpthread")
        return cls(world, folder)

    def stiled(self) -> Stiled:
        """Start the helper, with a gate over the folder."""
        return self.world.stiled("--gate", str(self.folder))

    def copy(self, name: str, of: str = "child") -> Path:
        """Put a copy of a program under a name of its own."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        shutil.copy(self.folder / of, path)
        return path

    def parent(self, name: str = "parent", *, allowed: bool = True) -> "Parent":
        """Start a program that starts others."""
        path = self.folder / name
        if not path.exists():
            self.copy(name, of="parent")
        if allowed:
            self.world.stile("allow", str(path))
        return Parent(path, self.world.start(*self.world.near(path)))

    def sees(self, folder: Path) -> bool:
        """Whether the gate is asked about the file system of a folder (proc_pid_fdinfo(5))."""
        guardian, *_ = (self.world.home / "run/gate.pids").read_text().split()
        device = folder.stat().st_dev  # the kernel's own number of it is put together otherwise
        mark = f"fanotify sdev:{os.major(device) << 20 | os.minor(device):x} "
        groups = Path(f"/proc/{guardian}/fdinfo").iterdir()
        return any(mark in group.read_text() for group in groups)

    def placed(self, datagrams: "Datagrams") -> "Parent":
        """Start one that is allowed, and wait until it has its class."""
        parent = self.parent()
        parent.does("say", "hello")
        datagrams.wait_for("hello")
        until(lambda: parent.is_placed() or None, "the parent has its class")
        return parent


@dataclass
class Parent:
    """A running `parent.c`."""

    path: Path
    process: "subprocess.Popen[str]"

    def does(self, *words: object) -> int:
        """Let it do something, and give what it answers."""
        self.begin(*words)
        return self.end()

    def begin(self, *words: object) -> None:
        """Let it do something, and do not wait."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()

    def end(self) -> int:
        """Wait for what `begin` began."""
        assert self.process.stdout is not None
        return int(self.process.stdout.readline())

    @property
    def group(self) -> str:
        """Where it is in the hierarchy of classes."""
        return group_of(self.process.pid)

    def is_placed(self) -> bool:
        """Whether it has a class."""
        return self.path.name in self.group


def group_of(pid: int) -> str:
    """Where a process is in the hierarchy of classes."""
    for line in Path(f"/proc/{pid}/cgroup").read_text().splitlines():
        if "net_cls" in line.split(":")[1]:
            return line.split(":", 2)[2]
    return ""


class Datagrams:
    """What arrives at port 9 outside, counted by what it says."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._socket = world.receiver()
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
        self._socket.setblocking(False)  # noqa: FBT003
        self.counts: Counter[str] = Counter()

    def read(self) -> Counter[str]:
        """Take what has arrived."""
        try:
            while True:
                self.counts[self._socket.recv(64).decode().strip()] += 1
        except BlockingIOError:
            return self.counts

    def wait_for(self, word: str) -> None:
        """Wait for a datagram."""
        until(lambda: self.read()[word] or None, f"a datagram that says {word}")
