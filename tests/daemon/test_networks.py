"""Which networks are active, as somebody on the bus says; what is said is checked."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from stiled import networks
from stiled.networks import NetworkWatch

HOME = {"Id": "Home", "Uuid": "2ce33a3e-0001-4a4a-8a8a-000000000001", "State": 2}
Said = list[dict[str, Any]] | None


class Sayer:
    """NetworkManager as a play: says what the test has put in."""

    def __init__(self, said: Said = None) -> None:
        self.said = said
        self.asked = 0
        self.changed: Callable[[], None] = lambda: None
        self.silent = False

    async def follow_networks(self, changed: Callable[[], None]) -> None:
        self.changed = changed

    async def active_networks(self) -> Said:
        self.asked += 1
        if self.silent:
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return self.said


def play(story: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(story())


async def joined(said: Said) -> tuple[NetworkWatch, Sayer, list[object]]:
    watch, sayer, heard = NetworkWatch(), Sayer(said), list[object]()
    watch.listen(lambda: heard.append(watch.active))
    await watch.join(sayer)
    return watch, sayer, heard


async def settled(watch: NetworkWatch) -> None:
    if watch._looking:
        await watch._looking


@pytest.mark.parametrize(
    ("said", "active"),
    [
        ([HOME], {"Home", HOME["Uuid"]}),
        ([{**HOME, "Type": "802-11-wireless"}], {"Home", HOME["Uuid"], "type:wifi"}),
        ([{**HOME, "Type": "wireguard"}], {"Home", HOME["Uuid"], "type:vpn"}),
        ([{**HOME, "Type": "tun", "Vpn": True}], {"Home", HOME["Uuid"], "type:vpn"}),
        ([{**HOME, "State": 1}], set()),
        ([{"Id": "type:vpn", "State": 2}], set()),
        ([{"Id": "not:Home", "State": 2}], set()),
        ([{"Id": HOME["Uuid"], "State": 2}], set()),
        ([{}], set()),
        ([], set()),
    ],
)
def test_what_is_active_has_a_name_a_uuid_and_a_kind_and_no_other(
    said: Said, active: set[str]
) -> None:
    async def story() -> None:
        watch, _, _ = await joined(said)
        assert watch.active == frozenset(active)

    play(story)


def test_changes_are_heard_once_and_a_burst_of_them_is_a_look_or_two() -> None:
    async def story() -> None:
        watch, sayer, heard = await joined([])
        assert heard == [frozenset()]
        sayer.said = [HOME]
        for _ in range(50):
            sayer.changed()
        await settled(watch)
        assert watch.active == frozenset({"Home", str(HOME["Uuid"])})
        assert sayer.asked <= 3
        sayer.changed()
        await settled(watch)
        assert len(heard) == 2, "the same again is no news"

    play(story)


def test_a_change_while_it_looks_is_looked_at_too() -> None:
    async def story() -> None:
        watch, sayer, _ = await joined([])
        sayer.changed()
        await asyncio.sleep(0)
        sayer.said = [HOME]
        sayer.changed()
        await settled(watch)
        assert watch.active

    play(story)


def test_where_nobody_says_it_nobody_knows() -> None:
    async def story() -> None:
        watch, sayer, heard = await joined(None)
        assert watch.active is None
        sayer.said = [HOME]
        sayer.changed()
        await settled(watch)
        watch.lost()
        assert watch.active is None
        assert heard[-1] is None

    play(story)


def test_who_does_not_answer_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(networks, "PATIENCE", 0.01)

    async def story() -> None:
        watch, sayer, _ = await joined([HOME])
        sayer.silent = True
        sayer.changed()
        await settled(watch)
        assert watch.active is None

    play(story)
