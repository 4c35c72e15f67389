"""`stile settings`, against a played helper."""

import json
from typing import TYPE_CHECKING

import pytest

from stile import contract
from stile.settings import Settings, Stated

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run


def test_all_are_listed_and_what_waits_for_a_restart_says_so(
    helper: "Helper", stile: "Run"
) -> None:
    helper.stated = Stated(Settings(question_timeout=30), "/x", after_restart=("held_in_all",))
    done = stile("settings")
    lines = {line.split()[0]: line.split()[1] for line in done.stdout.splitlines()[1:]}
    assert (done.returncode, done.stderr) == (0, "")
    assert lines.keys() == Settings().values.keys()
    assert lines["question_timeout"] == "30"
    assert lines["everybody_may_look_up"] == "false"
    (late,) = [line for line in done.stdout.splitlines() if "systemctl restart stiled" in line]
    assert late.startswith("held_in_all")


def test_one_is_said_bare_and_as_json(stile: "Run", helper: "Helper") -> None:
    assert stile("settings", "question_timeout").stdout == "60\n"
    said = json.loads(stile("settings", "when_nobody_answers", "--json").stdout)
    assert said == {"key": "when_nobody_answers", "value": "deny", "after_restart": False}
    assert helper.stated.settings == Settings()


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("question_timeout", "30", 30.0),
        ("question_timeout", "2.5", 2.5),
        ("ask_about_inbound", "on", True),
        ("when_daemon_is_away", "allow", "allow"),
        ("questions_in_all", "7", 7),
        ("name_servers", "192.0.2.53, 2001:db8::53", "192.0.2.53, 2001:db8::53"),
    ],
)
def test_one_is_changed(
    helper: "Helper", stile: "Run", key: str, text: str, value: str | float
) -> None:
    done = stile("settings", key, text)
    said = "true" if value is True else text
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{key} = {said}\n", "")
    assert helper.stated.settings.values[key] == value


def test_what_counts_after_a_restart_is_said(helper: "Helper", stile: "Run") -> None:
    done = stile("settings", "held_in_all", "9")
    assert "held_in_all counts once the helper is started anew" in done.stderr
    assert helper.stated.settings.held_in_all == 9


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["nonsense"], "there is no setting 'nonsense'"),
        (["nonsense", "1"], "there is no setting 'nonsense'"),
        (["question_timeout", "soon"], "question_timeout is a number, not 'soon'"),
        (["question_timeout", "0"], "question_timeout is a number of seconds from 1 to 86400"),
        (["held_in_all", "1.5"], "held_in_all is a number, not '1.5'"),
        (["ask_about_inbound", "perhaps"], "ask_about_inbound is true or false"),
        (["when_nobody_answers", "ask"], "when_nobody_answers is allow, deny or drop"),
        (["name_servers", "example.org"], "name_servers: "),
    ],
)
def test_what_is_wrong_is_one_line_and_nobody_is_told(
    helper: "Helper", stile: "Run", words: list[str], reason: str
) -> None:
    done = stile("settings", *words)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith(f"stile: {reason}")
    assert helper.stated.settings == Settings()


def test_who_may_not_is_told_so(helper: "Helper", stile: "Run") -> None:
    helper.refusals["ChangeSettings"] = (contract.ACCESS_DENIED, "not you")
    done = stile("settings", "question_timeout", "30")
    assert done.returncode == 1
    assert done.stderr.startswith("stile: access denied: not you")


def test_a_broken_file_is_said(helper: "Helper", stile: "Run") -> None:
    helper.stated = Stated(Settings(), "/x", "/x: line 1: not like this")
    done = stile("settings")
    assert "stile: /x: line 1: not like this; these are in force" in done.stderr
    assert "question_timeout" in done.stdout
