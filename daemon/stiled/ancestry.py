"""What started a process: its parents, up to init."""

import os
from collections.abc import Iterator

from stile.applications import spelled
from stile.connections import Pid
from stiled.births import fields

INIT = Pid(1)
MOST = 16
"""Parents that are named."""


def parents(pid: Pid) -> Iterator[tuple[Pid, bytes]]:
    """Name the parents of a process and the programs they run, the nearest first, without init.

    It reads nothing that waits for a disk or for another process. Of a program that a file system
    of somebody's would have to tell about, the link in /proc is all that is looked at.
    """
    for _ in range(MOST):
        try:
            pid = Pid(int(fields(pid)[1]))  # field 4
            if pid <= INIT:
                return
            program = os.readlink(os.fsencode(f"/proc/{pid}/exe"))
        except (OSError, ValueError):
            return  # it has quit meanwhile
        yield pid, program


def names(pid: Pid) -> tuple[str, ...]:
    """Name the parents by their programs' own names.

    Not by comm: every process gives itself that name as it likes.
    """
    return tuple(spelled(os.path.basename(program)) for _, program in parents(pid))
