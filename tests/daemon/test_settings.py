"""stile.toml: what it may say, and how it is told that it says something else."""

from pathlib import Path

import pytest

from stile.rules import Action
from stile.settings import Settings
from stiled.settingsfile import SettingsFile, Unreadable


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "stile.toml"


def test_no_file_and_an_empty_one_mean_the_defaults(file: Path) -> None:
    assert SettingsFile(file).read() == Settings()
    file.write_text("# nothing\n")
    assert SettingsFile(file).read() == Settings()


def test_every_setting_is_read(file: Path) -> None:
    file.write_text(
        'when_daemon_is_away = "allow"\nquestion_timeout = 5\nwhen_nobody_answers = "drop"\n'
        "held_per_application = 1\nheld_in_all = 65536\nquestions_in_all = 2\n"
    )
    assert SettingsFile(file).read() == Settings("allow", 5, Action.DROP, 1, 65536, 2)


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
        (f"question_timeout = {'9' * 400}", "from 1 to 86400"),
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

    with pytest.raises(Unreadable, match="toml") as wrong:
        SettingsFile(file).read()

    assert str(wrong.value).startswith(f"{file}: ")
    assert reason in str(wrong.value)
    assert "\n" not in str(wrong.value)


def test_octets_that_are_no_text_and_a_folder_are_told_too(file: Path) -> None:
    file.write_bytes(b"\xff")
    with pytest.raises(ValueError, match="utf-8"):
        SettingsFile(file).read()
    file.unlink()
    file.mkdir()
    with pytest.raises(ValueError, match="Is a directory"):
        SettingsFile(file).read()


BY_HAND = """# written by hand
question_timeout = 30  # half a minute

# the rest
when_nobody_answers = "drop"
"""


def test_a_change_keeps_comments_and_all_else(file: Path) -> None:
    file.write_text(BY_HAND)

    new = SettingsFile(file).change({"question_timeout": 45.0, "held_in_all": 8})

    assert (
        new
        == SettingsFile(file).read()
        == Settings(question_timeout=45, when_nobody_answers=Action.DROP, held_in_all=8)
    )
    text = file.read_text()
    assert text.startswith(BY_HAND.replace("= 30", "= 45"))
    assert text.endswith("held_in_all = 8\n")
    assert file.stat().st_mode & 0o777 == 0o644


def test_a_change_makes_the_file_where_there_is_none(file: Path) -> None:
    SettingsFile(file).change({"name_servers": "192.0.2.53"})
    assert file.read_text().splitlines()[1:] == ['name_servers = "192.0.2.53"']


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"question_timeout": 0.0}, "question_timeout is a number of seconds"),
        ({"when_nobody_answers": "maybe"}, "when_nobody_answers is allow, deny or drop"),
        ({"name_servers": "example.org"}, "name_servers: "),
        ({"name_servers": "192.0.2.1 " * 500}, "name_servers is longer than"),
        ({"nonsense": 1}, "there is no setting 'nonsense'"),
        ({"ask_about_inbound": 1}, "ask_about_inbound is 1"),
    ],
)
def test_what_is_no_setting_is_not_written(
    file: Path, changes: dict[str, str | float | int], reason: str
) -> None:
    file.write_text(BY_HAND)
    with pytest.raises(ValueError, match="^" + reason):
        SettingsFile(file).change(changes)
    assert file.read_text() == BY_HAND


@pytest.mark.parametrize("broken", ["question_timeout = \n", "no_such_key = 1\n"])
def test_a_broken_file_is_not_overwritten(file: Path, broken: str) -> None:
    file.write_text(broken)
    with pytest.raises(Unreadable, match="toml: "):
        SettingsFile(file).change({"question_timeout": 45.0})
    assert file.read_text() == broken


def test_a_link_stays_a_link(file: Path, tmp_path: Path) -> None:
    real = tmp_path / "kept-elsewhere.toml"
    real.write_text(BY_HAND)
    file.symlink_to(real)
    SettingsFile(file).change({"question_timeout": 45.0})
    assert file.is_symlink()
    assert SettingsFile(real).read().question_timeout == 45
