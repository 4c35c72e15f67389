"""What the exec gate is working on, for the guardian to take up when the worker dies."""

import mmap

from stiled.fanotify import EVENT, LENGTH

SLOTS = 4096
"""Execs that may be worked on at a time; more wait in the kernel."""
SLOT = 32
"""Octets for each: struct fanotify_event_metadata, and room."""


class Journal:
    """Execs, in memory that both share; the kernel itself writes them there.

    A slot is seen as numbers of four octets (`fanotify.DESCRIPTOR` ...). Every event has a length:
    where there is none, nothing is worked on. So one number is all that is to be forgotten.
    """

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, (SLOTS + 1) * SLOT)
        whole = memoryview(self._memory)
        self.slots = [whole[at * SLOT : at * SLOT + EVENT.size].cast("i") for at in range(SLOTS)]
        self.answered = whole[SLOTS * SLOT : SLOTS * SLOT + 8].cast("Q")
        """How many execs have been answered; where two are at the same time, perhaps one less."""

    @property
    def progress(self) -> int:
        """How many execs have been answered."""
        return self.answered[0]

    def open(self) -> dict[int, bytes]:
        """What is being worked on, by the number of its slot."""
        return {at: bytes(slot) for at, slot in enumerate(self.slots) if slot[LENGTH]}

    def forget(self, slot: memoryview) -> None:
        """Note that an exec has been answered."""
        slot[LENGTH] = 0
        self.answered[0] += 1
