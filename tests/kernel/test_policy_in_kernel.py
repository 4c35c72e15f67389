"""The kernel decides as `decide()` does: random rules, real sockets of real processes."""

from ground import NEAR, ONE, PLACES, ROOT, Ground
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from policies import connections, rules

from stile.applications import EVERYBODY, Application
from stile.connections import ICMPV6, UDP, Address, Flow, Protocol, Uid
from stile.rules import DECIDING, Action, Policy, Rule, decide
from stile.scopes import Attempt

ASKED_WHILE_OTHERS_ARE_NOT = [Rule(ONE, Action.ASK), Rule(EVERYBODY, Action.ALLOW)]
TO_ONE = (ONE, ROOT, UDP, PLACES[0], 53, 5000)


@example(said=ASKED_WHILE_OTHERS_ARE_NOT, tried=[TO_ONE])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(said=st.lists(rules(), max_size=8), tried=st.lists(connections(), min_size=8, max_size=16))
def test_the_kernel_decides_as_the_policy_says(
    ground: Ground,
    said: list[Rule],
    tried: list[tuple[Application, Uid, Protocol, Address, int, int]],
) -> None:
    policy = Policy.of(said)
    ground.put_in_force(policy)

    for who, uid, protocol, place, port, own in tried:
        flow = Flow(protocol, NEAR[place.version], own, place, port)
        expected = decide(policy, who, Attempt.of(flow, uid))
        seen = ground.verdict(who, uid, protocol, place, port, own)
        if protocol == ICMPV6 and expected is Action.DENY:
            expected = Action.DROP  # the sender of a ping over IPv6 hears nothing of being refused
        assert seen is expected, (who, uid, flow)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    said=st.lists(rules(), max_size=8),
    action=st.sampled_from(DECIDING),
    is_later=st.booleans(),
    tried=st.lists(connections(), min_size=8, max_size=16),
)
def test_until_it_quits_the_kernel_decides_as_the_policy_with_the_answer_says(
    ground: Ground,
    said: list[Rule],
    action: Action,
    is_later: bool,  # noqa: FBT001 # drawn
    tried: list[tuple[Application, Uid, Protocol, Address, int, int]],
) -> None:
    """Whether the answer comes before the rules or after them."""
    policy = Policy.of(rule for rule in said if rule.application != ONE or not rule.scope.is_whole)
    if is_later:
        ground.put_in_force(policy)
    stay = ground.enforcement.stays.begin(ONE, action)
    if not is_later:
        ground.put_in_force(policy)
    ground.set_apart(stay)
    try:
        for who, uid, protocol, place, port, own in tried:
            flow = Flow(protocol, NEAR[place.version], own, place, port)
            in_force = policy.with_whole(ONE, action) if who == ONE else policy
            expected = decide(in_force, who, Attempt.of(flow, uid))
            seen = ground.verdict(who, uid, protocol, place, port, own)
            if protocol == ICMPV6 and expected is Action.DENY:
                expected = Action.DROP  # as above
            assert seen is expected, (who, uid, flow)
    finally:
        ground.enforcement.stays.end(stay)
