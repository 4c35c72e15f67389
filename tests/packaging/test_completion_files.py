"""What stands in files about the options of stiled and stile-tray is what these understand.

That `stile` is completed as it should is in tests/cli/test_completion.py.
"""

import argparse
import re
from pathlib import Path

import pytest

from stile_ui import main as tray
from stiled import main as helper

FOLDER = Path(__file__).parents[2] / "packaging" / "completion"
PARSERS = {"stiled": helper.parser(), "stile-tray": tray.parser()}
FILES = {"{}.bash", "_{}", "{}.fish"}


@pytest.mark.parametrize("program", PARSERS)
@pytest.mark.parametrize("file", sorted(FILES))
def test_every_option_is_offered_with_what_it_can_be_and_no_other(program: str, file: str) -> None:
    text = (FOLDER / file.format(program)).read_text(encoding="utf-8")
    text = re.sub(r"(?m)^#.*", "", text).replace(" -l ", " --")
    text = re.sub(r"(?s)(-o default|compgen -W|-- \"|--$)", "", text)
    offered = set(re.findall(r"--([a-z]+)\b", text))
    assert offered == {
        option.removeprefix("--")
        for action in PARSERS[program]._actions
        for option in action.option_strings
        if option.startswith("--")
    }
    for choices in choices_of(PARSERS[program]):
        assert choices in " ".join(text.split())


def choices_of(parser: argparse.ArgumentParser) -> list[str]:
    return [" ".join(action.choices) for action in parser._actions if action.choices]


def test_there_is_a_file_for_each_shell_and_program() -> None:
    wanted = {file.format(program) for file in FILES for program in (*PARSERS, "stile")}
    assert {path.name for path in FOLDER.iterdir()} == wanted
