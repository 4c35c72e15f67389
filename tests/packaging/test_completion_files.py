"""What stands in files about the options of stiled and stile-tray is what these understand.

That `stile` is completed as it should is in tests/cli/test_completion.py.
"""

import argparse
import re
import shutil
import subprocess
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


@pytest.mark.parametrize("path", sorted(FOLDER.iterdir()), ids=lambda path: path.name)
def test_its_shell_can_read_it(path: Path) -> None:
    shell = path.suffix.removeprefix(".") or "zsh"
    ran(shell, "-n", str(path))


@pytest.mark.parametrize(
    ("program", "line", "words"),
    [
        ("stiled", "stiled --sta", {"--state"}),
        ("stiled", "stiled --backend ", {"auto", "nftables", "iptables"}),
        ("stile-tray", "stile-tray --do s", {"settings", "setup"}),
        ("stile-tray", "stile-tray --b", {"--bus", "--background"}),
    ],
)
def test_bash_and_fish_offer_what_stands_there(program: str, line: str, words: set[str]) -> None:
    before, _, word = line.rpartition(" ")
    words_so_far = f"COMP_WORDS=({before} '{word}'); COMP_CWORD={len(before.split())}"
    offered = f'_{program.replace("-", "_")} {program}; printf "%s\\n" "${{COMPREPLY[@]}}"'
    bash = f"source {FOLDER / program}.bash; {words_so_far}; {offered}"
    assert set(ran("bash", "--norc", "-c", bash).split()) == words
    said = ran("fish", "--no-config", "-c", f"source {FOLDER / program}.fish; complete -C '{line}'")
    assert {each.partition("\t")[0] for each in said.splitlines()} == words


def ran(*command: str) -> str:
    if shutil.which(command[0]) is None:
        pytest.skip(f"needs {command[0]}")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout
