"""Whether stile-tray starts with the session: the XDG autostart entry of this user.

The system's entry (/etc/xdg/autostart) is switched off by one of the same name with Hidden=true in
the user's own folder; where the system has none, ours starts it.
https://specifications.freedesktop.org/autostart-spec/latest/
"""

import os
import sys
from configparser import ConfigParser, Error
from pathlib import Path

from stile_ui.preferences import config_home

NAME = "stile-tray.desktop"
ENTRY = """[Desktop Entry]
Type=Application
Name=Stile
Exec={command} --background
Icon=stile
Hidden={hidden}
X-GNOME-Autostart-enabled={enabled}
"""


def is_on() -> bool:
    """Whether the next session starts it."""
    entry = next((each for each in (_own(), *_shared()) if each.is_file()), None)
    return entry is not None and not _says_hidden(entry)


def switch(*, on: bool) -> None:
    """Have it started with the session, or not. Raises OSError."""
    own = _own()
    is_shared = any(each.is_file() and not _says_hidden(each) for each in _shared())
    if on is is_shared:
        own.unlink(missing_ok=True)  # as the system has it
        return
    own.parent.mkdir(parents=True, exist_ok=True)
    words = {"hidden": str(not on).lower(), "enabled": str(on).lower()}
    own.write_text(ENTRY.format(command=_command(), **words), encoding="utf-8")


def _own() -> Path:
    return config_home() / "autostart" / NAME


def _shared() -> list[Path]:
    folders = os.environ.get("XDG_CONFIG_DIRS") or "/etc/xdg"
    return [Path(each) / "autostart" / NAME for each in folders.split(":") if each.startswith("/")]


def _command() -> str:
    """Name the program that runs now, quoted as the desktop entry specification says."""
    program = Path(sys.argv[0]).absolute()
    if program.name != "stile-tray" or not os.access(program, os.X_OK):
        return "stile-tray"
    text = str(program)
    for letter in '\\"`$':
        text = text.replace(letter, "\\\\" + letter)
    return f'"{text}"'.replace("%", "%%")


def _says_hidden(entry: Path) -> bool:
    words = ConfigParser(interpolation=None, strict=False)
    try:
        words.read(entry, encoding="utf-8")
        group = words["Desktop Entry"]
    except (Error, KeyError, UnicodeDecodeError):
        return True  # a session does not start what it cannot read
    enabled = group.get("X-GNOME-Autostart-enabled", "true").strip().lower()
    return group.get("Hidden", "false").strip().lower() == "true" or enabled == "false"
