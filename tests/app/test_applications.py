"""Identities of applications, and how bytes of the system are spelled and shown."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import FILES, KERNEL, UNSAFE_TO_SHOW, Application, Kind, shown, spelled

NAMES = st.binary(min_size=1, max_size=40).map(lambda raw: "/" + spelled(raw))
OWNED = st.sampled_from([Kind.PATH, Kind.SCRIPT, Kind.APPIMAGE])
APPLICATIONS = (
    st.just(KERNEL)
    | st.builds(Application, st.sampled_from(sorted({*FILES, Kind.UNKNOWN})), NAMES)
    | st.builds(Application, OWNED, NAMES, st.integers(0, 2**32 - 1))
)


@given(APPLICATIONS)
def test_an_identity_reads_back_as_it_was_written(application: Application) -> None:
    assert Application.parse(str(application)) == application


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("path@1000:/srv/all/installer", "installer (user 1000)"),
        ("script:/usr/bin/yum", "yum"),
        ("script:/usr/lib/python3/httpie/__main__.py", "httpie"),
        ("flatpak:org.mozilla.firefox", "org.mozilla.firefox"),
        ("flatpak@1000:org.mozilla.firefox", "org.mozilla.firefox (user 1000)"),
        ("snap:lxd.daemon", "lxd.daemon"),
        ("appimage:/opt/Krita.AppImage", "Krita"),
        ("nix:firefox/bin/firefox", "firefox"),
    ],
)
def test_each_kind_has_a_title(text: str, title: str) -> None:
    application = Application.parse(text)
    assert (str(application), application.title) == (text, title)
    assert application.can_have_rules


@given(st.text())
def test_what_is_no_identity_is_a_value_error_or_writes_itself_back(text: str) -> None:
    try:
        application = Application.parse(text)
    except ValueError:
        return
    assert str(application) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "curl",
        "/usr/bin/curl",
        "path:",
        "path:curl",
        "kernel:x",
        "unknown",
        "path:/a\nb",
        "PATH:/a",
        "path@:/a",
        "path@0:/a",
        "path@x:/a",
        "kernel@5",
        "deleted@5:/a",
        "flatpak:firefox",
        "flatpak:org.mozilla/firefox",
        "snap:Firefox",
        "nix:firefox",
    ],
)
def test_what_is_no_identity_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Application.parse(text)


@given(st.binary(max_size=12), st.binary(max_size=12))
def test_no_two_names_are_spelled_alike(one: bytes, other: bytes) -> None:
    assert (spelled(one) == spelled(other)) == (one == other)


def test_a_byte_and_the_character_of_its_number_are_spelled_differently() -> None:
    assert spelled(b"\x80") == r"\x80"
    assert spelled("\u0080".encode()) == r"\u0080"


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_what_is_shown_neither_steers_nor_turns_a_line(text: str) -> None:
    for safe in (shown(text), spelled(text.encode())):
        assert not set(safe) & UNSAFE_TO_SHOW
        assert not any(unicodedata.category(letter) == "Cc" for letter in safe)


@pytest.mark.parametrize(
    ("text", "title", "can_have_rules"),
    [
        ("path:/usr/bin/curl", "curl", True),
        ("kernel", "The system kernel", True),
        ("deleted:/usr/bin/curl", "curl (deleted)", False),
        ("foreign:/usr/bin/curl", "curl (another root)", False),
        ("unknown:uid 7", "An unidentified program (uid 7)", False),
    ],
)
def test_each_kind_has_a_title_and_knows_whether_rules_fit_it(
    text: str, title: str, *, can_have_rules: bool
) -> None:
    application = Application.parse(text)

    assert application.title == title
    assert application.can_have_rules is can_have_rules
