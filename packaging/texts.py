"""Which texts the sources say to people: every `translate("Context", "English text", ...)`.

pyside6-lupdate reads Python, but passes over calls whose other arguments it does not understand.
Here Python itself reads them; what lupdate gets is a list of plain calls.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
SOURCES = ("app", "ui")
CALLS = frozenset({"translate", "QT_TRANSLATE_NOOP"})
OURS = "language.py"
"""Where `translate` itself is."""

Text = tuple[str, str]
"""The context, and what is said in English."""


class NotLiteral(Exception):
    """A text that no translator could find; the message names the place."""


def all_texts() -> list[Text]:
    """Give every text once, as they come. Raises NotLiteral."""
    found: dict[Text, None] = {}
    for folder in SOURCES:
        for path in sorted((HERE / folder).rglob("*.py")):
            if path.name != OURS:
                name = str(path.relative_to(HERE))
                found.update(dict.fromkeys(texts_of(path.read_text(encoding="utf-8"), name)))
    return list(found)


def texts_of(source: str, name: str) -> Iterator[Text]:
    """Give the texts of one module. Raises NotLiteral."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or _called(call) not in CALLS:
            continue
        if len(call.args) == 1:  # str.translate
            continue
        match call.args[:2]:
            case [ast.Constant(str(context)), ast.Constant(str(text))]:
                yield context, text
            case _:
                raise NotLiteral(f"{name}:{call.lineno}: context and text have to be literal")


def as_calls(texts: list[Text]) -> str:
    """Write a module that says nothing but these."""
    return "".join(f"translate({_quoted(context)}, {_quoted(text)})\n" for context, text in texts)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""
