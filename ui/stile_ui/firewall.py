"""The helper as Qt sees it: signals come out, commands go in, and neither side waits.

`stile.client` speaks asyncio, so it lives in one thread with an event loop of its own. Two doors
lead between the threads: `_post` takes a command to the bus, `_crossed` brings news back. What is
public here happens in Qt's thread. Nothing is polled; while nothing happens, nothing runs.
"""

import asyncio
import contextlib
import logging
import threading
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal, Slot

from stile import client, contract
from stile.applications import Application
from stile.client import Away
from stile.language import translate
from stile.learned import Learned, Verdict
from stile.questions import Question, QuestionId, Why
from stile.rules import Choice, Rule, RuleId
from stile.served import Refused
from stile.settings import Value
from stile_ui.changes import Change, Step
from stile_ui.rulebook import Shelf, shelved

log = logging.getLogger(__name__)

SOONEST, LATEST = 1.0, 30.0
"""Seconds before the bus is tried again: doubled each time, within these."""

Command = Callable[[client.Firewall], Awaitable[None]]
Told = Callable[..., None]


class Firewall(QObject):
    """Everything that can be known from the helper, and asked of it.

    Signals:
        present(bool): a helper came (what was open before is void), or went.
        asked(Question): show it; the same number again brings other details.
        withdrawn(QuestionId, Why): take it off the screen.
        answered(QuestionId, bool): our answer arrived; false where somebody was quicker. The
            question is over either way.
        unanswered(QuestionId, str): our answer did not count, and why; the question is still open.
        detailed(QuestionId, int, Details): what a closer look at a place of it has found.
        undetailed(QuestionId, int, str): there is no closer look, and why.
        taken_back(QuestionId, str): our answer is undone, or, where there is a text, why it is not.
        shelves(dict[Application, Shelf]): the rules of these applications, first of all that have
            any; those of others are as they were. A shelf without rules is that of an application
            that has none any more.
        applied(Change, Step), refused(Change, Step, str): a change was made; or not, and why.
        status(dict): what runs; the keys are in the contract.
        findings(list[dict]): which features the system has; likewise.
        decided(dict): after `watch`, a decision of the helper's; the keys are in the contract.
        opened(list[OpenConnection], bool): what is open, of everybody or not; what `look` finds.
        counted(list[Traffic]): what has passed; the answer to `count`.
        unwatched(str), unlisted(str), uncounted(str): why there is no answer to one of these.
        learned(list[Learned]): what there is to review, after `look_up_learned`.
        running(list[Running]): who uses the network, after `look_up_running`.
        added(int): so many rules were added, after `add_rules`.
        settings(Stated): what stile.toml says, after `look_up_settings` and each change.
        unsettled(str): settings were not changed, and why, as a sentence that may begin with a key.
        failed(str): something that was asked for did not happen, as a sentence.
        unreachable(str): there is no bus to begin with; emitted once, and nothing follows.
    """

    present = Signal(bool)
    asked = Signal(object)
    withdrawn = Signal(object, object)
    answered = Signal(object, bool)
    unanswered = Signal(object, str)
    detailed = Signal(object, int, object)
    undetailed = Signal(object, int, str)
    taken_back = Signal(object, str)
    shelves = Signal(object)
    applied = Signal(object, object)
    refused = Signal(object, object, str)
    status = Signal(object)
    findings = Signal(object)
    decided = Signal(object)
    opened = Signal(object, bool)
    counted = Signal(object)
    unwatched = Signal(str)
    unlisted = Signal(str)
    uncounted = Signal(str)
    learned = Signal(object)
    running = Signal(object)
    added = Signal(int)
    settings = Signal(object)
    unsettled = Signal(str)
    failed = Signal(str)
    unreachable = Signal(str)

    _crossed = Signal(object, object)

    def __init__(self, address: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._crossed.connect(self._arrive, Qt.ConnectionType.QueuedConnection)
        self._bus = _BusSide(address, self, self._crossed.emit)
        self._thread = threading.Thread(target=self._bus.run, name="stile-bus", daemon=True)

    def start(self) -> None:
        """Go to the bus and stay there."""
        self._thread.start()
        self._bus.started.wait()

    def close(self) -> None:
        """Leave the bus; open questions go to the next agent."""
        if self._thread.is_alive():
            self._bus.stop()
            self._thread.join()

    # -- commands ----------------------------------------------------------------------

    def answer(self, question: QuestionId, choice: Choice) -> None:
        """Decide a question."""

        async def deed(link: client.Firewall) -> None:
            taken = await link.answer(question, choice)
            self._bus.tell(self.answered.emit, question, taken)

        self._post(deed, lambda why: self.unanswered.emit(question, why))

    def take_back(self, question: QuestionId) -> None:
        """Undo what our answer to a question has made."""

        async def deed(link: client.Firewall) -> None:
            undone = await link.take_back(question)
            why_not = translate("Firewall", "Too late: it is not as it was left by your answer.")
            self._bus.tell(self.taken_back.emit, question, "" if undone else why_not)

        self._post(deed, lambda why: self.taken_back.emit(question, why))

    def stop_clock(self, question: QuestionId, on: bool) -> None:  # noqa: FBT001 # as Qt calls it
        """Let the clock of a question stand, or go on."""

        async def deed(link: client.Firewall) -> None:
            await link.stop_clock(question, on=on)

        self._post(deed, lambda why: self.unanswered.emit(question, why))

    def look_closer(self, question: QuestionId, place: int) -> None:
        """Find out more about the process of a question."""

        async def deed(link: client.Firewall) -> None:
            details = await link.details(question, place)
            self._bus.tell(self.detailed.emit, question, place, details)

        self._post(deed, lambda why: self.undetailed.emit(question, place, why))

    def add_rule(self, rule: Rule) -> None:
        """Add a rule, in the place of a former one about the same application."""

        async def deed(link: client.Firewall) -> None:
            await link.add_rule(rule)

        self._post(deed)

    def apply(self, change: Change, step: Step, removed: Sequence[RuleId]) -> None:
        """Make a change of rules: those that are removed by their ids, and those that are new."""

        async def deed(link: client.Firewall) -> None:
            await link.apply(removed, change.made(step).new)
            self._bus.tell(self.applied.emit, change, step)

        self._post(deed, lambda why: self.refused.emit(change, step, why))

    def remove_rule(self, rule: RuleId) -> None:
        """Remove a rule."""

        async def deed(link: client.Firewall) -> None:
            await link.remove_rule(rule)

        self._post(deed)

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long; 0 ends it."""

        async def deed(link: client.Firewall) -> None:
            await link.pause(seconds)

        self._post(deed)

    def lock_down(self, on: bool) -> None:  # noqa: FBT001 # as Qt calls it
        """Let only what is allowed through, without questions, or end that."""

        async def deed(link: client.Firewall) -> None:
            await link.lockdown(on=on)

        self._post(deed)

    def watch(self) -> None:
        """Have decisions told, until the helper goes."""

        async def deed(link: client.Firewall) -> None:
            await link.watch()

        self._post(deed, self.unwatched.emit)

    def look(self, everybody: bool = False) -> None:  # noqa: FBT001, FBT002 # as Qt calls it
        """Have listed what is open."""

        async def deed(link: client.Firewall) -> None:
            found = await link.connections(everybody=everybody)
            self._bus.tell(self.opened.emit, found, everybody)

        self._post(deed, self.unlisted.emit)

    def count(self) -> None:
        """Have told what has passed."""

        async def deed(link: client.Firewall) -> None:
            self._bus.tell(self.counted.emit, await link.traffic())

        self._post(deed, self.uncounted.emit)

    def learn(self, seconds: int) -> None:
        """Let through and record what nobody has decided, for so long; 0 ends it."""

        async def deed(link: client.Firewall) -> None:
            await link.learn(seconds)

        self._post(deed)

    def look_up_learned(self) -> None:
        """Ask what was learned, and have it shown."""

        async def deed(link: client.Firewall) -> None:
            self._bus.tell(self.learned.emit, await link.learned())

        self._post(deed)

    def judge_learned(self, verdicts: Sequence[tuple[Learned, Verdict]]) -> None:
        """Say what becomes of what was learned, and have shown what is left."""

        async def deed(link: client.Firewall) -> None:
            try:
                await link.judge_learned(verdicts)
            finally:
                self._bus.tell(self.learned.emit, await link.learned())

        self._post(deed)

    def look_up_running(self) -> None:
        """Ask who uses the network, and have it shown."""

        async def deed(link: client.Firewall) -> None:
            self._bus.tell(self.running.emit, await link.running())

        self._post(deed)

    def add_rules(self, rules: Sequence[Rule]) -> None:
        """Add several rules, one after another; what fails ends it."""

        async def deed(link: client.Firewall) -> None:
            for rule in rules:
                await link.add_rule(rule)
            self._bus.tell(self.added.emit, len(rules))

        self._post(deed)

    def look_up_settings(self) -> None:
        """Ask what stile.toml says."""

        async def deed(link: client.Firewall) -> None:
            self._bus.tell(self.settings.emit, await link.settings())

        self._post(deed)

    def change_settings(self, changes: Mapping[str, Value]) -> None:
        """Have other settings written, and those that are so then told."""

        async def deed(link: client.Firewall) -> None:
            await link.change_settings(changes)
            self._bus.tell(self.settings.emit, await link.settings())

        self._post(deed, self.unsettled.emit)

    # -- the two doors -----------------------------------------------------------------

    def _post(self, deed: Command, refused: Callable[[str], None] | None = None) -> None:
        self._bus.post(deed, refused or self.failed.emit)

    @Slot(object, object)
    def _arrive(self, deed: Told, words: tuple[object, ...]) -> None:
        deed(*words)


class _BusSide:
    """What runs in the bus's thread; `cross` hands a call over to Qt's."""

    def __init__(self, address: str, qt: Firewall, cross: Callable[[Told, object], None]) -> None:
        self._address = address
        self._qt = qt
        self._cross = cross
        self.started = threading.Event()
        self._link: client.Firewall | None = None
        self._is_agent = False
        self._main: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._shelved: set[Application] = set()
        """Who had rules when they were listed."""
        self._stale: set[Application] | None = None
        """Whose rules have to be listed anew; None for those of all."""

    # -- from Qt's thread --------------------------------------------------------------

    def post(self, deed: Command, refused: Callable[[str], None]) -> None:
        """Have a command carried out."""
        self._loop.call_soon_threadsafe(lambda: self._spawn(self._carry_out(deed, refused)))

    def stop(self) -> None:
        """End `run`."""
        with contextlib.suppress(RuntimeError):  # it has ended by itself
            self._loop.call_soon_threadsafe(self._end)

    # -- in the bus's thread -----------------------------------------------------------

    def run(self) -> None:
        """Be the thread."""
        with asyncio.Runner() as runner, contextlib.suppress(asyncio.CancelledError):
            self._loop = runner.get_loop()
            runner.run(self._live())

    def tell(self, deed: Told, *words: object) -> None:
        """Have *deed* called in Qt's thread."""
        self._cross(deed, words)

    async def _live(self) -> None:
        """Stay on the bus; when it is lost, come back, ever more slowly."""
        self._main = asyncio.current_task()
        self.started.set()
        pause, was_there = SOONEST, False
        while True:
            try:
                await self._stay()
            except Away as away:
                if not was_there:
                    self.tell(self._qt.unreachable.emit, str(away))
                    return
            else:
                pause, was_there = SOONEST, True
            await asyncio.sleep(pause)
            pause = min(2 * pause, LATEST)

    def _end(self) -> None:
        if self._main is not None:
            self._main.cancel()

    async def _stay(self) -> None:
        """Live through one connection to the bus. Raises Away where there is none."""
        stale_rules, stale_status, stale_findings = (asyncio.Event() for _ in range(3))
        link = client.Firewall(self._address)
        stale = (stale_rules, stale_status, stale_findings)
        link.on_present = lambda here: self._came_or_went(link, here, *stale)
        link.on_rules_changed_of = lambda who: self._rules_changed(who, stale_rules)
        link.on_decided = lambda words: self.tell(self._qt.decided.emit, words)
        link.on_status_changed = lambda: self._status_changed(link, stale_status, stale_findings)
        try:
            await link.open()
            self._link = link
            link.offer_agent(self)
            rules = self._keep_fresh(stale_rules, lambda: self._listed(link), self._qt.shelves.emit)
            self._spawn(rules)
            self._spawn(self._keep_fresh(stale_status, link.status, self._qt.status.emit))
            self._spawn(self._keep_fresh(stale_findings, link.doctor, self._qt.findings.emit))
            await link.lost()
            self.tell(self._qt.present.emit, False)  # noqa: FBT003 (signals take no keywords)
        finally:
            self._link, self._is_agent = None, False
            for task in self._tasks:
                task.cancel()
            link.close()

    def _came_or_went(self, link: client.Firewall, here: object, *stale: asyncio.Event) -> None:
        self._is_agent = False
        self._stale = None
        self.tell(self._qt.present.emit, here)
        if not here:
            return
        self._spawn(self._register(link, self._say_failed))
        for event in stale:
            event.set()

    def _status_changed(self, link: client.Firewall, *stale: asyncio.Event) -> None:
        for event in stale:
            event.set()
        if not self._is_agent and link.present:  # another agent may have left
            self._spawn(self._register(link, lambda _: None))

    async def _register(self, link: client.Firewall, refused: Callable[[str], None]) -> None:
        try:
            await link.register_agent()
            self._is_agent = True
        except (Refused, Away) as error:
            refused(sentence_of(error))

    async def _keep_fresh(
        self,
        stale: asyncio.Event,
        fetch: Callable[[], Awaitable[Any]],
        show: Callable[[Any], None],
    ) -> None:
        """Fetch whenever it went stale; a burst of changes is one fetch, or two."""
        while True:
            await stale.wait()
            stale.clear()
            try:
                fetched = await fetch()
            except Away:
                continue  # `present` says so
            except (Refused, ValueError) as error:
                self._say_failed(sentence_of(error))
            else:
                self.tell(show, fetched)
                del fetched  # it may be large, and the next is far

    def _rules_changed(self, who: Collection[Application], stale: asyncio.Event) -> None:
        if self._stale is not None:
            self._stale |= {*who}
        stale.set()

    async def _listed(self, link: client.Firewall) -> dict[Application, Shelf]:
        """List what is stale, a part at a time; of what has no rules any more an empty shelf."""
        wanted, self._stale = self._stale, set()
        try:
            names = await link.applications() if wanted is None else [*wanted]
            found: dict[Application, Shelf] = {}
            for part in client.batched(names, client.PAGE):
                found |= shelved(await link.rules_of(part))
        except BaseException:
            self._stale = None  # of nothing it is known how it is
            raise
        known = self._shelved if wanted is None else wanted
        gone = known - found.keys()
        self._shelved = (self._shelved | found.keys()) - gone
        return found | {who: Shelf(who) for who in gone}

    async def _carry_out(self, deed: Command, refused: Callable[[str], None]) -> None:
        try:
            if self._link is None:
                raise Away("the bus is gone")
            await deed(self._link)
        except (Refused, Away, ValueError) as error:
            self.tell(refused, sentence_of(error))

    def _say_failed(self, sentence: str) -> None:
        self.tell(self._qt.failed.emit, sentence)

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(coroutine)
        self._tasks.add(task)  # the loop alone would let it be collected
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        # a bus that breaks ends the calls on it with whatever broke it, and `lost()` sees it
        if error is not None and not isinstance(error, (OSError, EOFError)):
            log.error("a task on the bus failed", exc_info=error)

    # -- AgentTarget: what the helper calls --------------------------------------------

    def ask(self, question: Question) -> None:
        """Show a question."""
        self.tell(self._qt.asked.emit, question)

    def withdraw(self, question: QuestionId, why: Why) -> None:
        """Take a question off the screen."""
        self.tell(self._qt.withdrawn.emit, question, why)


def sentence_of(error: Exception) -> str:
    """Say to people what went wrong."""
    text = str(error)
    match getattr(error, "name", ""):
        case contract.ACCESS_DENIED:
            return f"You may not do this: {text}"
        case contract.AGENT_EXISTS:
            return f"Another program shows Stile's questions in this session: {text}"
        case contract.NOT_KEPT:
            return f"In force, but not written to disk: {text}"
        case _:
            return text[:1].upper() + text[1:]
