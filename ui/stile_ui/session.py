"""The session's bus as Qt sees it: who starts us again, and notifications.

A thread with an event loop of its own, as in `firewall.py`; what is public here happens in Qt's
thread. Without a session bus everything goes on, but for these two.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from stile.client import Away
from stile_ui.sessionbus import NoService, Notice, SessionBus

log = logging.getLogger(__name__)

PATIENCE = 5.0
"""Seconds for which the start waits for the bus of the session."""


class Session(QObject):
    """Our place in the session.

    Signals:
        wanted(str): another start of stile-tray, or the desktop, wants something of us (an action).
        acted(str, str): the button of a notice was pressed: its key, and the action.
        unheard(Notice): nobody shows notifications here; it has to be said otherwise.
    """

    wanted = Signal(str)
    acted = Signal(str, str)
    unheard = Signal(object)

    _crossed = Signal(object, object)

    def __init__(self, guarded: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._crossed.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        self._bus = SessionBus(
            guarded,
            lambda action: self._crossed.emit(self.wanted.emit, (action,)),
            lambda key, action: self._crossed.emit(self.acted.emit, (key, action)),
        )
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, name="stile-session", daemon=True)

    def start(self) -> bool:
        """Join the session; gives whether we are the first. Where there is no bus, we are."""
        self._thread.start()
        try:
            return bool(self._send(self._bus.join()).result(PATIENCE))
        except (Away, TimeoutError) as why:
            log.info("no bus of the session: %s", why)
            return True

    def tell_first(self, action: str) -> None:
        """Have the one that was first do something, and wait until it has heard it."""
        with contextlib.suppress(NoService, TimeoutError):
            self._send(self._bus.tell_first(action)).result(PATIENCE)

    def close(self) -> None:
        """Leave the session."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def say(self, notice: Notice) -> None:
        """Put a notice up; a former one with the same key goes."""
        self._send(self._say(notice))

    def take_back(self, key: str) -> None:
        """Take a notice away."""
        self._send(self._take_back(key))

    async def _say(self, notice: Notice) -> None:
        try:
            await self._bus.show(notice)
        except NoService as why:
            log.info("no notification: %s", why)
            self._crossed.emit(self.unheard.emit, (notice,))

    async def _take_back(self, key: str) -> None:
        with contextlib.suppress(NoService):
            await self._bus.take_back(key)

    def _live(self) -> None:
        """Be the thread."""
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            self._bus.close()
            for task in asyncio.all_tasks(self._loop):
                task.cancel()
            self._loop.run_until_complete(asyncio.sleep(0))
            self._loop.close()

    def _send(self, deed: Coroutine[Any, Any, Any]) -> "Future[Any]":
        return asyncio.run_coroutine_threadsafe(deed, self._loop)

    @Slot(object, object)
    def _arrive(self, deed: Callable[..., None], words: tuple[object, ...]) -> None:
        deed(*words)
