"""What people do to the firewall, as it stands in the log: who did what.

Each line has fields for the journal: STILE_EVENT, STILE_USER, and for a rule STILE_APPLICATION,
STILE_VERDICT, STILE_DESTINATION (what of its connections it is about). What the kernel or the
rules decide about single packets is not here: `stile watch` shows that, and the desktop keeps it.
"""

import logging
import time
from collections.abc import Callable, Sequence

from stile.connections import Connection, Uid, place_of
from stile.rules import Choice, Rule

log = logging.getLogger(__name__)

MOST = 50
"""Rules of one call that get a line each."""
SPAN = 60.0
"""Seconds in which what somebody does over and over, and needs no right for, gets one line."""


def kept(uid: Uid, rules: Sequence[Rule]) -> None:
    """Log that somebody has made or changed rules."""
    for rule in rules[:MOST]:
        off = "" if rule.enabled else ", switched off"
        text = f"{rule.action} {rule.application} '{rule.scope}', {rule.lifetime}{off}"
        _say("rule-kept", uid, f"rule: {text}", _about(rule))
    _say_more("rule-kept", uid, len(rules))


def removed(uid: Uid, rules: Sequence[Rule]) -> None:
    """Log that somebody has removed rules."""
    for rule in rules[:MOST]:
        text = f"rule removed: {rule.action} {rule.application} '{rule.scope}'"
        _say("rule-removed", uid, text, _about(rule))
    _say_more("rule-removed", uid, len(rules))


def answered(uid: Uid, connection: Connection, choice: Choice) -> None:
    """Log what somebody has answered about a connection."""
    where, protocol, port, *_ = place_of(connection)
    place = f"{where} {protocol} port {port}" if protocol.has_ports else f"{where} {protocol}"
    fields = {
        "STILE_APPLICATION": str(connection.application),
        "STILE_VERDICT": str(choice.action),
        "STILE_DESTINATION": place,
    }
    text = f"answer: {choice.action} {connection.application} '{place}', {choice.lifetime}"
    _say("answer", uid, text, fields)


def taken_back(uid: Uid, question: int) -> None:
    """Log that somebody has undone an answer."""
    _say("answer-taken-back", uid, f"the answer to question {question} is taken back", {})


def switched(uid: Uid, event: str, text: str) -> None:
    """Log that somebody has changed how the helper works: a pause, lockdown, a setting."""
    _say(event, uid, text, {})


def _about(rule: Rule) -> dict[str, str]:
    return {
        "STILE_APPLICATION": str(rule.application),
        "STILE_VERDICT": str(rule.action),
        "STILE_DESTINATION": str(rule.scope),
    }


def _say_more(event: str, uid: Uid, count: int) -> None:
    if count > MOST:
        _say(event, uid, f"and {count - MOST} more", {})


def _say(event: str, uid: Uid, text: str, fields: dict[str, str]) -> None:
    told = {"STILE_EVENT": event, "STILE_USER": str(uid), **fields}
    log.info("%s (user %d)", text, uid, extra={"fields": told})


class Pestered:
    """What anybody can do as often as they like gets a line a minute, of each user.

    Otherwise one account fills the log, and the journal, which takes so many lines of a program and
    no more, throws away what others do.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[tuple[Uid, str], tuple[float, int]] = {}
        """When it was said last, and how often it was not since."""

    def refused(self, uid: Uid, action: str) -> None:
        """Log that somebody wanted what they may not."""
        if (unsaid := self._due(uid, action)) is None:
            return
        fields = {"STILE_EVENT": "refused", "STILE_USER": str(uid), "STILE_ACTION": action}
        often = f", and {unsaid} times more since the last line" if unsaid else ""
        log.warning("user %d may not %s%s", uid, action, often, extra={"fields": fields})

    def registered(self, uid: Uid, name: str) -> None:
        """Log that somebody answers from now on."""
        if self._due(uid, "registered") is not None:
            log.info("agent %s of user %d registered", name, uid)

    def left(self, uid: Uid, name: str) -> None:
        """Log that somebody answers no more."""
        if self._due(uid, "left") is not None:
            log.info("agent %s is gone", name)

    def _due(self, uid: Uid, what: str) -> int | None:
        """Say how often it was left out since the last line; None where it is again."""
        now = self._clock()
        since, unsaid = self._said.get((uid, what), (now - SPAN, 0))
        if now - since < SPAN:
            self._said[uid, what] = since, unsaid + 1
            return None
        self._said = {key: kept for key, kept in self._said.items() if now - kept[0] < SPAN}
        self._said[uid, what] = now, 0
        return unsaid
