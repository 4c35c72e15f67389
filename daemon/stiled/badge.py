"""A badge that every process in one of our classes wears, so that it can be told at a glance.

Each exec of the machine waits while the exec gate finds out whether a process is in a class. To
read that from /proc costs 60 us of each exec, mostly for making and forgetting the entries of a
process that has just begun (measured); to ask for a resource limit costs 1 us. RLIMIT_LOCKS means
nothing to the kernel since Linux 2.4.25 (getrlimit(2)). Like the class, a limit is inherited by
whatever a process starts; and only root can take the badge off again, because everybody can lower a
hard limit, but nobody else can raise it. So: no badge, no class. With one, it is read from /proc.

So the hard limit alone is the badge: the soft one is the process's own, to lower and to raise.

It is put on before a process is moved into a class, and taken off after it was moved out. Who has
left to become another program, but may come back, wears another one, until the helper has looked
who that is.
"""

import resource
from contextlib import suppress

RLIMIT_LOCKS = 10
"""asm-generic/resource.h; the module `resource` does not name it."""
NONE = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
WORN = (2**63 - 1, 2**63 - 1)
OF_WHO_MAY_COME_BACK = (2**63 - 2, 2**63 - 2)
"""Lower: whoever may not raise a limit can change one badge for the other still."""


def is_worn(pid: int) -> bool:
    """Whether a process may be in a class. Raises ProcessLookupError."""
    try:
        _, hard = resource.prlimit(pid, RLIMIT_LOCKS)
    except PermissionError:  # without CAP_SYS_RESOURCE, of another user: then nobody's is known
        return True
    return hard != resource.RLIM_INFINITY


def put_on(pid: int) -> None:
    """Mark a process that is about to get a class. Raises ProcessLookupError."""
    if not is_worn(pid):
        resource.prlimit(pid, RLIMIT_LOCKS, WORN)


def take_from_who_left(pid: int, *, may_come_back: bool) -> None:
    """Take the badge of a process that has left its class, or change it if it may come back."""
    if not may_come_back:
        take_off(pid)
        return
    with suppress(ProcessLookupError, PermissionError, ValueError):  # it has a lower one of its own
        resource.prlimit(pid, RLIMIT_LOCKS, OF_WHO_MAY_COME_BACK)


def take_off(pid: int) -> None:
    """Forget about a process that has no class any more, as far as we may raise its limit."""
    with suppress(ProcessLookupError, PermissionError):
        former = resource.prlimit(pid, RLIMIT_LOCKS, NONE)  # one call: an exec may wait for this
        if former not in (WORN, OF_WHO_MAY_COME_BACK):
            resource.prlimit(pid, RLIMIT_LOCKS, former)  # its own
