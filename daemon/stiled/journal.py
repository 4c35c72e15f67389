"""The log as entries of systemd's journal, with fields that one can ask for.

    journalctl -u stiled STILE_APPLICATION=path:/usr/bin/curl

https://systemd.io/JOURNAL_NATIVE_PROTOCOL/: an entry is a datagram. Nothing here waits: what the
journal does not take at once is lost, and counted. A library (python-systemd) would wait, and
bring one more thing of C into a program that runs as root.
"""

import logging
import os
import re
import socket
import struct
from collections.abc import Iterable, Mapping

SOCKET = "/run/systemd/journal/socket"
PRIORITY = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3}
"""syslog(3)."""
LONGEST = 32768
"""Octets of a field; a datagram has room for some hundred thousand."""
NAME = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
"""How a field is called; the journal drops what is called otherwise."""


class Journal(logging.Handler):
    """Sends records to the journal; what is in `extra={"fields": {...}}` are fields of theirs."""

    def __init__(self, address: str = SOCKET) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(message)s"))
        self._address = address
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self.lost = 0
        """How many entries were not taken, and not told of yet."""

    def emit(self, record: logging.LogRecord) -> None:
        """Send an entry, or count it as lost."""
        if self.lost and self._send(self._of_the_lost()):
            self.lost = 0
        if self.lost or not self._send(self._entry(record)):
            self.lost += 1

    def close(self) -> None:
        """Send no more."""
        self._socket.close()
        super().close()

    def _send(self, entry: bytes) -> bool:
        try:
            self._socket.sendto(entry, self._address)
        except OSError:  # full, or gone for a moment: nobody shall wait for a log
            return False
        return True

    def _entry(self, record: logging.LogRecord) -> bytes:
        own: Mapping[str, str] = getattr(record, "fields", {})
        fields = {
            "MESSAGE": self.format(record),
            "PRIORITY": str(PRIORITY.get(record.levelno, 6)),
            "SYSLOG_IDENTIFIER": "stiled",
            "CODE_FILE": record.pathname,
            "CODE_LINE": str(record.lineno),
            "CODE_FUNC": record.funcName or "",
            **own,
        }
        return encoded(fields.items())

    def _of_the_lost(self) -> bytes:
        fields = {
            "MESSAGE": f"{self.lost} lines of the log were lost: the journal did not take them",
            "PRIORITY": str(PRIORITY[logging.WARNING]),
            "SYSLOG_IDENTIFIER": "stiled",
        }
        return encoded(fields.items())


def encoded(fields: Iterable[tuple[str, str]]) -> bytes:
    """Write an entry: NAME=VALUE lines, or with its size before it what has more than one line."""
    entry = bytearray()
    for name, text in fields:
        value = text.encode("utf-8", "backslashreplace")[:LONGEST]
        if NAME.fullmatch(name) is None:
            raise ValueError(f"'{name}' is not the name of a field")
        if b"\n" in value:
            entry += name.encode() + b"\n" + struct.pack("<Q", len(value)) + value + b"\n"
        else:
            entry += name.encode() + b"=" + value + b"\n"
    return bytes(entry)


def is_read(descriptor: int) -> bool:
    """Whether what is written there goes to the journal: JOURNAL_STREAM of systemd.exec(5)."""
    try:
        there = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"
