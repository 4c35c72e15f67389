"""In which language things are said to people.

Texts are written in English where they are used, as `translate("Prompt", "{who} wants to ...")`:
`pyside6-lupdate` finds them there. A desktop installs Qt's own translator, which has the same
signature; without one, as in the terminal, they stay English.
"""

from collections.abc import Callable

Translator = Callable[[str, str, str | None], str]
"""QCoreApplication::translate: context, text, and what tells two equal texts apart."""


def _english(_context: str, text: str, _apart: str | None) -> str:
    return text


_translator: Translator = _english


def install(translator: Translator) -> None:
    """Have everything said by *translator* from now on."""
    global _translator  # one process speaks one language
    _translator = translator


def translate(context: str, text: str, apart: str | None = None, count: int = -1) -> str:
    """Say *text* in the language of the person. Placeholders are left for `str.format`.

    Where *count* is given, `%n` in the text becomes that number, and of "one word|%n words" the
    first is said for 1, the second for all others.
    """
    said = _translator(context, text, apart)
    if count < 0:
        return said
    one, _, many = said.partition("|")
    return (many if many and count != 1 else one).replace("%n", str(count))
