"""`packaging/run`, as somebody who has just cloned the project would try it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from screen import Screen, missing, screen, wait_for
from worlds import why_not

DEMONSTRATION = Path(__file__).parents[2] / "packaging" / "demonstration.py"
OUTCOME = {"allow": "200 connected", "deny": "000 connected"}


def start(*options: str, environment: dict[str, str]) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, str(DEMONSTRATION), *options],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.parametrize("answer", ["allow", "deny"])
def test_it_ends_well_without_a_person(answer: str) -> None:
    with start("--answer", answer, environment=dict(os.environ)) as running:
        said, _ = running.communicate(timeout=100)

    assert running.returncode == 0, said
    assert said.count(OUTCOME[answer]) >= 4, said
    assert f'default = "{answer}"' in said
    assert "an unknown one 000" in said
    assert "Everything is gone again" in said


@pytest.mark.skipif(bool(why_not()), reason=why_not())
@pytest.mark.skipif(bool(missing()), reason=f"a desktop needs {missing()}")
def test_the_window_is_answered_with_a_real_click() -> None:
    with screen() as stage, start(environment=dict(stage.environment)) as running:
        prompt = stage.window("wants to connect")

        def answered() -> bool:
            if stage.windows("wants to connect"):
                _press_allow(stage, prompt)
            return not stage.windows("wants to connect")

        wait_for(answered, "the answer")
        said, _ = running.communicate(timeout=100)

    assert running.returncode == 0, said
    assert "A window asks you." in said
    assert said.count(OUTCOME["allow"]) >= 4, said


def _press_allow(stage: Screen, prompt: str) -> None:
    _, height = stage.size(prompt)
    stage.click(prompt, 554, height - 64)
