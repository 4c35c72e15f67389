"""stile.toml: read whole, and changed so that whoever wrote it by hand finds it again."""

from collections.abc import Mapping
from pathlib import Path

from stile.ruletext import toml
from stile.settings import Settings, Value
from stiled.rulefile import replace_file

NEW = "# Stile's settings: `stile settings` says which there are, and what they mean.\n"


class Unreadable(ValueError):
    """The file says what no settings are; the text names the file and the reason."""


class SettingsFile:
    """Reads and writes block: call them from a thread."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Settings:
        """Give what it says; defaults where there is no file. Raises Unreadable."""
        try:
            return Settings.parse(toml(self._text()))
        except OSError as error:
            raise Unreadable(f"{self.path}: {error.strerror}") from None
        except ValueError as error:
            raise Unreadable(f"{self.path}: {' '.join(str(error).split())}") from None

    def change(self, changes: Mapping[str, Value]) -> Settings:
        """Write other values; comments and what is not changed stay as they are.

        Raises Unreadable, ValueError for a value that is none, and OSError.
        """
        import tomlkit  # takes long to import, and most helpers never write settings

        new = self.read().with_changes(changes)
        document = tomlkit.parse(self._text() or NEW)
        for key in changes:
            document[key] = _short(new.values[key])
        text = tomlkit.dumps(document)
        if Settings.parse(toml(text)) != new:
            raise Unreadable(f"{self.path}: the change cannot be written into this file")
        replace_file(self.path.resolve(), text)
        return new

    def _text(self) -> str:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""


def _short(value: Value) -> Value:
    """Write 60 and not 60.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
