"""Is a process executing something at this moment? Until that is done, it still looks like before.

The kernel's word for that is the number of the system call in which a thread sleeps
(proc_pid_syscall(5)). Of a thread that runs it says only that: it may be in the midst of an exec.
"""

import os

GENERIC = frozenset({221, 281})
"""execve and execveat, asm-generic/unistd.h."""
CALLS = {
    "x86_64": frozenset({59, 322, 11, 358}),  # with those of 32 bit programs
    "aarch64": GENERIC | {11, 387},
    "riscv64": GENERIC,
    "loongarch64": GENERIC,
    "ppc64le": frozenset({11, 362}),
    "s390x": frozenset({11, 354}),
}
"""By machine, the numbers of execve and execveat (arch/*/entry/syscalls)."""
EXECS = CALLS.get(os.uname().machine)
RUNNING = "running"


def is_executing(pid: int) -> bool | None:
    """Whether some thread of a process waits in an exec; None where that cannot be told now.

    Raises ProcessLookupError, FileNotFoundError where it is gone.
    """
    threads = f"/proc/{pid}/task"
    calls = [_call(f"{threads}/{thread}/syscall") for thread in os.listdir(threads)]
    if any(call.isdecimal() and EXECS and int(call) in EXECS for call in calls):
        return True
    return None if RUNNING in calls or EXECS is None else False


def _call(place: str) -> str:
    """Give the first word: the number of a call, -1 outside of any, or `running`."""
    try:
        with open(place, "rb", buffering=0) as call:
            return call.read().split(b" ", 1)[0].strip().decode()
    except (ProcessLookupError, FileNotFoundError):
        return ""  # this thread has ended
    except OSError:  # nobody may look: not even root, where the kernel is locked down
        return RUNNING
