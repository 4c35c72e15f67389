"""The manual pages say what the programs understand, all of it and nothing else."""

import argparse
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import pytest

from stile.applications import LASTING, Application
from stile.cli import grammar, main
from stile.cli.grammar import verbs
from stile.connections import NAMES
from stile.rules import Action
from stile.ruletext import KEYS, RULE_KEYS, rules_in
from stile.scopes import GROUPS, TYPES, Scope, Way
from stile.settings import Settings
from stile_ui import main as tray
from stile_ui.preferences import LIMITS, Preferences, Theme
from stile_ui.preferences import Place as PromptPlace
from stiled import liststore
from stiled import main as helper

PAGES = sorted((Path(__file__).parents[2] / "packaging" / "man").glob("*.[158]"))
FOLDER = PAGES[0].parent
ESCAPES = {r"\-": "-", r"\(aq": "'", r"\(dq": '"', r"\&": "", r"\e": "\\"}


def source(name: str) -> str:
    """Give a page without remarks, and with letters in the place of what roff calls them."""
    text = re.sub(r'(?m)^\.\\".*\n', "", (FOLDER / name).read_text(encoding="utf-8"))
    for escape, letter in ESCAPES.items():
        text = text.replace(escape, letter)
    return text


def section(name: str, title: str) -> str:
    """Give what stands below a heading, of a section or a part of one."""
    _, _, rest = source(name).partition(f" {title}\n")
    assert rest, f"{name} has no section {title}"
    return re.split(r"(?m)^\.S[hs] ", rest)[0]


def items(text: str, macro: str) -> list[str]:
    """Give the words of a kind that a text has entries about."""
    return re.findall(rf"(?m)^\.It (?:.*?\b)?{macro} ([^ \n]+)", text)


def examples(text: str) -> list[str]:
    """Give what stands there letter by letter."""
    blocks = re.findall(r"(?ms)^\.Bd -literal.*?\n(.*?)^\.Ed$", text)
    return [*blocks, *re.findall(r"(?m)^\.Dl (.*)$", text)]


def options(parser: argparse.ArgumentParser) -> set[str]:
    """Give the long options of a command line, without their dashes."""
    return {
        option.removeprefix("--")
        for action in parser._actions
        for option in action.option_strings
        if option.startswith("--")
    }


def written_of_commands() -> dict[str, str]:
    """Give what stile(1) says of each command; those that stand together share the text."""
    commands = re.split(r"(?m)^\.Sh ", source("stile.1"))
    (text,) = (each for each in commands if each.startswith("COMMANDS\n"))
    found: dict[str, str] = {}
    waiting: list[str] = []
    for entry in re.split(r"(?m)^(?=\.It Cm )", text)[1:]:
        waiting.append(items(entry, "Cm")[0])
        if ".Bl " in entry or "\n.El" in entry or not in_family(waiting[0]):
            found |= dict.fromkeys(waiting, entry)
            waiting = []
    return found


def in_family(verb: str) -> bool:
    """Whether a command is described together with those that follow it."""
    return verb in list(Action)


# -- the pages themselves ------------------------------------------------------------------


def test_there_is_a_page_for_each_program_and_each_file() -> None:
    assert {page.name for page in PAGES} == {
        *("stile.1", "stile-tray.1", "stile-rules.5", "stile.toml.5", "stiled.8")
    }


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_mandoc_finds_nothing_wrong(page: Path) -> None:
    if shutil.which("mandoc") is None:
        pytest.skip("needs mandoc")
    done = subprocess.run(
        ["mandoc", "-T", "lint", "-W", "warning", page], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_groff_has_no_warnings(page: Path) -> None:
    if shutil.which("groff") is None:
        pytest.skip("needs groff")
    done = subprocess.run(
        ["groff", "-ww", "-mdoc", "-t", "-K", "utf8", "-T", "utf8", "-z", page],
        capture_output=True,
        text=True,
        check=False,
    )
    if "can't find macro file" in done.stderr or "DESC" in done.stderr:
        pytest.skip("groff is not all there")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_is_called_as_it_says_and_points_to_pages_of_ours_that_are_there(page: Path) -> None:
    text = source(page.name)
    name, _, number = page.name.rpartition(".")
    assert f"\n.Dt {name.upper()} {number}\n" in f"\n{text}"
    assert items(f".It Nm {text.partition('.Nm ')[2]}", "Nm")[0] == name
    ours = {each.name for each in PAGES}
    named = {f"{one}.{two}" for one, two in re.findall(r"(?m)^\.Xr (stile\S*) (\d)", text)}
    assert named <= ours
    assert named >= ours - {page.name}, "each leads to each"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_dashes_that_are_typed_stay_dashes(page: Path) -> None:
    """An unescaped one may become a hyphen, U+2010, which no shell takes for an option."""
    raw = page.read_text(encoding="utf-8")
    typed = re.findall(r"(?ms)^\.Bd -literal[^\n]*\n(.*?)^\.Ed$", raw)
    typed += re.findall(r"(?m)^(?:\.Dl|\.Ql|\.It Fl) (.*)$", raw)
    assert not [line for text in typed for line in re.findall(r".*(?<!\\)-.*", text)]


# -- stile(1) ------------------------------------------------------------------------------


def test_every_command_is_described_and_no_other() -> None:
    assert written_of_commands().keys() == verbs(grammar.parser()).keys()


@pytest.mark.parametrize("verb", verbs(grammar.parser()))
def test_every_option_of_a_command_is_described_and_no_other(verb: str) -> None:
    general = options(grammar.parser())
    parser = verbs(grammar.parser())[verb]
    assert set(items(written_of_commands()[verb], "Fl Fl")) == options(parser) - general


@pytest.mark.parametrize("verb", verbs(grammar.parser()))
def test_every_word_that_a_command_takes_is_named(verb: str) -> None:
    text = written_of_commands()[verb]
    for action in verbs(grammar.parser())[verb]._actions:
        for word in action.choices or ():
            assert re.search(rf"\b{word}\b", text), word
        if not action.option_strings:
            usage = text.partition("\n")[0]
            shown = str(action.metavar or "").replace("|", " Ns | Ns Ar ")
            assert shown in usage, f"{shown} in {usage}"


def test_the_general_options_are_described_and_no_others() -> None:
    before, _, _ = source("stile.1").partition(".Sh COMMANDS")
    assert set(items(before, "Fl Fl")) == options(grammar.parser())


def test_the_commands_of_the_examples_are_understood() -> None:
    lines = "".join(examples(section("stile.1", "EXAMPLES"))).splitlines()
    assert len(lines) > 10
    for line in lines:
        program, *words = shlex.split(line.partition(" | ")[0])
        assert program == "stile"
        given = grammar.read(words)
        if given.verb in list(Action):
            grammar.scope(given)
            grammar.rule_lifetime(given)


def test_the_exit_codes_are_those_of_the_program() -> None:
    codes = re.findall(r"(?m)^\.It (\d+)$", section("stile.1", "EXIT STATUS"))
    assert [*map(int, codes)] == [
        *(main.DONE, main.FAILED, main.MISUSED, main.INTERRUPTED, main.UNREAD)
    ]


# -- stiled(8) and stile-tray(1) -----------------------------------------------------------


@pytest.mark.parametrize(
    ("page", "parser"), [("stiled.8", helper.parser()), ("stile-tray.1", tray.parser())]
)
def test_every_option_of_a_program_is_described_and_no_other(
    page: str, parser: argparse.ArgumentParser
) -> None:
    assert set(items(source(page), "Fl Fl")) == options(parser)
    synopsis = section(page, "SYNOPSIS")
    assert set(re.findall(r"Fl Fl (\S+)", synopsis)) == options(parser)


def test_the_defaults_of_the_helper_are_what_its_page_says() -> None:
    given = vars(helper.parser().parse_args([]))
    text = section("stiled.8", "Options")
    said = dict(re.findall(r"(?ms)^\.It Fl Fl (\w+)(?:(?!^\.It).)*?^\.Bq \w+ (\S+)$", text))
    assert said == {key: str(value) for key, value in given.items() if value is not False}


def test_the_actions_of_the_tray_are_all_named_and_no_others() -> None:
    (action,) = (each for each in tray.parser()._actions if "--do" in each.option_strings)
    _, _, text = source("stile-tray.1").partition(".It Fl Fl do ")
    assert items(text.partition(".El")[0], "Cm") == list(action.choices or ())


def test_the_preferences_of_the_tray_are_what_its_page_says() -> None:
    text = section("stile-tray.1", "FILES")
    known = {each.name: each.default for each in fields(Preferences)}
    entries = dict(re.findall(r"(?ms)^\.It Ic (\w+)\n(.*?)(?=^\.It|^\.El)", text))
    assert list(entries) == list(known)
    for name, default in known.items():
        if default != "":
            shown = str(default).lower() if isinstance(default, bool) else str(default)
            assert f".Pq Cm {shown}\n" in entries[name]
        if name in LIMITS:
            least, most = LIMITS[name]
            assert f"from {least} to {most}" in entries[name]
    assert_words_in(entries["theme"], Theme)
    assert_words_in(entries["prompt_place"], PromptPlace)


# -- stile.toml(5) -------------------------------------------------------------------------


def test_every_setting_is_described_with_its_default_and_no_other() -> None:
    found = re.findall(r"(?m)^\.It Ic (\w+) No = (\w+) (\S*)$", source("stile.toml.5"))
    said = "".join(f"{key} = {quoted(word, kind)}\n" for key, kind, word in found)
    assert Settings.parse(tomllib.loads(said)) == Settings()
    assert [key for key, _, _ in found] == list(Settings().values)


def test_the_limits_of_settings_are_what_its_page_says() -> None:
    entry = r"(?ms)^\.It Ic (\w+) (?:(?!^\.It).)*?from (\d+) to (\d+)"
    entries = re.findall(entry, source("stile.toml.5"))
    assert len(entries) == 4
    for key, least, most in entries:
        for allowed in (int(least), int(most)):
            Settings().with_changes({key: allowed})
        for beyond in (int(least) - 1, int(most) + 1):
            with pytest.raises(ValueError, match=key):
                Settings().with_changes({key: beyond})


def test_the_example_of_settings_is_one() -> None:
    found = [Settings.parse(tomllib.loads(each)) for each in tomls("stile.toml.5")]
    assert [settings.question_timeout for settings in found] == [120]


# -- stile-rules(5) ------------------------------------------------------------------------


def test_every_key_of_a_file_is_described_and_no_other() -> None:
    assert items(section("stile-rules.5", "The file"), "Ic") == list(KEYS)
    assert items(section("stile-rules.5", "Rules"), "Ic") == list(RULE_KEYS)
    assert items(section("stile-rules.5", "BLOCK LISTS"), "Ic") == list(liststore.KEYS)


def test_every_word_of_a_rule_is_named() -> None:
    text = section("stile-rules.5", "Rules")
    said = dict(re.findall(r"(?ms)^\.It Ic (\w+) No = (.*?)(?=^\.It Ic|\Z)", text))
    assert_words_in(said["action"], Action)
    assert_words_in(said["direction"], Way)
    assert_words_in(said["protocol"], NAMES.values())
    assert_words_in(said["network"], TYPES)
    groups = dict(re.findall(r"(?m)^\.It Cm (\w+)\n([\d, ]+)$", said["port"]))
    assert {name: ports.replace(", ", ",") for name, ports in groups.items()} == GROUPS


def test_every_destination_that_is_shown_is_one() -> None:
    text = section("stile-rules.5", "Rules")
    _, _, shown = text.partition(".It Ic to ")
    words = items(shown.partition(".El")[0], "Cm")
    assert len(words) == 9
    for word in words:
        assert str(Scope.parse({"to": word}).destination) == word


def test_every_kind_of_application_is_shown_and_those_without_rules_are_named() -> None:
    text = section("stile-rules.5", "Applications")
    shown = [Application.parse(word) for word in items(text, "Cm")]
    assert {each.kind for each in shown} == LASTING
    _, _, without = text.partition("Programs of the kinds")
    assert_words_in(without, {"deleted", "foreign", "unknown"})


def test_the_examples_of_rules_and_lists_are_read_as_they_stand(tmp_path: Path) -> None:
    lists = rules = 0
    for text in tomls("stile-rules.5"):
        if "source" in tomllib.loads(text):
            (tmp_path / "lists.d").mkdir()
            (tmp_path / "lists.d" / "adverts.toml").write_text(text)
            store = liststore.ListStore(tmp_path, tmp_path / "state")
            assert store.load().listings["adverts"].every == 86400
            lists += 1
        else:
            assert rules_in(text)
            rules += 1
    assert (lists, rules) == (1, 6)


# -- what pages are made of ----------------------------------------------------------------


def tomls(page: str) -> list[str]:
    """Give the examples of a page that are TOML: those with an equals sign and no command."""
    return [each for each in examples(source(page)) if re.search(r"(?m)^\w+ = ", each)]


def quoted(word: str, macro: str) -> str:
    return f'"{word}"' if macro == "Qq" else word


def assert_words_in(text: str, words: Iterable[str]) -> None:
    for word in words:
        assert re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text), f"{word} is not named"


def test_help_points_to_pages_that_are_there() -> None:
    parsers = [grammar.parser(), *verbs(grammar.parser()).values()]
    for parser in (*parsers, helper.parser(), tray.parser()):
        named = re.findall(r"([a-z.-]+)\((\d)\)", parser.epilog or "")
        assert named, parser.prog
        assert all((FOLDER / f"{name}.{number}").exists() for name, number in named)
