"""Qt without a screen, and a bus of the test's own."""

import os
from collections.abc import Iterator

import pytest
from private_bus import private_bus

os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.fixture
def bus() -> Iterator[str]:
    """Give the address of a private bus."""
    with private_bus() as address:
        yield address


@pytest.fixture(scope="session")
def qapp_args() -> list[str]:
    """Look the same on every machine."""
    return ["stile-tray", "-style", "Fusion"]
