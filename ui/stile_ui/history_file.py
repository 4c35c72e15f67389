"""The history file: SQLite at a place of the user's own, which nobody else can read. No Qt here.

    applications, places    each written once; entries point to them
    entries                 a line of the history: the same thing again within a while counts up
    traffic                 octets by application and minute; with age by hour, then by day

One thread writes and one reads, each through a connection of its own (WAL: neither waits).
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from stile.language import translate

APPLICATION_ID = 0x5374696C
"""What marks the file as ours (sqlite.org/pragma.html#pragma_application_id): "Stil"."""
VERSION = 1
PATIENCE = 5.0
"""Seconds to wait for the other connection."""
SCHEMA = """
CREATE TABLE applications (id INTEGER PRIMARY KEY, identity TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL COLLATE NOCASE);
CREATE INDEX by_title ON applications (title, id);
CREATE TABLE places (id INTEGER PRIMARY KEY, shown TEXT NOT NULL COLLATE NOCASE,
    host TEXT NOT NULL, address TEXT NOT NULL, UNIQUE (address, host));
CREATE INDEX by_shown ON places (shown, id);
CREATE TABLE entries (id INTEGER PRIMARY KEY, first REAL NOT NULL, last REAL NOT NULL,
    application INTEGER NOT NULL, place INTEGER NOT NULL, protocol TEXT NOT NULL,
    port INTEGER NOT NULL, direction TEXT NOT NULL, verdict TEXT NOT NULL, reason TEXT NOT NULL,
    count INTEGER NOT NULL, octets INTEGER NOT NULL);
CREATE INDEX by_last ON entries (last, id);
CREATE INDEX by_application ON entries (application, last, id);
CREATE INDEX by_place ON entries (place, last, id);
CREATE INDEX by_verdict ON entries (verdict, last, id);
CREATE INDEX by_port ON entries (port, last, id);
CREATE INDEX by_direction ON entries (direction, last, id);
CREATE INDEX by_reason ON entries (reason, last, id);
CREATE INDEX by_count ON entries (count, last, id);
CREATE TABLE traffic (span INTEGER NOT NULL, start INTEGER NOT NULL, application INTEGER NOT NULL,
    sent INTEGER NOT NULL, received INTEGER NOT NULL,
    PRIMARY KEY (span, start, application)) WITHOUT ROWID;
"""


class NotOurs(Exception):
    """A file that is not a history, or is broken; the text says what is wrong."""


def home() -> Path:
    """Say where the history is."""
    data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(data) / "stile" / "history.db"


def opened(path: Path) -> sqlite3.Connection:
    """Open the history to write it, and begin one where there is none. Raises NotOurs, OSError."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    # made by us, or SQLite would make it as the umask says; its journals are made like it
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    path.chmod(0o600)
    link = _connected(path)
    try:
        _check(link)
        _check_length(link, path)
        link.execute("PRAGMA journal_mode = WAL")
        link.execute("PRAGMA synchronous = NORMAL")
        link.execute("PRAGMA journal_size_limit = 4194304")
        link.execute("PRAGMA cache_size = -4096")
    except sqlite3.DatabaseError as error:
        link.close()
        if isinstance(error, sqlite3.OperationalError):  # full, locked, not to be read: not broken
            raise OSError(0, str(error)) from None
        raise NotOurs(str(error)) from None
    except NotOurs:
        link.close()
        raise
    return link


def reading(path: Path) -> sqlite3.Connection:
    """Open the history to look at it; what is sorted meanwhile lies in a temporary file."""
    link = _connected(path)
    link.execute("PRAGMA cache_size = -8192")
    link.execute("PRAGMA query_only = OFF")
    return link


def set_aside(path: Path) -> Path:
    """Give a file that is no history another name, and say which."""
    number = 1
    while (aside := path.with_name(f"{path.name}.broken-{number}")).exists():
        number += 1
    path.rename(aside)
    for journal in ("-wal", "-shm"):
        path.with_name(path.name + journal).unlink(missing_ok=True)
    return aside


def remove(path: Path) -> None:
    """Remove the history, with all that SQLite keeps beside it."""
    for ending in ("", "-wal", "-shm"):
        path.with_name(path.name + ending).unlink(missing_ok=True)


class _Link(sqlite3.Connection):
    """A connection that says of a broken file that it is broken.

    SQLite quotes what it cannot read, and Python fails to make text of that.
    """

    def execute(self, *words: Any) -> sqlite3.Cursor:  # noqa: ANN401 # whatever SQLite takes
        try:
            return super().execute(*words)
        except UnicodeDecodeError:
            raise sqlite3.DatabaseError("what it consists of is no text") from None


def _connected(path: Path) -> sqlite3.Connection:
    link = sqlite3.connect(
        path,
        timeout=PATIENCE,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=64,
        factory=_Link,
    )
    link.row_factory = None
    return link


def _check_length(link: sqlite3.Connection, path: Path) -> None:
    """See whether the last page is whole: SQLite takes what is missing of it for zeros.

    What a journal has is written first: a machine that went off may have cut what it was about.
    """
    link.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    (size,) = link.execute("PRAGMA page_size").fetchone()
    if path.stat().st_size % size:
        raise sqlite3.DatabaseError("its last page is cut off")


def _check(link: sqlite3.Connection) -> None:
    """See whether the file is ours and whole, and lay it out where it is empty."""
    with closing(link.execute("PRAGMA application_id")) as found:
        (mark,) = found.fetchone()
    (version,) = link.execute("PRAGMA user_version").fetchone()
    (tables,) = link.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if not tables and not mark:
        link.execute("PRAGMA auto_vacuum = INCREMENTAL")
        link.executescript(
            f"BEGIN; {SCHEMA} PRAGMA application_id = {APPLICATION_ID};"
            f" PRAGMA user_version = {VERSION}; COMMIT;"
        )
    elif mark != APPLICATION_ID:
        raise NotOurs(translate("History", "it is the database of another program"))
    elif version != VERSION:
        raise NotOurs(translate("History", "it was written by another version of Stile"))
    else:
        link.execute("SELECT count(*) FROM (SELECT * FROM entries ORDER BY last DESC LIMIT 100)")
        link.execute("SELECT max(id) FROM entries")
