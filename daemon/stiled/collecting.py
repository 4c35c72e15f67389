"""Python's collector of garbage, while thousands of rules come, and afterwards.

It looks at all that is there again and again while ever more comes: a quarter of the time that a
load takes. None of it is garbage, nor will it be in circles: references alone free old rules.
"""

import ctypes
import gc
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def loading() -> Iterator[None]:
    """Collect nothing meanwhile; never look at what is there then, and give back what is free."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
        _give_back()


def _give_back() -> None:
    """Give the memory that a load took for its texts back to the system (malloc_trim(3))."""
    with suppress(AttributeError):  # a C library that has no need of it
        ctypes.CDLL(None).malloc_trim(0)
