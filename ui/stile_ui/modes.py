"""The pages of the first run and of learning: made when they are wanted, and not before."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from stile.applications import Application
from stile.rules import Lifetime, Origin, Rule
from stile_ui.firewall import Firewall
from stile_ui.rulebook import Shelf, Shelves

if TYPE_CHECKING:
    from stile_ui.first_run import FirstRun
    from stile_ui.review import Review

log = logging.getLogger(__name__)

OWN = frozenset({Origin.USER, Origin.TIMED, Origin.TEMPORARY})


class Modes(QObject):
    """Shows the first run once, and each page when it is asked for."""

    def __init__(self, firewall: Firewall, parent: QObject, marker: Path | None = None) -> None:
        super().__init__(parent)
        self._firewall = firewall
        self._marker = marker or _marker()
        self._first_run: FirstRun | None = None
        self._review: Review | None = None
        self._shelves: dict[Application, Shelf] = {}
        self._status: Mapping[str, Any] = {}
        self._present = False
        self._is_first = not self._marker.exists()
        firewall.present.connect(self._came_or_went)
        firewall.shelves.connect(self._show_shelves)
        firewall.status.connect(self._show_status)

    def set_up(self) -> None:
        """Show which rules are proposed for the system's services, and what runs."""
        page = self._first_run = self._first_run or self._made_first_run()
        page.begin()
        page.show_rules(self._rules())
        _bring_up(page)
        self._look_up()

    def review(self) -> None:
        """Show what was learned."""
        page = self._review = self._review or self._made_review()
        page.show_status(self._status)
        _bring_up(page)
        self._look_up()

    # -- what the helper says ------------------------------------------------------------

    def _came_or_went(self, present: object) -> None:
        self._present = bool(present)
        for page in (self._first_run, self._review):
            if page:
                page.show_presence(present)
        self._look_up()

    def _look_up(self) -> None:
        """Ask for what the pages show, if anybody is there who knows; else when somebody comes."""
        if not self._present:
            return
        if self._first_run and self._first_run.isVisible():
            self._firewall.look_up_running()
        if self._review and self._review.isVisible():
            self._firewall.look_up_learned()

    def _show_shelves(self, shelves: Shelves) -> None:
        self._shelves |= shelves
        if self._first_run:
            self._first_run.show_rules(self._rules())
        if not self._is_first:
            return
        self._is_first = False  # whatever comes later: this was the first look
        if not any(e.origin in OWN and e.lifetime is not Lifetime.QUIT for e in self._rules()):
            self.set_up()

    def _rules(self) -> list[Rule]:
        return [rule for shelf in self._shelves.values() for rule in shelf.rules]

    def _show_status(self, status: Mapping[str, Any]) -> None:
        self._status = status
        if self._review:
            self._review.show_status(status)

    # -- the pages -----------------------------------------------------------------------

    def _made_first_run(self) -> "FirstRun":
        from stile_ui.first_run import FirstRun

        page = FirstRun()
        self._firewall.running.connect(page.show_running)
        self._firewall.added.connect(page.show_added)
        self._firewall.failed.connect(page.show_failure)
        page.rules_wanted.connect(self._firewall.add_rules)
        page.over.connect(self._remember)
        page.show_presence(self._present)
        return page

    def _made_review(self) -> "Review":
        from stile_ui.review import Review

        page = Review()
        self._firewall.learned.connect(page.show_learned)
        self._firewall.failed.connect(page.show_failure)
        page.learning_wanted.connect(self._firewall.learn)
        page.verdicts_wanted.connect(self._firewall.judge_learned)
        page.refresh_wanted.connect(self._firewall.look_up_learned)
        page.show_presence(self._present)
        return page

    def _remember(self) -> None:
        """Never show the first run by itself again."""
        try:
            self._marker.parent.mkdir(parents=True, exist_ok=True)
            self._marker.touch()
        except OSError as error:  # it comes once more, and that is all
            log.warning("%s: %s", self._marker, error.strerror)


def _marker() -> Path:
    """Say where it is remembered that the first run is over (XDG Base Directory Specification)."""
    given = os.environ.get("XDG_STATE_HOME", "")
    base = Path(given) if given.startswith("/") else Path.home() / ".local" / "state"
    return base / "stile" / "first-run"


def _bring_up(page: QWidget) -> None:
    page.show()
    page.raise_()
    page.activateWindow()
