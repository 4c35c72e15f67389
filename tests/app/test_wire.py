"""Domain types over the bus and back; and whatever anybody may send instead."""

import string
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from io import BytesIO
from ipaddress import IPv4Address, IPv6Address
from typing import Any

import pytest
from dbus_next._private.unmarshaller import Unmarshaller
from dbus_next.message import Message
from dbus_next.signature import Variant
from hypothesis import given
from hypothesis import strategies as st

from stile import wire
from stile.applications import EVERYBODY, KERNEL, Application, Kind, shown
from stile.connections import Connection, Direction, Flow, Pid, Process, Protocol, Uid
from stile.decisions import Decision, Outcome, Reason
from stile.questions import UNKNOWN, About, Details, Question, QuestionId
from stile.rules import (
    DECIDING,
    LATEST,
    Action,
    Choice,
    Lifetime,
    Origin,
    Reach,
    Rule,
    RuleId,
)
from stile.scopes import Ports, Scope, Way, destination
from stile.traffic import OpenConnection, State, Traffic

WORDS = st.text(string.printable.strip(), max_size=20)
PATHS = WORDS.map(lambda name: "/" + name)
PORTS = st.integers(0, 0xFFFF)
NUMBERS = st.integers(0, 0xFFFFFFFF)
SECONDS = st.floats(0, 1e9)
RULED = st.just(KERNEL) | PATHS.map(lambda path: Application(Kind.PATH, path))
ANYBODY = RULED | PATHS.map(lambda path: Application(Kind.FOREIGN, path))
RULES = st.builds(
    Rule,
    RULED,
    st.sampled_from(DECIDING),
    st.sampled_from([Lifetime.QUIT, Lifetime.REBOOT, Lifetime.FOREVER]),
    WORDS,
    WORDS.map(RuleId),
    st.sampled_from(Origin),
)
RULES = RULES | RULES.filter(lambda rule: rule.can_have_children).map(
    lambda rule: replace(rule, children=True)
)
SCOPES = st.builds(
    Scope,
    st.sampled_from(["any", "local", "192.0.2.0/24", "::1", "*.example.org", "list:ads"]).map(
        destination
    ),
    st.sampled_from(["any", "web", "1-9,12"]).map(Ports.parse),
    st.sampled_from([None, Protocol(6), Protocol(17)]),
    st.sampled_from(Way),
    st.none() | NUMBERS.map(Uid),
)
NARROW = st.builds(
    Rule,
    RULED | st.just(EVERYBODY),
    st.sampled_from(DECIDING),
    st.sampled_from([Lifetime.REBOOT, Lifetime.FOREVER]),
    scope=SCOPES,
    enabled=st.booleans(),
)
TIMED = st.builds(
    lambda rule, until: replace(rule, lifetime=Lifetime.UNTIL, until=until),
    NARROW,
    st.floats(1, LATEST),
)
RULES = RULES | NARROW | TIMED
PROTOCOLS = st.integers(0, 255).map(Protocol)


def flows(addresses: st.SearchStrategy[Any]) -> st.SearchStrategy[Flow]:
    return st.builds(Flow, PROTOCOLS, addresses, PORTS, addresses, PORTS, st.booleans())


CONNECTIONS = st.builds(
    Connection,
    st.builds(Process, NUMBERS.map(Pid), NUMBERS.map(Uid), ANYBODY, st.lists(WORDS).map(tuple)),
    flows(st.integers(0, 2**32 - 1).map(IPv4Address))
    | flows(st.integers(0, 2**128 - 1).map(IPv6Address)),
    st.booleans(),
    st.sampled_from(["", "www.example.org", "xn--bcher-kva.example"]),
    st.booleans(),
)
QUESTIONS = st.builds(
    Question,
    st.integers(1, 2**64 - 1).map(QuestionId),
    CONNECTIONS,
    NUMBERS,
    SECONDS,
    others=st.lists(CONNECTIONS, max_size=3).map(tuple),
    parents=st.lists(WORDS, max_size=3).map(tuple),
    stopped=st.booleans(),
)
TEXTS = st.lists(WORDS, max_size=3).map(tuple)
DETAILS = st.builds(
    Details,
    command=TEXTS,
    directory=WORDS,
    executable=WORDS,
    sha256=WORDS,
    unhashed=WORDS,
    parents=st.lists(st.tuples(NUMBERS.map(Pid), WORDS), max_size=3).map(tuple),
    connections=TEXTS,
    names=TEXTS,
)
DECISIONS = st.builds(
    Decision, SECONDS, CONNECTIONS, st.sampled_from(Outcome), st.sampled_from(Reason)
)


@given(RULES, st.booleans())
def test_a_rule_goes_there_and_back(rule: Rule, in_force: bool) -> None:  # noqa: FBT001
    assert wire.rule_of(wire.rule_dict(rule, in_force=in_force)) == (rule, in_force)


@given(RULES.filter(lambda rule: rule.lifetime is not Lifetime.QUIT))
def test_a_new_rule_goes_without_name_and_origin(rule: Rule) -> None:
    bare = replace(rule, id=RuleId(""), origin=Origin.USER)

    assert wire.new_rule_of(wire.new_rule_dict(rule)) == bare


@given(QUESTIONS)
def test_a_question_goes_there_and_back(question: Question) -> None:
    assert wire.question_of(question.id, wire.question_dict(question)) == question


def sent(signature: str, value: object) -> Any:  # noqa: ANN401 # whatever the bus makes of it
    """Write a value as the bus does, and read it again."""
    octets = Message(
        "a.b", "/", "a.b", "C", signature=signature, body=[value], serial=1
    )._marshall()
    return Unmarshaller(BytesIO(octets)).unmarshall().body[0]


@given(QUESTIONS)
def test_a_question_can_be_sent(question: Question) -> None:
    table = sent("a{sv}", wire.question_dict(question))
    assert wire.question_of(question.id, table) == question


@given(DETAILS)
def test_details_can_be_sent(details: Details) -> None:
    assert wire.details_of(sent("a{sv}", wire.details_dict(details))) == details


@given(
    st.sampled_from(DECIDING),
    st.sampled_from(Lifetime),
    st.sampled_from(Reach),
    st.integers(0, 99),
    st.booleans(),
)
def test_a_choice_goes_there_and_back(
    action: Action,
    lifetime: Lifetime,
    reach: Reach,
    place: int,
    every: bool,  # noqa: FBT001 # drawn
) -> None:
    until = 1e9 if lifetime is Lifetime.UNTIL else 0.0
    whole = lifetime is Lifetime.QUIT
    reached = Reach.ANYWHERE if whole else reach
    choice = Choice(action, lifetime, until, reached, not whole, place, every)

    assert wire.choice_of(wire.choice_dict(choice)) == choice


OCTETS = st.none() | st.integers(0, 1 << 63)
DIRECTIONS = st.sampled_from([None, *Direction])


@given(DECISIONS)
def test_a_decision_is_read_as_plain_words(decision: Decision) -> None:
    words = wire.decision_words(wire.decision_dict(decision))

    assert words == {
        "time": decision.time,
        "application": str(decision.connection.application),
        "pid": decision.connection.process.pid,
        "uid": decision.connection.process.uid,
        "protocol": str(decision.connection.flow.protocol),
        "address": str(decision.connection.flow.address),
        "port": decision.connection.flow.port,
        "host": decision.connection.name,
        "verdict": str(decision.outcome),
        "reason": str(decision.reason),
        "inferred": decision.connection.inferred,
        "inbound": decision.connection.flow.inbound,
        "own-port": decision.connection.flow.source_port,
    }


@given(DECISIONS, st.sampled_from(Action), st.sampled_from(State), OCTETS, OCTETS, DIRECTIONS)
def test_an_open_connection_goes_there_and_back(
    decision: Decision,
    verdict: Action,
    state: State,
    sent: int | None,
    received: int | None,
    direction: Direction | None,
) -> None:
    process, flow = decision.connection.process, decision.connection.flow
    who = (process.application, process.uid, flow.protocol, flow.address, flow.port)
    host = decision.connection.name
    open_ = OpenConnection(
        *(7, *who, flow.source_port, host, direction, verdict, state, sent, received)
    )

    assert wire.open_of(wire.open_dict(open_)) == replace(open_, host=shown(host))


@given(DECISIONS, st.floats(0, LATEST), st.lists(st.integers(0, 1 << 63), min_size=4, max_size=4))
def test_traffic_goes_there_and_back(decision: Decision, since: float, numbers: list[int]) -> None:
    process = decision.connection.process
    traffic = Traffic(process.application, process.uid, since, *numbers)

    assert wire.traffic_of(wire.traffic_dict(traffic)) == traffic


@given(
    st.sampled_from([None, *DECIDING]),
    st.sampled_from([None, Lifetime.REBOOT]),
    WORDS,
    st.sampled_from([None, True, False]),
)
def test_changes_go_there_and_back(
    action: Action | None,
    lifetime: Lifetime | None,
    note: str,
    children: bool | None,  # noqa: FBT001 # drawn
) -> None:
    given_ = {"action": action, "lifetime": lifetime, "note": note, "children": children}

    changes = wire.changes_of(wire.changes_dict(action, lifetime, note, children=children))

    if lifetime is not None:
        assert changes.pop("until") == 0.0, "another lifetime has another end"
    assert changes == {key: value for key, value in given_.items() if value is not None}


@given(SCOPES, st.booleans(), st.floats(1, LATEST))
def test_a_rule_can_be_given_another_scope_and_another_end(
    scope: Scope,
    enabled: bool,  # noqa: FBT001 # drawn
    until: float,
) -> None:
    changes = wire.changes_dict(lifetime=Lifetime.UNTIL, scope=scope, until=until, enabled=enabled)
    assert wire.changes_of(changes) == {
        "lifetime": Lifetime.UNTIL,
        "until": until,
        "scope": scope,
        "enabled": enabled,
    }


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("scope", Variant("a{ss}", {"port": "0"}), "1-65535"),
        ("scope", Variant("a{ss}", {"too": "any"}), "there is no 'too' in a scope"),
        ("scope", Variant("a{ss}", {"to": ""}), "is not a destination"),
        ("scope", Variant("a{sv}", {"to": Variant("s", "any")}), "'scope' is of the wrong type"),
        ("scope", Variant("s", "any"), "'scope' is of the wrong type"),
        ("until", Variant("d", -1.0), "'until' is not a time"),
        ("until", Variant("d", float("inf")), "'until' is not a time"),
        ("until", Variant("d", 1e12), "'until' is not a time"),
        ("until", Variant("d", 1e9), "names the time"),
        ("enabled", Variant("s", "no"), "'enabled' is of the wrong type"),
    ],
)
def test_a_new_rule_that_is_wrong_is_refused_with_the_reason(
    key: str, value: Variant, reason: str
) -> None:
    table = wire.new_rule_dict(Rule(Application(Kind.PATH, "/a"), Action.ALLOW))
    with pytest.raises(ValueError, match=reason):
        wire.new_rule_of(table | {key: value})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("reach", Variant("s", "far")),
        ("this-port", Variant("s", "yes")),
        ("until", Variant("d", 5.0)),
        ("lifetime", Variant("s", "until")),
    ],
)
def test_a_choice_that_is_wrong_is_refused(key: str, value: Variant) -> None:
    table = wire.choice_dict(Choice(Action.ALLOW, Lifetime.FOREVER))
    with pytest.raises(ValueError, match=r"reach|this-port|time"):
        wire.choice_of(table | {key: value})


def test_nobody_can_make_a_rule_about_a_process() -> None:
    quits = Rule(Application(Kind.PATH, "/a"), Action.ALLOW, Lifetime.QUIT)

    with pytest.raises(ValueError, match=r"a rule says 15m, 2h, reboot or forever"):
        wire.new_rule_of(wire.new_rule_dict(quits))
    with pytest.raises(ValueError, match=r"a rule says 15m, 2h, reboot or forever"):
        wire.changes_of(wire.changes_dict(lifetime=Lifetime.QUIT))


def test_a_rule_that_asks_from_now_on_has_nothing_to_share() -> None:
    asks = wire.changes_of(wire.changes_dict(Action.ASK))

    assert replace(Rule(Application(Kind.PATH, "/a"), Action.DENY, children=True), **asks) == Rule(
        Application(Kind.PATH, "/a"), Action.ASK
    )


def test_a_lifetime_that_an_application_cannot_have_is_not_offered() -> None:
    process = Process(Pid(1), Uid(1), Application(Kind.FOREIGN, "/a"))
    flow = Flow(Protocol(6), IPv4Address(1), 1, IPv4Address(2), 2)

    details = wire.question_dict(Question(QuestionId(1), Connection(process, flow), 1, 1.0))

    assert details["lifetimes"].value == ["once"]


# -- what anybody may send -------------------------------------------------------------

TRASH = st.one_of(
    WORDS.map(lambda text: Variant("s", text)),
    st.sampled_from(["path:/a", "allow", "forever", "once", "tcp", "192.0.2.1", "::1", "user"]).map(
        lambda text: Variant("s", text)
    ),
    NUMBERS.map(lambda number: Variant("u", number)),
    st.booleans().map(lambda truth: Variant("b", truth)),
    st.floats().map(lambda number: Variant("d", number)),
    st.lists(NUMBERS).map(lambda numbers: Variant("au", numbers)),
    st.lists(WORDS).map(lambda texts: Variant("as", texts)),
    st.dictionaries(WORDS, WORDS).map(lambda words: Variant("a{ss}", words)),
    st.fixed_dictionaries({"to": WORDS, "port": WORDS}).map(lambda each: Variant("a{ss}", each)),
    WORDS.map(lambda text: Variant("v", Variant("s", text))),
)
RIGHT: Mapping[str, Any] = (
    wire.details_dict(Details())
    | wire.question_dict(
        Question(
            QuestionId(1),
            Connection(
                Process(Pid(1), Uid(1), Application(Kind.PATH, "/a"), ("a",)),
                Flow(Protocol(6), IPv4Address(1), 1, IPv4Address(2), 2),
            ),
            1,
            1.0,
        )
    )
    | wire.rule_dict(Rule(KERNEL, Action.ALLOW))
    | {
        "time": Variant("d", 1.0),
        "verdict": Variant("s", "held"),
        "reason": Variant("s", "asked"),
        "reach": Variant("s", "host"),
        "this-port": Variant("b", True),  # noqa: FBT003 # a value
        "place": Variant("u", 1),
        "every": Variant("b", True),  # noqa: FBT003 # a value
    }
)
"""Every key that any reader knows, with a value that is right for it."""

EXTENT = ("scope", "until", "enabled")
READERS: list[tuple[Callable[[dict[str, Any]], object], set[str]]] = [
    (wire.rule_of, set(RIGHT)),
    (wire.new_rule_of, {"application", "action", "lifetime", "note", "children", *EXTENT}),
    (wire.changes_of, {"action", "lifetime", "note", "children", *EXTENT}),
    (wire.choice_of, {"action", "lifetime", "until", "reach", "this-port", "place", "every"}),
    (wire.details_of, set(wire.details_dict(Details()))),
    (wire.decision_words, set(RIGHT)),
    (lambda table: wire.question_of(1, table), set(RIGHT)),
]


@pytest.mark.parametrize(("reader", "keys"), READERS)
@given(data=st.data())
def test_whatever_comes_is_read_or_a_value_error(
    reader: Callable[[dict[str, Any]], object], keys: set[str], data: st.DataObject
) -> None:
    table = {key: RIGHT[key] for key in keys}
    reader(table)
    names = st.sampled_from(sorted(keys)) | WORDS
    wrong = data.draw(st.dictionaries(names, TRASH, max_size=4))
    missing = data.draw(st.sets(names, max_size=2))

    with suppress(ValueError):
        reader({key: value for key, value in (table | wrong).items() if key not in missing})


def test_what_people_know_an_application_as_may_be_left_out() -> None:
    about = About("Firefox", "firefox", "firefox-esr")
    asked = replace(wire.question_of(1, RIGHT), about=about)
    assert wire.question_of(1, wire.question_dict(asked)) == asked
    rest = {key: value for key, value in RIGHT.items() if key not in {"name", "icon", "package"}}
    assert wire.question_of(1, rest).about == UNKNOWN
