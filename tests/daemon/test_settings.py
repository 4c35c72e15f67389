"""stile.toml: what it may say, and how it is told that it says something else."""

from pathlib import Path

import pytest

from stile.rules import Action
from stile.settings import Settings
from stiled.store import read_settings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stile.toml"


def test_no_file_and_an_empty_one_mean_the_defaults(file: Path) -> None:
    assert read_settings(file) == Settings()
    file.write_text("# nothing\n")
    assert read_settings(file) == Settings()


def test_every_setting_is_read(file: Path) -> None:
    file.write_text(
        'when_daemon_is_away = "allow"\nquestion_timeout = 5\nwhen_nobody_answers = "drop"\n'
        "held_per_application = 1\nheld_in_all = 65536\nquestions_in_all = 2\n"
    )
    assert read_settings(file) == Settings("allow", 5, Action.DROP, 1, 65536, 2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("question_timeout = \n", "line 1"),
        ("timeout = 5", "there is no setting 'timeout': when_daemon_is_away, question_timeout"),
        ('question_timeout = "5"', "question_timeout is '5', which is not of the right type"),
        ("question_timeout = true", "question_timeout is True"),
        ("question_timeout = 0.5", "from 1 to 86400"),
        ("question_timeout = nan", "from 1 to 86400"),
        ("question_timeout = inf", "from 1 to 86400"),
        ("question_timeout = 86401", "from 1 to 86400"),
        ('when_daemon_is_away = "drop"', "when_daemon_is_away is deny or allow, not 'drop'"),
        ('when_nobody_answers = "ask"', "when_nobody_answers is allow, deny or drop, not 'ask'"),
        ('when_nobody_answers = "yes"', "when_nobody_answers is allow, deny or drop, not 'yes'"),
        ("when_nobody_answers = 1", "when_nobody_answers is 1"),
        ("held_in_all = 0", "held_in_all is a number from 1 to 65536"),
        ("held_in_all = 65537", "held_in_all is a number from 1 to 65536"),
        ("held_per_application = 1.5", "held_per_application is 1.5"),
        ("questions_in_all = -1", "questions_in_all is a number from 1 to 65536"),
        ("questions_in_all = [1]", "questions_in_all is [1]"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_key(file: Path, text: str, reason: str) -> None:
    file.write_text(text)

    with pytest.raises(ValueError, match="toml") as wrong:
        read_settings(file)

    assert str(wrong.value).startswith(f"{file}: ")
    assert reason in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_octets_that_are_no_text_and_a_folder_are_told_too(file: Path) -> None:
    file.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="utf-8"):
        read_settings(file)
    file.unlink()
    file.mkdir()
    with pytest.raises(ValueError, match="Is a directory"):
        read_settings(file)
