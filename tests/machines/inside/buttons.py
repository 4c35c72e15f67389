"""Where a button is on the screen, by what a screen reader is told.

    buttons.py WINDOW BUTTON

It prints {"x": ..., "y": ...}, the middle of it, or what there is instead. WINDOW is a part of the
title.
"""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pyatspi  # type: ignore[import-not-found] # Debian has it, PyPI has not

DEEPEST = 30
ROLES = frozenset({"push button", "button", "toggle button", "check box", "radio button"})


def within(thing: Any, depth: int = 0) -> Iterator[Any]:  # noqa: ANN401 (it has no types)
    """It, and all in it."""
    yield thing
    if depth < DEEPEST:
        for index in range(thing.childCount):
            part = thing.getChildAtIndex(index)
            if part is not None:
                yield from within(part, depth + 1)


def windows(part: str) -> Iterator[Any]:
    """The windows that have this in their title."""
    desktop = pyatspi.Registry.getDesktop(0)
    for index in range(desktop.childCount):
        program = desktop.getChildAtIndex(index)
        for each in within(program, DEEPEST - 1) if program else ():
            if part in each.name:
                yield each


def main() -> int:
    """Look once."""
    title, name = sys.argv[1:]
    seen = []
    for window in windows(title):
        for each in within(window):
            if each.getRoleName() not in ROLES:
                continue
            seen.append(each.name)
            if name == each.name.replace("&", ""):
                place = each.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
                middle = {"x": place.x + place.width // 2, "y": place.y + place.height // 2}
                print(json.dumps(middle))
                return 0
    print(json.dumps({"seen": seen}))
    return 1


if __name__ == "__main__":
    sys.exit(main())
