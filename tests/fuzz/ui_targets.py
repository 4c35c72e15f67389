"""What the tray reads of its own: history and preferences, which the user may have spoilt."""

import sqlite3
from contextlib import closing, suppress
from functools import cache
from random import Random

from file_targets import NOW, place
from fuzzing import ODD, Target, WrongGrant, spoilt, spoilt_text

from stile.applications import Application, Kind
from stile_ui import history_file
from stile_ui.history_reader import Entry, Filter, Order, Reader, View
from stile_ui.history_writer import Event, Passed, Writer
from stile_ui.preferences import LIMITS, Preferences, Stored

CURL = Application(Kind.PATH, "/usr/bin/curl")
EVENT = (CURL, "a.example.org", "192.0.2.1", "tcp", 443, "out", "allowed", "rule")
COLUMNS = (
    *(("applications", "identity"), ("applications", "title"), ("places", "host")),
    *(("places", "address"), ("entries", "last"), ("entries", "count"), ("entries", "port")),
    *(("entries", "application"), ("entries", "octets"), ("traffic", "start"), ("traffic", "sent")),
)
VALUES = (
    *("'x'", "''", "x'ff00'", "-1", "0", "9223372036854775807", "1e308", "'path:/a' || char(10)"),
    *("CAST(x'ff' AS TEXT)", "'everybody'", "'unknown:x'", "9e999", "char(0)"),
)


@cache
def whole() -> bytes:
    """A history with something in it."""
    path = place() / "whole.db"
    link = history_file.opened(path)
    writer = Writer(link)
    writer.write([Event(NOW + each, *EVENT) for each in range(0, 40_000, 1000)])
    writer.write([], [Passed(NOW, CURL, 5, 7)])
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    link.execute("PRAGMA journal_mode = DELETE")
    link.close()
    return path.read_bytes()


def history(random: Random) -> bytes:
    if random.choice((True, False)):
        return spoilt(random, whole())
    path = place() / "made.db"
    history_file.remove(path)
    path.write_bytes(whole())
    with closing(sqlite3.connect(path)) as link:
        for _ in range(random.randint(1, 3)):
            table, column = random.choice(COLUMNS)
            with suppress(sqlite3.Error):
                link.execute(
                    f"UPDATE {table} SET {column} = {random.choice(VALUES)}"
                    f" WHERE rowid % 3 = {random.randint(0, 2)} OR 1 = {random.randint(0, 1)}"
                    if table != "traffic"
                    else f"UPDATE traffic SET {column} = {random.choice(VALUES)}"
                )
        link.commit()
    return path.read_bytes()


def check_history(data: bytes) -> None:
    path = place() / "history.db"
    history_file.remove(path)
    path.write_bytes(data)
    try:
        link = history_file.opened(path)
    except (history_file.NotOurs, OSError):
        return
    with closing(link), suppress(sqlite3.Error):
        for _ in range(40):
            if not Writer(link).forget_beyond(1000):
                break
    link = history_file.reading(path)
    with closing(link):
        reader = Reader(link)
        for look in (
            lambda: reader.first(View(), 20),
            lambda: reader.first(View(Filter("curl"), Order.APPLICATION), 20),
            lambda: reader.window(0, reader.prepare(View())),
            reader.applications,
            reader.uses,
            lambda: reader.traffic(0.0, 3600),
        ):
            with suppress(sqlite3.Error):
                found = look()
                if isinstance(found, list):
                    for each in found:
                        if isinstance(each, Entry):
                            assert isinstance(each.count, int), each
                            assert isinstance(each.last, float), each
                            assert isinstance(each.place, str), each


def preferences(random: Random) -> bytes:
    values = (
        "true",
        "false",
        "1",
        "-1",
        "9" * 30,
        "x",
        "",
        "light",
        "@Variant(\\0)",
        "1, 2",
        "@@",
        "²",
    )
    keys = [*Preferences.__dataclass_fields__, "nonsense", "a/b", "%U"]
    lines = [f"{random.choice(keys)}={random.choice((*values, *ODD))}" for _ in range(4)]
    text = spoilt_text(random, "[General]\n" + "\n".join(lines) + "\n")
    return spoilt(random, text.encode("utf-8", "surrogatepass"))


def check_preferences(data: bytes) -> None:
    path = place() / "tray.ini"
    path.write_bytes(data)
    value = Stored(path).value
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(value, name) <= most:
            raise WrongGrant(f"{name} = {getattr(value, name)}")


TARGETS = (
    Target("history", history, check_history, examples=60, part=0.02),
    Target("preferences", preferences, check_preferences, part=0.05),
)
