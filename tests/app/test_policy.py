"""Which rule decides, and which rule an answer makes."""

from dataclasses import replace
from ipaddress import ip_address
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import EVERYBODY, KERNEL, Application
from stile.connections import ICMP, TCP, UDP, Connection, Flow, Pid, Process, Protocol, Uid
from stile.rules import (
    Action,
    Choice,
    Lifetime,
    Origin,
    Policy,
    Reach,
    Rule,
    RuleId,
    Term,
    answer,
    decide,
    ruling,
    unsaid,
)
from stile.scopes import Attempt, Name, Scope

ALLOW, DENY, DROP, ASK = Action.ALLOW, Action.DENY, Action.DROP, Action.ASK
CURL, WGET = Application.parse("path:/usr/bin/curl"), Application.parse("path:/usr/bin/wget")


def rule(action: Action, words: str = "", application: Application = CURL) -> Rule:
    """A rule whose scope is said as "to local port 443"."""
    split = words.split()
    scope = Scope.parse(dict(zip(split[::2], split[1::2], strict=True)))
    return Rule(application, action, scope=scope)


SAID = st.lists(
    st.builds(
        Rule,
        st.sampled_from([CURL, WGET, EVERYBODY]),
        st.sampled_from([*Action]),
        origin=st.sampled_from([*Origin]),
        scope=st.sampled_from([Scope(), Scope.parse({"port": "80"}), Scope.parse({"to": "local"})]),
        enabled=st.booleans(),
    ),
    max_size=8,
)


def connection(
    where: str = "192.0.2.1",
    port: int = 443,
    protocol: Protocol = TCP,
    *,
    name: str = "",
    inbound: bool = False,
    lookup: bool = False,
) -> Connection:
    address = ip_address(where)
    near = ip_address("192.0.2.7" if address.version == 4 else "2001:db8::7")
    own, far = (40000, port) if protocol.has_ports else (0, 0)
    if inbound:
        own, far = far, own
    flow = Flow(protocol, near, own, address, far, inbound)
    return Connection(Process(Pid(7), Uid(1000), CURL), flow, name=name, lookup=lookup)


def attempt(where: str = "192.0.2.1", port: int = 443, names: str = "", uid: int = 1000) -> Attempt:
    return Attempt.of(connection(where, port).flow, Uid(uid), frozenset(names.split()))


def decided(rules: list[Rule], tried: Attempt, who: Application = CURL) -> Action:
    """What is decided, in whatever order the rules stand."""
    found = {decide(Policy.of(order), who, tried) for order in (rules, rules[::-1])}
    (action,) = found
    return action


# -- the most specific one wins --------------------------------------------------------------


def test_where_nobody_has_said_anything_it_is_asked() -> None:
    assert ruling(Policy(), CURL, attempt()) is None
    assert decided([rule(ALLOW, application=WGET)], attempt()) is ASK
    assert decided([rule(ALLOW, "port 80")], attempt(port=443)) is ASK


@pytest.mark.parametrize(
    ("wide", "narrow"),
    [
        ("", "to 192.0.2.0/24"),
        ("to 192.0.0.0/8", "to 192.0.2.0/24"),
        ("to 192.0.2.0/24 port 443", "to 192.0.2.1"),
        ("port 1-1024", "port 443"),
        ("", "protocol tcp"),
        ("", "user 1000"),
        ("to *.example.org", "to www.example.org"),
        ("to *.org", "to *.example.org"),
        ("to 192.0.2.0/24", "to *.org"),
    ],
)
@pytest.mark.parametrize("actions", [(ALLOW, DENY), (DENY, ALLOW), (ALLOW, ASK), (DENY, ASK)])
def test_the_most_specific_rule_wins(
    wide: str, narrow: str, actions: tuple[Action, Action]
) -> None:
    rules = [rule(actions[0], wide), rule(actions[1], narrow)]
    assert decided(rules, attempt(names="www.example.org")) is actions[1]


def test_of_two_as_specific_the_more_cautious_wins() -> None:
    for first, second in pairwise([DENY, DROP, ASK, ALLOW]):
        rules = [rule(second, "to 192.0.2.1"), rule(first, "to www.example.org")]
        assert decided(rules, attempt(names="www.example.org")) is first
        rules = [rule(first, "port 1-10"), rule(second, "port 5-14")]
        assert decided(rules, attempt(port=7)) is first


def test_a_rule_of_its_own_stands_over_one_about_everybody_that_is_as_specific() -> None:
    everybody = rule(DENY, "port 443", EVERYBODY)
    assert decided([everybody, rule(ALLOW, "port 443")], attempt()) is ALLOW
    assert decided([everybody, rule(ALLOW)], attempt()) is DENY, "it is more specific"
    assert decided([rule(DENY, application=EVERYBODY), rule(ALLOW)], attempt()) is ALLOW
    assert decided([everybody], attempt(), WGET) is DENY
    assert decided([everybody], attempt(), KERNEL) is DENY


def test_a_rule_that_ends_stands_over_one_that_lasts() -> None:
    ends = replace(rule(ALLOW, "port 443"), lifetime=Lifetime.UNTIL, until=9.0, origin=Origin.TIMED)
    lasts = rule(DENY, "port 443")
    assert decided([lasts, ends], attempt()) is ALLOW
    everybody = replace(ends, application=EVERYBODY)
    assert decided([lasts, everybody], attempt()) is DENY, "whose it is counts first"


def test_a_rule_that_is_switched_off_says_nothing() -> None:
    assert (
        decided([replace(rule(DENY, "port 443"), enabled=False), rule(ALLOW)], attempt()) is ALLOW
    )


@given(SAID, SAID, st.sampled_from([CURL, WGET, EVERYBODY]))
def test_other_rules_about_one_application_leave_the_others_alone(
    said: list[Rule], new: list[Rule], who: Application
) -> None:
    new = [replace(each, application=who) for each in new]
    others = [each for each in said if each.application != who]

    assert Policy.of(said).with_rules(who, new) == Policy.of([*others, *new])


def test_rules_of_users_are_theirs_alone() -> None:
    rules = [rule(ALLOW), rule(DENY, "user 1001")]
    assert decided(rules, attempt(uid=1000)) is ALLOW
    assert decided(rules, attempt(uid=1001)) is DENY


@given(st.permutations([*Origin]))
def test_rules_about_different_things_stand_beside_each_other_whatever_their_origin(
    origins: list[Origin],
) -> None:
    scopes = ["port 1", "port 2", "port 3", "port 4"]
    rules = [
        replace(rule(DENY, words), origin=origin, id=RuleId(words))
        for words, origin in zip(scopes, origins, strict=True)
    ]
    assert {each.id for each in Policy.of(rules).about(CURL)} == set(scopes)


# -- addresses with several names --------------------------------------------------------------

BOTH = "ads.example.org www.other.org"


@pytest.mark.parametrize("denied", ["ads.example.org", "*.example.org", "*.org"])
@pytest.mark.parametrize("allowed", ["www.other.org", "*.other.org"])
@pytest.mark.parametrize("action", [DENY, DROP])
def test_a_deny_by_one_name_is_not_undone_by_an_allow_by_another(
    denied: str, allowed: str, action: Action
) -> None:
    rules = [rule(action, f"to {denied}"), rule(ALLOW, f"to {allowed}"), rule(ALLOW)]
    if denied == "*.org":
        assert decided(rules, attempt(names="www.other.org")) is ALLOW, "it is more specific"
    assert decided(rules, attempt(names=BOTH)) is action
    assert decided(
        [replace(each, application=EVERYBODY) for each in rules], attempt(names=BOTH)
    ) is (action)


def test_of_one_name_the_more_specific_rule_counts() -> None:
    rules = [rule(DENY, "to *.example.org"), rule(ALLOW, "to www.example.org")]
    assert decided(rules, attempt(names="www.example.org")) is ALLOW
    assert decided(rules, attempt(names="www.example.org a.example.org")) is DENY
    assert decided(rules, attempt()) is ASK


def test_a_name_that_no_rule_is_about_changes_nothing() -> None:
    rules = [rule(DENY), rule(ALLOW, "to www.example.org")]
    assert decided(rules, attempt(names="www.example.org elsewhere.net")) is ALLOW


def test_an_address_that_is_denied_stays_so_whatever_its_name() -> None:
    rules = [rule(DENY, "to 192.0.2.1"), rule(ALLOW, "to www.example.org")]
    assert decided(rules, attempt(names="www.example.org")) is DENY


# -- what an answer makes ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "reach", "words"),
    [
        (connection(), Reach.ANYWHERE, {}),
        (connection(), Reach.HOST, {"to": "192.0.2.1"}),
        (connection(), Reach.DOMAIN, {"to": "192.0.2.1"}),
        (connection(), Reach.NETWORK, {"to": "192.0.2.0/24"}),
        (connection("2001:db8::9"), Reach.HOST, {"to": "2001:db8::9"}),
        (connection("2001:db8::9"), Reach.NETWORK, {"to": "2001:db8::/64"}),
        (connection(name="www.example.org"), Reach.HOST, {"to": "www.example.org"}),
        (connection(name="www.example.org"), Reach.DOMAIN, {"to": "*.example.org"}),
        (connection(name="example.org"), Reach.DOMAIN, {"to": "*.example.org"}),
        (connection(name="www.example.org"), Reach.NETWORK, {"to": "192.0.2.0/24"}),
        (connection(name="www.example.org"), Reach.ANYWHERE, {}),
        (connection(port=22, inbound=True), Reach.HOST, {"to": "192.0.2.1", "direction": "in"}),
    ],
)
def test_an_answer_reaches_as_far_as_it_says(
    asked: Connection, reach: Reach, words: dict[str, str]
) -> None:
    made = answer(asked, Choice(ALLOW, Lifetime.FOREVER, reach=reach))
    assert (made.application, made.action, made.scope.words) == (CURL, ALLOW, words)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (connection(), {"port": "443", "protocol": "tcp"}),
        (connection(protocol=UDP), {"port": "443", "protocol": "udp"}),
        (connection(protocol=ICMP), {"protocol": "icmp"}),
        (connection(port=22, inbound=True), {"port": "ssh", "protocol": "tcp", "direction": "in"}),
        (connection(port=53, protocol=UDP, name="a.org", lookup=True), {}),
    ],
)
def test_an_answer_about_this_port_is_about_its_protocol_too(
    asked: Connection, words: dict[str, str]
) -> None:
    made = answer(asked, Choice(DENY, Lifetime.FOREVER, this_port=True))
    assert made.scope.words == words


REACHES = st.tuples(st.sampled_from(Reach), st.booleans())
ASKED = st.sampled_from(
    [
        *(connection(name=name) for name in ("", "www.example.org", "any", "*.org", "0.0.0.0/0")),
        connection(port=53, protocol=UDP, name="www.example.org", lookup=True),
        *(connection("2001:db8::9", 53, UDP), connection(protocol=ICMP)),
        *(connection(port=22, inbound=True), connection("fe80::1", 22, inbound=True)),
    ]
)


@given(REACHES, ASKED)
def test_an_answer_settles_at_least_what_was_asked(
    reach: tuple[Reach, bool], asked: Connection
) -> None:
    made = answer(asked, Choice(ALLOW, Lifetime.FOREVER, 0.0, *reach))
    names = frozenset([asked.name])
    tried = Attempt.of(asked.flow, asked.process.uid, names, lookup=asked.lookup)
    assert decide(Policy.of([made]), CURL, tried) is ALLOW


@pytest.mark.parametrize("asked", ["any", "local", "*.org", "0.0.0.0/0", "1.0.0.0-9.0.0.0"])
@pytest.mark.parametrize("reach", [Reach.HOST, Reach.DOMAIN])
def test_a_strange_name_never_makes_a_rule_wider(asked: str, reach: Reach) -> None:
    made = answer(connection(name=asked), Choice(ALLOW, Lifetime.FOREVER, reach=reach))
    assert made.scope.words == {"to": "192.0.2.1"}


def test_an_answer_for_a_time_ends_then() -> None:
    made = answer(connection(), Choice(ALLOW, Lifetime.UNTIL, until=900.0))
    assert (made.lifetime, made.until) == (Lifetime.UNTIL, 900.0)


def test_what_makes_no_sense_together_cannot_be_said() -> None:
    with pytest.raises(ValueError, match=r"names the time"):
        Choice(ALLOW, Lifetime.UNTIL)
    with pytest.raises(ValueError, match=r"names the time"):
        Rule(CURL, ALLOW, until=9.0)
    with pytest.raises(ValueError, match=r"all that the process does"):
        Choice(ALLOW, Lifetime.QUIT, reach=Reach.HOST)
    with pytest.raises(ValueError, match=r"for children too"):
        replace(rule(ALLOW, "port 443"), children=True)
    with pytest.raises(ValueError, match=r"for children too"):
        replace(rule(ALLOW, application=EVERYBODY), children=True)


# -- what the policy knows of an application -------------------------------------------------------


def test_an_application_has_a_class_where_a_rule_of_its_own_decides_something() -> None:
    assert Policy.of([rule(ALLOW)]).has_class(CURL)
    assert Policy.of([rule(ASK, "port 443")]).has_class(CURL)
    assert not Policy.of([rule(ASK)]).has_class(CURL)
    assert not Policy.of([rule(DENY, application=EVERYBODY)]).has_class(CURL)
    assert not Policy.of([rule(DENY, application=EVERYBODY)]).has_class(EVERYBODY)


def test_what_nobody_has_said_anything_about_is_known_as_such() -> None:
    assert unsaid(Policy(), CURL, attempt())
    assert unsaid(Policy.of([rule(ASK)]), CURL, attempt())
    assert unsaid(Policy.of([rule(ALLOW, "port 80")]), CURL, attempt(port=443))
    assert not unsaid(Policy.of([rule(ASK, "port 443")]), CURL, attempt(port=443))
    assert not unsaid(Policy.of([rule(ASK, application=EVERYBODY)]), CURL, attempt())
    assert not unsaid(Policy.of([rule(ASK), rule(DENY, "port 80")]), CURL, attempt(port=443))


def test_names_matter_where_a_rule_of_its_own_or_everybodys_has_one() -> None:
    named = rule(DENY, "to example.org")
    assert Policy.of([named]).goes_by_name(CURL)
    assert Policy.of([replace(named, application=EVERYBODY)]).goes_by_name(CURL)
    assert not Policy.of([named]).goes_by_name(WGET)
    assert isinstance(named.scope.destination, Name)


@pytest.mark.parametrize(
    ("text", "seconds"), [("1s", 1), ("15m", 900), ("2h", 7200), ("7d", 604800), ("1w", 604800)]
)
def test_a_duration_is_a_term_with_an_end(text: str, seconds: int) -> None:
    term = Term.parse(text)
    assert term == Term(Lifetime.UNTIL, seconds)
    assert term.until(1000.0) == 1000.0 + seconds


def test_what_does_not_end_at_a_time_has_no_end() -> None:
    assert Term.parse("forever").until(1000.0) == 0.0
    with pytest.raises(ValueError, match=r"say forever"):
        Term.parse("9999d")


# -- until it quits ------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [ALLOW, DENY, DROP])
def test_until_it_quits_takes_the_place_of_what_is_said_about_the_whole(action: Action) -> None:
    policy = Policy.of([rule(DROP), rule(ASK, application=WGET)])

    assert decide(policy.with_whole(CURL, action), CURL, attempt()) is action
    assert decide(Policy().with_whole(CURL, action), CURL, attempt()) is action


def test_narrow_rules_of_the_application_and_of_everybody_stand_over_it() -> None:
    policy = Policy.of(
        [
            rule(DENY, "to 192.0.2.0/24"),
            rule(ALLOW, "to 192.0.2.7"),
            rule(DROP, "to 198.51.100.0/24", EVERYBODY),
            rule(ALLOW, application=EVERYBODY),
        ]
    )
    allowed, denied = policy.with_whole(CURL, ALLOW), policy.with_whole(CURL, DENY)

    for process in (allowed, denied):
        assert decide(process, CURL, attempt("192.0.2.1")) is DENY
        assert decide(process, CURL, attempt("192.0.2.7")) is ALLOW
        assert decide(process, CURL, attempt("198.51.100.1")) is DROP
    assert decide(allowed, CURL, attempt("203.0.113.1")) is ALLOW
    assert decide(denied, CURL, attempt("203.0.113.1")) is DENY, "it is about the application"
