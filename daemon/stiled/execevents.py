"""What has been executed, told afterwards: the net under the exec gate.

It also tells of programs in memory and of file systems that the gate does not see, some
milliseconds too late. A BPF program tells of those alone who may be in a class (`execnotes.py`);
where there can be none, the process connector tells of all (`procevents.py`).
"""

import ctypes
import logging
import os
import select
import threading
from collections.abc import Callable
from typing import Protocol

from stile.connections import Pid

log = logging.getLogger(__name__)

PR_SET_NAME = 15
THREAD = b"exec events"


class NoEvents(Exception):
    """The kernel does not tell; the text names the reason."""


class Lost(Exception):
    """Some were not told: there was no room."""


class Source(Protocol):
    """Who tells."""

    descriptor: int
    """Can be waited for."""
    wakes_at_each: bool
    """Whether it tells of every exec of the machine."""

    def take(self) -> list[Pid]:
        """Give those who have executed something. Raises Lost, OSError."""

    def close(self) -> None:
        """Stop."""


class ExecEvents:
    """Tells *executed* of each exec in a thread of its own, *lost* when some were not told."""

    def __init__(
        self, source: Source, executed: Callable[[Pid], None], lost: Callable[[], None]
    ) -> None:
        self._source = source
        self._executed = executed
        self._lost = lost
        self._closing = os.eventfd(0)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        os.eventfd_write(self._closing, 1)
        self._thread.join()
        os.close(self._closing)

    def _listen(self) -> None:
        if self._source.wakes_at_each:
            ctypes.CDLL(None).prctl(PR_SET_NAME, THREAD)  # ps tells why
        waiting = select.poll()
        for each in (self._source.descriptor, self._closing):
            waiting.register(each, select.POLLIN)
        while all(ready != self._closing for ready, _ in waiting.poll()):
            try:
                told = self._source.take()
            except Lost:
                log.warning("more was executed than could be told: all classes are looked through")
                guarded(self._lost)
            except OSError as error:
                log.error("executed programs are not told of any more: %s", error)
                break
            else:
                for pid in told:
                    guarded(self._executed, pid)
        self._source.close()


def guarded(work: Callable[..., None], *words: object) -> None:
    """Do something about one program, which must not keep us from the others."""
    try:
        work(*words)
    except Exception:
        log.exception("a program could not be seen to: %s", words)
