"""Text from strangers."""

import pytest

from stile_ui import display, words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("curl", "curl"),
        ("café ü", "café ü"),
        ("a\nb", "a\\nb"),
        ("\u202egpj.exe", "\\u202egpj.exe"),
        ("\x1b[2J", "\\x1b[2J"),
        ("\\x1b", "\\x1b"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
    ],
)
def test_what_would_turn_or_hide_a_line_is_written_out(text: str, shown: str) -> None:
    assert words.safe(text) == shown


def test_a_tooltip_shows_tags_as_tags() -> None:
    assert "&lt;b&gt;" in words.tooltip("<b>")


def test_a_very_long_command_has_a_tooltip_of_bearable_length() -> None:
    assert len(words.tooltip("x" * 2_000_000)) < 3000


def test_a_path_breaks_after_a_slash_and_loses_nothing() -> None:
    path = "/opt/some/where/far/away/program"
    broken = words.broken(path, lambda line: len(line) <= 20, 3)
    assert broken.replace("\n", "") == path
    assert all(len(line) <= 20 for line in broken.split("\n"))
    assert broken.split("\n")[0].endswith("/")


def test_a_path_without_end_keeps_its_beginning_and_its_name() -> None:
    path = "/" + "directory/" * 40 + "program"
    lines = words.broken(path, lambda line: len(line) <= 20, 3).split("\n")
    assert len(lines) == 3
    assert lines[0].startswith("/directory")
    assert lines[-1].endswith("program")


def test_no_display_is_said_in_a_sentence() -> None:
    assert display.missing({}) == "no display: neither WAYLAND_DISPLAY nor DISPLAY is set"
    assert display.missing({"DISPLAY": ":65000"}) == "no display at ':65000'"
    assert display.missing({"QT_QPA_PLATFORM": "offscreen"}) == ""
