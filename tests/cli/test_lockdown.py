"""`stile lockdown`, against a played helper."""

import json
from typing import TYPE_CHECKING

import pytest

from stile import contract

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run

ON = "lockdown is on: only applications with an allow rule reach the network\n"
OFF = "lockdown is off\n"


@pytest.mark.parametrize("was", [True, False])
@pytest.mark.parametrize(("word", "said"), [("on", ON), ("off", OFF)])
def test_it_is_switched_whatever_it_was_and_the_state_is_said(
    helper: "Helper",
    stile: "Run",
    word: str,
    said: str,
    was: bool,  # noqa: FBT001 # a parameter
) -> None:
    helper.status_words["lockdown"] = was

    done = stile("lockdown", word)

    assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
    assert helper.status_words["lockdown"] is (word == "on")


def test_without_a_word_the_state_is_said_and_nothing_is_switched(
    helper: "Helper", stile: "Run"
) -> None:
    helper.refusals["Lockdown"] = (contract.ACCESS_DENIED, "nothing is to be switched")
    assert stile("lockdown").stdout == OFF

    helper.status_words["lockdown"] = True
    assert stile("lockdown").stdout == ON


def test_programs_read_an_object(helper: "Helper", stile: "Run") -> None:
    assert json.loads(stile("lockdown", "--json").stdout) == {"lockdown": False}
    assert json.loads(stile("--json", "lockdown", "on").stdout) == {"lockdown": True}


def test_who_may_not_is_told_so_and_the_exit_code_says_it_too(
    helper: "Helper", stile: "Run"
) -> None:
    helper.refusals["Lockdown"] = (contract.ACCESS_DENIED, "not authorised")

    done = stile("lockdown", "on")

    assert (done.returncode, done.stdout) == (1, "")
    said = "access denied: not authorised (root may, or whom polkit lets)"
    assert done.stderr == f"stile: {said}\n"


def test_what_is_done_but_not_on_disk_is_a_failure(helper: "Helper", stile: "Run") -> None:
    helper.refusals["Lockdown"] = (contract.NOT_KEPT, "not written to disk: No space left")

    done = stile("lockdown", "on")

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "stile: not written to disk: No space left\n"


def test_other_words_make_no_sense(stile: "Run") -> None:
    done = stile("lockdown", "maybe")

    assert (done.returncode, done.stdout) == (2, "")
    assert "'maybe'" in done.stderr
