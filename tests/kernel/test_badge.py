"""Whoever may be in a class wears a badge, and cannot get rid of it."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator

import pytest

from stiled import badge

WAITS = [sys.executable, "-c", "input()"]
LOWERED = (5, resource.RLIM_INFINITY)
RIDS_ITSELF = """
import os, resource
input()
os.setuid(65534)
resource.setrlimit(10, (-1, -1))
"""


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits."""
    with subprocess.Popen(WAITS, stdin=subprocess.PIPE) as made:
        yield made


def test_a_process_has_none_until_it_gets_one(process: "subprocess.Popen[bytes]") -> None:
    assert not badge.is_worn(process.pid)
    badge.put_on(process.pid)
    assert badge.is_worn(process.pid)


def test_what_it_starts_has_it_too_and_nobody_but_root_can_take_it_off() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", RIDS_ITSELF],
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as made:
        badge.put_on(made.pid)
        _, said = made.communicate("\n")
    assert "not allowed to raise maximum limit" in said


def test_a_limit_that_somebody_else_has_set_stays(process: "subprocess.Popen[bytes]") -> None:
    resource.prlimit(process.pid, badge.RLIMIT_LOCKS, (5, 5))
    badge.put_on(process.pid)
    badge.take_off(process.pid)
    assert resource.prlimit(process.pid, badge.RLIMIT_LOCKS) == (5, 5)
    assert badge.is_worn(process.pid), "it may be in a class: /proc tells"


def test_the_badge_of_who_may_come_back_is_worn_too_and_comes_off_as_any(
    process: "subprocess.Popen[bytes]",
) -> None:
    badge.put_on(process.pid)
    badge.take_from_who_left(process.pid, may_come_back=True)
    assert resource.prlimit(process.pid, badge.RLIMIT_LOCKS) == badge.OF_WHO_MAY_COME_BACK
    assert badge.is_worn(process.pid)
    badge.take_off(process.pid)
    assert badge.is_worn(process.pid) is not _may_raise()


def test_a_lower_soft_limit_is_no_badge_and_does_not_keep_one_from_being_put_on(
    process: "subprocess.Popen[bytes]",
) -> None:
    resource.prlimit(process.pid, badge.RLIMIT_LOCKS, LOWERED)
    assert not badge.is_worn(process.pid), "it can be raised again, by anybody"

    badge.put_on(process.pid)

    assert badge.is_worn(process.pid)
    assert resource.prlimit(process.pid, badge.RLIMIT_LOCKS)[1] != resource.RLIM_INFINITY


def test_who_is_gone_has_none() -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    with pytest.raises(ProcessLookupError):
        badge.is_worn(gone.pid)
    badge.take_off(gone.pid)


def test_it_comes_off_again_where_we_may(process: "subprocess.Popen[bytes]") -> None:
    badge.put_on(process.pid)
    badge.take_off(process.pid)
    assert badge.is_worn(process.pid) is not _may_raise()


def _may_raise() -> bool:
    return bool(int(_effective(os.getpid()), 16) >> 24 & 1)  # CAP_SYS_RESOURCE


def _effective(pid: int) -> str:
    with open(f"/proc/{pid}/status") as status:  # noqa: PTH123
        return next(line.split()[1] for line in status if line.startswith("CapEff"))
