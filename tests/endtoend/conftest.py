"""Worlds for tests that need the real kernel."""

from collections.abc import Iterator

import pytest
from worlds import World, why_not, world


@pytest.fixture
def guarded() -> Iterator[World]:
    """A world without a helper yet."""
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        yield made
