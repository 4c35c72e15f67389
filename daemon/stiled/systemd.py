"""What systemd wants to hear from a service (sd_notify(3)), and how it wants its log lines."""

import asyncio
import logging
import os
import socket
import sys
from pathlib import Path

from stiled import journal

log = logging.getLogger(__name__)


def notify(state: str) -> None:
    """Tell systemd `READY=1`, `STOPPING=1` or `WATCHDOG=1`, where it listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notifying:
        try:
            notifying.connect("\0" + address[1:] if address.startswith("@") else address)
            notifying.sendall(state.encode())
        except OSError as error:
            log.warning("systemd does not hear us at %s: %s", address, error)


async def feed_watchdog() -> None:
    """Say that we live, twice in each interval that systemd gives; for ever. Without one: never."""
    interval = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    if not interval or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return
    while True:
        notify("WATCHDOG=1")
        await asyncio.sleep(interval / 2)


def log_where_it_is_read() -> None:
    """Log to the journal, with fields, where it reads stderr; else to stderr, for people."""
    handler: logging.Handler
    if journal.is_read(sys.stderr.fileno()) and Path(journal.SOCKET).exists():
        handler = journal.Journal()
    else:
        handler = logging.StreamHandler()
        handler.setFormatter(_ForPeople())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


class _ForPeople(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("stiled: %(levelname)s: %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        record.levelname = record.levelname.lower()
        return super().format(record)
