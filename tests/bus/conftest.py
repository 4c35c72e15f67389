"""A world with the real helper in it, for calls over its bus."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

WORLDS = Path(__file__).parent.parent / "endtoend"
if str(WORLDS) not in sys.path:
    sys.path.insert(0, str(WORLDS))  # for worlds.py: tests are no package

from worlds import World, why_not, world  # type: ignore[import-not-found,unused-ignore] # noqa: E402 # found through the line above


@pytest.fixture(scope="module")
def helped() -> Iterator[World]:
    """A world whose helper guards; calls leave it as it was."""
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        made.stiled()
        yield made
