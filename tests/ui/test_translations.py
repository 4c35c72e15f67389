"""The catalogues of the translators: nothing is missing, and nothing in them breaks a sentence."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from PySide6.QtCore import QCoreApplication, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel
from texts import NotLiteral, Text, all_texts, as_calls, texts_of

from stile import language
from stile_ui import translation
from stile_ui.preferences import Stored
from stile_ui.settings_page import SettingsPage
from stile_ui.tray import Tray

CATALOGUES = sorted(translation.FOLDER.glob("stile_*.ts"))
COMPLETE = {"de", "he"}
"""Languages of which every text has to be there."""
PLACEHOLDER = re.compile(r"\{[^{}]*\}|%n")
MNEMONIC = re.compile(r"&\w")


@pytest.fixture(scope="module")
def said() -> set[Text]:
    """Everything that the desktop says."""
    return set(all_texts())


def catalogue(path: Path) -> dict[Text, str]:
    """Read what is translated."""
    found = {}
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314 # ours
        for message in context.iter("message"):
            made = message.find("translation")
            if made is not None and made.get("type") is None and made.text:
                key = context.findtext("name", ""), message.findtext("source", "")
                found[key] = made.text
    return found


def test_the_languages_that_have_to_be_complete_are_there() -> None:
    assert {path.stem.removeprefix("stile_") for path in CATALOGUES} >= COMPLETE


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_every_text_is_translated(path: Path, said: set[Text]) -> None:
    if path.stem.removeprefix("stile_") not in COMPLETE:
        pytest.skip("not said to be complete")
    missing = sorted(said - catalogue(path).keys())
    lines = "\n".join(f"  {context}: {text!r}" for context, text in missing)
    assert not missing, (
        f"{len(missing)} not translated (packaging/translate, then Linguist):\n{lines}"
    )


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_no_catalogue_keeps_what_nobody_says(path: Path, said: set[Text]) -> None:
    assert not sorted(catalogue(path).keys() - said), "packaging/translate takes them out"


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.stem)
def test_placeholders_plurals_and_keys_are_the_same_in_every_language(path: Path) -> None:
    wrong = []
    for (context, english), text in catalogue(path).items():
        parts = english.split("|") if "%n" in english else [english]
        is_plural = len(parts) > 1
        if is_plural and text.count("|") != 1:
            wrong.append(f"{context}: {text!r} has not two forms")
        marks = set(PLACEHOLDER.findall(english))
        if set(PLACEHOLDER.findall(text)) != marks:
            wrong.append(f"{context}: {text!r} has other placeholders than {english!r}")
        if len(MNEMONIC.findall(text)) != len(MNEMONIC.findall(english)):
            wrong.append(f"{context}: {text!r} has another number of keys than {english!r}")
    assert not wrong, "\n".join(wrong)


@pytest.fixture
def application(qapp: QApplication) -> Iterator[QApplication]:
    """Qt, which speaks as before afterwards."""
    locale = QLocale()
    yield qapp
    language.install(lambda _context, text, _apart: text)
    QLocale.setDefault(locale)
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    for each in qapp.findChildren(QTranslator):
        QCoreApplication.removeTranslator(each)


@pytest.mark.parametrize(
    ("code", "direction", "quit_text"),
    [
        ("de", Qt.LayoutDirection.LeftToRight, "&Beenden"),
        ("he", Qt.LayoutDirection.RightToLeft, "&יציאה"),
        ("en", Qt.LayoutDirection.LeftToRight, "Qu&it"),
    ],
)
def test_a_language_is_spoken_and_written_in_its_direction(
    application: QApplication, code: str, direction: Qt.LayoutDirection, quit_text: str
) -> None:
    assert translation.speak(application, code) == code
    assert language.translate("Tray", "Qu&it") == quit_text
    assert application.layoutDirection() == direction


@pytest.mark.parametrize("code", ["en", *sorted(COMPLETE)])
def test_no_key_leads_to_two_places_of_a_window(
    application: QApplication, tmp_path: Path, code: str
) -> None:
    translation.speak(application, code)
    page, tray = SettingsPage(Stored(tmp_path / "tray.ini")), Tray()
    tray.show_findings([{"name": "exec gate", "state": "missing", "means": "late"}])
    labels = [each.text() for each in page.findChildren(QLabel) if each.buddy()]
    buttons = [each.text() for each in page.findChildren(QAbstractButton)]
    for texts in ([*labels, *buttons], [each.text() for each in tray._menu.actions()]):
        keys = [key.lower() for text in texts for key in MNEMONIC.findall(text)]
        assert sorted(keys) == sorted(set(keys)), texts
    page.deleteLater()
    tray.deleteLater()


@pytest.mark.parametrize(
    ("preferred", "of_desktop", "code"),
    [
        ("", ["de-AT", "en-US"], "de"),
        ("", ["xx-YY", "he-IL"], "he"),
        ("", ["fr"], "en"),
        ("en", ["de"], "en"),
        ("de", ["he"], "de"),
        ("../../etc/passwd", ["C"], "en"),
    ],
)
def test_the_language_is_the_one_that_is_set_or_the_first_of_the_desktop(
    preferred: str, of_desktop: list[str], code: str
) -> None:
    assert translation.wanted(preferred, of_desktop) == code


def test_a_text_that_no_translator_could_find_is_pointed_at() -> None:
    with pytest.raises(NotLiteral, match=r"x\.py:1: context and text have to be literal"):
        list(texts_of("translate('Context', text)", "x.py"))


def test_what_lupdate_is_given_says_the_same() -> None:
    texts = [("A", 'a "quoted"\nline'), ("B", "%n rule|%n rules"), ("C", "back\\slash …")]
    source = "translate('A', 'a \"quoted\"\\nline'); translate('B', '%n rule|' '%n rules', None, n)"
    assert list(texts_of(source, "x.py")) == texts[:2]
    assert list(texts_of(as_calls(texts), "y.py")) == texts
