"""`stile learn`: let through and record what nobody has decided, and review it afterwards."""

from collections.abc import Sequence
from contextlib import suppress

from stile import sentences, services
from stile.applications import Application
from stile.cli.failures import Failed
from stile.cli.show import Cell, Output, Style, remark, time_left
from stile.client import Firewall
from stile.learned import Learned, Verdict, reached

MOST_SHOWN = 8
"""Places of an application that are printed; all of them with --json."""
DONE = {
    Verdict.ALLOW: "is allowed, whatever it does",
    Verdict.REACHED: "is allowed what it has reached",
    Verdict.DENY: "is denied",
    Verdict.FORGET: "is forgotten, and asked about again",
}


async def say(firewall: Firewall, out: Output) -> None:
    """Say whether it is on, and how much there is to review."""
    words = await firewall.status()
    left, learned = int(words.get("learning", 0)), int(words.get("learned", 0))
    if out.as_json:
        out.record({"learning": left, "learned": learned})
        return
    if left:
        text = f"learning for {time_left(left)} more: unknown applications pass and are recorded"
        out.line(Cell(text, Style.CAUTION))
    else:
        out.line("learning is off")
    if learned:
        applications = "1 application" if learned == 1 else f"{learned} applications"
        out.line(f"{applications} to review (stile learn review)")


async def switch(firewall: Firewall, out: Output, seconds: int) -> None:
    """Learn for so long, or end it, and say what is so."""
    await firewall.learn(seconds)
    await say(firewall, out)


async def review(firewall: Firewall, out: Output) -> None:
    """Show what was learned, and what could be made of it."""
    found = sorted(await firewall.learned(), key=_order)
    for each in found:
        if out.as_json:
            out.record(_words(each))
        else:
            _show(out, each)
    if not found and not out.as_json:
        remark("nothing was learned that nobody has judged")
    elif not out.as_json:
        out.line("stile learn accept APP [--only-reached], deny APP or forget APP; --all for all")


async def judge(
    firewall: Firewall, out: Output, names: Sequence[str], verdict: Verdict, *, everything: bool
) -> None:
    """Make rules of what was learned, or forget it."""
    found = await firewall.learned()
    chosen = found if everything else [_named(name, found) for name in names]
    if not chosen:
        raise Failed("say of which applications, or --all")
    for each in chosen:
        await firewall.judge_learned([(each, verdict)])
        if out.as_json:
            out.record({"application": str(each.application), "verdict": str(verdict)})
        else:
            out.line(f"{each.application.title} {DONE[verdict]} ({each.application})")


def _named(name: str, among: Sequence[Learned]) -> Learned:
    identity: Application | None = None
    with suppress(ValueError):
        identity = Application.parse(name)
    fits = [
        each
        for each in among
        if each.application == identity or name in (each.application.name, each.application.title)
    ]
    if len(fits) == 1:
        return fits[0]
    if fits:
        listed = ", ".join(str(each.application) for each in fits)
        raise Failed(f"'{name}' fits several applications, say which: {listed}")
    raise Failed(f"nothing was learned of '{name}' (stile learn review)")


def _show(out: Output, learned: Learned) -> None:
    times = "1 connection" if learned.times == 1 else f"{learned.times} connections"
    out.line(Cell(learned.application.title, Style.BOLD), f"{learned.application}, {times}")
    for place in learned.places[:MOST_SHOWN]:
        out.line(f"  {services.place(place)}")
    unseen = len(learned.places) - MOST_SHOWN
    if unseen > 0 or learned.more:
        out.line(f"  and {max(0, unseen) + learned.more} more")
    if learned.can_be_narrow:
        proposed = "; ".join(sentences.covered(scope) for scope in reached(learned.places))
        out.line(f"  only what it has reached: {proposed}")


def _order(learned: Learned) -> tuple[str, str]:
    return learned.application.title.casefold(), str(learned.application)


def _words(learned: Learned) -> dict[str, object]:
    scopes = reached(learned.places) if learned.can_be_narrow else ()
    return {
        "application": str(learned.application),
        "times": learned.times,
        "more": learned.more,
        "places": [services.place(place) for place in learned.places],
        "reached": [scope.words for scope in scopes],
    }
