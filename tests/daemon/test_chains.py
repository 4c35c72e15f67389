"""What rules become: the lines of a chain, said in words."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from stile.applications import EVERYBODY, KERNEL, Application
from stile.rules import Action, Lifetime, Policy, Rule
from stile.scopes import Scope
from stiled.chains import (
    Chain,
    Line,
    chain_of,
    everybody_chain,
    kernel_chain,
    needs_chain,
    shared_chains,
)

ALLOW, DENY, DROP, ASK = Action.ALLOW, Action.DENY, Action.DROP, Action.ASK
CURL = Application.parse("path:/usr/bin/curl")


def rule(action: Action, words: str = "", application: Application = CURL) -> Rule:
    """A rule whose scope is said as "to local port 443"."""
    split = words.split()
    scope = Scope.parse(dict(zip(split[::2], split[1::2], strict=True)))
    return Rule(application, action, scope=scope)


def chain(*rules: Rule, ask_in: bool = False) -> Chain:
    return chain_of(Policy.of(rules), CURL, "app1", ask_in=ask_in)


def said(lines: Iterable[Line]) -> list[str]:
    """Say lines as "accept 192.0.2.0/24 tcp to 443"."""
    return [_said(line) for line in lines]


def _said(line: Line) -> str:
    words = [
        str(line.target),
        *([str(line.span)] if line.span else []),
        *([f"@{line.addresses}"] if line.addresses else []),
        *(["no tcp"] if line.not_tcp else []),
        *([str(line.protocol)] if line.protocol else []),
        *([f"{'from' if line.own_ports else 'to'} {line.ports}"] if line.ports.ranges else []),
        *([f"user {line.uid}"] if line.uid is not None else []),
        *([f"while {line.timer}"] if line.timer else []),
    ]
    return " ".join(words)


# -- what begins a conversation ------------------------------------------------------------


@pytest.mark.parametrize(
    ("rules", "lines"),
    [
        (["allow"], ["accept"]),
        (["deny", "allow port 443"], ["accept to 443", "deny"]),
        (
            ["deny", "allow to 192.0.2.0/24", "deny to 192.0.2.1 port 80 protocol tcp"],
            ["deny 192.0.2.1 tcp to 80", "accept 192.0.2.0/24", "deny"],
        ),
        (["allow to local"], ["accept @local", "unanswered"]),
        (["allow", "ask to 192.0.2.1"], ["unanswered 192.0.2.1", "accept"]),
        (["drop", "allow user 1000"], ["accept user 1000", "drop"]),
        (["allow", "deny protocol icmp"], ["deny icmp", "accept"]),
        (["deny", "allow port 80,443"], ["accept to 80,443", "deny"]),
        (
            ["allow", "deny to list:ads"],
            ["deny @list_ads", "deny @networks_ads", "accept"],
        ),
        (["deny to 192.0.2.1", "deny"], ["deny"]),
    ],
)
def test_the_most_specific_rule_is_the_first_line(rules: list[str], lines: list[str]) -> None:
    made = [rule(Action(text.partition(" ")[0]), text.partition(" ")[2]) for text in rules]
    assert said(chain(*made).lines) == lines
    assert said(chain(*made[::-1]).lines) == lines, "no order to maintain"


def test_a_rule_about_both_ways_of_one_port_is_two() -> None:
    made = chain(rule(DENY), rule(ALLOW, "direction in port 22 protocol tcp"))
    assert said(made.lines) == ["deny"], "it says nothing of what the application begins"
    assert said(made.answers) == ["accept tcp from ssh", "deny"]


# -- who is reached ----------------------------------------------------------------------------


def test_rules_about_where_to_say_nothing_of_who_is_reached() -> None:
    made = chain(rule(DENY, "to 192.0.2.0/24"), rule(ALLOW, "port 443"))
    assert said(made.answers) == ["accept"]
    assert said(chain(rule(DENY, "port 443"), ask_in=True).answers) == ["unanswered"]


def test_a_rule_about_everything_is_about_who_is_reached_too() -> None:
    assert said(chain(rule(DENY), rule(ALLOW, "port 443")).answers) == ["deny"]


@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("direction in", ["deny", "accept"]),
        ("direction in to 192.0.2.0/24", ["deny 192.0.2.0/24", "accept"]),
        ("direction in port 22", ["deny from ssh", "accept"]),
        ("direction in protocol udp port 53", ["accept"]),
    ],
)
def test_who_is_reached_is_told_by_the_own_port(words: str, answers: list[str]) -> None:
    made = chain(rule(DENY, words), rule(ALLOW))
    assert said(made.answers) == answers


def test_a_datagram_server_is_told_by_its_own_port_wherever_it_sends() -> None:
    made = chain(rule(DENY), rule(ALLOW, "direction in port 53"))
    assert said(made.lines) == ["accept no tcp from 53", "deny"]
    udp = chain(rule(DENY), rule(ALLOW, "direction in port 53 protocol udp"))
    assert said(udp.lines) == ["accept udp from 53", "deny"]


# -- a conversation that goes on -----------------------------------------------------------------


def test_what_has_begun_goes_on_unless_everything_is_refused() -> None:
    assert said(chain(rule(ALLOW), rule(DENY, "port 80")).running) == ["accept"]
    assert said(chain(rule(DENY, "port 80")).running) == ["accept"], "it may have begun before"
    assert said(chain(rule(DENY), rule(ALLOW, "port 443")).running) == ["accept to 443", "deny"]
    reached = chain(rule(DROP), rule(ALLOW, "direction in port 22"))
    assert said(reached.running) == ["accept from ssh", "drop"]


def test_where_an_allowed_name_decides_what_has_begun_goes_on() -> None:
    made = chain(rule(DENY), rule(ALLOW, "to www.example.org"))
    assert len(made.running) == 1


# -- names -------------------------------------------------------------------------------------


def test_an_address_is_looked_at_before_a_name_decides_about_it() -> None:
    made = chain(rule(DENY), rule(ALLOW, "to www.example.org port 443"))

    assert said(made.lines) == [
        "clear up",
        "held udp to dns" if said(made.lines)[1].endswith("dns") else "held udp to 53",
        "remember @names0_app1 to 443",
        "deny",
    ]
    assert made.judged == "judged_app1"
    assert {name: each.action for name, each in made.names.items()} == {"names0_app1": ALLOW}


def test_rules_that_are_more_specific_than_every_name_come_before_the_look() -> None:
    made = chain(
        rule(DENY, "to 192.0.2.1 port 443"), rule(ALLOW, "to *.example.org"), rule(DENY, "to local")
    )
    texts = said(made.lines)
    assert texts[0] == "deny 192.0.2.1 to 443"
    assert texts.count("clear up") == 1
    assert texts.index("clear up") == 1
    assert texts.index("deny @local") > texts.index("remember @names1_app1")


def test_a_name_that_is_denied_wants_no_lookups_held() -> None:
    made = chain(rule(ALLOW), rule(DENY, "to *.example.org"))
    assert said(made.lines) == ["clear up", "deny @names0_app1", "accept"]


def test_where_no_name_decides_nothing_is_looked_at() -> None:
    made = chain(rule(ALLOW), rule(DENY, "to 192.0.2.1"))
    assert (made.judged, dict(made.names)) == ("", {})


# -- time ----------------------------------------------------------------------------------------


def test_a_rule_that_ends_is_a_line_with_a_timer() -> None:
    timed = replace(rule(ALLOW, "port 443"), lifetime=Lifetime.UNTIL, until=2e9)

    made = chain(rule(DENY), timed)

    assert said(made.lines) == ["accept to 443 while until0_app1", "deny"]
    assert dict(made.timers) == {"until0_app1": 2e9}


def test_when_all_of_it_is_over_it_is_asked_about_again() -> None:
    timed = replace(rule(ALLOW), lifetime=Lifetime.UNTIL, until=2e9)
    assert said(chain(timed).lines) == ["accept while until0_app1", "unanswered"]
    assert needs_chain((timed,))


def test_rules_by_name_about_who_is_reached_hold_nothing_unless_they_could_disagree() -> None:
    one = chain(rule(ALLOW), rule(DENY, "to a.example direction in"))
    assert "clear up" not in [*said(one.lines), *said(one.answers)]
    assert said(one.answers) == ["deny @names0_app1 tcp", "accept"] or said(one.answers) == [
        "deny @names0_app1",
        "accept",
    ]

    two = chain(rule(DENY, "to a.example direction in"), rule(ALLOW, "to *.b.example direction in"))
    assert said(two.answers)[0] == "clear up"
    assert "clear up" not in said(two.lines)

    ports = chain(rule(DENY, "to a.example direction in port 53"))
    assert said(ports.lines)[0] == "clear up", "of UDP nobody can tell who began"


# -- everybody and the kernel ----------------------------------------------------------------------


def test_everybodys_rules_stand_between_those_of_an_application() -> None:
    made = chain(
        rule(ALLOW),
        rule(DENY, "to 192.0.2.0/24", EVERYBODY),
        rule(ALLOW, "to 192.0.2.1"),
        rule(DENY, "", EVERYBODY),
    )
    assert said(made.lines)[:3] == ["accept 192.0.2.1", "deny 192.0.2.0/24", "accept"]


def test_everybodys_rules_stand_in_the_chains_that_are_shared() -> None:
    policy = Policy.of(
        [rule(DENY, "to 192.0.2.0/24", EVERYBODY), rule(ALLOW, application=EVERYBODY), rule(ALLOW)]
    )

    shared = {each.name: said(each.lines) for each in shared_chains(policy)}

    assert shared == {
        "allowed": ["deny 192.0.2.0/24", "accept"],
        "denied": ["deny"],
        "dropped": ["deny 192.0.2.0/24", "drop"],
    }
    assert said(everybody_chain(policy).lines) == ["deny 192.0.2.0/24", "accept"]


def test_what_everybodys_rules_leave_open_is_for_others_to_say() -> None:
    assert said(everybody_chain(Policy()).lines) == ["return"]
    some = Policy.of([rule(ALLOW, "port 53", EVERYBODY)])
    assert said(everybody_chain(some).lines) == ["accept to dns", "return"] or said(
        everybody_chain(some).lines
    ) == ["accept to 53", "return"]


def test_the_kernel_is_never_held_and_goes_by_no_names() -> None:
    assert said(kernel_chain(Policy()).lines) == ["accept"]
    policy = Policy.of(
        [
            rule(DENY, "to *.example.org", EVERYBODY),
            rule(DENY, "to 192.0.2.1", EVERYBODY),
            rule(DROP, "port 2049", KERNEL),
        ]
    )
    made = kernel_chain(policy)
    assert said(made.lines) == ["deny 192.0.2.1", "drop to 2049", "accept"]
    assert not made.names


# -- who needs a chain of his own --------------------------------------------------------------


@pytest.mark.parametrize("action", [ALLOW, DENY, DROP])
def test_who_is_simply_decided_about_shares_a_chain(action: Action) -> None:
    assert not needs_chain((rule(action),))
    assert needs_chain((rule(action), rule(ALLOW, "port 443")))
    assert needs_chain((rule(action, "port 443"),))
    assert needs_chain((rule(ASK),))


# -- while locked down -------------------------------------------------------------------------


def running(*rules: Rule, locked: bool = True) -> list[str]:
    policy = Policy.of(rules)
    return said(chain_of(policy, CURL, "app1", ask_in=True, locked=locked).running)


def test_a_conversation_that_nobody_has_decided_about_does_not_go_on_while_locked_down() -> None:
    some = rule(ALLOW, "to 192.0.2.1")

    assert running(some, locked=False) == ["accept"]
    assert running(some) == ["accept 192.0.2.1", "unanswered"]
    assert running(rule(DENY), some) == ["accept 192.0.2.1", "deny"], "what is decided is as it was"
    assert running(rule(ALLOW), rule(DENY, "to 192.0.2.1")) == ["accept"]


def test_nor_does_one_that_a_rule_says_to_ask_about() -> None:
    rules = rule(ALLOW), rule(ASK, "to 192.0.2.1")

    assert running(*rules, locked=False) == ["accept"]
    assert running(*rules) == ["unanswered 192.0.2.1", "accept"]


def test_an_ask_for_everybody_stands_over_what_is_allowed_altogether() -> None:
    policy = Policy.of([rule(ASK, "to 192.0.2.1", EVERYBODY)])

    (allowed, *_) = shared_chains(policy, locked=True)
    assert said(allowed.running) == ["unanswered 192.0.2.1", "accept"]
    everybody = everybody_chain(policy, locked=True)
    assert said(everybody.running) == ["unanswered 192.0.2.1", "return"]


def test_who_is_reached_by_a_rule_goes_on_answering() -> None:
    assert running(rule(ALLOW, "direction in port 22")) == ["accept from ssh", "unanswered"]


def test_of_who_may_reach_names_what_has_begun_goes_on() -> None:
    """By which name it began nobody can tell any more."""
    assert running(rule(ALLOW, "to example.org")) == ["accept"]


def test_nothing_is_cleared_up_where_no_rule_by_name_can_cover_the_answer_to_a_syn() -> None:
    found = chain(
        rule(ALLOW, "to a.example.org direction in protocol udp port 53"),
        rule(DENY, "to b.example.org direction in protocol udp port 53"),
    )

    assert said(found.answers) == ["accept"]
