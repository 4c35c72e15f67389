"""The fixture of tests that need a world; who imports it into a conftest has it."""

import os
from collections.abc import Iterator

import pytest
from worlds import World, why_not, world


@pytest.fixture
def guarded(request: pytest.FixtureRequest) -> Iterator[World]:
    """A world without a helper yet.

    With STILE_BACKEND=iptables in the environment, or where a test says so, its helper will use
    that packet filter.
    """
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        made.backend = getattr(request, "param", os.environ.get("STILE_BACKEND", "nftables"))
        yield made
