"""What is written into the history: lines, traffic, and what is forgotten with age. No Qt here."""

import sqlite3
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stile.applications import Application

WHILE = 600.0
"""Seconds within which the same thing again is no new line."""
MOST_REMEMBERED = 4096
"""Lines that may still count up."""
MINUTE, HOUR, DAY = 60, 3600, 86400
SPANS = (MINUTE, HOUR, DAY)
FINE = {MINUTE: 2 * DAY, HOUR: 60 * DAY}
"""Seconds after which traffic of a span is added up to that of the next."""
MOST_AT_A_TIME = 5000
"""Lines that are forgotten in one transaction: a reader must not meet a huge one."""
FULL_UNTIL = 0.9
"""Of the most that the history may have, what is left when it had become too large."""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, as it will stand in the history."""

    time: float
    application: Application
    host: str
    address: str
    protocol: str
    port: int
    direction: str
    """out, in, or nothing where it is not known."""
    verdict: str
    reason: str
    octets: int = 0
    count: int = 1

    @property
    def sort(self) -> tuple[object, ...]:
        """What two that are the same thing again have in common."""
        return (
            *(self.application, self.host, self.address, self.protocol, self.port),
            *(self.direction, self.verdict, self.reason),
        )


@dataclass(frozen=True, slots=True)
class Passed:
    """What an application has sent and received since somebody looked before."""

    time: float
    application: Application
    sent: int
    received: int


@dataclass(slots=True)
class _Line:
    id: int
    last: float


class Writer:
    """Writes into an open history; each public method is one transaction."""

    def __init__(self, link: sqlite3.Connection) -> None:
        self._link = link
        self._applications: dict[Application, int] = {}
        self._places: OrderedDict[tuple[str, str], int] = OrderedDict()
        self._lines: OrderedDict[tuple[object, ...], _Line] = OrderedDict()

    def write(self, events: Iterable[Event], passed: Iterable[Passed] = ()) -> None:
        """Write what happened. Raises sqlite3.Error, and then nothing of it is written."""
        self._link.execute("BEGIN IMMEDIATE")
        try:
            for event in events:
                self._write_one(event)
            for each in passed:
                self._add(each)
            self._link.execute("COMMIT")
        except BaseException:
            self._undo()
            raise

    def _undo(self) -> None:
        """Forget what was remembered of lines that are not there after all."""
        if self._link.in_transaction:
            self._link.execute("ROLLBACK")
        self._applications.clear()
        self._places.clear()
        self._lines.clear()

    def _write_one(self, event: Event) -> None:
        line = self._lines.get(event.sort)
        if line and abs(event.time - line.last) <= WHILE:
            line.last = max(line.last, event.time)
            self._link.execute(
                "UPDATE entries SET last = ?, count = count + ?, octets = octets + ? WHERE id = ?",
                (line.last, event.count, event.octets, line.id),
            )
            self._lines.move_to_end(event.sort)
            return
        made = self._link.execute(
            "INSERT INTO entries (first, last, application, place, protocol, port, direction,"
            " verdict, reason, count, octets) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(event.time, event.time, self._application(event.application)),
                *(self._place(event.host, event.address), event.protocol, event.port),
                *(event.direction, event.verdict, event.reason, max(1, event.count), event.octets),
            ),
        )
        self._lines[event.sort] = _Line(made.lastrowid or 0, event.time)
        if len(self._lines) > MOST_REMEMBERED:
            self._lines.popitem(last=False)

    def _add(self, passed: Passed) -> None:
        self._link.execute(
            "INSERT INTO traffic VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " sent = sent + excluded.sent, received = received + excluded.received",
            (
                *(MINUTE, int(passed.time) // MINUTE * MINUTE),
                *(self._application(passed.application), passed.sent, passed.received),
            ),
        )

    def _application(self, application: Application) -> int:
        if (known := self._applications.get(application)) is None:
            known = self._id(
                "INSERT INTO applications (identity, title) VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET title = excluded.title RETURNING id",
                (str(application), application.title),
            )
            if len(self._applications) >= MOST_REMEMBERED:
                self._applications.clear()
            self._applications[application] = known
        return known

    def _place(self, host: str, address: str) -> int:
        if (known := self._places.get((address, host))) is None:
            known = self._id(
                "INSERT INTO places (shown, host, address) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET shown = excluded.shown RETURNING id",
                (host or address, host, address),
            )
            self._places[address, host] = known
            if len(self._places) > MOST_REMEMBERED:
                self._places.popitem(last=False)
        return known

    def _id(self, statement: str, values: Sequence[object]) -> int:
        ((found,),) = self._link.execute(statement, values).fetchall()
        return int(found)

    # -- forgetting ------------------------------------------------------------------------------

    def thin(self, now: float) -> None:
        """Add up old traffic: minutes to hours, hours to days."""
        self._link.execute("BEGIN IMMEDIATE")
        try:
            for span, wider in pairwise(SPANS):
                before = int(now - FINE[span]) // wider * wider  # whole ones only
                self._link.execute(
                    "INSERT INTO traffic SELECT ?, start / ? * ?, application, sum(sent),"
                    " sum(received) FROM traffic WHERE span = ? AND start < ? GROUP BY 2, 3"
                    " ON CONFLICT DO UPDATE SET sent = sent + excluded.sent,"
                    " received = received + excluded.received",
                    (wider, wider, wider, span, before),
                )
                self._link.execute(
                    "DELETE FROM traffic WHERE span = ? AND start < ?", (span, before)
                )
            self._link.execute("COMMIT")
        except BaseException:
            self._undo()
            raise

    def forget(self, before: float) -> bool:
        """Forget some of what is older; says whether there is more."""
        return self._forget("SELECT id FROM entries WHERE last < ? ORDER BY last LIMIT ?", before)

    def forget_beyond(self, most: int) -> bool:
        """Forget some of the oldest while the file has more octets; says whether there is more."""
        if self.octets <= most:
            return False
        is_more = self._forget("SELECT id FROM entries ORDER BY last LIMIT ?")
        return is_more and self.octets > most * FULL_UNTIL

    def _forget(self, which: str, *values: float) -> bool:
        done = self._link.execute(
            f"DELETE FROM entries WHERE id IN ({which})",
            (*values, MOST_AT_A_TIME),
        )
        if done.rowcount:
            self._lines.clear()
        return done.rowcount == MOST_AT_A_TIME

    def tidy(self) -> None:
        """Give room that is not used any more back to the disk."""
        self._link.execute(
            "DELETE FROM places WHERE NOT EXISTS"
            " (SELECT 1 FROM entries WHERE entries.place = places.id)"
        )
        self._places.clear()
        self._link.executescript("PRAGMA incremental_vacuum")  # execute() frees but one page
        self._link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    @property
    def octets(self) -> int:
        """The size of what is written."""
        (pages,) = self._link.execute("PRAGMA page_count").fetchone()
        (free,) = self._link.execute("PRAGMA freelist_count").fetchone()
        (size,) = self._link.execute("PRAGMA page_size").fetchone()
        return int((pages - free) * size)
