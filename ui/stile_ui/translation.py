"""The desktop half in the language of the person.

What Qt Linguist writes (`translations/stile_LANG.ts`) is read as it is, when it is needed: there is
nothing to compile, so a checkout, a wheel and a package all speak the languages that they have.
Texts of Qt's own, like those on a Cancel button, come from the catalogues that Qt brings.
"""

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from xml.etree import ElementTree

from PySide6.QtCore import QLibraryInfo, QLocale, Qt, QTranslator
from PySide6.QtWidgets import QApplication

from stile import language

log = logging.getLogger(__name__)

FOLDER = Path(__file__).parent / "translations"
ENGLISH = "en"
Texts = Mapping[tuple[str, str], str]
"""By context and English text."""


def available() -> list[str]:
    """Give the languages that there are, English among them."""
    return sorted({ENGLISH, *(each.stem.removeprefix("stile_") for each in FOLDER.glob("*.ts"))})


def own_name(code: str) -> str:
    """Say what a language is called by those who speak it."""
    if code == ENGLISH:
        return "English"  # and not American English
    name = QLocale(code).nativeLanguageName()
    return f"{name[:1].upper()}{name[1:]}"


def wanted(preferred: str, of_desktop: Iterable[str]) -> str:
    """Choose a language: the one that is set, or the first of the desktop's that there is."""
    there = available()
    for tag in (preferred, *of_desktop):
        code = tag.replace("_", "-").partition("-")[0].lower()
        if code in there:
            return code
    return ENGLISH


def speak(application: QApplication, preferred: str) -> str:
    """Have everything said in a language from now on, and give its code."""
    code = wanted(preferred, QLocale.system().uiLanguages())
    if code == ENGLISH:
        return code
    texts = _read(FOLDER / f"stile_{code}.ts")

    def said(context: str, text: str, _apart: str | None) -> str:
        return texts.get((context, text), text)

    language.install(said)
    locale = QLocale(code)
    QLocale.setDefault(locale)
    application.setLayoutDirection(locale.textDirection())
    theirs = QTranslator(application)
    folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if theirs.load(locale, "qtbase", "_", folder):
        application.installTranslator(theirs)
        # its catalogue has a say about the direction too, and may be for another script
        application.setLayoutDirection(locale.textDirection())
    return code


def is_right_to_left(code: str) -> bool:
    """Whether a language is written from the right."""
    return QLocale(code).textDirection() is Qt.LayoutDirection.RightToLeft


def _read(path: Path) -> Texts:
    """Read what is finished; what is not stays English."""
    texts: dict[tuple[str, str], str] = {}
    for context in ElementTree.parse(path).getroot().iter("context"):  # noqa: S314 # our own file
        name = context.findtext("name", "")
        for message in context.iter("message"):
            said = message.find("translation")
            if said is not None and said.get("type") is None and said.text:
                texts[name, message.findtext("source", "")] = said.text
    return texts
