"""`stile export` and `stile import`."""

import asyncio
import time
from collections.abc import Set
from dataclasses import dataclass
from pathlib import Path

from stile import sentences
from stile.applications import Application
from stile.arrivals import Arrivals
from stile.cli.failures import Failed
from stile.cli.show import Output, judged, remark
from stile.client import Firewall
from stile.exchange import Unreadable, read_rules, write_rules
from stile.rules import Origin, Rule
from stile.scopes import Scope


@dataclass(frozen=True, slots=True)
class Wanted:
    """What shall come in."""

    path: Path
    theirs: bool
    """Whether it is OpenSnitch's for certain."""
    dry_run: bool


async def export(firewall: Firewall, out: Output, path: Path) -> None:
    """Write the rules of this machine."""
    rules = [rule for rule, _ in await firewall.rules()]
    try:
        count = await asyncio.to_thread(write_rules, path, rules)
    except OSError as error:
        raise Failed(f"{path} could not be written: {error.strerror}") from None
    if out.as_json:
        out.record({"path": str(path), "rules": count})
    else:
        out.line(f"{count} of {len(rules)} rules are in {path}")
        if left := sum(rule.origin is not Origin.SHIPPED for rule in rules) - count:
            remark(f"{left} that do not outlast a reboot, or are overridden, are left out")


async def bring_in(firewall: Firewall, out: Output, wanted: Wanted) -> None:
    """Add the rules of a file or a folder, and say what does not come in, and why."""
    try:
        arrivals = await asyncio.to_thread(
            read_rules, wanted.path, time.time(), theirs=wanted.theirs
        )
    except Unreadable as error:
        raise Failed(str(error)) from None
    standing = {(rule.application, rule.scope) for rule, _ in await firewall.rules()}
    if not wanted.dry_run:
        await firewall.apply((), arrivals.rules)
    _say(out, arrivals, standing)
    done = "would come in" if wanted.dry_run else "came in"
    if not out.as_json:
        lost = f", {arrivals.lost} not" if arrivals.lost else ""
        out.line(f"{len(arrivals.rules)} rules {done}{lost}")


def _say(out: Output, arrivals: Arrivals, standing: Set[tuple[Application, Scope]]) -> None:
    if out.as_json:
        for rule in arrivals.rules:
            out.record(_words(rule) | {"replaces": (rule.application, rule.scope) in standing})
        for each in arrivals.remarks:
            out.record({"source": each.source, "remark": each.text, "lost": each.lost})
        return
    rows = [
        (
            judged(str(rule.action)),
            str(rule.application),
            sentences.covered(rule.scope) or "anything",
            sentences.span(rule.lifetime, rule.until) + ("" if rule.enabled else " (off)"),
            "replaces one" if (rule.application, rule.scope) in standing else "",
            rule.note,
        )
        for rule in arrivals.rules
    ]
    if rows:
        out.table(("VERDICT", "APPLICATION", "COVERS", "HOLDS", "", "NOTE"), rows)
    for each in arrivals.remarks:
        lost = "not carried over: " if each.lost else ""
        remark(f"{each.source}: {lost}{each.text}")


def _words(rule: Rule) -> dict[str, object]:
    return {
        "application": str(rule.application),
        "action": str(rule.action),
        "lifetime": str(rule.lifetime),
        "scope": rule.scope.words,
        "until": rule.until,
        "enabled": rule.enabled,
        "note": rule.note,
    }
