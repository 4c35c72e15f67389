"""Execs of those who are in a class, or may come back to one: told by a BPF program.

It stands at the kernel's tracepoint `sched_process_exec`, beside the place where the process
connector is told; that wakes us at each exec of the machine, and makes it take 6 % longer
(measured).
"""

import errno
import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from mmap import PAGESIZE

from stile.connections import Pid
from stiled import badge, bpf
from stiled.assembly import (
    R0,
    R1,
    R2,
    R6,
    R10,
    Label,
    assembled,
    call,
    copy,
    jump_if,
    jump_if_register,
    leave,
    load,
    long_number,
    number,
    shift_right,
    store,
    store_number,
)
from stiled.bpfmaps import looked_up, told
from stiled.btf import Layouts, NoLayout
from stiled.classes import MAJOR, SHARED_MAJOR
from stiled.execevents import Lost, NoEvents
from stiled.headers import AT_WORD
from stiled.tasks import CURRENT, class_of

TRACEPOINT = "sched_process_exec"
ROOM = 16 * PAGESIZE
"""Octets: 4,096 execs may wait for us."""
_, MAY_COME_BACK = badge.OF_WHO_MAY_COME_BACK
LIMIT_SIZE, HARD = 16, 8
"""struct rlimit64 (linux/resource.h): rlim_cur, rlim_max."""
AT_PID = AT_WORD - 8


class ExecNotes:
    """What is executed by those whom it concerns: a source of `ExecEvents`."""

    wakes_at_each = False

    def __init__(self, ring: bpf.Ring, lost: bpf.Flag, ends: ExitStack) -> None:
        self.descriptor = ring.descriptor
        self._ring = ring
        self._lost = lost
        self._ends = ends

    @classmethod
    def open(
        cls, layouts: Callable[[], Layouts] = Layouts.of_kernel, room: int = ROOM
    ) -> "ExecNotes":
        """Begin to be told; *room* is a power of 2, of pages. Raises NoEvents."""
        if not bpf.sees_all_processes():
            raise NoEvents("the helper runs in a pid namespace of its own")
        try:
            return _attached(layouts(), room)
        except (NoLayout, bpf.NoBpf) as error:
            raise NoEvents(f"this kernel does not take the program: {error}") from None
        except OSError as error:
            raise NoEvents(_why_not(error)) from None

    def take(self) -> list[Pid]:
        """Give those who have executed something since the last time. Raises Lost."""
        pids = [Pid(int.from_bytes(each[:4], sys.byteorder)) for each in self._ring.take()]
        if self._lost.taken():  # what found no room did so before we made some
            raise Lost
        return pids

    def close(self) -> None:
        """Take the program out of the kernel."""
        self._ends.close()


def _attached(layouts: Layouts, room: int) -> ExecNotes:
    with ExitStack() as ends:
        ring = bpf.Ring(room, "stile_execs")
        ends.callback(ring.close)
        lost = bpf.Flag("stile_lost")
        ends.callback(lost.close)
        code = program(layouts, ring.descriptor, lost.descriptor)
        loaded = bpf.load_tracepoint(code, "stile_execs")
        ends.callback(os.close, loaded)
        ends.callback(os.close, bpf.open_tracepoint(loaded, TRACEPOINT))
        return ExecNotes(ring, lost, ends.pop_all())


def program(layouts: Layouts, ring: int, lost: int) -> bytes:
    """Write the program for one kernel, a ring and a flag. Raises NoLayout."""
    at = layouts.offset
    hard_limit = at("signal_struct", "rlim") + badge.RLIMIT_LOCKS * LIMIT_SIZE + HARD
    return assembled(
        [
            call(CURRENT),
            copy(R6, R0),
            *class_of(R6, layouts),
            shift_right(R1, 16),
            jump_if(R1, "==", MAJOR, "tell"),
            jump_if(R1, "==", SHARED_MAJOR, "tell"),
            load(8, R1, R6, at("task_struct", "signal")),
            load(8, R1, R1, hard_limit),
            long_number(R2, MAY_COME_BACK),
            jump_if_register(R1, "!=", R2, "out"),
            Label("tell"),
            load(4, R1, R6, at("task_struct", "tgid")),
            store(8, R10, AT_PID, R1),
            *told(ring, AT_PID, 8),
            jump_if(R0, "==", 0, "out"),
            store_number(4, R10, AT_PID, 0),
            *looked_up(lost, AT_PID),
            jump_if(R0, "==", 0, "out"),
            store_number(4, R0, 0, 1),
            Label("out"),
            number(R0, 0),
            leave(),
        ]
    )


def _why_not(error: OSError) -> str:
    if error.errno in (errno.EPERM, errno.EACCES):
        return bpf.NO_PERMISSION
    if error.errno in (errno.EINVAL, errno.ENOENT, errno.ENOSYS, errno.E2BIG):
        return "this kernel has no BPF programs for tracepoints: it needs CONFIG_BPF_EVENTS"
    return f"BPF cannot be used here: {error.strerror or error}"
