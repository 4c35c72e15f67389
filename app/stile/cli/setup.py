"""`stile setup`: what runs, and which rules are proposed for the system's own services."""

import asyncio
import sys
from collections.abc import Sequence

from stile import sentences, services
from stile.cli.failures import Failed
from stile.cli.show import Cell, Output, Style, remark
from stile.client import Firewall
from stile.learned import Running
from stile.services import Proposal

EXPLANATION = (
    "Stile asks before an application reaches the network for the first time.",
    "The services below belong to the system and will need it; their rules allow that and no more.",
    "All else is asked about when it happens, and every rule can be changed later.",
)
YES, ONE_BY_ONE = ("y", "yes"), ("o", "one")


async def setup(firewall: Firewall, out: Output, *, accept: str | None) -> None:
    """Show what there is; add the rules that are accepted, in the terminal or by name."""
    running = await firewall.running()
    rules = [rule for rule, in_force in await firewall.rules() if in_force]
    found = await asyncio.to_thread(services.proposals, running, rules)
    new = [each for each in found if not each.is_decided]
    if out.as_json:
        for each in found:
            out.record(_words(each))
    else:
        _show(out, found, running)
    for each in _chosen(accept, new) if accept else await _asked(out, new):
        for rule in each.rules:
            await firewall.add_rule(rule)
        if not out.as_json:
            out.line(f"{each.service.name} is allowed: {_reach(each)} ({each.application})")


def _show(out: Output, found: Sequence[Proposal], running: Sequence[Running]) -> None:
    for sentence in EXPLANATION:
        out.line(sentence)
    if found:
        rows = [
            (
                Cell("decided", Style.FAINT) if each.is_decided else Cell("proposed", Style.GOOD),
                each.service.name,
                services.purpose(each.service.kind),
                "has rules already" if each.is_decided else services.reach(each.service),
                "runs" if each.is_running else "",
            )
            for each in found
        ]
        out.table(("", "SERVICE", "WHAT IT DOES", "MAY REACH", ""), rows)
    known = {each.application for each in found}
    if others := [each for each in running if each.application not in known]:
        out.table(("USES THE NETWORK NOW", "", ""), [_row(each) for each in others])


def _row(each: Running) -> tuple[str, str, str]:
    places = ", ".join(services.place(place) for place in each.places[:2])
    listens = ", ".join(f"{port}/{protocol}" for protocol, port in each.listens[:4])
    parts = [places, f"listens on {listens}" if listens else ""]
    name = each.about.name or each.application.title
    return name, str(each.application), "; ".join(part for part in parts if part)


def _chosen(accept: str, among: Sequence[Proposal]) -> list[Proposal]:
    """Find the proposals that are named. Raises Failed."""
    if accept == "all":
        return list(among)
    names = [name.strip() for name in accept.split(",") if name.strip()]
    known = {each.service.name.casefold() for each in among}
    if unknown := [name for name in names if name.casefold() not in known]:
        raise Failed(f"no rule is proposed for '{unknown[0]}'")
    wanted = {name.casefold() for name in names}
    return [each for each in among if each.service.name.casefold() in wanted]


async def _asked(out: Output, among: Sequence[Proposal]) -> list[Proposal]:
    """Ask in the terminal which of the proposals are accepted; none where there is none."""
    if not among:
        remark("there is nothing left to propose")
        return []
    if out.as_json or not (sys.stdin and sys.stdin.isatty()):
        remark("no rule was added: say --accept all, or --accept NAME,...")
        return []
    said = await _answer(out, "Add the rules that are proposed? [y]es, [o]ne by one, [N]o > ")
    if said in YES:
        return list(among)
    if said not in ONE_BY_ONE:
        return []
    return [each for each in among if await _is_wanted(out, each)]


async def _is_wanted(out: Output, each: Proposal) -> bool:
    return await _answer(out, f"{each.service.name}: {_reach(each)}? [y/N] > ") in YES


async def _answer(out: Output, question: str) -> str:
    out.prompt(question)
    line: str = await asyncio.to_thread(sys.stdin.readline)
    return line.strip().casefold()


def _reach(each: Proposal) -> str:
    return "; ".join(sentences.covered(scope) for scope in each.service.scopes)


def _words(each: Proposal) -> dict[str, object]:
    return {
        "service": each.service.name,
        "kind": str(each.service.kind),
        "application": str(each.application),
        "running": each.is_running,
        "decided": each.is_decided,
        "reaches": [scope.words for scope in each.service.scopes],
    }
