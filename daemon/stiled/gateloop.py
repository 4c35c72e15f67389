"""The loop in which the exec gate lets those go on who wear no badge: nearly all of a machine.

A program that has slept since the last exec has mostly gone from the processor's caches, the more
so the larger it is. In Python these few lines cost each exec 40 us, compiled they cost 20, which is
what the kernel takes for asking at all (measured). So they are compiled, by any C compiler and
without Python's headers; where nobody has done so, they are Python.
"""

import ctypes
import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from stiled import badge, fanotify
from stiled.fanotify import DESCRIPTOR, EVENT, FAN_ALLOW, PID
from stiled.gatejournal import Journal

log = logging.getLogger(__name__)

LIBRARY = Path(__file__).with_name("libgateloop.so")
"""Made of `gateloop.c` by `packaging/compile`."""

Loop = Callable[[int, memoryview], None]
"""Lets those go on who execute something, as they are read from a group of marks into a slot of
the journal, until one may wear the badge: that one waits, and stands in the slot. Raises OSError
where the kernel could not say who executes, and has denied it."""


def quickest(journal: Journal, library: Path = LIBRARY) -> Loop:
    """Give the loop: the compiled one, where it is there."""
    try:
        return compiled(journal, library)
    except OSError as error:
        log.info("the exec gate answers in Python, which takes longer: %s", error)
        return in_python(journal)


def compiled(journal: Journal, library: Path = LIBRARY) -> Loop:
    """Give the loop that a compiler has made. Raises OSError where none has."""
    answer_until_badge = ctypes.CDLL(str(library)).stile_answer_until_badge
    answered = ctypes.byref(ctypes.c_uint64.from_buffer(journal.answered))

    def loop(group: int, slot: memoryview) -> None:
        event = (ctypes.c_char * EVENT.size).from_buffer(slot)
        if error := answer_until_badge(group, event, answered):
            raise OSError(error, os.strerror(error))

    return loop


def in_python(journal: Journal) -> Loop:
    """Give the loop that needs no compiler."""

    def loop(group: int, slot: memoryview) -> None:
        while True:
            fanotify.read(group, slot)
            if _may_wear_badge(slot[PID]):
                return
            descriptor = slot[DESCRIPTOR]
            with suppress(FileNotFoundError):  # who waited was killed
                fanotify.answer(group, descriptor, FAN_ALLOW)
            journal.forget(slot)
            os.close(descriptor)

    return loop


def _may_wear_badge(pid: int) -> bool:
    try:
        return bool(pid) and badge.is_worn(pid)
    except ProcessLookupError:
        return False
