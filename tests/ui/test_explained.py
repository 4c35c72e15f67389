"""Rules in words: each verdict, with and without a destination."""

import pytest
from cast import CURL, rule

from stile.applications import EVERYBODY
from stile.rules import Action, Rule
from stile.scopes import Scope
from stile_ui import explained


def of(action: Action, **words: str) -> str:
    made = rule(CURL, action)
    return explained.sentence(Rule(made.application, action, scope=Scope.parse(words)))


@pytest.mark.parametrize(
    ("action", "words", "sentence"),
    [
        (Action.ALLOW, {}, "curl may use the whole network."),
        (Action.DENY, {}, "curl is refused the whole network, and hears of it at once."),
        (Action.DROP, {}, "All that curl sends is thrown away silently."),
        (Action.ASK, {}, "You are asked whenever curl reaches for the network."),
        (
            Action.ALLOW,
            {"to": "*.example.org", "port": "443", "protocol": "tcp"},
            "curl may reach example.org and all below it at port 443 over TCP.",
        ),
        (
            Action.DENY,
            {"to": "local", "port": "1-1024"},
            "curl is refused the local network at the ports 1-1024, and hears of it at once.",
        ),
        (
            Action.ALLOW,
            {"direction": "in", "port": "22"},
            "curl may be reached from anywhere at its own port 22.",
        ),
        (Action.ASK, {"to": "192.0.2.1"}, "You are asked when curl wants to reach 192.0.2.1."),
        (
            Action.DROP,
            {"to": "list:ads", "user": "0"},
            "curl gets no answer from the block list ads when root runs it: all is thrown away.",
        ),
    ],
)
def test_sentences(action: Action, words: dict[str, str], sentence: str) -> None:
    assert of(action, **words) == sentence


def test_what_else_a_rule_says_follows() -> None:
    said = explained.sentence(Rule(CURL, Action.ALLOW, children=True, enabled=False))
    assert said == (
        "curl may use the whole network. So may programs that it starts, if they have no rules. "
        "It is switched off now."
    )
    assert explained.sentence(Rule(EVERYBODY, Action.DENY)).startswith("Every application is")


def test_what_is_covered_is_said_in_short() -> None:
    assert explained.covered(Scope()) == "Everything"
    assert explained.covered(Scope.parse({"direction": "in", "port": "22"})) == (
        "from outside, port 22"
    )
    assert explained.covered(Scope.parse({"direction": "out"})) == "only outward"
