"""`stile support`: a report to go with a bug report, without what is nobody else's business.

It works also where the helper, the bus or systemd is not there: what cannot be said says why.
"""

import asyncio
import os
import subprocess
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stile.applications import shown
from stile.cli import evidence
from stile.cli.evidence import Unsaid
from stile.cli.failures import Failed
from stile.cli.show import Output, remark
from stile.client import Away, Firewall
from stile.redaction import Redactor
from stile.rules import Rule
from stile.scopes import NOT
from stile.served import Refused
from stile.settings import Settings

PATIENCE = 10.0
"""Seconds within which the helper answers, or will not."""
SAID = (
    *("paused", "lockdown", "learning", "queue", "rules", "classes", "questions", "held"),
    *("agents", "away", "learned"),
)
NOTE = (
    "Read it before you send it. What looks like a name, an address or a place of yours was taken "
    "out; what stands for it tells only where the same is meant."
)

Lines = Iterable[str]
Source = Callable[[], Awaitable[Lines]]


@dataclass
class _Asked:
    """What the helper says, as far as it does; each part is kept, for what must not be told."""

    firewall: Firewall
    away: str = ""
    status: dict[str, Any] = field(default_factory=dict)
    rules: Sequence[tuple[Rule, bool]] = ()
    lists: list[dict[str, Any]] = field(default_factory=list)

    async def open(self) -> None:
        """Call the helper, and ask what the report is made of."""
        try:
            await asyncio.wait_for(self.firewall.open(), PATIENCE)
        except (Away, TimeoutError) as error:
            self.away = str(error) or "the bus does not answer"
            return
        if not self.firewall.present:
            self.away = "there is no helper on the bus (systemctl status stiled)"
            return
        with suppress(Away, Refused, TimeoutError, ValueError):
            self.status = await asyncio.wait_for(self.firewall.status(), PATIENCE)
            self.lists = await asyncio.wait_for(self.firewall.lists(), PATIENCE)
            self.rules = await asyncio.wait_for(self.firewall.rules(), PATIENCE)

    def there(self) -> Firewall:
        """Give the helper. Raises Unsaid."""
        if self.away:
            raise Unsaid(self.away)
        return self.firewall

    @property
    def networks(self) -> set[str]:
        """Names of networks that the helper knows."""
        active = {str(each) for each in self.status.get("networks", ())}
        ruled = {
            name.strip()
            for rule, _ in self.rules
            for name in rule.scope.network.removeprefix(NOT).split(",")
        }
        return {each for each in active | ruled if not each.startswith("type:")}


async def support(firewall: Firewall, out: Output, path: Path | None) -> None:
    """Collect the report, and print it or write it into a file of its owner alone."""
    asked = _Asked(firewall)
    await asked.open()
    known = evidence.known(asked.networks, (str(each["name"]) for each in asked.lists))
    redactor = Redactor(known)
    report = [(name, redactor.lines(await _told(source))) for name, source in _sections(asked)]
    if path is not None:
        await asyncio.to_thread(_write, path, _as_text(report, redactor.removed))
        _say_written(out, path, report, redactor.removed)
    elif out.as_json:
        for name, lines in report:
            out.record({"section": name, "lines": lines})
        out.record({"removed": redactor.removed})
    else:
        for line in _as_text(report, redactor.removed):
            out.line(line)


def _sections(asked: _Asked) -> list[tuple[str, Source]]:
    return [
        ("versions", _of(evidence.versions)),
        ("system", _of(evidence.system)),
        ("helper", lambda: _status(asked)),
        ("problems", lambda: _problems(asked)),
        ("features", lambda: _features(asked)),
        ("settings that differ", lambda: _settings(asked)),
        ("rules", lambda: _rules(asked)),
        ("block lists", lambda: _lists(asked)),
        ("units", _of(evidence.units)),
        ("net_cls", _of(evidence.mounts)),
        ("kernel table", _of(evidence.table)),
        ("processes", _of(evidence.processes)),
        ("others who judge packets", _of(evidence.others)),
        ("journal", _of(evidence.journal)),
    ]


def _of(source: Callable[[], Lines]) -> Source:
    async def told() -> Lines:
        return await asyncio.to_thread(lambda: [*source()])

    return told


async def _told(source: Source) -> list[str]:
    """Give what a source says, or in one line why it does not."""
    try:
        return [*await asyncio.wait_for(source(), 4 * PATIENCE)]
    except (Unsaid, Away, Refused) as reason:
        said = str(reason)
    except (TimeoutError, subprocess.TimeoutExpired):
        said = "it takes too long"
    except OSError as error:
        said = error.strerror or type(error).__name__
    except Exception as error:  # noqa: BLE001 # the rest of the report is worth more than this
        said = f"{type(error).__name__}: {error}"
    return [f"cannot be said: {' '.join(said.split())}"]


# -- what the helper says --------------------------------------------------------------------


async def _status(asked: _Asked) -> Lines:
    asked.there()
    words = asked.status or await asked.there().status()
    lines = [f"version: {words.get('version', 'not said')}"]
    lines += [f"{key}: {words[key]}" for key in SAID if key in words]
    kinds = [str(each) for each in words.get("networks", ()) if str(each).startswith("type:")]
    known = "known" if words.get("networks-known") else "not known"
    return [*lines, f"networks: {known}, active: {', '.join(sorted(set(kinds))) or 'none'}"]


async def _problems(asked: _Asked) -> Lines:
    asked.there()
    return [str(each) for each in asked.status.get("problems", ())] or ["none"]


async def _features(asked: _Asked) -> Lines:
    found = await asked.there().doctor()
    return [f"{each['name']}: {each['state']}: {each['means']}" for each in found]


async def _settings(asked: _Asked) -> Lines:
    stated = await asked.there().settings()
    usual = Settings().values
    lines = [
        f"{key} = {each}" for key, each in stated.settings.values.items() if each != usual[key]
    ]
    if stated.problem:
        lines.append(f"the file cannot be read: {stated.problem}")
    if stated.after_restart:
        lines.append(f"counts after a restart: {', '.join(stated.after_restart)}")
    return lines or ["none"]


async def _rules(asked: _Asked) -> Lines:
    asked.there()
    return counted(asked.rules)


def counted(rules: Sequence[tuple[Rule, bool]]) -> list[str]:
    """Count rules by what they are like; who and what they are about is not told."""
    alike: Counter[str] = Counter()
    for rule, in_force in rules:
        alike[f"{rule.application.kind}, {rule.action}"] += 1
        alike[f"from {rule.origin}"] += 1
        alike[f"lasting {rule.lifetime}"] += 1
        alike["switched off"] += not rule.enabled
        alike["not in force"] += not in_force
        alike["of some connections only"] += not rule.scope.is_whole
        alike["for a network"] += bool(rule.scope.network)
        alike["and the programs it starts"] += rule.children
    return [f"{what}: {count}" for what, count in sorted(alike.items()) if count] or ["none"]


async def _lists(asked: _Asked) -> Lines:
    asked.there()
    return [
        f"{each['name']}: {each['action']}, {each['entries']} entries, {each['skipped']} skipped, "
        f"from {'the web' if '://' in each['source'] else 'a file'}"
        + (f": {each['problem']}" if each["problem"] else "")
        for each in asked.lists
    ] or ["none"]


# -- the report ------------------------------------------------------------------------------


def _as_text(report: Sequence[tuple[str, list[str]]], removed: dict[str, int]) -> list[str]:
    lines = [f"Report of Stile, {time.strftime('%Y-%m-%d %H:%M %Z')}"]
    for name, said in report:
        lines += ["", f"== {name}", *said]
    counts = [f"{kind}: {count}" for kind, count in removed.items()]
    return [*lines, "", "== what was taken out", *(counts or ["nothing"]), "", NOTE]


def _write(path: Path, lines: Iterable[str]) -> None:
    """Write a new file that only its owner reads. Raises Failed."""
    text = "".join(f"{shown(line)}\n" for line in lines)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write(text)
    except FileExistsError:
        raise Failed(f"{path} is there already: say another name, or remove it") from None
    except OSError as error:
        raise Failed(f"{path} could not be written: {error.strerror}") from None


def _say_written(
    out: Output, path: Path, report: Sequence[object], removed: dict[str, int]
) -> None:
    if out.as_json:
        out.record({"path": str(path), "sections": len(report), "removed": removed})
    else:
        out.line(f"the report is in {path}")
        remark(NOTE)
