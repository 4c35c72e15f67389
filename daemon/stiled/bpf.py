"""BPF through its one system call, bpf(2): maps, programs and links, without a compiler.

Everything is a descriptor: when the last one closes, a link detaches its program and the kernel
forgets the rest. Nothing is pinned, so that nothing outlives the helper. The numbers and the
layouts of the arguments are those of linux/bpf.h (union bpf_attr).
"""

import ctypes
import errno
import mmap
import os
import platform
import struct
from dataclasses import dataclass
from functools import partial
from pathlib import Path

NUMBERS = {
    "x86_64": 321,
    "aarch64": 280,
    "riscv64": 280,
    "loongarch64": 280,
    "ppc64le": 361,
    "s390x": 351,
}
"""The number of bpf(2) on 64-bit machines (asm/unistd.h)."""
NUMBER = NUMBERS.get(platform.machine()) if ctypes.sizeof(ctypes.c_void_p) == 8 else None

MAP_CREATE, MAP_UPDATE_ELEM, PROG_LOAD, PROG_RUN, RAW_TRACEPOINT_OPEN = 0, 2, 5, 10, 17
MAP_LOOKUP_AND_DELETE_ELEM, LINK_CREATE = 21, 28
MAP_ARRAY, MAP_LRU_HASH, MAP_RING = 2, 9, 27
MMAPABLE = 1 << 10
"""A flag of a map: its values can be mapped."""
PROG_RAW_TRACEPOINT, PROG_SYSCALL, PROG_NETFILTER, ATTACH_NETFILTER = 17, 31, 32, 45
SLEEPABLE = 1 << 4
"""A flag of a program: BPF_F_SLEEPABLE."""
LONGEST_ATTRIBUTES = 144
LOG_SIZE = 1 << 20
NO_PERMISSION = "no permission for BPF: stiled needs CAP_SYS_ADMIN, or CAP_BPF and CAP_PERFMON"
FIRST_PID_NAMESPACE = 0xEFFFFFFC
"""Inode of the pid namespace of the boot (PROC_PID_INIT_INO, linux/proc_ns.h)."""


class NoBpf(Exception):
    """The kernel does not take a program of ours; the text names the reason."""


def sees_all_processes() -> bool:
    """Whether the numbers of processes in our programs are ours: those of the first namespace."""
    return Path("/proc/self/ns/pid").stat().st_ino == FIRST_PID_NAMESPACE


@dataclass(frozen=True, slots=True)
class Map:
    """A map of the kernel: values by keys, each of a fixed size."""

    descriptor: int
    key_size: int
    value_size: int

    def take(self, key: bytes) -> bytes | None:
        """Take the value of *key* out, in one step; None where there is none. Raises OSError."""
        into = ctypes.create_string_buffer(self.value_size)
        wanted = ctypes.create_string_buffer(key, self.key_size)
        attributes = struct.pack(
            "=IIQQQ", self.descriptor, 0, ctypes.addressof(wanted), ctypes.addressof(into), 0
        )
        try:
            _bpf(MAP_LOOKUP_AND_DELETE_ELEM, attributes)
        except OSError as error:
            if error.errno == errno.ENOENT:
                return None
            raise
        return into.raw

    def close(self) -> None:
        """Let go of the map."""
        os.close(self.descriptor)


_RECORD = struct.Struct("=II")
"""What stands before each record of a ring: its length, and where its page is."""
_BUSY, _DISCARDED = 1 << 31, 1 << 30
"""In the length: it is being written still, it is to be left out."""


class Ring:
    """What a program of ours tells, in its order (Documentation/bpf/ringbuf.rst).

    Its descriptor can be waited for. What finds no room is lost.
    """

    def __init__(self, size: int, name: str) -> None:
        """Make it, of *size* octets: pages, a power of 2. Raises OSError."""
        self.descriptor = make_map(MAP_RING, 0, 0, size, name).descriptor
        self._size = size
        self._read = mmap.mmap(self.descriptor, mmap.PAGESIZE)
        self._told = mmap.mmap(
            self.descriptor,
            mmap.PAGESIZE + 2 * size,
            prot=mmap.PROT_READ,
            offset=mmap.PAGESIZE,
        )

    def take(self) -> list[bytes]:
        """Take out what is there."""
        (at,), (end,) = struct.unpack_from("=Q", self._read), struct.unpack_from("=Q", self._told)
        found = []
        while at < end:
            place = mmap.PAGESIZE + at % self._size  # all of it is mapped twice: none is cut
            length, _ = _RECORD.unpack_from(self._told, place)
            if length & _BUSY:
                break
            whole = length & ~_DISCARDED
            if not length & _DISCARDED:
                begin = place + _RECORD.size
                found.append(self._told[begin : begin + whole])
            at += -(-(_RECORD.size + whole) // 8) * 8
        struct.pack_into("=Q", self._read, 0, at)
        return found

    def close(self) -> None:
        """Let go of it."""
        self._read.close()
        self._told.close()
        os.close(self.descriptor)


class Flag:
    """What a program of ours raises, and we lower: it is an array of one number."""

    def __init__(self, name: str) -> None:
        """Make it, lowered. Raises OSError."""
        self.descriptor = make_map(MAP_ARRAY, 4, 4, 1, name, MMAPABLE).descriptor
        self._value = mmap.mmap(self.descriptor, mmap.PAGESIZE)

    def taken(self) -> bool:
        """Lower it; gives whether it was raised."""
        was_raised = self._value[:4] != bytes(4)
        if was_raised:
            self._value[:4] = bytes(4)
        return was_raised

    def close(self) -> None:
        """Let go of it."""
        self._value.close()
        os.close(self.descriptor)


def make_map(
    kind: int, key_size: int, value_size: int, entries: int, name: str, flags: int = 0
) -> Map:
    """Make a map. Raises OSError."""
    attributes = struct.pack(
        "=IIIIIII16s", kind, key_size, value_size, entries, flags, 0, 0, name.encode()
    )
    return Map(_bpf(MAP_CREATE, attributes), key_size, value_size)


def load_netfilter(code: bytes, name: str) -> int:
    """Load a program for a netfilter hook. Raises NoBpf with the verifier's last words, OSError."""
    return _loaded(code, name, PROG_NETFILTER, ATTACH_NETFILTER)


def load_tracepoint(code: bytes, name: str) -> int:
    """Load a program for a tracepoint. Raises NoBpf with the verifier's last words, OSError."""
    return _loaded(code, name, PROG_RAW_TRACEPOINT, 0)


def load_to_be_run(code: bytes, name: str) -> int:
    """Load a program for `Run`. Raises NoBpf with the verifier's last words, OSError."""
    return _loaded(code, name, PROG_SYSCALL, 0, SLEEPABLE)


class Run:
    """Runs a program with `context`, which it may change; for one thread.

    Whoever runs one cares for microseconds: all that can be made beforehand is.
    """

    _ATTRIBUTES = struct.Struct("=IIIIQQIIIIQQ")
    """Program, what it gives, sizes and places of data (none), times, duration, sizes of the
    context in and out, its places."""
    _GIVEN = 1

    def __init__(self, program: int, size: int) -> None:
        context = ctypes.create_string_buffer(size)
        self.context = memoryview(context).cast("B").cast("I")
        """As numbers of four octets; *size* is the octets of all."""
        attributes = self._ATTRIBUTES.pack(
            program, 0, 0, 0, 0, 0, 0, 0, size, 0, ctypes.addressof(context), 0
        )
        given = ctypes.create_string_buffer(attributes, len(attributes))
        self._attributes = memoryview(given).cast("B").cast("I")
        self._call = partial(_quick_libc.syscall, NUMBER, PROG_RUN, given, len(attributes))

    def __call__(self) -> int:
        """Run it; gives what the program gives, or -1 where the kernel does not run it."""
        return -1 if self._call() < 0 else self._attributes[self._GIVEN]


def link_netfilter(program: int, family: int, hook: int, priority: int) -> int:
    """Link a program to a hook of our network namespace, until the link closes. Raises OSError."""
    attributes = struct.pack(
        "=IIIIIIiI", program, 0, ATTACH_NETFILTER, 0, family, hook, priority, 0
    )
    return _bpf(LINK_CREATE, attributes)


def open_tracepoint(program: int, tracepoint: str) -> int:
    """Run a program at a tracepoint, until what this gives is closed. Raises OSError."""
    name = ctypes.create_string_buffer(tracepoint.encode())
    return _bpf(RAW_TRACEPOINT_OPEN, struct.pack("=QII", ctypes.addressof(name), program, 0))


def _loaded(code: bytes, name: str, kind: int, attach: int, flags: int = 0) -> int:
    try:
        return _load(code, name, kind, attach, flags, b"")
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.EACCES, errno.E2BIG):
            raise
        log = ctypes.create_string_buffer(LOG_SIZE)
        try:
            return _load(code, name, kind, attach, flags, log)
        except OSError as refused:
            *words, _ = log.value.decode(errors="replace").strip().splitlines() or [""]
            if not words:  # it was not even looked at
                raise
            raise NoBpf(words[-1]) from refused  # after it comes what the verifier has counted


def _load(
    code: bytes,
    name: str,
    kind: int,
    attach: int,
    flags: int,
    log: "ctypes.Array[ctypes.c_char] | bytes",
) -> int:
    instructions = ctypes.create_string_buffer(code, len(code))
    licence = ctypes.create_string_buffer(b"GPL")
    attributes = struct.pack(
        "=IIQQIIQII16sII",
        kind,
        len(code) // 8,
        ctypes.addressof(instructions),
        ctypes.addressof(licence),
        1 if log else 0,
        len(log),
        0 if isinstance(log, bytes) else ctypes.addressof(log),
        0,
        flags,
        name.encode(),
        0,
        attach,
    )
    return _bpf(PROG_LOAD, attributes)


def _bpf(command: int, attributes: bytes) -> int:
    if NUMBER is None:
        raise OSError(errno.ENOSYS, f"bpf(2) has no number here for {platform.machine()}")
    given = ctypes.create_string_buffer(attributes, LONGEST_ATTRIBUTES)
    answer: int = _libc.syscall(NUMBER, command, given, len(given))
    if answer < 0:
        failed = ctypes.get_errno()
        raise OSError(failed, os.strerror(failed))
    return answer


_libc = ctypes.CDLL(None, use_errno=True)
_quick_libc = ctypes.PyDLL(None)
"""For what takes no time: it keeps the interpreter's lock, and no errno."""
