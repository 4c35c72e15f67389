"""What has been executed, told afterwards by the kernel's process connector.

It tells of every exec of the machine, and so is taken where nothing tells of less
(`execevents.py`). linux/connector.h and linux/cn_proc.h have the format.
"""

import ctypes
import errno
import os
import socket
import struct
import threading
from pathlib import Path

from stile.connections import Pid
from stiled.execevents import Lost, NoEvents

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
CLONE_NEWNET = 0x40000000
FIRST = Path("/proc/2/ns/net")
"""The first network namespace: that of kthreadd, in which every kernel thread is."""
ROOM = 1 << 22
"""Octets of events that may wait for us, and the kernel takes it twice: some 10,000 of them."""


class Connector:
    """What is executed, by whom ever: a source of `ExecEvents`."""

    wakes_at_each = True

    def __init__(self, events: socket.socket) -> None:
        self.descriptor = events.fileno()
        self._events = events

    @classmethod
    def open(cls, room: int = ROOM) -> "Connector":
        """Begin to be told; *room* are the octets of events that may wait. Raises NoEvents."""
        return cls(_listening(room))

    def take(self) -> list[Pid]:
        """Give who has executed something. Raises Lost, OSError."""
        try:
            message = self._events.recv(4096)
        except OSError as error:
            if error.errno == errno.ENOBUFS:
                raise Lost from None
            raise
        if len(message) < PIDS + 8:
            return []
        (pid,) = struct.unpack_from("=I", message, PIDS + 4)
        return [Pid(pid)]

    def close(self) -> None:
        """Stop."""
        self._events.close()


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
