"""Commands that stay: they begin anew whenever the helper has been away."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import NoReturn

from stile.cli.show import remark
from stile.client import Away, Firewall


async def stay(
    firewall: Firewall,
    begin: Callable[[], Awaitable[None]],
    gone: Callable[[], None],
    back: Callable[[], None] | None = None,
) -> NoReturn:
    """Call `begin` now and after each return of the helper, `gone` in between.

    Each is said on stderr, but for who has a screen: there `back` is called after a return.
    """
    say = remark if back is None else _nothing
    news: asyncio.Queue[bool] = asyncio.Queue()
    firewall.on_present = news.put_nowait
    await begin()
    while True:
        present = await news.get()
        gone()
        if not present:
            say("the helper went away; waiting for it to come back")
            continue
        try:
            await begin()
        except Away:
            continue  # gone again: the news of it is on its way
        say("the helper is back")
        if back is not None:
            back()


def _nothing(_text: str) -> None:
    """Say nothing."""
