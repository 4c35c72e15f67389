"""A world with the real helper in it, for calls over its bus."""

from collections.abc import Iterator

import pytest
from worlds import World, why_not, world


@pytest.fixture(scope="module")
def helped() -> Iterator[World]:
    """A world whose helper guards; calls leave it as it was."""
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        made.stiled()
        yield made
