"""A short look at packaging/torture: that it breaks things, looks, and leaves nothing behind."""

import subprocess
from pathlib import Path

import pytest
from worlds import BACKENDS, why_not

TORTURE = Path(__file__).parents[2] / "packaging/torture"


def torture(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([TORTURE, *words], capture_output=True, text=True, check=False)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_helper_that_is_killed_loses_nothing_and_lets_nothing_through(backend: str) -> None:
    if reason := why_not():
        pytest.skip(reason)

    done = torture("--seed", "1", "--faults", "1", "--only", "kill-helper", "--backend", backend)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "| kill-helper | 1 |" in done.stdout
    assert "seed 1, 1 faults" in done.stdout


def test_every_fault_has_a_name_and_one_that_there_is_not_is_said() -> None:
    names = torture("--list").stdout.split()
    others = torture("--list", "--backend", "iptables").stdout.split()

    assert {"kill-helper", "full-disk", "flush-ruleset", "upgrade"} <= {*names}
    assert {"kill-helper", "flush-chain"} <= {*others}
    assert "flush-ruleset" not in others
    wrong = torture("--list", "--only", "nothing")
    assert wrong.returncode == 2
    assert "there is no fault nothing" in wrong.stderr
