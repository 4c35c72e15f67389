"""What the exec gate is working on, for the guardian to take up when the worker dies."""

import mmap
import struct
import time

from stiled import fanotify
from stiled.fanotify import EVENT

SLOTS = 4096
"""Execs that may be worked on at a time; more wait in the kernel."""
SLOT = 32
"""Octets for each: struct fanotify_event_metadata, and room."""
NOTHING = bytes(EVENT.size)
PATIENCE = 1.5
"""Seconds that an ending gate gives to those who wait for it."""
PAUSE = 0.01
"""Seconds between two looks at who waits still."""


class Journal:
    """Execs, in memory that both share; the kernel itself writes them there."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (SLOTS + 1) * SLOT)
        self._count = 0
        whole = memoryview(self._memory)
        self.slots = [whole[at * SLOT : at * SLOT + EVENT.size] for at in range(SLOTS)]
        self._progress = whole[SLOTS * SLOT : SLOTS * SLOT + 8]

    @property
    def progress(self) -> int:
        """How many execs have been answered."""
        (count,) = struct.unpack("=Q", self._progress)
        return int(count)

    def open(self) -> dict[int, bytes]:
        """What is being worked on, by the number of its slot."""
        return {at: bytes(slot) for at, slot in enumerate(self.slots) if any(slot)}

    def forget(self, slot: memoryview) -> None:
        """Note that an exec has been answered."""
        slot[:] = NOTHING
        self._count += 1
        struct.pack_into("=Q", self._progress, 0, self._count)

    def run_dry(self, group: int) -> None:
        """Ask about nothing more, and wait until those who wait already have been answered.

        The kernel lets all go on that a group has not answered when it closes, whatever class they
        are in: one who waits for us alone would slip through. Blocks, for PATIENCE at worst.
        """
        fanotify.unmark_all(group)
        end, quiet = time.monotonic() + PATIENCE, 0
        while quiet < 2 and time.monotonic() < end:  # twice: one that was just read is in neither
            quiet = 0 if fanotify.waits(group) or self.open() else quiet + 1
            time.sleep(PAUSE)
