"""Rules about host names: the kernel decides as `decide()` does, or holds what it cannot know.

Held is what is disputed (the names of an address lead to different verdicts), or not looked at yet.
Whatever is held, nothing passes that `decide()` does not allow.
"""

import time
from collections.abc import Mapping

from ground import NEAR, NOBODY, ONE, PLACES, ROOT, TWO, USER, Ground
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from policies import rules, scopes

from stile.applications import Application
from stile.connections import TCP, UDP, Address, Flow, Protocol, Uid
from stile.rules import Action, Policy, Rule, decide, unsaid
from stile.scopes import Attempt, Scope
from stiled.chains import Chain
from stiled.hostnames import Answer
from stiled.namesets import sets_of

HOSTS = ("a.example", "b.example", "x.b.example", "c.test")
SPOKEN_OF = ("a.example", "b.example", "*.b.example", "*.example", "c*", "c.test")
NAMED = [PLACES[0], PLACES[1], PLACES[3], PLACES[6]]
"""Few, so that they have several names."""
ROUNDED_UP = 1.1
"""Seconds: ipset counts whole ones."""


# -- what is drawn -----------------------------------------------------------------------


@st.composite
def answers(draw: st.DrawFn, seconds: tuple[float, ...] = (60.0, 3600.0)) -> Answer:
    name, *aliases = draw(st.lists(st.sampled_from(HOSTS), min_size=1, max_size=3, unique=True))
    places = draw(st.lists(st.sampled_from(NAMED), min_size=1, max_size=2, unique=True))
    return Answer(name, {each: draw(st.sampled_from(seconds)) for each in places}, tuple(aliases))


Tried = tuple[bool, Application, Uid, Protocol, Address, int, int]
"""Whether it is reached, who, as whom, over what, the other side and its port, the own port."""


@st.composite
def attempts(draw: st.DrawFn) -> Tried:
    inbound = draw(st.sampled_from([False, False, True]))
    return (
        inbound,
        draw(st.sampled_from([ONE, ONE, TWO, NOBODY])),
        draw(st.sampled_from([ROOT, USER])),
        TCP if inbound else draw(st.sampled_from([TCP, TCP, UDP])),
        draw(st.sampled_from([*NAMED * 3, PLACES[2]])),
        draw(st.sampled_from([53, 80, 443])),
        draw(st.sampled_from([53, 5000])) if inbound else 0,
    )


SAID = st.lists(rules(scopes(SPOKEN_OF)), max_size=7)
HEARD = st.lists(answers(), max_size=4)
TRIED = st.lists(attempts(), min_size=6, max_size=10)
SLOW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


# -- the claims ----------------------------------------------------------------------------


def said_of(action: Action, to: str, **words: str) -> Rule:
    return Rule(ONE, action, scope=Scope.parse({"to": to, **words}))


OF_TWO_NAMES = [Answer("a.example", {PLACES[0]: 60.0}, ("b.example",))]
OUT = (False, ONE, ROOT, TCP, PLACES[0], 80, 0)
IN = (True, ONE, ROOT, TCP, PLACES[0], 40000, 5000)
ALLOW_OUT, ALLOW_IN, DENY_OUT, DENY_IN = (
    said_of(action, to, direction=way)
    for action, to in ((Action.ALLOW, "a.example"), (Action.DENY, "b.example"))
    for way in ("out", "in")
)


@example(OF_TWO_NAMES, [ALLOW_OUT, DENY_IN], [], [IN, OUT])
@example(OF_TWO_NAMES, [ALLOW_IN, DENY_IN], [], [IN, OUT])
@example([], [ALLOW_IN, DENY_OUT, DENY_IN], OF_TWO_NAMES, [IN, OUT])
@SLOW
@given(before=HEARD, said=SAID, after=HEARD, tried=TRIED)
def test_names_count_whether_they_come_before_the_rule_or_after_it(
    ground: Ground,
    before: list[Answer],
    said: list[Rule],
    after: list[Answer],
    tried: list[Tried],
) -> None:
    ground.forget_names()
    for answer in before:
        ground.learn(answer)
    ground.put_in_force(Policy.of(said))
    for each in tried:
        judge(ground, *each)

    for answer in after:
        ground.learn(answer)
    for each in tried:
        judge(ground, *each)


@settings(SLOW, max_examples=5)
@given(
    said=SAID,
    heard=st.lists(answers((1.0, 60.0)), min_size=1, max_size=4),
    tried=TRIED,
)
def test_a_name_counts_no_longer_than_its_answer_said(
    ground: Ground, said: list[Rule], heard: list[Answer], tried: list[Tried]
) -> None:
    ground.forget_names()
    ground.put_in_force(Policy.of(said))
    for answer in heard:
        ground.learn(answer)
    time.sleep(1.0 + ROUNDED_UP)
    for each in tried:
        judge(ground, *each, is_told=False)


def judge(
    ground: Ground,
    inbound: bool,  # noqa: FBT001 # drawn with the rest
    who: Application,
    uid: Uid,
    protocol: Protocol,
    place: Address,
    port: int,
    own: int,
    *,
    is_told: bool = True,
) -> None:
    """Try it; where it is held, do as the helper does and try again.

    *is_told*: whether the kernel knows all that is known of names, with nothing over meanwhile.
    """
    flow = Flow(protocol, NEAR[place.version], own, place, port, inbound=inbound)
    names = ground.names.names(place, ground.enforcement.clock())
    attempt = Attempt.of(flow, uid, frozenset(names))
    expected = decide(ground.last, who, attempt)
    if inbound:
        if unsaid(ground.last, who, attempt):
            expected = Action.ALLOW
        if expected is Action.DROP:
            expected = Action.DENY  # who tries hears of neither

    def look() -> Action:
        if inbound:
            return ground.reached(who, uid, place, port, own)
        return ground.verdict(who, uid, protocol, place, port, own)

    seen = look()
    if seen is expected:
        return
    assert seen is Action.ASK, (who, uid, flow, names, expected)
    if inbound and not ground.table.judges_answers:
        return  # the helper is asked
    chain = ground.chain_of(who)
    assert chain
    assert chain.names, (who, uid, flow, names, expected, ground.asked)
    clear = is_told and is_clear(chain, names, ground.enforcement.clock())
    assert not clear or is_lookup(chain, flow), (who, uid, flow, names, expected)
    ground.enforcement.clear_up(who, place)
    again = look()
    if again is not expected:
        assert again is Action.ASK, (who, uid, flow, names, expected)
        known = sets_of(chain, names, ground.enforcement.clock())
        stays_unclear = known is None or chain.judged not in known
        assert stays_unclear or is_lookup(chain, flow), (who, uid, flow, names, expected)


def is_clear(chain: Chain, names: Mapping[str, float], now: float) -> bool:
    """Whether the names of an address matter, and lead to one verdict: the kernel knows it."""
    known = sets_of(chain, names, now)
    return known is not None and bool(known.keys() & chain.names.keys())


def is_lookup(chain: Chain, flow: Flow) -> bool:
    """Whether the helper reads what a name server is asked about."""
    allows = any(rule.action is Action.ALLOW for rule in chain.names.values())
    return allows and (flow.protocol, flow.port) == (UDP, 53)
