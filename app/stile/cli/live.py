"""`stile connections` and `stile traffic`: what is open now, and how much has passed."""

from datetime import datetime

from stile import wire
from stile.cli.show import Output, judged, remark
from stile.client import Firewall
from stile.traffic import OpenConnection

UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


async def connections(firewall: Firewall, out: Output, *, everybody: bool) -> None:
    """Show what is open."""
    found = await firewall.connections(everybody=everybody)
    if out.as_json:
        for each in found:
            out.record(wire.plain(wire.open_dict(each)))
        return
    if not found:
        remark("nothing is open")
        return
    rows = [
        (
            judged(each.verdict),
            each.application.title,
            f"{each.protocol} {_place(each)}",
            each.state,
            octets(each.sent),
            octets(each.received),
        )
        for each in sorted(found, key=lambda each: (each.application, str(each.address)))
    ]
    out.table(("VERDICT", "APPLICATION", "PLACE", "STATE", "SENT", "RECEIVED"), rows)


async def traffic(firewall: Firewall, out: Output, *, everybody: bool) -> None:
    """Show how much has passed."""
    found = await firewall.traffic(everybody=everybody)
    if out.as_json:
        for each in found:
            out.record(wire.plain(wire.traffic_dict(each)))
        return
    if not found:
        remark("nothing was counted so far")
        return
    found.sort(key=lambda each: each.sent + each.received, reverse=True)
    rows = [
        (
            each.application.title,
            str(each.uid),
            octets(each.sent),
            octets(each.received),
            f"{datetime.fromtimestamp(each.since):%Y-%m-%d %H:%M}",
        )
        for each in found
    ]
    out.table(("APPLICATION", "USER", "SENT", "RECEIVED", "SINCE"), rows)


def octets(count: int | None) -> str:
    """Write a number of octets for people: "1.5 MB"."""
    if count is None:
        return "-"
    amount, unit = float(count), 0
    while amount >= 999.5 and unit + 1 < len(UNITS):
        amount, unit = amount / 1000, unit + 1
    return (
        f"{amount:.0f} {UNITS[unit]}" if amount >= 10 or not unit else f"{amount:.1f} {UNITS[unit]}"
    )


def _place(each: OpenConnection) -> str:
    if each.host:
        return f"{each.host}:{each.port}"
    address = f"[{each.address}]" if each.address.version == 6 else str(each.address)
    return f"{address}:{each.port}"
