"""What the documents say can be followed: links lead somewhere, and commands are understood."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from stile.cli import grammar
from stile.cli.failures import Misused

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
LINK = re.compile(r"\]\(([^)\s]+)\)")
COMMAND = re.compile(r"^    (?:sudo )?stile (.+)$", re.MULTILINE)
A_TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
WORDS_OF_A_SYNOPSIS = re.compile(r"[A-Z]{3,}|[|\[]|\.\.\.|DEST")


def anchors(document: Path) -> set[str]:
    """Headings as they are linked to."""
    titles = re.findall(r"^#+ (.+)$", document.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def commands(document: Path) -> Iterator[list[list[str]]]:
    """Lines that show how `stile` is called, but synopses; each with the places where it may end.

    What stands behind a wide gap may be words of the command, or what it does.
    """
    for line in COMMAND.findall(document.read_text()):
        for said in line.split(", stile "):
            parts = re.split(r" {3,}|\s+#", said)
            ends = ["   ".join(parts[:count]) for count in range(1, len(parts) + 1)]
            plain = [end for end in ends if not WORDS_OF_A_SYNOPSIS.search(end)]
            if plain:
                yield [words.split() if "'" in words else shlex.split(words) for words in plain]


def is_understood(words: list[str]) -> bool:
    try:
        grammar.read(words)
    except Misused:
        return False
    return True


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    for link in LINK.findall(document.read_text()):
        if "://" in link:
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_commands_are_understood(document: Path) -> None:
    for ends in commands(document):
        assert any(map(is_understood, ends)), f"stile {' '.join(ends[-1])}"


def test_each_test_that_holds_a_promise_is_there() -> None:
    named = A_TEST.findall((ROOT / "docs" / "threat-model.md").read_text())
    assert len(named) > 30
    for file, test in named:
        assert f"\ndef {test}(" in (ROOT / "tests" / file).read_text(), f"{file}::{test}"


def test_each_promise_names_a_test() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    promised = text.partition("## Promised")[2].partition("## Not promised")[0]
    rows = re.findall(r"^\| (?!\|).*$", promised, re.MULTILINE)
    promises = [row for row in rows if not row.startswith("| | test")]
    assert len(promises) > 15
    assert not [row for row in promises if not A_TEST.search(row)]


def test_there_are_commands_to_try() -> None:
    assert sum(len([*commands(document)]) for document in DOCUMENTS) > 20
