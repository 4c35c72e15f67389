"""What people do to the firewall, as it stands in the log: who did what.

Each line has fields for the journal: STILE_EVENT, STILE_USER, and for a rule STILE_APPLICATION,
STILE_VERDICT, STILE_DESTINATION (what of its connections it is about). What the kernel or the
rules decide about single packets is not here: `stile watch` shows that, and the desktop keeps it.
"""

import logging
from collections.abc import Sequence

from stile.connections import Connection, Uid, place_of
from stile.rules import Choice, Rule

log = logging.getLogger(__name__)

MOST = 50
"""Rules of one call that get a line each."""


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


def refused(uid: Uid, action: str) -> None:
    """Log that somebody wanted what they may not."""
    fields = {"STILE_EVENT": "refused", "STILE_USER": str(uid), "STILE_ACTION": action}
    log.warning("user %d may not %s", uid, action, extra={"fields": fields})


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
