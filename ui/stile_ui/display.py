"""Is there a screen to draw on? Qt ends the program with a crash where there is none."""

import os
import socket
from collections.abc import Mapping
from pathlib import Path

from stile.language import translate


def missing(environment: Mapping[str, str]) -> str:
    """Say why there is no display; empty where there is one, or where Qt knows better."""
    if environment.get("QT_QPA_PLATFORM", "xcb").split(":")[0] not in ("xcb", "wayland"):
        return ""
    wayland, x11 = environment.get("WAYLAND_DISPLAY", ""), environment.get("DISPLAY", "")
    if not wayland and not x11:
        return translate("Display", "no display: neither WAYLAND_DISPLAY nor DISPLAY is set")
    if wayland and _listens(Path(environment.get("XDG_RUNTIME_DIR", "/"), wayland)):
        return ""
    if x11 and _x11_listens(x11):
        return ""
    return translate("Display", "no display at '{name}'").format(name=wayland or x11)


def _x11_listens(name: str) -> bool:
    number = name.removeprefix(":").partition(".")[0]
    if not number.isdecimal():
        return True  # a display elsewhere: not for us to try
    path = f"/tmp/.X11-unix/X{number}"  # noqa: S108 (where X servers listen)
    return _listens(Path(path)) or _listens(f"\0{path}")


def _listens(path: Path | str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            return False
        return True
