"""What the exec gate is working on, for the guardian to take up when the worker dies."""

import mmap
import struct

from stiled.fanotify import EVENT

SLOTS = 4096
"""Execs that may be worked on at a time; more wait in the kernel."""
SLOT = 32
"""Octets for each: struct fanotify_event_metadata, and room."""
NOTHING = bytes(EVENT.size)


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
