"""Worlds for tests that need the real kernel."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for worlds.py: tests are no package

from worlds import World, why_not, world  # noqa: E402 # found through the line above


@pytest.fixture
def guarded() -> Iterator[World]:
    """A world without a helper yet."""
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        yield made
