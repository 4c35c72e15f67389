"""What is looked up in the history: lines by filter and order, last uses, traffic. No Qt here.

A view begins with its first lines, which an index gives at once. Then the ids of all its lines are
put into a temporary table in their order: from there any window is one step away, however deep, and
it stays the same while more is written.
"""

import math
import sqlite3
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from stile.applications import Application
from stile_ui.history_writer import SPANS

LIKE_SPECIAL = str.maketrans({"\\": "\\\\", "%": "\\%", "_": "\\_"})


class Order(StrEnum):
    """By what lines are sorted."""

    TIME = "time"
    APPLICATION = "application"
    PLACE = "place"
    PORT = "port"
    DIRECTION = "direction"
    VERDICT = "verdict"
    REASON = "reason"
    COUNT = "count"


KEYS = {
    Order.TIME: ("entries e", "e.last"),
    Order.APPLICATION: (
        "applications a CROSS JOIN entries e ON e.application = a.id",
        "a.title {way}, a.id",
    ),
    Order.PLACE: ("places p CROSS JOIN entries e ON e.place = p.id", "p.shown {way}, p.id"),
    Order.PORT: ("entries e", "e.port"),
    Order.DIRECTION: ("entries e", "e.direction"),
    Order.VERDICT: ("entries e", "e.verdict"),
    Order.REASON: ("entries e", "e.reason"),
    Order.COUNT: ("entries e", "e.count"),
}
"""Where lines are found, and by what they are sorted. CROSS JOIN has SQLite walk through the names
in their order, and for each through its lines: nothing is left to sort."""
LINE = (
    "SELECT e.id, e.first, e.last, a.identity, p.host, p.address, e.protocol, e.port,"
    " e.direction, e.verdict, e.reason, e.count, e.octets"
)
KINDS = (int, float, float, str, str, str, str, int, str, str, str, int, int)
"""What SQLite gives for the columns of LINE; it keeps any value in any of them."""
JOINED = " JOIN applications a ON a.id = e.application JOIN places p ON p.id = e.place"


@dataclass(frozen=True, slots=True)
class Filter:
    """Which lines are wanted; what is empty leaves it open."""

    text: str = ""
    """A part of the application, or of the name or address of the place."""
    application: str = ""
    verdict: str = ""
    since: float = 0.0


@dataclass(frozen=True, slots=True)
class View:
    """Which lines, in which order."""

    filter: Filter = Filter()
    order: Order = Order.TIME
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the history."""

    id: int
    first: float
    last: float
    application: Application
    host: str
    address: str
    protocol: str
    port: int
    direction: str
    verdict: str
    reason: str
    count: int
    octets: int

    @property
    def place(self) -> str:
        """What people call the other side."""
        return self.host or self.address


@dataclass(frozen=True, slots=True)
class Use:
    """When an application was last seen, and how much it has moved."""

    last: float
    octets: int


class Reader:
    """Looks into a history, from one thread."""

    def __init__(self, link: sqlite3.Connection) -> None:
        self._link = link

    def interrupt(self) -> None:
        """End what is being looked up: another view is wanted. From any thread."""
        self._link.interrupt()

    def first(self, view: View, lines: int) -> list[Entry]:
        """Give the first lines of a view. Raises sqlite3.Error."""
        found, values = _found(view)
        ids = [number for (number,) in self._link.execute(f"{found} LIMIT ?", (*values, lines))]
        marks = ", ".join("?" * len(ids))
        rows = self._link.execute(f"{LINE} FROM entries e{JOINED} WHERE e.id IN ({marks})", ids)
        by_id = {row[0]: row for row in rows}
        return [_entry(by_id[number]) for number in ids if number in by_id]

    def prepare(self, view: View) -> int:
        """Lay out all lines of a view, and say how many there are. Raises sqlite3.Error."""
        found, values = _found(view)
        self._link.execute("DROP TABLE IF EXISTS temp.view")
        self._link.execute(
            "CREATE TEMP TABLE view (place INTEGER PRIMARY KEY, id INTEGER NOT NULL)"
        )
        made = self._link.execute(
            f"INSERT INTO temp.view (id) {found}",
            values,
        )
        return max(0, made.rowcount)

    def window(self, start: int, lines: int) -> list[Entry | None]:
        """Give lines of the view that was laid out; None for one that is forgotten meanwhile."""
        found = self._link.execute(
            "SELECT v.place, " + LINE.removeprefix("SELECT ") + " FROM temp.view v"
            " JOIN entries e ON e.id = v.id" + JOINED + " WHERE v.place > ? AND v.place <= ?",
            (start, start + lines),
        )
        by_place = {place: _entry(row) for place, *row in found}
        return [by_place.get(place) for place in range(start + 1, start + lines + 1)]

    def applications(self) -> list[Application]:
        """Name all applications that there are."""
        found = self._link.execute("SELECT identity FROM applications ORDER BY title, id")
        return [_application(identity) for (identity,) in found]

    def uses(self) -> dict[Application, Use]:
        """Say when each application was last seen, and what it has moved."""
        found = self._link.execute(
            "SELECT a.identity,"
            " (SELECT max(last) FROM entries e WHERE e.application = a.id),"
            " (SELECT max(start + span) FROM traffic t WHERE t.application = a.id),"
            " (SELECT total(sent + received) FROM traffic t WHERE t.application = a.id)"
            " FROM applications a"
        )
        return {
            _application(identity): Use(max(_number(seen), _number(moved)), int(_number(octets)))
            for identity, seen, moved, octets in found
        }

    def traffic(self, since: float, step: int) -> dict[Application, dict[int, tuple[int, int]]]:
        """Say what each application has sent and received, by steps of some seconds."""
        found = self._link.execute(
            "SELECT a.identity, t.start / ? * ?, sum(t.sent), sum(t.received) FROM traffic t"
            " JOIN applications a ON a.id = t.application"
            " WHERE t.span IN (?, ?, ?) AND t.start >= ? GROUP BY 1, 2",
            (step, step, *SPANS, int(since) // step * step),
        )
        by_application: dict[Application, dict[int, tuple[int, int]]] = {}
        for identity, start, sent, received in found:
            steps = by_application.setdefault(_application(identity), {})
            steps[int(_number(start))] = (int(_number(sent)), int(_number(received)))
        return by_application


def _entry(row: tuple[Any, ...] | list[Any]) -> Entry:
    if not all(map(isinstance, row, KINDS)):
        raise sqlite3.DataError(f"this is no line of a history: {row!r:.200}")
    number, first, last, identity, *rest = row
    return Entry(number, first, last, _application(identity), *rest)


def _application(identity: object) -> Application:
    """Read an identity; others may have written into the file. Raises sqlite3.Error."""
    try:
        return Application.parse(str(identity))
    except ValueError as error:
        raise sqlite3.DataError(str(error)) from None


def _number(value: object) -> float:
    """Read a number, or nothing for none. Raises sqlite3.Error."""
    if not isinstance(value, int | float | None) or not math.isfinite(value or 0):
        raise sqlite3.DataError(f"{value!r:.80} is no number")
    return value or 0.0


def _found(view: View) -> tuple[str, tuple[object, ...]]:
    """Write where lines are found, which, and in which order; the words are all ours.

    What is typed is looked for among the names, of which there are few, and not in a million lines.
    """
    wanted: list[str] = []
    values: list[object] = []
    if view.filter.text:
        typed = f"%{view.filter.text.translate(LIKE_SPECIAL)}%"
        wanted.append(
            "(e.application IN (SELECT id FROM applications WHERE title LIKE ? ESCAPE '\\'"
            " OR identity LIKE ? ESCAPE '\\') OR e.place IN (SELECT id FROM places WHERE"
            " host LIKE ? ESCAPE '\\' OR address LIKE ? ESCAPE '\\'))"
        )
        values += [typed] * 4
    if view.filter.application:
        wanted.append("e.application = (SELECT id FROM applications WHERE identity = ?)")
        values.append(view.filter.application)
    if view.filter.verdict:
        wanted.append("e.verdict = ?")
        values.append(view.filter.verdict)
    if view.filter.since:
        wanted.append("e.last >= ?")
        values.append(view.filter.since)
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    way = "ASC" if view.ascending else "DESC"
    tables, key = KEYS[view.order]
    keys = [key.format(way=way)] if view.order is Order.TIME else [key.format(way=way), "e.last"]
    order = ", ".join(f"{each} {way}" for each in (*keys, "e.id"))  # one way: as indexes have it
    return f"SELECT e.id FROM {tables}{where} ORDER BY {order}", tuple(values)
