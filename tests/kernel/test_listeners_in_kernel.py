"""Who may be reached: the kernel judges the answer of a listener as `decide()` does a beginning."""

from ground import NEAR, NOBODY, ONE, PLACES, ROOT, TWO, USER, Ground
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from policies import rules, scopes

from stile.applications import Application
from stile.connections import TCP, Address, Flow, Uid
from stile.rules import Action, Policy, Rule, decide, unsaid
from stile.scopes import Attempt

OWN_PORTS, FAR_PORTS = [22, 53, 80, 443, 5000], [53, 80, 40000]
Reached = tuple[Application, Uid, Address, int, int]


@st.composite
def attempts(draw: st.DrawFn) -> Reached:
    return (
        draw(st.sampled_from([ONE, ONE, TWO, NOBODY])),
        draw(st.sampled_from([ROOT, USER])),
        draw(st.sampled_from(PLACES)),
        draw(st.sampled_from(FAR_PORTS)),
        draw(st.sampled_from(OWN_PORTS)),
    )


SAID = st.lists(rules(scopes(ways="in in out")), max_size=8)
TRIED = st.lists(attempts(), min_size=6, max_size=12)
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@SLOW
@given(said=SAID, tried=TRIED)
def test_a_listener_is_reached_as_the_policy_says(
    ground: Ground, said: list[Rule], tried: list[Reached]
) -> None:
    judge(ground, said, tried, unsaid_means=Action.ALLOW)


@SLOW
@given(said=SAID, tried=TRIED)
def test_a_listener_is_asked_about_where_that_is_wanted(
    asking: Ground, said: list[Rule], tried: list[Reached]
) -> None:
    judge(asking, said, tried, unsaid_means=Action.ASK)


def judge(ground: Ground, said: list[Rule], tried: list[Reached], *, unsaid_means: Action) -> None:
    policy = Policy.of(said)
    ground.put_in_force(policy)
    for who, uid, place, port, own in tried:
        flow = Flow(TCP, NEAR[place.version], own, place, port, inbound=True)
        attempt = Attempt.of(flow, uid)
        expected = decide(policy, who, attempt)
        if unsaid(policy, who, attempt):
            expected = unsaid_means
        if expected is Action.DROP:
            expected = Action.DENY  # who tries hears of neither
        seen = ground.reached(who, uid, place, port, own)
        # where the kernel cannot tell whose a listener is, the helper is asked
        is_held = seen is Action.ASK and not ground.table.judges_answers
        assert seen is expected or is_held, (who, uid, flow)
