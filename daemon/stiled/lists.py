"""Block lists in force: who is listed, and when a list is fetched anew."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from stile.connections import Address
from stile.rules import Rule
from stile.scopes import Network
from stiled.liststore import ListStore

log = logging.getLogger(__name__)

FIRST = 10.0
"""Seconds after the start before anything is fetched: the network comes up meanwhile."""
AGAIN = 900.0
"""Seconds after which a list that could not be fetched is tried again."""


class Lists:
    """Knows the lists, and keeps them fresh. `load` and what it calls block."""

    def __init__(self, store: ListStore) -> None:
        self._store = store
        self._fetching = ThreadPoolExecutor(1)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._changed: Callable[[], None] = lambda: None

    @property
    def rules(self) -> list[Rule]:
        """What the lists say to everybody."""
        return [each.rule for each in self._store.loaded.listings.values()]

    @property
    def problems(self) -> list[str]:
        """What is wrong with lists, a line each."""
        return [f"block list {reason}" for reason in self._store.loaded.problems.values()]

    @property
    def words(self) -> list[dict[str, str | int | float]]:
        """The lists as the contract gives them."""
        loaded = self._store.loaded
        return [
            {
                "name": name,
                "source": listing.source,
                "action": str(listing.action),
                "entries": listed.entries if (listed := loaded.lists.get(name)) else 0,
                "skipped": listed.skipped if listed else 0,
                "updated": loaded.updated.get(name, 0.0),
                "problem": loaded.problems.get(name, ""),
            }
            for name, listing in loaded.listings.items()
        ]

    def load(self) -> None:
        """Read the lists from disk."""
        self._store.load()
        for problem in self.problems:
            log.warning("%s", problem)

    def networks(self) -> dict[str, dict[int, list[Network]]]:
        """The networks of each list, by family."""
        lists = self._store.loaded.lists
        return {
            name: {version: [*each] for version, each in lists[name].networks.items()}
            if name in lists
            else {4: [], 6: []}
            for name in self._store.loaded.listings
        }

    def covering(self, address: Address, names: Iterable[str]) -> frozenset[str]:
        """Name the lists that cover an address, or one of its names."""
        names = list(names)
        return frozenset(
            name
            for name, each in self._store.loaded.lists.items()
            if each.covers_address(address) or any(map(each.covers, names))
        )

    def covering_name(self, name: str) -> list[str]:
        """Name the lists that cover a host name."""
        return [each.name for each in self._store.loaded.lists.values() if each.covers(name)]

    def covers(self, name: str, host: str) -> bool:
        """Whether the list called *name* covers a host name."""
        listed = self._store.loaded.lists.get(name)
        return listed is not None and listed.covers(host)

    def listen(self, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]) -> None:
        """Fetch lists when it is time, and call *changed* on the loop when `load` is wanted."""
        self._loop, self._changed = loop, changed
        self._wait(FIRST)

    def close(self) -> None:
        """Fetch nothing any more."""
        if self._timer:
            self._timer.cancel()
        self._fetching.shutdown(wait=False, cancel_futures=True)

    async def refresh(self, names: Iterable[str]) -> None:
        """Fetch lists now, and have them loaded."""
        running = asyncio.get_running_loop()
        for name in names:
            await running.run_in_executor(self._fetching, self._store.fetch, name)

    def _wait(self, least: float) -> None:
        dues = [self._store.due(name, time.time()) for name in self._store.loaded.listings]
        due = min(dues, default=float("inf"))
        if self._loop and due < float("inf"):
            self._timer = self._loop.call_later(max(due, least), self._begin)

    def _begin(self) -> None:
        if self._loop:
            self._loop.create_task(self._fetch_due()).add_done_callback(lambda _: self._wait(AGAIN))

    async def _fetch_due(self) -> None:
        now = time.time()
        due = [name for name in self._store.loaded.listings if not self._store.due(name, now)]
        await self.refresh(due)
        self._changed()
