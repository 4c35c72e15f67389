"""`stile status` and `stile doctor`."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from stile import sentences
from stile.cli.show import Cell, Output, Style, judged, time_left
from stile.client import Firewall

LABELS = {
    "queue": "held packets come by",
    "rules": "rules",
    "classes": "applications in the kernel",
    "questions": "open questions",
    "held": "packets held",
    "learned": "applications learned, to review",
    "networks": "networks",
    "agents": "who can be asked",
    "away": "without the helper",
}
"""How the keys of Status are called, in the order in which people want to know."""


async def status(firewall: Firewall, out: Output) -> None:
    """Show what runs."""
    words = await firewall.status()
    if out.as_json:
        out.record(words)
        return
    out.line(_headline(words))
    rows = [
        (f"  {label}", _said(key, words[key]))
        for key, label in LABELS.items()
        if _is_said(key, words)
    ]
    if rows:
        out.table((), rows)
    for problem in words.get("problems", ()):
        out.line(Cell(f"problem: {problem}", Style.CAUTION))


async def doctor(firewall: Firewall, out: Output) -> None:
    """Show which features are there, and what follows."""
    findings = await firewall.doctor()
    if out.as_json:
        for finding in findings:
            out.record(finding)
    else:
        rows = [
            (finding.get("name", ""), judged(finding.get("state", "")), finding.get("means", ""))
            for finding in findings
        ]
        out.table(("FEATURE", "STATE", "WHAT FOLLOWS"), rows)


def _headline(words: Mapping[str, Any]) -> Cell:
    name = f"Stile {words.get('version', '')}".rstrip()
    if paused := words.get("paused", 0):
        return Cell(
            f"{name} is paused for {time_left(paused)}: unknown applications pass", Style.CAUTION
        )
    if words.get("lockdown", False):
        return Cell(f"{name} is locked down: {sentences.locked_down()}", Style.CAUTION)
    if learning := words.get("learning", 0):
        text = f"{name} learns for {time_left(learning)} more: unknown applications pass"
        return Cell(f"{text} and are recorded", Style.CAUTION)
    return Cell(f"{name} is guarding", Style.GOOD)


def _is_uuid(name: str) -> bool:
    """Whether a network is called by its number: its name stands beside it."""
    try:
        return bool(UUID(name))
    except ValueError:
        return False


def _is_said(key: str, words: Mapping[str, Any]) -> bool:
    return bool(words.get(key)) if key in ("learned", "networks") else key in words


def _said(key: str, value: object) -> str:
    match key, value:
        case "agents", 0:
            return "nobody (start stile-tray or 'stile agent')"
        case "agents", 1:
            return "1 agent"
        case "agents", _:
            return f"{value} agents"
        case "away", _:
            return f"unknown applications get {value}"
        case "networks", list():
            return ", ".join(name for name in value if not _is_uuid(name))
    return str(value)
