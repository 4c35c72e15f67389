"""`stile watch`: a line for each packet that the helper decides about."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from stile.applications import Application
from stile.cli.presence import stay
from stile.cli.show import Cell, Output, Style, judged
from stile.cli.together import until_one_ends
from stile.client import Firewall
from stile.connections import Protocol

NAME_WIDTH = 24
PLACE_WIDTH = 32


async def watch(firewall: Firewall, out: Output) -> None:
    """Show decisions until somebody ends it."""
    decided: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    firewall.on_decided = decided.put_nowait

    async def show() -> None:
        while True:
            _show(out, await decided.get())

    await until_one_ends(show(), stay(firewall, firewall.watch, lambda: None))


def _show(out: Output, words: Mapping[str, Any]) -> None:
    if out.as_json:
        out.record(words)
        return
    clock = datetime.fromtimestamp(words["time"]).strftime("%H:%M:%S")
    who = Application.parse(words["application"]).title
    out.line(
        Cell(clock, Style.FAINT),
        judged(words["verdict"], len("allow")),
        who.ljust(NAME_WIDTH),
        _place(words).ljust(PLACE_WIDTH),
        words["reason"] + (" (inferred)" if words["inferred"] else ""),
    )


def _place(words: Mapping[str, Any]) -> str:
    """Say "tcp 192.0.2.1:443", or "icmp 192.0.2.1"."""
    protocol, address, port = words["protocol"], words["address"], words["port"]
    if not Protocol.parse(protocol).has_ports:
        return f"{protocol} {address}"
    host = f"[{address}]" if ":" in address else address
    return f"{protocol} {host}:{port}"
