"""Notices when somebody else changes our table: `nft flush ruleset`, for example.

The kernel tells every change of nftables to a multicast group (NFNLGRP_NFTABLES), with the netlink
port of who made it (linux/netfilter/nfnetlink.h, nf_tables.h). Elements that come are no matter:
the exec gate adds some, and the kernel drops those whose time is over without a word.
"""

import asyncio
import errno
import logging
import socket
import struct
from collections.abc import Callable, Iterator

from stiled.nftmessages import TABLE

log = logging.getLogger(__name__)

NETLINK_NETFILTER, NFNLGRP_NFTABLES = 12, 7
SOL_NETLINK, NETLINK_ADD_MEMBERSHIP = 270, 1
SO_RCVBUFFORCE = 33
NFNL_SUBSYS_NFTABLES = 10
DELTABLE, NEWCHAIN, DELCHAIN, NEWRULE, DELRULE, DELSET, DELSETELEM = 2, 3, 5, 6, 8, 11, 14
TELLING = frozenset({DELTABLE, NEWCHAIN, DELCHAIN, NEWRULE, DELRULE, DELSET, DELSETELEM})
NAME = 1
"""The first attribute of all of these messages is the name of the table (NFTA_TABLE_NAME ...)."""
SETTLE = 0.1
"""Seconds after a change before it is mended: who changes much does it in several steps."""


class TableWatch:
    """Listens to changes of a table of nftables.

    *is_own* says whether a netlink port is one of ours.
    """

    def __init__(self, is_own: Callable[[int], bool], table: str = TABLE) -> None:
        self._is_own = is_own
        self._table = table
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: asyncio.TimerHandle | None = None
        self._changed: Callable[[str], None] = lambda _: None

    def listen(self, loop: asyncio.AbstractEventLoop, changed: Callable[[str], None]) -> None:
        """Call *changed* on the loop, with who it was, after somebody else changed the table."""
        made = socket.socket(
            socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_NETFILTER
        )
        made.bind((0, 0))
        made.setsockopt(SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, NFNLGRP_NFTABLES)
        made.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
        self._socket, self._loop, self._changed = made, loop, changed
        loop.add_reader(made.fileno(), self._readable)

    def close(self) -> None:
        """Listen no more."""
        if self._pending:
            self._pending.cancel()
        if self._socket and self._loop:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()
            self._socket = None

    def _readable(self) -> None:
        has_lost = False
        while self._socket is not None:
            try:
                data = self._socket.recv(1 << 17)
            except BlockingIOError:
                return
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                has_lost = True
                continue
            # more than fits came at once, from a load of ours mostly: what is left of it says whose
            # it is, and if somebody else's, what was lost may have been about our table
            for port in foreign(data, None if has_lost else self._table):
                if not self._is_own(port):
                    self._suspect(port)

    def _suspect(self, port: int) -> None:
        if self._loop and self._pending is None:
            self._pending = self._loop.call_later(SETTLE, self._tell, _who(port))

    def _tell(self, who: str) -> None:
        self._pending = None
        self._changed(who)


def foreign(data: bytes, table: str | None = TABLE) -> Iterator[int]:
    """Give the netlink ports of those who have changed *table*, from what the kernel tells.

    None stands for any table.
    """
    at = 0
    while at + 24 <= len(data):
        length, kind, _, _, port = struct.unpack_from("=IHHII", data, at)
        if kind >> 8 == NFNL_SUBSYS_NFTABLES and kind & 0xFF in TELLING:
            size, attribute = struct.unpack_from("=HH", data, at + 20)
            name = data[at + 24 : at + 20 + size].rstrip(b"\0") if attribute == NAME else b""
            if name and table in (None, name.decode(errors="replace")):
                yield port
        at += max(length + 3 & ~3, 16)


def _who(port: int) -> str:
    """Name a process by its netlink port, which mostly is its number."""
    try:
        with open(f"/proc/{port}/comm", encoding="utf-8", errors="replace") as comm:  # noqa: PTH123
            return f"{comm.read().strip()} ({port})"
    except OSError:
        return f"somebody who is gone ({port})"
