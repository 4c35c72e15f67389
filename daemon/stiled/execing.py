"""Is a process executing something at this moment? Until that is done, it still looks like before.

The kernel's word for that is the number of the system call in which a thread sleeps
(proc_pid_syscall(5)). Of a thread that runs it says only that: it may be in the midst of an exec.
"""

import os
import time

from stiled import shortfiles

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
RUNNING, UNKNOWN, ENDED = "running", "unknown", ""
LONGEST_RUN = 0.01
"""Seconds of a processor after which who runs is not in the midst of an exec any more."""
LONGEST = 0.1
"""Seconds that we wait for that, where others run as well; then it may be in the midst of one."""
LOOK = 0.0005
"""Seconds between two looks at somebody who runs."""


def is_executing(pid: int) -> bool | None:
    """Whether some thread of a process waits in an exec; None where that cannot be told now.

    Raises ProcessLookupError, FileNotFoundError where it is gone.
    """
    calls = [_call(thread) for thread in _threads(pid)]
    if any(map(_is_exec, calls)):
        return True
    return None if {RUNNING, UNKNOWN} & {*calls} or EXECS is None else False


def has_begun_to_execute(pid: int) -> bool:
    """Whether an exec that had begun before we were called may still be going on.

    It waits until each thread was seen outside of one, or has run for longer than one takes. Raises
    ProcessLookupError, FileNotFoundError where the process is gone.
    """
    end = time.monotonic() + LONGEST
    ran = {thread: _ran(thread) for thread in _threads(pid)}
    while EXECS:
        calls = {thread: _call(thread) for thread in ran}
        if any(map(_is_exec, calls.values())):
            return True
        ran = {
            thread: before
            for thread, before in ran.items()
            if calls[thread] == RUNNING and _ran(thread) - before < LONGEST_RUN
        }
        if not ran:
            break
        if time.monotonic() > end:
            return True
        time.sleep(LOOK)
    return False


def _threads(pid: int) -> list[str]:
    threads = f"/proc/{pid}/task"
    return [f"{threads}/{thread}" for thread in os.listdir(threads)]


def _is_exec(call: str) -> bool:
    return call.isdecimal() and EXECS is not None and int(call) in EXECS


def _ran(thread: str) -> float:
    """How many seconds a thread has had a processor; 0 where the kernel does not say."""
    try:
        return int(shortfiles.read(f"{thread}/schedstat").split(b" ", 1)[0]) / 1e9
    except OSError:
        return 0.0


def _call(thread: str) -> str:
    """Give the first word: the number of a call, -1 outside of any, or one of the words above."""
    try:
        return shortfiles.read(f"{thread}/syscall").split(b" ", 1)[0].strip().decode()
    except (ProcessLookupError, FileNotFoundError):
        return ENDED
    except OSError:  # nobody may look: not even root, where the kernel is locked down
        return UNKNOWN
