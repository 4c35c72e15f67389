"""Chains of applications as nft has them: pure."""

import pytest

from stile.applications import Application
from stile.rules import Action, Policy, Rule
from stile.scopes import Scope
from stiled import nftrules
from stiled.chains import chain_of

CURL = Application.parse("path:/usr/bin/curl")
ALLOW, DENY, ASK = Action.ALLOW, Action.DENY, Action.ASK
WEB = {"to": "192.0.2.1", "port": "web"}
MAIL = {"to": "192.0.2.1", "port": "25"}
REACHED = {**MAIL, "direction": "in"}


@pytest.mark.parametrize(
    ("default", "narrow", "parts"),
    [
        (DENY, [(ALLOW, WEB), (ALLOW, MAIL)], ["app1"]),
        (DENY, [(ALLOW, WEB), (DENY, MAIL)], ["app1", "app1_run"]),
        (DENY, [(ALLOW, WEB), (ALLOW, REACHED)], ["app1", "app1_in", "app1_run"]),
        (ASK, [(ALLOW, WEB), (DENY, MAIL)], ["app1"]),
    ],
    ids=["all is allowed", "some is refused", "some is reached", "what goes on passes"],
)
def test_who_begins_nothing_has_a_chain_only_where_other_lines_hold(
    default: Action, narrow: list[tuple[Action, dict[str, str]]], parts: list[str]
) -> None:
    rules = [Rule(CURL, action, scope=Scope.parse(words)) for action, words in narrow]
    chain = chain_of(Policy.of([Rule(CURL, default), *rules]), CURL, "app1", ask_in=False)

    assert nftrules.names(chain) == parts
    assert sorted(nftrules.rules(chain)) == sorted(parts)


def test_what_holds_for_all_packets_is_written_once() -> None:
    rules = [Rule(CURL, DENY), Rule(CURL, ALLOW, scope=Scope.parse(WEB))]
    chain = chain_of(Policy.of(rules), CURL, "app1", ask_in=False)

    (written,) = nftrules.rules(chain).values()
    lines = [" ".join(map(str, rule)) for rule in written]

    assert lines[0] == f"{nftrules.ANSWERS} goto deny"
    assert not any(str(nftrules.RUNNING) in line for line in lines)
    assert len(lines) == len(set(lines))
