"""`stile agent`: questions are answered in the terminal, or all alike without a person."""

import asyncio
import os
import sys
import termios
import time
from collections.abc import Awaitable, Callable
from importlib.util import find_spec
from typing import assert_never

from stile import sentences
from stile.cli.conversation import (
    Answer,
    Asked,
    Closed,
    Conversation,
    Disregard,
    Effect,
    End,
    Event,
    Gone,
    Prompt,
    Say,
    Typed,
    Withdrawn,
)
from stile.cli.deliberation import Considered, Deliberation
from stile.cli.presence import stay
from stile.cli.show import Cell, Output, Style, remark
from stile.cli.together import until_one_ends
from stile.client import Away, Firewall
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Term
from stile.served import Refused

Events = asyncio.Queue[Event]


async def on_screen(firewall: Firewall, term: Term | None) -> None:
    """Put questions in front of the person on the whole terminal, until Ctrl-C or Ctrl-D."""
    from stile.cli.fullscreen import Screen  # prompt-toolkit need not be there

    deeds: set[asyncio.Task[None]] = set()

    def decided(about: Considered, action: Action) -> None:
        choice = about.choice(action, time.time())
        task = asyncio.ensure_future(carry(about.question, choice))
        deeds.add(task)
        task.add_done_callback(deeds.discard)

    async def carry(question: Question, choice: Choice) -> None:
        try:
            taken = await firewall.answer(question.id, choice)
        except (Away, Refused) as error:
            screen.unanswered(question.id, str(error))
        else:
            asked = sentences.asked(question.connection)
            late = f"too late, it was settled before: {asked}"
            said = sentences.answered(question.connection, choice) if taken else late
            screen.answered(question.id, said)

    screen = Screen(Deliberation(term), decided)
    firewall.offer_agent(screen)
    coming = stay(firewall, firewall.register_agent, screen.gone, screen.back)
    await until_one_ends(screen.run(), coming)


def can_use_screen() -> bool:
    """Whether there is a whole terminal, and what draws on it."""
    if not sys.stdout.isatty() or os.environ.get("TERM", "dumb") == "dumb":
        return False
    return find_spec("prompt_toolkit") is not None


async def in_terminal(firewall: Firewall, out: Output, term: Term | None) -> None:
    """Put each question in front of the person at the terminal, until Ctrl-D or Ctrl-C."""
    events: Events = asyncio.Queue()
    conversation = Conversation(term)

    async def converse() -> None:
        while True:
            for effect in conversation.handle(await events.get(), _now()):
                if isinstance(effect, End):
                    return
                await _perform(firewall, out, effect)

    out.line("Questions appear here. Ctrl-C ends.")
    loop = asyncio.get_running_loop()
    keyboard = sys.stdin.fileno()
    loop.add_reader(keyboard, _read, keyboard, events)
    try:
        await _attend(firewall, events, converse)
    finally:
        loop.remove_reader(keyboard)


async def by_itself(firewall: Firewall, out: Output, action: Action, term: Term | None) -> None:
    """Answer every question alike."""
    events: Events = asyncio.Queue()

    async def answer_all() -> None:
        answered: set[QuestionId] = set()
        while True:
            match await events.get():
                case Asked(question) if question.id not in answered:
                    answered.add(question.id)
                    await _answer(firewall, out, question, _choice(question, action, term))
                case Withdrawn(number):
                    answered.discard(number)
                case Gone():
                    answered.clear()

    await _attend(firewall, events, answer_all)


async def _attend(firewall: Firewall, events: Events, work: Callable[[], Awaitable[None]]) -> None:
    """Be the agent, also of a helper that was started anew."""
    firewall.offer_agent(_Inbox(events))

    async def working() -> None:
        await work()

    def gone() -> None:
        events.put_nowait(Gone())

    await until_one_ends(working(), stay(firewall, firewall.register_agent, gone))


class _Inbox:
    """Takes the helper's calls in; what is to be done about them is somebody else's."""

    def __init__(self, events: Events) -> None:
        self._events = events

    def ask(self, question: Question) -> None:
        self._events.put_nowait(Asked(question, _now() + question.seconds))

    def withdraw(self, question: QuestionId, why: Why) -> None:
        self._events.put_nowait(Withdrawn(question, why))


def _now() -> float:
    return asyncio.get_running_loop().time()


def _read(keyboard: int, events: Events) -> None:
    """Take a line from the terminal, which hands out whole lines, one a read."""
    try:
        typed = os.read(keyboard, 4096)
    except OSError:
        typed = b""  # the terminal is gone
    if typed:
        events.put_nowait(Typed(typed.decode(errors="replace")))
    else:
        asyncio.get_running_loop().remove_reader(keyboard)
        events.put_nowait(Closed())


async def _perform(firewall: Firewall, out: Output, effect: Effect) -> None:
    match effect:
        case Say(lines):
            for line in lines:
                out.line(Cell(line, Style.PLAIN if line.startswith(" ") else Style.BOLD))
        case Prompt(text):
            out.prompt(text)
        case Disregard():
            termios.tcflush(sys.stdin.fileno(), termios.TCIFLUSH)
        case Answer(question, action, term):
            await _answer(firewall, out, question, _choice(question, action, term))
        case End():
            pass
        case _:
            assert_never(effect)


def _choice(question: Question, action: Action, term: Term | None) -> Choice:
    """Make a choice that the helper can carry out: some applications can have no rule."""
    if not question.connection.application.can_have_rules:
        return Choice(action, Lifetime.ONCE)
    if term is None:
        return Choice(action, Lifetime.FOREVER)
    return Choice(action, term.lifetime, term.until(time.time()))


async def _answer(firewall: Firewall, out: Output, question: Question, choice: Choice) -> None:
    try:
        taken = await firewall.answer(question.id, choice)
    except (Away, Refused) as error:
        remark(f"not answered, {error}: {sentences.asked(question.connection)}")
        return
    if out.as_json:
        out.record(_words(question, choice) | {"taken": taken})
    elif taken:
        out.line(sentences.answered(question.connection, choice))
    else:
        out.line(f"too late, it was settled before: {sentences.asked(question.connection)}")


def _words(question: Question, choice: Choice) -> dict[str, object]:
    connection = question.connection
    return {
        "question": question.id,
        "application": str(connection.application),
        "pid": connection.process.pid,
        "uid": connection.process.uid,
        "protocol": str(connection.flow.protocol),
        "address": str(connection.flow.address),
        "host": connection.name,
        "port": connection.flow.port,
        "inferred": connection.inferred,
        "action": str(choice.action),
        "lifetime": str(choice.lifetime),
    }
