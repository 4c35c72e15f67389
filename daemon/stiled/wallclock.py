"""An alarm of the wall clock that also rings when somebody sets the clock, or the system resumes.

timerfd_create(2): TFD_TIMER_CANCEL_ON_SET. The kernel cancels such timers on resume as well
(fs/timerfd.c, timerfd_resume). Numbers from linux/timerfd.h and time.h.
"""

import asyncio
import ctypes
import os
import time
from collections.abc import Callable

CLOCK_REALTIME = 0
TFD_NONBLOCK, TFD_CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
TFD_TIMER_ABSTIME, TFD_TIMER_CANCEL_ON_SET = 1, 2


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class _Itimerspec(ctypes.Structure):
    _fields_ = (("interval", _Timespec), ("value", _Timespec))


class WallClock:
    """One alarm. Nothing wakes up while none is set."""

    def __init__(self) -> None:
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._descriptor = self._libc.timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC)
        if self._descriptor < 0:
            _fail()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jumped: Callable[[], None] = lambda: None
        self._rang: Callable[[], None] = lambda: None

    @property
    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def listen(
        self,
        loop: asyncio.AbstractEventLoop,
        rang: Callable[[], None],
        jumped: Callable[[], None],
    ) -> None:
        """Call *rang* on the loop when it is time, *jumped* when the clock has been set."""
        self._loop, self._rang, self._jumped = loop, rang, jumped
        loop.add_reader(self._descriptor, self._readable)

    def ring_at(self, when: float | None) -> None:
        """Ring at a time, in seconds since the epoch, in place of a former one; None: never."""
        whole = int(when or 0)
        value = _Timespec(whole, int(((when or 0) - whole) * 1e9))
        flags = TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET
        spec = _Itimerspec(_Timespec(0, 0), value)
        if self._libc.timerfd_settime(self._descriptor, flags, ctypes.byref(spec), None):
            _fail()

    def close(self) -> None:
        """Never ring again."""
        if self._loop:
            self._loop.remove_reader(self._descriptor)
        os.close(self._descriptor)

    def _readable(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:
            return
        except OSError:  # ECANCELED
            self._jumped()
        else:
            self._rang()


def _fail() -> None:
    error = ctypes.get_errno()
    raise OSError(error, os.strerror(error))
