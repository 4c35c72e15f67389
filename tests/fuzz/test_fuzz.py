"""Every reader of what comes from outside, with inputs that are nearly right.

`packaging/fuzz` runs the same for as long as one likes.
"""

from random import Random

import pytest
from fuzzing import Target
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from targets import TARGETS

BY_NAME = {target.name: target for target in TARGETS}


@pytest.mark.parametrize("name", BY_NAME)
def test_what_once_was_a_fault_is_none_any_more(name: str) -> None:
    for known in BY_NAME[name].known:
        BY_NAME[name].check(known)


@pytest.mark.parametrize("name", BY_NAME)
def test_what_is_nearly_right_is_read_strictly_or_refused(name: str) -> None:
    target: Target = BY_NAME[name]

    @settings(
        max_examples=target.examples,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.randoms(use_true_random=False))
    def holds(random: Random) -> None:
        target.check(target.make(random))

    holds()
