"""Rules are listed by application, and changed in one go, by the real helper."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import TypeVar

import pytest
from worlds import World, why_not, world

from stile import contract
from stile.applications import Application
from stile.client import Firewall
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope
from stile.served import Refused

T = TypeVar("T")
CURL, WGET = Application.parse("path:/usr/bin/curl"), Application.parse("path:/usr/bin/wget")
SHIPPED = Application.parse("path:/usr/bin/shipped")
NARROW = Scope.parse({"to": "192.0.2.1"})


@pytest.fixture
def helped() -> Iterator[World]:
    """A world of one's own, in which one rule is shipped."""
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        folder = made.home / "usr"
        folder.mkdir(exist_ok=True)
        (folder / "shipped.toml").write_text(f'application = "{SHIPPED}"\ndefault = "allow"\n')
        made.stiled()
        yield made


def asked(here: World, deed: Callable[[Firewall], Awaitable[T]]) -> tuple[T, list[str]]:
    """Ask the helper for something; give also which applications it said have other rules now."""
    heard: list[str] = []

    async def talk() -> T:
        firewall = Firewall(here.bus)
        firewall.on_rules_changed_of = lambda who: heard.extend(map(str, who))
        await firewall.open()
        try:
            answer = await deed(firewall)
            await firewall.status()  # signals come in their order: what was said is here now
            return answer
        finally:
            firewall.close()

    return asyncio.run(talk()), heard


def files(here: World) -> list[str]:
    return sorted(each.read_text() for each in here.rules.iterdir())


def said(listed: Sequence[tuple[Rule, bool]]) -> set[tuple[Application, Action, str]]:
    return {(rule.application, rule.action, str(rule.scope)) for rule, _ in listed}


def test_rules_come_and_go_in_one_step_and_the_ids_are_theirs(helped: World) -> None:
    first = [Rule(CURL, Action.ALLOW), Rule(WGET, Action.DENY)]
    ids, heard = asked(helped, lambda firewall: firewall.apply((), first))
    assert sorted(heard) == [str(CURL), str(WGET)]

    narrow = Rule(CURL, Action.DENY, scope=NARROW)
    (added,), heard = asked(helped, lambda firewall: firewall.apply([ids[1]], [narrow]))
    assert sorted(heard) == [str(CURL), str(WGET)]
    listed, _ = asked(helped, lambda firewall: firewall.rules_of([CURL, WGET]))
    assert said(listed) == {
        (CURL, Action.ALLOW, "anything"),
        (CURL, Action.DENY, "to 192.0.2.1"),
    }
    assert added in [rule.id for rule, _ in listed]
    (text,) = files(helped)
    assert 'default = "allow"' in text
    assert 'to = "192.0.2.1"' in text


def test_what_is_not_there_changes_nothing(helped: World) -> None:
    asked(helped, lambda firewall: firewall.apply((), [Rule(CURL, Action.ALLOW)]))
    before = files(helped)
    with pytest.raises(Refused) as refused:
        asked(helped, lambda f: f.apply([RuleId("nobody")], [Rule(WGET, Action.ALLOW)]))
    assert refused.value.name == contract.NO_SUCH_RULE
    assert files(helped) == before


def test_a_removal_tells_of_its_application_alone(helped: World) -> None:
    rules = [Rule(CURL, Action.ALLOW), Rule(WGET, Action.ALLOW)]
    ids, _ = asked(helped, lambda firewall: firewall.apply((), rules))
    _, heard = asked(helped, lambda firewall: firewall.remove_rule(ids[0]))
    assert heard == [str(CURL)]
    applications, _ = asked(helped, lambda firewall: firewall.applications())
    assert WGET in applications
    assert CURL not in applications


def test_a_shipped_rule_counts_again_once_the_one_over_it_is_gone(helped: World) -> None:
    over = [Rule(SHIPPED, Action.DENY)]
    (rule_id,), _ = asked(helped, lambda firewall: firewall.apply((), over))
    listed, _ = asked(helped, lambda firewall: firewall.rules_of([SHIPPED]))
    assert [rule.action for rule, in_force in listed if in_force] == [Action.DENY]
    asked(helped, lambda firewall: firewall.apply([rule_id], ()))
    listed, _ = asked(helped, lambda firewall: firewall.rules_of([SHIPPED]))
    assert said(listed) == {(SHIPPED, Action.ALLOW, "anything")}


def test_of_one_that_ends_and_one_that_lasts_each_is_removed_for_itself(helped: World) -> None:
    rules = [Rule(CURL, Action.DENY), Rule(CURL, Action.ALLOW, Lifetime.REBOOT)]
    ids, _ = asked(helped, lambda firewall: firewall.apply((), rules))
    asked(helped, lambda firewall: firewall.apply([ids[1]], ()))
    listed, _ = asked(helped, lambda firewall: firewall.rules_of([CURL]))
    assert [(rule.action, rule.origin, on) for rule, on in listed] == [
        (Action.DENY, Origin.USER, True)
    ]
