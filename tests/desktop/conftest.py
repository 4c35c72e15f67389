"""A screen, and a helper that is a play, for those who need nothing special of either."""

from collections.abc import Iterator

import pytest
from played_helper import PlayedHelper
from private_bus import private_bus
from screen import Screen, screen


@pytest.fixture
def stage() -> Iterator[Screen]:
    """A screen with nothing on it."""
    with screen() as shown:
        yield shown


@pytest.fixture
def helper() -> Iterator[PlayedHelper]:
    """A helper without rules."""
    with private_bus() as bus, PlayedHelper(bus) as played:
        yield played
