"""What is told about a few applications is what would be told about all, and so is who is whose."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stile.applications import EVERYBODY, KERNEL, Application, Kind
from stile.rules import Action, Policy, Rule
from stile.scopes import Scope
from stiled import netfilter
from stiled.classes import Classes, label
from stiled.enforcement import Enforcement
from stiled.executions import Executions
from stiled.netcls import NetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.ruleset import Queue

APPLICATIONS = [
    *(Application(Kind.PATH, name) for name in ("/bin/sh", "/usr/bin/env", "/is/not/there")),
    Application(Kind.SCRIPT, "/usr/bin/script"),
]
RULES = st.lists(
    st.builds(
        Rule,
        st.sampled_from([*APPLICATIONS, *APPLICATIONS, EVERYBODY, KERNEL]),
        st.sampled_from([Action.ALLOW, Action.DENY, Action.DROP]),
        scope=st.sampled_from([Scope(), Scope.parse({"to": "192.0.2.1"})]),
    )
    | st.builds(Rule, st.sampled_from(APPLICATIONS), st.just(Action.ASK)),
    max_size=6,
)


@pytest.fixture
def taught(groups: NetCls) -> tuple[Enforcement, Executions]:
    table = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
    enforcement = Enforcement(Classes(), table, groups, Owners())
    return enforcement, Executions(enforcement, groups)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(former=RULES, said=RULES)
def test_what_is_told_bit_by_bit_is_what_is_told_as_a_whole(
    taught: tuple[Enforcement, Executions], former: list[Rule], said: list[Rule]
) -> None:
    enforcement, executions = taught
    old, new = Policy.of(former), Policy.of(said)
    enforcement.load(old)
    executions.learn(old)

    changed = old.rules.keys() | new.rules.keys()
    enforcement.teach(new, changed)
    table, change = executions.learn_of(new, changed)
    decided = {each: enforcement.whose(label(each)) for each in changed}

    assert change.groups.keys() >= table.groups.keys()
    whole = executions.learn(new)
    assert table.groups == whole.groups
    assert table.files == whole.files
    assert table.any_scripts == whole.any_scripts
    assert table.adding.items() >= whole.adding.items(), "and of chains that have gone"
    assert decided == {each: each if new.has_class(each) else None for each in changed}
