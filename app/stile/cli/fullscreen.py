"""`stile agent` on a whole terminal, with prompt-toolkit: the list of questions, and one of them.

It draws what `deliberation.py` knows and presses its keys. While no question is open, nothing runs.
Everything that comes from elsewhere is made safe by `shown` before it is drawn.
"""

import asyncio
import os
import shlex
import time
from collections.abc import Callable, Iterator, Sequence

from prompt_toolkit.application import Application
from prompt_toolkit.data_structures import Point
from prompt_toolkit.formatted_text import StyleAndTextTuples
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.layout import Dimension, FormattedTextControl, HSplit, Layout, Window
from prompt_toolkit.output import ColorDepth
from prompt_toolkit.styles import Style

from stile import sentences
from stile.applications import shown
from stile.cli.deliberation import TERM_NAMES, TERMS, Considered, Deliberation
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Reach, Term

TICK = 0.5
"""Seconds between two looks at the clock, while a question is open."""
LISTED = 8
"""Lines of the list, at most."""
COMMAND_LENGTH = 2000
VERDICTS = {"a": Action.ALLOW, "d": Action.DENY, "s": Action.DROP}
REACHES = {
    Reach.ANYWHERE: "anywhere",
    Reach.DOMAIN: "this domain",
    Reach.HOST: "this host",
    Reach.NETWORK: "this network",
}
WHYS = {
    Why.SETTLED: "it is settled already",
    Why.EXPIRED: "nobody answered in time",
    Why.STOPPED: "the helper ends",
    Why.LOCKDOWN: "lockdown is on, and what waited was refused",
}
LOOK = Style.from_dict(
    {
        "bar": "reverse",
        "title": "bold",
        "key": "bold",
        "chosen": "reverse bold",
        "faint": "ansibrightblack",
        "aside": "ansibrightblack",
        "caution": "ansiyellow",
        "bad": "ansired",
        "good": "ansigreen",
        "rule": "bold",
    }
)
Answered = Callable[[Considered, Action], None]


class Screen:
    """The whole terminal, for as long as `run` goes on."""

    def __init__(self, deliberation: Deliberation, decided: Answered) -> None:
        self._about = deliberation
        self._decided = decided
        self._said = ""
        self._details = False
        self._present = True
        self._wake = asyncio.Event()
        self._listing = FormattedTextControl(self._list, get_cursor_position=self._cursor)
        self._application: Application[None] = Application(
            layout=Layout(self._containers()),
            key_bindings=self._keys(),
            style=LOOK,
            full_screen=True,
            color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
        )
        self._application.ttimeoutlen = 0.05  # Escape alone, and not the beginning of an arrow

    async def run(self) -> None:
        """Show questions until the person ends it."""
        ticking = asyncio.ensure_future(self._tick())
        try:
            await self._application.run_async(handle_sigint=False)
        finally:
            ticking.cancel()

    # -- what happens outside ------------------------------------------------------------------

    def ask(self, question: Question) -> None:
        """Show a question."""
        is_new = not self._about.questions
        self._present = True
        self._about.ask(question, _now() + question.seconds, _now())
        self._redraw()
        if is_new:
            self._wake.set()

    def withdraw(self, number: QuestionId, why: Why) -> None:
        """Take a question off the screen."""
        if gone := self._about.withdraw(number, _now()):
            said = sentences.asked(gone.question.connection)
            if not gone.is_answering:
                self._said = f"withdrawn, {WHYS[why]}: {said}"
        self._redraw()

    def gone(self) -> None:
        """Take all off the screen: the helper went."""
        self._about.gone()
        self._present = False
        self._redraw()

    def answered(self, number: QuestionId, said: str) -> None:
        """Say what became of an answer."""
        self._about.withdraw(number, _now())
        self._said = said
        self._redraw()

    def unanswered(self, number: QuestionId, why: str) -> None:
        """Say why an answer did not count."""
        self._about.unanswered(number, why)
        self._redraw()

    def back(self) -> None:
        """The helper is there again."""
        self._present = True
        self._redraw()

    async def _tick(self) -> None:
        """Let the seconds be seen; sleep while there is nothing to count."""
        while True:
            self._wake.clear()
            if not self._about.questions:
                await self._wake.wait()
            await asyncio.sleep(TICK)
            self._redraw()

    def _redraw(self) -> None:
        self._application.invalidate()

    # -- keys ----------------------------------------------------------------------------------

    def _keys(self) -> KeyBindings:
        keys = KeyBindings()
        deeds: dict[str, Callable[[], None]] = {
            "up": lambda: self._about.turn(-1, _now()),
            "down": lambda: self._about.turn(1, _now()),
            "escape": lambda: self._about.put_aside(_now()),
            "w": self._about.next_reach,
            "W": lambda: self._about.next_reach(-1),
            "p": self._about.toggle_port,
            "left": lambda: self._about.next_term(-1),
            "right": self._about.next_term,
            "f": self._about.next_term,
            "space": self._about.mark,
            "i": self._toggle_details,
        }
        for key, deed in deeds.items():
            keys.add(key, eager=key != "escape")(_pressing(lambda deed=deed: self._do(deed)))  # type: ignore[misc]
        for key, action in VERDICTS.items():
            keys.add(key)(_pressing(lambda action=action: self._decide(action)))  # type: ignore[misc]
        keys.add(Keys.Any)(_pressing(lambda: self._about.typed_nothing(_now())))
        for end in ("c-c", "c-d"):
            keys.add(end)(lambda event: event.app.exit())
        return keys

    def _do(self, deed: Callable[[], None]) -> None:
        """Do what a key says; while somebody types, that goes on to be what happens."""
        if not self._about.armed(_now()):
            self._about.typed_nothing(_now())
        deed()

    def _decide(self, action: Action) -> None:
        if not self._about.armed(_now()):
            self._about.typed_nothing(_now())
            return
        chosen = self._about.marked
        self._about.answering(chosen)
        for about in chosen:
            self._decided(about, action)

    def _toggle_details(self) -> None:
        self._details = not self._details

    # -- what is drawn -------------------------------------------------------------------------

    def _containers(self) -> HSplit:
        def text(draw: Callable[[], StyleAndTextTuples], **more: object) -> Window:
            return Window(FormattedTextControl(draw), **more)  # type: ignore[arg-type] # Window's own

        return HSplit(
            [
                text(self._title, height=1, style="class:bar"),
                Window(
                    self._listing,
                    height=lambda: Dimension(max=LISTED, preferred=len(self._about.questions)),
                    dont_extend_height=True,
                ),
                Window(height=1, char="─", style="class:faint"),
                text(self._one, wrap_lines=True),
                text(self._last, height=Dimension(min=1, max=2), wrap_lines=True),
                text(self._help, height=1, style="class:bar"),
            ]
        )

    def _title(self) -> StyleAndTextTuples:
        count = len(self._about.questions)
        waiting = {0: "no questions", 1: "1 question"}.get(count, f"{count} questions")
        if not self._present:
            waiting = "the helper is away"
        return [("class:bar bold", f" Stile  {waiting} ")]

    def _list(self) -> StyleAndTextTuples:
        lines: StyleAndTextTuples = []
        for about in self._about.questions:
            is_current = about is self._about.current
            left = max(0, round(about.deadline - _now()))
            mark = "*" if about.is_marked else " "
            sign = ">" if is_current else " "
            connection = about.question.connection
            style = "class:title" if is_current else "class:aside" if about.is_aside else ""
            put = "  (put aside)" if about.is_aside else ""
            text = f"{sign}{mark} {left:>4} s  {shown(sentences.asked(connection))}{put}"
            lines.append((style, text + "\n"))
        return [*lines[:-1], (lines[-1][0], lines[-1][1][:-1])] if lines else []

    def _cursor(self) -> Point:
        """Say which line of the list has to be seen."""
        current = self._about.current
        at = next((n for n, each in enumerate(self._about.questions) if each is current), 0)
        return Point(0, at)

    def _one(self) -> StyleAndTextTuples:
        if (about := self._about.current) is None:
            return [("class:faint", self._nothing())]
        lines: StyleAndTextTuples = [
            ("class:title", shown(sentences.asked(about.question.connection)) + "\n\n")
        ]
        for name, value in _facts(about, details=self._details):
            lines += [("class:faint", f"  {name:<13}"), ("", shown(value) + "\n")]
        lines.append(("", "\n"))
        lines += self._choices(about)
        return lines

    def _nothing(self) -> str:
        if not self._present:
            return "The helper went away; questions come when it is back."
        if self._about.questions:
            return "All questions are put aside. Up and down look at them again."
        return "Questions appear here."

    def _choices(self, about: Considered) -> StyleAndTextTuples:
        lines: StyleAndTextTuples = []
        if about.is_lasting:
            places = [(each, self._place(about, each)) for each in about.reaches]
            lines += _row("w", "where", places, about.reach)
            if about.has_port:
                lines += _row("p", "port", [(False, "any"), (True, "this")], about.this_port)
            known = dict(zip(TERMS, TERM_NAMES, strict=True))
            terms = [(each, known[each]) for each in about.terms]
            if about.term not in known:
                terms.append((about.term, _spelled(about.term)))
            lines += _row("←→", "for how long", terms, about.term)
            lines.append(("", "\n"))
        armed = self._about.armed(_now()) and not about.is_answering
        for key, action in VERDICTS.items():
            preview = shown(about.preview(action, time.time()))
            style = {"a": "class:good", "d": "class:bad"}.get(key, "class:caution")
            lines += [
                ("class:key", f"  {f'[{key}]' if armed else '':<4} "),
                (style if armed else "class:faint", f"{_verb(action):<14}"),
                ("" if armed else "class:faint", preview + "\n"),
            ]
        if about.problem:
            lines.append(("class:bad", f"\n  not answered: {shown(about.problem)}\n"))
        return lines

    @staticmethod
    def _place(about: Considered, reach: Reach) -> str:
        where = shown(about.place(reach))
        return f"{REACHES[reach]} ({where})" if where and where != "any" else REACHES[reach]

    def _last(self) -> StyleAndTextTuples:
        return [("class:faint", f" {shown(self._said)}")]

    def _help(self) -> StyleAndTextTuples:
        several = "↑↓ other question  space together  " if len(self._about.questions) > 1 else ""
        return [("class:bar", f" {several}i details  esc aside  ctrl-c end ")]


def _pressing(deed: Callable[[], None]) -> Callable[[KeyPressEvent], None]:
    def pressed(_event: KeyPressEvent) -> None:
        deed()

    return pressed


def _row(
    key: str, name: str, choices: Sequence[tuple[object, str]], chosen: object
) -> StyleAndTextTuples:
    line: StyleAndTextTuples = [("class:key", f"  {f'[{key}]':<4} "), ("", f"{name:<13}")]
    for value, text in choices:
        is_chosen = value == chosen
        marked = f"<{text}>" if is_chosen else f" {text} "
        line += [("class:chosen" if is_chosen else "", marked), ("", " ")]
    return [*line, ("", "\n")]


def _facts(about: Considered, *, details: bool) -> Iterator[tuple[str, str]]:
    connection = about.question.connection
    process, flow = connection.process, connection.flow
    if known := sentences.belongs_to(about.question.about):
        yield "belongs to", known
    yield "application", str(connection.application)
    if connection.inferred:
        yield "inferred", "it was gone before it could be looked at"
    if process.command:
        command = shlex.join(process.command)
        length = COMMAND_LENGTH if details else 70
        yield "command", command if len(command) <= length else command[:length] + "…"
    yield "destination", f"{flow.protocol} {sentences.destination(flow, connection.name)}"
    packets = about.question.waiting
    yield "waiting", "1 packet" if packets == 1 else f"{packets} packets"
    if details:
        yield "process", str(process.pid)
        yield "user", str(process.uid)
        yield "from", f"{flow.source}" + (f", port {flow.source_port}" if flow.source_port else "")


def _verb(action: Action) -> str:
    return {Action.ALLOW: "allow", Action.DENY: "deny", Action.DROP: "deny silently"}[action]


def _spelled(term: Term) -> str:
    return f"{term.seconds} s" if term.seconds else str(term.lifetime)


def _now() -> float:
    return asyncio.get_running_loop().time()
