"""What has been executed, told afterwards by the kernel's process connector.

The net under the exec gate: it also tells of programs in memory and of file systems that the gate
does not see, some milliseconds too late. linux/connector.h and linux/cn_proc.h have the format.
"""

import ctypes
import errno
import logging
import os
import select
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

from stile.connections import Pid

log = logging.getLogger(__name__)

NETLINK_CONNECTOR = 11
CN_IDX_PROC, CN_VAL_PROC = 1, 1
PROC_CN_MCAST_LISTEN = 1
PROC_EVENT_EXEC = 0x00000002
NLMSG_DONE = 3
WHAT = 16 + 20
"""Where proc_event.what stands: after struct nlmsghdr and struct cn_msg."""
PIDS = WHAT + 16
"""Where exec_proc_event stands, after what, cpu and timestamp_ns: process_pid, process_tgid."""
SO_ATTACH_FILTER, SO_RCVBUFFORCE = 26, 33
"""asm-generic/socket.h."""
PR_SET_NAME = 15
THREAD = b"exec events"
CLONE_NEWNET = 0x40000000
FIRST = Path("/proc/2/ns/net")
"""The first network namespace: that of kthreadd, in which every kernel thread is."""
ROOM = 1 << 22
"""Octets of events that may wait for us, and the kernel takes it twice: some 10,000 of them."""


class NoEvents(Exception):
    """The kernel does not tell; the text names the reason."""


class ExecEvents:
    """Tells *executed* of each exec in a thread of its own, *lost* when some were not told.

    *room* are the octets of events that may wait to be told.
    """

    def __init__(
        self, executed: Callable[[Pid], None], lost: Callable[[], None], room: int = ROOM
    ) -> None:
        self._room = room
        self._closing = os.eventfd(0)
        self._thread: threading.Thread | None = None
        self._executed = executed
        self._lost = lost
        self._socket: socket.socket | None = None
        self.why_not = "not yet there"

    @property
    def is_there(self) -> bool:
        """Whether we are told."""
        return self._socket is not None

    def start(self) -> None:
        """Begin to listen; `is_there` and `why_not` tell what became of it."""
        try:
            self._socket = _listening(self._room)
        except NoEvents as error:
            self.why_not = str(error)
            log.warning("%s", error)
        else:
            self._thread = threading.Thread(target=self._listen, args=[self._socket], daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        if self._thread:
            os.eventfd_write(self._closing, 1)
            self._thread.join()
        os.close(self._closing)

    def _listen(self, events: socket.socket) -> None:
        ctypes.CDLL(None).prctl(PR_SET_NAME, THREAD)  # it wakes up at every exec: ps tells why
        waiting = select.poll()
        for each in (events, self._closing):
            waiting.register(each, select.POLLIN)
        while all(ready != self._closing for ready, _ in waiting.poll()):
            try:
                message = events.recv(4096)
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    log.error("executed programs are not told of any more: %s", error)
                    return
                log.warning("more was executed than could be told: all classes are looked through")
                self._lost()
                continue
            if len(message) >= PIDS + 8:
                (pid,) = struct.unpack_from("=I", message, PIDS + 4)
                self._tell(Pid(pid))
        events.close()

    def _tell(self, pid: Pid) -> None:
        try:
            self._executed(pid)
        except Exception:  # one program must not blind us for the others
            log.exception("%d could not be looked at", pid)


def _listening(room: int) -> socket.socket:
    made: list[socket.socket | NoEvents] = []
    opening = threading.Thread(target=_open, args=[made, room])
    opening.start()
    opening.join()
    if isinstance(made[0], NoEvents):
        raise made[0]
    return made[0]


def _open(made: list[socket.socket | NoEvents], room: int) -> None:
    """Open it in the first network namespace, the only one that has it; this thread ends there."""
    try:
        if FIRST.exists() and not FIRST.samefile("/proc/self/ns/net"):
            with FIRST.open() as first:
                if ctypes.CDLL(None, use_errno=True).setns(first.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        events = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_CONNECTOR)
        events.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, room)
        _filter(events)
        events.bind((0, CN_IDX_PROC))
        wish = struct.pack("=IIIIHHI", CN_IDX_PROC, CN_VAL_PROC, 0, 0, 4, 0, PROC_CN_MCAST_LISTEN)
        header = struct.pack("=IHHII", 16 + len(wish), NLMSG_DONE, 0, 0, 0)
        events.send(header + wish)
        made.append(events)
    except OSError as error:
        why = f"the process connector cannot be used here: {error.strerror}"
        made.append(NoEvents(f"{why} (it needs CONFIG_PROC_EVENTS)"))


def _filter(events: socket.socket) -> None:
    """Let the kernel keep what is no exec to itself: a program of four steps (linux/filter.h)."""
    load, equal, give = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET
    steps = [
        (load, 0, 0, WHAT),
        (equal, 0, 1, socket.htonl(PROC_EVENT_EXEC)),
        (give, 0, 0, 0xFFFFFFFF),
        (give, 0, 0, 0),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
    program = struct.pack("@HP", len(steps), ctypes.addressof(code))
    events.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
