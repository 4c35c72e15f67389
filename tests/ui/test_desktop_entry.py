"""What the menu of applications offers is what stile-tray understands."""

import shlex
from configparser import ConfigParser
from pathlib import Path

import pytest

from stile_ui.desktop import ACTIONS
from stile_ui.main import parser

PACKAGING = Path(__file__).parents[2] / "packaging"
ENTRIES = [PACKAGING / "stile-tray.desktop", PACKAGING / "autostart" / "stile-tray.desktop"]


def read(path: Path) -> ConfigParser:
    words = ConfigParser(interpolation=None, delimiters=("=",))
    words.read(path, encoding="utf-8")
    return words


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.parent.name)
def test_every_command_is_one_that_stile_tray_takes(path: Path) -> None:
    words = read(path)
    commands = [shlex.split(group["Exec"]) for name, group in words.items() if "Exec" in group]
    assert commands
    for program, *options in commands:
        assert program == "stile-tray"
        parser().parse_args(options)


def test_every_action_is_described_and_does_what_it_is_called() -> None:
    words = read(ENTRIES[0])
    actions = words["Desktop Entry"]["Actions"].rstrip(";").split(";")
    assert set(actions) <= set(ACTIONS)
    for action in actions:
        group = words[f"Desktop Action {action}"]
        assert group["Exec"] == f"stile-tray --do {action}"
        assert all(group[f"Name[{language}]"] for language in ("de", "he"))
