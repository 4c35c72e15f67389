"""Who sent a held packet, as the kernel noted it while the sender was there.

A program that sends one datagram and ends leaves nothing that could be looked up: its socket and
its process are gone before its packet reaches us. `recorder.py` notes them in the kernel; here its
program is put in its place, and what it noted is read. Both end with us: nothing is pinned.
"""

import errno
import os
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from mmap import PAGESIZE
from pathlib import Path

from stile.applications import Application, Kind, spelled
from stile.connections import Flow, Pid, Uid
from stiled import bpf, shortfiles
from stiled.btf import Layouts, NoLayout
from stiled.identity import application_of_gone
from stiled.mounts import mounts_of
from stiled.notes import AMBIGUOUS, ASKED, ASKED_AT, COMMAND_SIZE, CUT, KEY, RECORD, SHARED
from stiled.recorder import SLOT_SIZE, SLOTS, Recorder

OUTPUT = 3
"""NF_INET_LOCAL_OUT, linux/netfilter.h."""
PRIORITY = -1
"""Just before the chain `output`, whose priority is `filter`: 0."""
RECORDS = 4096
"""Senders that are remembered; then the ones that were used least recently make room."""
QUESTIONS = 4096
"""To name servers, that are remembered for their answers."""
LONGEST_NS = 10_000_000_000
"""How old a record may be: a packet that was noted earlier was never held, and no server answers
that late."""
TICKS = os.sysconf("SC_CLK_TCK")


class NoSenders(Exception):
    """Senders cannot be noted here; the text names the reason, and the mend."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A process as it was when it sent."""

    pid: Pid
    uid: Uid
    started: int
    """Clock ticks from the boot to its start, as in proc_pid_stat(5)."""
    stack: int
    """Where its stack starts: each exec makes a new one, at a random place."""
    file: tuple[int, int]
    """Device and inode of the file that it ran; the device is that of the file system."""
    links: int
    """How many names the file had."""
    path: bytes | None
    """Where the file was in the process's own tree of files; None where that is too long."""
    namespace: int
    """Which tree of files that is: the inode of the mount namespace."""
    command: tuple[bytes, ...]
    """The beginning of its command line, which is its own word and no proof."""
    has_whole_command: bool
    socket: int
    """Inode of the socket."""
    is_shared: bool
    """Whether the socket had another holder, too."""
    is_ambiguous: bool
    """Whether somebody else sent for the same flow."""

    @property
    def is_alone(self) -> bool:
        """Whether nobody else can have sent this."""
        return not (self.is_shared or self.is_ambiguous)


class Senders:
    """The notes of the kernel about those who send in our network namespace."""

    def __init__(
        self, records: bpf.Map, questions: bpf.Map, lent: bpf.Ring, ends: ExitStack
    ) -> None:
        self._records = records
        self._questions = questions
        self.lent = lent
        """By whose sockets others have sent (`lent.py`)."""
        self._ends = ends

    @classmethod
    def open(cls, layouts: Callable[[], Layouts] = Layouts.of_kernel) -> "Senders":
        """Begin to take notes. Raises NoSenders."""
        if not bpf.sees_all_processes():
            raise NoSenders("the helper runs in a pid namespace of its own: run it outside")
        try:
            return _linked(layouts())
        except NoLayout as error:
            raise NoSenders(f"this kernel does not describe itself: {error}") from None
        except bpf.NoBpf as error:
            raise NoSenders(f"this kernel does not take the program: {error}") from None
        except OSError as error:
            raise NoSenders(_why_not(error)) from None

    def take(self, flow: Flow) -> Sender | None:
        """Say who sent a packet of *flow*, once; None where that was not noted."""
        try:
            record = self._records.take(_key(flow))
        except OSError:
            return None
        if record is None:
            return None
        seen, sender = _read(record)
        return sender if time.monotonic_ns() - seen <= LONGEST_NS else None

    def was_asked(self, flow: Flow, number: int) -> bool:
        """Say, once, whether a name server was sent a question of this number lately."""
        try:
            noted = self._questions.take(ASKED.pack(_key(flow), socket.htons(number)))
        except OSError:
            return False
        return noted is not None and time.monotonic_ns() - ASKED_AT.unpack(noted)[0] <= LONGEST_NS

    def close(self) -> None:
        """Take the program out of the kernel."""
        self._ends.close()


def still_runs(sender: Sender) -> bool:
    """Whether the process is there and has not executed anything since it sent."""
    try:
        text = shortfiles.read(f"/proc/{sender.pid}/stat")
    except OSError:
        return False
    fields = text[text.rindex(b")") + 2 :].split()  # from field 3 on, proc_pid_stat(5)
    return (int(fields[19]), int(fields[25])) == (sender.started, sender.stack)


def application_of_sender(sender: Sender) -> Application:
    """Say what a process ran that may be gone.

    Its path counts if the file that is there now, for us, is the very file that it ran.
    """
    if sender.path is None:
        return Application(Kind.UNKNOWN, "of a very long path, already gone")
    if _is_there(sender):
        is_known = sender.has_whole_command and _sees_what_we_see(sender)
        with suppress(OSError, ValueError):
            return application_of_gone(sender.path, sender.command if is_known else None)
    kind = Kind.DELETED if sender.links == 0 or _sees_what_we_see(sender) else Kind.FOREIGN
    return Application(kind, spelled(sender.path))


# -- the file of a process that is gone ------------------------------------------------


def _is_there(sender: Sender) -> bool:
    """Whether the file at the sender's path is the one that it ran.

    Some file systems (btrfs, overlayfs) show another device than that of their superblock. There
    the inode is compared, and the file system by its mount, but in our own tree of files only: in
    another, anything may stand at this path.
    """
    path = os.fsdecode(sender.path or b"")
    if not sender.links:  # its number may be another file's by now
        return False
    with suppress(OSError):
        status = Path(path).stat()
        if (status.st_dev, status.st_ino) == sender.file:
            return True
        if _sees_what_we_see(sender):
            return (_device_of_mount(path), status.st_ino) == sender.file
    return False


def _sees_what_we_see(sender: Sender) -> bool:
    """Whether it is in our mount namespace, or in that of which the service manager made ours."""
    for pid in ("self", "1"):
        with suppress(OSError):  # a container may keep its root from looking at its init
            if Path(f"/proc/{pid}/ns/mnt").stat().st_ino == sender.namespace:
                return True
    return False


def _device_of_mount(path: str) -> int:
    """Give the device that proc_pid_mountinfo(5) names for the mount that *path* lies on."""
    descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        information = Path(f"/proc/self/fdinfo/{descriptor}").read_text()
    finally:
        os.close(descriptor)
    number = information.partition("mnt_id:")[2].split()[0]
    for mount in mounts_of(os.getpid()):
        if mount.id == int(number):
            major, _, minor = mount.device.partition(b":")
            return os.makedev(int(major), int(minor))
    raise FileNotFoundError(errno.ENOENT, "no such mount")


# -- the program in its place ----------------------------------------------------------


def _linked(layouts: Layouts) -> Senders:
    with ExitStack() as ends:
        records = bpf.make_map(bpf.MAP_LRU_HASH, KEY.size, RECORD.size, RECORDS, "stile_senders")
        ends.callback(records.close)
        slots = bpf.make_map(bpf.MAP_ARRAY, 4, SLOT_SIZE, SLOTS, "stile_slots")
        ends.callback(slots.close)
        questions = bpf.make_map(
            bpf.MAP_LRU_HASH, ASKED.size, ASKED_AT.size, QUESTIONS, "stile_questions"
        )
        ends.callback(questions.close)
        lent = bpf.Ring(PAGESIZE, "stile_lent")
        ends.callback(lent.close)
        maps = records.descriptor, slots.descriptor, questions.descriptor, lent.descriptor
        code = Recorder(layouts, *maps).program()
        program = bpf.load_netfilter(code, "stile_senders")
        ends.callback(os.close, program)
        for family in (socket.AF_INET, socket.AF_INET6):
            ends.callback(os.close, bpf.link_netfilter(program, family, OUTPUT, PRIORITY))
        return Senders(records, questions, lent, ends.pop_all())


def _why_not(error: OSError) -> str:
    match error.errno:
        case errno.EPERM | errno.EACCES:
            return bpf.NO_PERMISSION
        case errno.EBUSY:
            return f"another BPF program has the priority {PRIORITY} in the output hook: unload it"
        case errno.EINVAL | errno.EOPNOTSUPP | errno.ENOSYS | errno.E2BIG:
            return (
                "this kernel has no BPF programs for netfilter: it needs Linux 6.4 and "
                "CONFIG_NETFILTER_BPF_LINK"
            )
    return f"BPF cannot be used here: {error.strerror or error}"


# -- what the program notes ------------------------------------------------------------


def _key(flow: Flow) -> bytes:
    return KEY.pack(
        flow.source.packed,
        flow.address.packed,
        flow.source_port.to_bytes(2, "big"),
        flow.port.to_bytes(2, "big"),
        flow.protocol.number,
        flow.address.version,
    )


def _read(record: bytes) -> tuple[int, Sender]:
    """Read a record: when it was written, and what it says."""
    fields = RECORD.unpack(record)
    seen, started, stack, inode, inode_of_socket, namespace, device, pid, uid = fields[:9]
    flags, links, path_length, command_length, path, command = fields[9:]
    return seen, Sender(
        pid=Pid(pid),
        uid=Uid(uid),
        started=started * TICKS // 1_000_000_000,
        stack=stack,
        file=(_device(device), inode),
        links=links,
        path=None if flags & CUT else _path(path[:path_length]),
        namespace=namespace,
        command=_words(command[:command_length]),
        has_whole_command=0 < command_length < COMMAND_SIZE,
        socket=inode_of_socket,
        is_shared=bool(flags & SHARED),
        is_ambiguous=bool(flags & AMBIGUOUS),
    )


def _device(number: int) -> int:
    """Read a device as the kernel keeps it (MAJOR and MINOR, linux/kdev_t.h)."""
    return os.makedev(number >> 20, number & 0xFFFFF)


def _path(names: bytes) -> bytes:
    """Put the names of a path together; the last one comes first, each with a final zero."""
    return b"/" + b"/".join(reversed(names.split(b"\0")[:-1]))


def _words(command: bytes) -> tuple[bytes, ...]:
    return tuple(command.rstrip(b"\0").split(b"\0"))
