"""The history as the desktop has it: fed by what the helper decides, and by what the kernel counts.

While it is on, what is open and what has passed is asked for once a minute; while it is off, or
there is no helper, nothing wakes up.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from stile.applications import Application
from stile.rules import Action
from stile.traffic import OpenConnection, Traffic
from stile_ui import history_file
from stile_ui.firewall import Firewall
from stile_ui.history_keeper import Keeper
from stile_ui.history_lookup import Lookup
from stile_ui.history_reader import Use
from stile_ui.history_settings import HistorySettings
from stile_ui.history_writer import Event, Passed

EACH_MINUTE = 60_000
"""Milliseconds between two looks."""
JUST_NOW = 120.0
"""Seconds within which a decision and a connection that looks like it are the same."""
MOST_RECENT = 4096
UNDECIDED = "undecided"
"""The reason of what is open though nobody has decided about it."""


class History(QObject):
    """What was, and who keeps it.

    Signals:
        changed(): there is more to be seen; at most about once a second.
        cleared(): nothing is left of it.
        trouble(str): something that people should know, as a sentence.
        moved(list[Passed]): what has passed since the last look.
    """

    changed = Signal()
    cleared = Signal()
    trouble = Signal(str)
    moved = Signal(object)

    def __init__(
        self,
        firewall: Firewall,
        settings: HistorySettings,
        path: Path | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._firewall = firewall
        self._settings = settings
        self.path = path or history_file.home()
        self._keeper = Keeper(self.path, settings, self)
        self.lookup = Lookup(self.path, self)
        self._connections = Differences()
        self._passed: Mapping[tuple[Application, int], Traffic] = {}
        self._has_counted = False
        self._uses: dict[Application, Use] = {}
        self._clock = QTimer(self, interval=EACH_MINUTE)
        self._clock.timeout.connect(self.look)
        self._keeper.written.connect(self.changed)
        self._keeper.trouble.connect(self.trouble)
        self._keeper.cleared.connect(self._was_cleared)
        firewall.present.connect(self._came_or_went)
        firewall.unwatched.connect(self.trouble)
        firewall.decided.connect(self.keep_decision)
        firewall.opened.connect(self._keep_open)
        firewall.counted.connect(self._keep_counted)

    @property
    def settings(self) -> HistorySettings:
        """What is kept."""
        return self._settings

    def start(self) -> None:
        """Begin to keep."""
        self._keeper.start()
        self.lookup.ask(self, lambda reader: reader.uses(), self._uses.update)

    def close(self) -> None:
        """Write what waits, and end."""
        self._clock.stop()
        self.lookup.close()
        self._keeper.close()

    def uses(self) -> Mapping[Application, Use]:
        """Say when each application was last seen, and how much it has moved; at once."""
        return self._uses

    def go_by(self, settings: HistorySettings) -> None:
        """Keep more, less, or nothing from now on."""
        self._settings = settings
        self._keeper.go_by(settings)
        self._came_or_went(here=self._firewall_is_here)

    def forget_everything(self) -> None:
        """Remove all that was kept."""
        self._uses.clear()
        self._keeper.forget_everything()

    def flush(self) -> None:
        """Wait until everything is written."""
        self._keeper.flush()

    def look(self) -> None:
        """Ask what is open and what has passed."""
        self._firewall.look()
        self._firewall.count()

    # -- what the firewall says --------------------------------------------------------------

    _firewall_is_here = False

    def _came_or_went(self, here: bool) -> None:  # noqa: FBT001 # a signal's
        self._firewall_is_here = here
        self._connections = Differences()
        if here and self._settings.on:
            self._firewall.watch()
            self._clock.start()
            self.look()
        else:
            self._clock.stop()

    def keep_decision(self, words: Mapping[str, Any]) -> None:
        """Keep what the helper has decided; what is held still is not decided."""
        if not self._settings.on or words["verdict"] == "held":
            return
        event = Event(
            time=words["time"],
            application=Application.parse(words["application"]),
            host=words["host"],
            address=words["address"],
            protocol=words["protocol"],
            port=words["own-port"] if words["inbound"] else words["port"],
            direction="in" if words["inbound"] else "out",
            verdict=words["verdict"],
            reason=words["reason"],
        )
        self._connections.expect(event)
        self._keep(event)

    def _keep_open(self, found: Sequence[OpenConnection], everybody: bool) -> None:  # noqa: FBT001 # a signal's
        if self._settings.on and not everybody:  # what others do is theirs to keep
            for event in self._connections.of(found, time.time()):
                self._keep(event)

    def _keep_counted(self, found: Sequence[Traffic]) -> None:
        now = time.time()
        passed = []
        for each in found:
            sent, received = _since(self._passed.get((each.application, each.uid)), each)
            if (sent or received) and self._has_counted:
                passed.append(Passed(now, each.application, sent, received))
                self._use(each.application, now, sent + received)
        self._passed = {(each.application, each.uid): each for each in found}
        self._has_counted = True
        if self._settings.on:
            for one in passed:
                self._keeper.keep(one)
        self.moved.emit(passed)

    def _keep(self, event: Event) -> None:
        self._keeper.keep(event)
        self._use(event.application, event.time, 0)

    def _use(self, application: Application, last: float, octets: int) -> None:
        former = self._uses.get(application, Use(0.0, 0))
        self._uses[application] = Use(max(former.last, last), former.octets + octets)

    def _was_cleared(self) -> None:
        self.lookup.reopen()
        self.cleared.emit()


class Differences:
    """What is new of the connections that are open, since somebody looked before."""

    def __init__(self) -> None:
        self._octets: dict[int, int] = {}
        self._decided: dict[tuple[object, ...], Event] = {}
        self._same: dict[int, Event] = {}

    def expect(self, decided: Event) -> None:
        """A connection like this was written down already, when it was decided about."""
        self._decided.pop(_place(decided), None)
        self._decided[_place(decided)] = decided
        if len(self._decided) > MOST_RECENT:
            del self._decided[next(iter(self._decided))]

    def of(self, found: Iterable[OpenConnection], now: float) -> list[Event]:
        """Give what is new, or has moved something."""
        events: list[Event] = []
        former, self._octets = self._octets, {}
        for each in found:
            moved = (each.sent or 0) + (each.received or 0)
            self._octets[each.id] = moved
            is_new = each.id not in former
            event = _event(each, now, moved - former.get(each.id, 0), count=int(is_new))
            decided = self._decided.get(_place(event)) if is_new else None
            if decided and abs(now - decided.time) < JUST_NOW:
                self._same[each.id] = decided
            if known := self._same.get(each.id):  # one and the same: by whose word is known
                event = replace(known, time=now, octets=event.octets, count=0)
            if event.count or event.octets > 0:
                events.append(event)
        self._same = {each: known for each, known in self._same.items() if each in self._octets}
        return events


def _place(event: Event) -> tuple[object, ...]:
    return event.application, event.address, event.protocol, event.port


def _event(each: OpenConnection, now: float, octets: int, *, count: int) -> Event:
    is_decided = each.verdict is not Action.ASK
    return Event(
        time=now,
        application=each.application,
        host=each.host,
        address=str(each.address),
        protocol=str(each.protocol),
        port=each.service_port,
        direction=str(each.direction or ""),
        verdict=str(each.verdict) if is_decided else "allow",
        reason="rule" if is_decided else UNDECIDED,
        octets=max(0, octets),
        count=count,
    )


def _since(former: Traffic | None, now: Traffic) -> tuple[int, int]:
    """Say what has passed since the former count; a count that began anew counts whole."""
    began_anew = (
        former is None
        or former.since != now.since
        or former.sent > now.sent
        or former.received > now.received
    )
    if former is None or began_anew:
        return now.sent, now.received
    return now.sent - former.sent, now.received - former.received
