"""What a person sets about the desktop half: how it looks, asks and remembers, for this user alone.

    stored = Stored(place())
    stored.value.arming              a typed value, checked, with a default
    stored.change(theme=Theme.DARK)  written at once; `stored.changed` tells everybody

What the administrator sets for all users stands in stile.toml, which is the helper's
(`stile.settings`).
"""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QSettings, Signal

log = logging.getLogger(__name__)


class Theme(StrEnum):
    """Light or dark."""

    DESKTOP = "desktop"
    """As the desktop has it."""
    LIGHT = "light"
    DARK = "dark"


class Place(StrEnum):
    """Where on the screen questions appear; under Wayland that is for the compositor to say."""

    DESKTOP = "desktop"
    """Wherever the window manager puts them."""
    MIDDLE = "middle"
    TOP = "top"
    """In the upper corner at the end of a line: to the right, where one reads from the left."""
    BOTTOM = "bottom"


@dataclass(frozen=True, slots=True)
class Preferences:
    """Everything that can be set, with what holds where it is not."""

    notifications: bool = True
    start_hidden: bool = True
    """Whether a start shows no window; the icon in the panel, or another start, brings it up."""
    prompt_place: Place = Place.DESKTOP
    text_size: int = 100
    """Percent of the desktop's font."""
    arming: int = 700
    """Milliseconds for which a question only looks at you."""
    theme: Theme = Theme.DESKTOP
    language: str = ""
    """Like "de"; empty for that of the desktop."""
    history: bool = True
    history_days: int = 30
    """How long connections are remembered."""
    told_without_tray: bool = False
    """Whether it was said how to come back where no panel shows our icon."""

    def __post_init__(self) -> None:
        for name, (least, most) in LIMITS.items():
            if not least <= getattr(self, name) <= most:
                raise ValueError(f"{name} is a number from {least} to {most}")


LIMITS: Mapping[str, tuple[int, int]] = {
    "text_size": (80, 200),
    "arming": (200, 5000),
    "history_days": (1, 3650),
}


class Stored(QObject):
    """The preferences of this user, in a file.

    Signals:
        changed(Preferences): they are others now.
    """

    changed = Signal(object)

    def __init__(self, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = QSettings(str(path), QSettings.Format.IniFormat)
        self._value = Preferences()
        for field in fields(Preferences):
            self._take(field.name, getattr(self._value, field.name))

    @property
    def value(self) -> Preferences:
        """How they are now."""
        return self._value

    def change(self, **changes: Any) -> None:  # noqa: ANN401 # one of each type
        """Have others, from now on and at the next start. Raises ValueError."""
        new = replace(self._value, **changes)
        if new == self._value:
            return
        self._value = new
        for name in changes:
            self._file.setValue(name, _written(getattr(new, name)))
        self._file.sync()
        if self._file.status() is not QSettings.Status.NoError:
            log.error("%s cannot be written", self._file.fileName())
        self.changed.emit(new)

    def _take(self, name: str, default: object) -> None:
        """Read one key; what makes no sense is as if it were not there."""
        if not self._file.contains(name):
            return
        written = str(self._file.value(name))
        try:
            change: dict[str, Any] = {name: _read(written, type(default))}
            self._value = replace(self._value, **change)
        except ValueError:
            log.warning("%s: %s = %s makes no sense", self._file.fileName(), name, written)


def place() -> Path:
    """Say where the file is: $XDG_CONFIG_HOME/stile/tray.ini."""
    return config_home() / "stile" / "tray.ini"


def config_home() -> Path:
    """Say where this user's programs keep what they are told (XDG base directories)."""
    told = os.environ.get("XDG_CONFIG_HOME", "")
    return Path(told) if told.startswith("/") else Path.home() / ".config"


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _read(text: str, kind: type) -> object:
    if kind is bool:
        return {"true": True, "false": False}[text] if text in ("true", "false") else _fail(text)
    return kind(text)


def _fail(text: str) -> bool:
    raise ValueError(f"'{text}' is neither true nor false")
