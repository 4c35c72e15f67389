"""Icons: a coloured and a symbolic one for each state; symbolic ones can be recoloured."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PySide6.QtWidgets import QApplication

from stile_ui.icons import SCALABLE, SYMBOLIC
from stile_ui.tray import Tray

SVG = "{http://www.w3.org/2000/svg}"
INK = "#2e3436"
"""What stands for the colour of text in symbolic icons, by GNOME's convention."""
SIZE = "16"
ALL_SYMBOLIC = sorted(SYMBOLIC.glob("*/*.svg"))
STATUS: Mapping[str, Any] = {"paused": 0, "lockdown": False, "learning": 0}


@pytest.mark.parametrize(
    ("present", "questions", "status", "state"),
    [
        (False, 0, STATUS, "away"),
        (True, 1, STATUS, "asking"),
        (True, 0, {**STATUS, "lockdown": True}, "locked"),
        (True, 0, {**STATUS, "paused": 9}, "paused"),
        (True, 0, {**STATUS, "learning": 9}, "learning"),
        (True, 0, STATUS, "guarding"),
    ],
)
def test_each_state_has_a_coloured_and_a_symbolic_icon(
    qapp: QApplication,
    present: bool,  # noqa: FBT001
    questions: int,
    status: Mapping[str, Any],
    state: str,
) -> None:
    tray = Tray()
    tray.show_presence(present)
    tray.show_status(status)
    tray.show_questions(questions)
    assert tray.state == state
    assert (SCALABLE / "apps" / f"stile-{tray.state}.svg").is_file()
    assert (SYMBOLIC / "apps" / f"stile-{tray.state}-symbolic.svg").is_file()
    tray.deleteLater()


@pytest.mark.parametrize("path", ALL_SYMBOLIC, ids=lambda path: path.stem)
def test_a_symbolic_icon_has_one_colour_and_the_grid_of_them(path: Path) -> None:
    root = ElementTree.parse(path).getroot()  # noqa: S314 # ours
    assert path.stem.endswith("-symbolic")
    assert (root.get("width"), root.get("height")) == (SIZE, SIZE)
    assert root.get("viewBox") == f"0 0 {SIZE} {SIZE}"
    paints = {each.get(key) for each in root.iter() for key in ("fill", "stroke")}
    assert paints - {None, "none"} == {INK}
    assert not [each for each in root.iter() if each.get("style") or each.get("class")]
    assert {each.tag for each in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "g", "path", "rect", "circle")
    }


@pytest.mark.parametrize("folder", [SCALABLE, SYMBOLIC], ids=["scalable", "symbolic"])
def test_every_icon_says_what_it_is(folder: Path) -> None:
    found = sorted(folder.glob("*/*.svg"))
    assert found
    for path in found:
        assert path.stem.partition("-")[0] == "stile", "in hicolor names are everybody's"
        assert ElementTree.parse(path).getroot().findtext(f"{SVG}title")  # noqa: S314 # ours
