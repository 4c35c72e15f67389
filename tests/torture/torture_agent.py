"""An agent that a test holds by its strings: it tells each question, and answers as it is told.

    stdout    {"asked": 7, "application": "path:/usr/bin/curl"}   {"answered": 7, "taken": true}
              {"ready": true}
    stdin     7 allow

Where the helper or the bus goes, it comes back, as the tray does.
"""

import asyncio
import json
import sys
from contextlib import suppress

from stile.client import Away, Firewall
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime
from stile.served import Refused

PAUSE = 0.3
"""Seconds between two tries to come back."""


def tell(**words: object) -> None:
    """Write a line."""
    print(json.dumps(words), flush=True)


class Told:
    """Whoever is asked."""

    def ask(self, question: Question) -> None:
        """Pass a question on."""
        tell(asked=question.id, application=str(question.connection.application))

    def withdraw(self, question: QuestionId, why: Why) -> None:
        """Pass on that it is over."""
        tell(withdrawn=question, why=str(why))


async def answer(firewall: Firewall, line: str) -> None:
    """Carry an answer to the helper."""
    number, action = line.split()
    question = QuestionId(int(number))
    try:
        taken = await firewall.answer(question, Choice(Action(action), Lifetime.FOREVER))
        tell(answered=question, taken=taken)
    except (Away, Refused) as error:
        tell(answered=question, taken=False, why=str(error))


async def stay(address: str, lines: "asyncio.Queue[str]") -> None:
    """Be an agent until the bus goes."""
    firewall = Firewall(address)
    come = asyncio.Event()
    firewall.on_present = lambda there: come.set() if there else None
    await firewall.open()
    firewall.offer_agent(Told())
    lost = asyncio.create_task(firewall.lost())
    try:
        while not lost.done():
            if come.is_set():
                come.clear()
                try:
                    await firewall.register_agent()
                    tell(ready=True)
                except (Away, Refused) as error:
                    tell(ready=False, why=str(error))
                    await asyncio.sleep(PAUSE)
                    come.set()
            while not lines.empty():
                await answer(firewall, lines.get_nowait())
            await asyncio.sleep(0.005)
    finally:
        firewall.close()


async def main() -> None:
    """Stay on the bus, whatever becomes of it."""
    lines: asyncio.Queue[str] = asyncio.Queue()
    running = asyncio.get_running_loop()
    running.add_reader(sys.stdin.fileno(), lambda: lines.put_nowait(sys.stdin.readline()))
    while True:
        with suppress(Away, Refused):
            await stay(sys.argv[1], lines)
        await asyncio.sleep(PAUSE)


if __name__ == "__main__":
    asyncio.run(main())
