"""Carries events to the desk and its effects back out: the one place where decisions become acts.

What may take time (looking through /proc, moving a process, writing a file) happens in threads and
comes back as an event; the thread that reads the queue never waits.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Collection, Coroutine, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeAlias, assert_never

from stile import learned
from stile.applications import EVERYBODY, KERNEL, Application, Kind
from stile.connections import Address, Pid, Process, Uid
from stile.decisions import Decision
from stile.learned import Running
from stile.questions import UNKNOWN, Details, Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Origin, Policy, Rule, RuleId, Rules
from stile.scopes import Scope
from stile.settings import Settings
from stile.traffic import OpenConnection, Traffic
from stiled import ancestry, closelook, packets, running
from stiled.backends import NotLoaded, Watch
from stiled.boottable import BootTable
from stiled.catalogue import Catalogue
from stiled.classes import label
from stiled.desk import (
    Answered,
    Arrived,
    Ask,
    ClockStopped,
    Desk,
    Effect,
    Enforce,
    Enroll,
    Enrolled,
    Event,
    Identified,
    Identify,
    Keep,
    Learn,
    LearningChanged,
    LockdownChanged,
    NotIdentified,
    PacketId,
    PolicyChanged,
    Release,
    Remember,
    Report,
    Separate,
    Separated,
    TimePassed,
    Verdict,
    Withdraw,
)
from stiled.dnswire import DnsWire, looked_up
from stiled.endings import Endings
from stiled.enforcement import Enforcement
from stiled.execwatch import ExecWatch
from stiled.filed import Filed, gathered
from stiled.hostnames import Answer, Hostnames
from stiled.learning import Learning
from stiled.lent import LentSockets
from stiled.lessons import MOST_PLACES
from stiled.lists import Lists
from stiled.liveview import LiveView
from stiled.lockstate import LockState
from stiled.lookups import Lookups
from stiled.networks import NetworkWatch
from stiled.nfqueue import Queue
from stiled.owners import Owners
from stiled.resolvedmonitor import ResolvedMonitor
from stiled.resolvers import Resolvers, lookup_rule
from stiled.stays import Stay
from stiled.store import Store
from stiled.takenback import Given, TakenBack, replaced
from stiled.wallclock import WallClock

log = logging.getLogger(__name__)

LAG = 0.01
"""Seconds by which systemd-resolved may tell a program sooner of a name than us."""


LOAD_AGAIN, LATEST_AGAIN = 1.0, 60.0
"""Seconds after which it is tried again to put in force what the kernel did not take, or what we
could not give it: there were no more files to be opened, perhaps. Each time it is twice as long."""
SAVE_AGAIN = 5.0
"""Seconds after which it is tried to write down what could not be: the disk was full, perhaps."""
MOST_LOOKS = 8
"""Closer looks at processes that wait at a time."""


class Busy(Exception):
    """Too many ask for the same at a time."""


class LockedDown(Exception):
    """Only what is allowed reaches the network: there is nothing to pause."""


Job: TypeAlias = Coroutine[Any, Any, None]


class _Found(NamedTuple):
    """What was found out about who sent a flow."""

    processes: tuple[Process, ...]
    absent: frozenset[Pid] | None
    """Those that could not be placed; None where nobody tried."""
    is_closed: bool
    """Whether it is nobody's any more, but was somebody's at the first look."""
    apart: Mapping[Pid, Action]
    """What those get that have a verdict until they quit."""

    @property
    def application(self) -> Application:
        return self.processes[0].application


class Audience(Protocol):
    """Those who are asked, and those who watch."""

    def ask(self, question: Question) -> None:
        """Put a question to whoever it concerns, or show it anew."""

    def withdraw(self, question: QuestionId, why: Why) -> None:
        """Take a question back from everybody."""

    def report(self, decision: Decision) -> None:
        """Tell those who watch."""

    def rules_changed(self, applications: Collection[Application]) -> None:
        """Tell everybody that the rules about these applications are others."""

    def status_changed(self) -> None:
        """Tell everybody that the status is another."""


class Loop:
    """Owns the hands, and moves them as the desk says."""

    def __init__(
        self,
        desk: Desk,
        queue: Queue,
        owners: Owners,
        enforcement: Enforcement,
        store: Store,
        execs: ExecWatch,
        catalogue: Catalogue,
        clock: WallClock,
        names: Hostnames,
        wire: DnsWire,
        table: Watch,
        lists: Lists,
        resolvers: Resolvers,
        lock_state: LockState,
        endings: Endings,
        resolved: ResolvedMonitor,
        view: LiveView,
        learning: Learning,
        networks: NetworkWatch,
        boot: BootTable,
        lent: LentSockets,
    ) -> None:
        self._desk = desk
        self._queue = queue
        self._owners = owners
        self._enforcement = enforcement
        self._store = store
        self._execs = execs
        self._catalogue = catalogue
        self._clock = clock
        self._names = names
        self._wire = wire
        self._table = table
        self._lists = lists
        self._resolvers = resolvers
        self._lock_state = lock_state
        self._endings = endings
        self._resolved = resolved
        self._view = view
        self.learning = learning
        self.networks = networks
        self._boot = boot
        self._lent = lent
        self._audience: Audience | None = None
        self._rules: Mapping[Application, Rules] = {}
        self._ends: dict[Application, float] = {}
        self._staying: frozenset[Application] = frozenset()
        self._unsaved: dict[tuple[Application, Scope], Rule] = {}
        self._saving: asyncio.TimerHandle | None = None
        self._retries: set[asyncio.TimerHandle] = set()
        self._failures = 0
        self._problems: tuple[str, ...] = ()
        self._jobs: set[asyncio.Task[None]] = set()
        self._lookups = Lookups()
        # packaging systems are slow, and held packets do not wait for them
        self._titles = ThreadPoolExecutor(1)
        # a large file is read for its hash, and rules do not wait for it
        self._looks = ThreadPoolExecutor(1)
        self._looking = 0
        self._parents: dict[QuestionId, tuple[str, ...]] = {}
        self._taken_back = TakenBack()
        self._alarm: asyncio.TimerHandle | None = None
        self._enforcing: asyncio.Task[None] | None = None
        self._paused_until = 0.0
        self._kernel = asyncio.Lock()
        self._reloading = asyncio.Lock()
        self._locking = asyncio.Lock()
        self._ending = asyncio.Lock()

    # -- what others may see and say -------------------------------------------------------

    @property
    def desk(self) -> Desk:
        """For reading only: what waits, and the policy in force."""
        return self._desk

    @property
    def rules(self) -> Sequence[Rule]:
        """Every rule, those that are overridden too, and what holds until processes quit."""
        return (*chain.from_iterable(self._rules.values()), *self._enforcement.stays.rules)

    @property
    def applications(self) -> frozenset[Application]:
        """All that rules are about, those that hold until processes quit too."""
        return frozenset((*self._rules, *self._staying))

    def rules_about(self, applications: Collection[Application]) -> Iterator[Rule]:
        """The rules about these; those that are overridden too."""
        for application in applications:
            yield from self._rules.get(application, ())
        wanted = {*applications}
        yield from (rule for rule in self._enforcement.stays.rules if rule.application in wanted)

    @property
    def _given(self) -> Sequence[Rule]:
        """The rules that follow from block lists and settings."""
        servers = self._resolvers() if self._desk.settings.everybody_may_look_up else ()
        return (*self._lists.rules, *map(lookup_rule, sorted(map(str, servers))))

    @property
    def problems(self) -> Sequence[str]:
        """What is wrong with rule files, and others that we keep, a line each."""
        unsaved = (
            f"{rule.application}: its rule is not on disk" for rule in self._unsaved.values()
        )
        return (
            *filter(None, (self._lock_state.problem, self._boot.problem)),
            *self.learning.problems,
            *self._problems,
            *self._lists.problems,
            *unsaved,
        )

    @property
    def classes(self) -> int:
        """How many classes are given out."""
        return len(self._enforcement)

    @property
    def paused(self) -> int:
        """Seconds for which unknown applications are let through still."""
        return max(0, round(self._paused_until - self._now()))

    def start(self, audience: Audience) -> None:
        """Put the policy in force, then listen to the queue and to edits. Raises NotLoaded."""
        self._audience = audience
        loaded = self._store.load()
        self._lists.load()
        self._rules, self._problems = gathered(*loaded.rules, *self._given), loaded.problems
        self._note_ends(self._rules)
        for problem in loaded.problems:
            log.warning("rule file skipped: %s", problem)
        policy = self._policy_of(self._rules)
        list(self._desk.handle(PolicyChanged(policy, self._now())))
        list(self._desk.handle(LockdownChanged(self._lock_state.read(), self._now())))
        if self._lock_state.problem:
            log.error("%s", self._lock_state.problem)
        self._take_up_learning()
        self._enforcement.stays.take_over(self._desk.policy)
        self._staying = frozenset(rule.application for rule in self._enforcement.stays.rules)
        self._enforcement.lock_down(self._desk.policy, on=self._desk.locked)
        self._boot.keep(self._rules.get(KERNEL, ()))
        self._enforcement.tidy(self._desk.policy)
        self._execs.start(self._desk.policy)
        loop = asyncio.get_running_loop()
        self._enforcement.stays.listen(loop, self._exited, self._stays_changed)
        self._execs.listen(loop, audience.status_changed)
        self._lookups.listen(loop)
        self._queue.listen(loop, self._arrived)
        self._store.watch(loop, self.edited)
        self._clock.listen(loop, self.edited, self._clock_was_set)
        self._wire.listen(loop, self._heard)
        self._resolved.listen(loop, self._heard)
        self._table.listen(loop, self._table_changed)
        self._lists.listen(loop, self.edited)
        self._lent.listen(loop)
        self.learning.listen(loop, self._learning_ended)
        self.networks.listen(self._networks_changed)
        self._await_ends()
        self._run(self._carry_through(frozenset({*self._desk.policy.rules, EVERYBODY})))

    async def stop(self) -> None:
        """Let go: questions are withdrawn, the table stays in force."""
        self._lookups.close()
        for question in self._desk.questions(self._now()):
            self._hear().withdraw(question.id, Why.STOPPED)
        for timer in (self._alarm, self._saving, *self._retries):
            if timer:
                timer.cancel()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)
        self._enforcement.stays.close()
        self._clock.close()
        self.learning.close()
        self._wire.close()
        self._resolved.close()
        self._table.close()
        self._lists.close()
        self._lent.close()
        self._execs.close()
        self._queue.close()
        self._titles.shutdown(wait=False, cancel_futures=True)
        self._looks.shutdown(wait=False, cancel_futures=True)

    def questions(self) -> list[Question]:
        """Every open question, as it stands now."""
        return [self._described(question) for question in self._desk.questions(self._now())]

    def answer(self, question: QuestionId, choice: Choice) -> bool:
        """Carry an answer to the desk; False where the question is not open any more."""
        if question not in {each.id for each in self.questions()}:
            return False
        self.take(Answered(question, choice, self._now()))
        return True

    def stop_clock(self, question: QuestionId, *, on: bool) -> None:
        """Let the clock of a question stand, or go on."""
        self.take(ClockStopped(question, on, self._now()))

    async def look_closer(self, process: Process, viewer: Uid) -> Details:
        """Look at a process that is asked about. Raises closelook.Gone, Busy."""
        if self._looking >= MOST_LOOKS:
            raise Busy
        self._looking += 1
        try:
            running = asyncio.get_running_loop()
            return await running.run_in_executor(self._looks, closelook.look, process, viewer)
        finally:
            self._looking -= 1

    async def keep(self, rule: Rule) -> Rule:
        """Keep a rule and put it in force. Raises OSError where it is in force but not on disk."""
        (kept,) = await self.apply([], [rule])
        return kept

    async def _written(self, rule: Rule) -> tuple[Rule, OSError | None]:
        """Write a rule into its file; what could not be written is in force all the same."""
        failed: OSError | None = None
        try:
            kept = await asyncio.to_thread(self._store.keep, rule)
            self._unsaved.pop((rule.application, rule.scope), None)
        except OSError as error:
            if (rule.application, rule.scope) not in self._unsaved:  # else it is tried again
                log.error("%s: its rule could not be written: %s", rule.application, error)
            self._save_later()
            failed, kept = (
                error,
                replace(rule, id=RuleId(label(rule.application)), origin=Origin.TEMPORARY),
            )
            self._unsaved[rule.application, rule.scope] = kept
        return kept, failed

    def _save_later(self) -> None:
        if self._saving is None:
            self._saving = asyncio.get_running_loop().call_later(SAVE_AGAIN, self._save)

    def _save(self) -> None:
        self._saving = None
        self._run(self._save_unsaved())

    async def _save_unsaved(self) -> None:
        """Try again to write down what is in force, but not on disk."""
        async with self._reloading:
            now = self._clock.now
            waiting = [rule for rule in self._unsaved.values() if not 0 < rule.until <= now]
            await self._kept(waiting)
            if saved := {rule.application for rule in waiting} - {who for who, _ in self._unsaved}:
                log.info("on disk now: the rules of %s", ", ".join(sorted(map(str, saved))))
                self._hear().status_changed()

    async def _kept(self, rules: Sequence[Rule]) -> tuple[tuple[Rule, ...], OSError | None]:
        """Keep rules; some may be in force but not on disk, and why."""
        files, written = Filed(self._rules), [await self._written(rule) for rule in rules]
        for kept, _ in written:
            files.keep(kept, self._store.ends)
        await self._put_in_force(files.rules, files.touched)
        failed = next((error for _, error in written if error), None)
        return tuple(kept for kept, _ in written), failed

    async def take_back(self, question: QuestionId) -> bool:
        """Undo what an answer has made; false where it made nothing, or others changed it since.

        Raises OSError where a rule cannot be written.
        """
        given = self._taken_back.take(question, self._now())
        if given is None:
            return False
        await given.done.wait()
        if given.stay is not None:
            if self._enforcement.stays.listed_as(given.stay) is None:
                return False  # the process has quit, or a rule has taken its place
            await self._end_stay(given.stay)
        else:
            own = self._rules.get(given.kept[0].application, ()) if given.kept else ()
            if not given.kept or not all(rule in own for rule in given.kept):
                return False
            await self._unkept(given)
        await self._set_apart_again(given)
        return True

    async def _unkept(self, given: Given) -> None:
        """Take rules away, and put those back that they were in the place of."""
        try:
            async with self._reloading:
                former = {(rule.scope, rule.origin) for rule in given.former}
                for rule in given.kept:
                    is_saved = self._unsaved.pop((rule.application, rule.scope), None) is None
                    if is_saved and (rule.scope, rule.origin) not in former:  # written over below
                        await asyncio.to_thread(self._store.remove, rule)
                for rule in given.former:
                    if rule.origin is not Origin.SHIPPED and not 0 < rule.until <= self._clock.now:
                        await asyncio.to_thread(self._store.keep, rule)
        finally:
            await self.reload()

    async def _set_apart_again(self, given: Given) -> None:
        """Give back what held until processes quit; to who has started since it was never given."""
        for process, action in given.apart:
            async with self._kernel:
                if await asyncio.to_thread(self._enforcement.apart, [process]):
                    continue  # it was never taken
                with suppress(NotLoaded, OverflowError, OSError):
                    age = self._now() - given.at
                    await asyncio.to_thread(self._enforcement.separate, process, action, age)

    async def remove(self, rule: Rule) -> None:
        """Remove a rule; a shipped one under it is in force again. Raises OSError."""
        await self.apply([rule], [])

    async def apply(self, gone: Sequence[Rule], added: Sequence[Rule]) -> list[Rule]:
        """Remove rules and keep others, and put that in force in one step.

        Gives those that were added as they stand there. Raises OSError where some of it is not on
        disk; what was to be kept is in force all the same.
        """
        for stay in gone:
            if stay.lifetime is Lifetime.QUIT:
                await self._end_stay(stay.id)
        async with self._reloading:  # what is read meanwhile would lack it
            files = Filed(self._rules)
            failed = [await self._taken_out(rule, files) for rule in gone]
            kept = []
            for rule in added:
                standing, failure = await self._written(rule)
                files.keep(standing, self._store.ends)
                kept.append(standing)
                failed.append(failure)
            if files.stale:
                await self._reloaded()
            else:
                await self._put_in_force(files.rules, files.touched)
        if failure := next(filter(None, failed), None):
            raise failure
        return kept

    async def _taken_out(self, rule: Rule, files: Filed) -> OSError | None:
        """Take a rule out of its file; give what went wrong, and then it stands there still."""
        if rule.lifetime is Lifetime.QUIT:
            return None
        if self._unsaved.get((rule.application, rule.scope)) == rule:
            del self._unsaved[rule.application, rule.scope]
        else:
            try:
                files.stale |= await asyncio.to_thread(self._store.remove, rule)
            except OSError as error:
                log.error("%s: its rule could not be removed: %s", rule.application, error)
                return error
        files.drop(rule)
        return None

    async def reload(self) -> None:
        """Read the rule files anew."""
        async with self._reloading:
            await self._reloaded()

    async def _reloaded(self) -> None:
        loaded = await asyncio.to_thread(self._store.load)
        await asyncio.to_thread(self._lists.load)
        news = [problem for problem in loaded.problems if problem not in self._problems]
        for problem in news:
            log.warning("rule file skipped: %s", problem)
        if loaded.problems != self._problems:
            self._problems = loaded.problems
            self._hear().status_changed()
        now = self._clock.now
        unsaved = [rule for rule in self._unsaved.values() if not rule.until or rule.until > now]
        await self._put_in_force(gathered(*loaded.rules, *self._given, *unsaved))
        async with self._kernel:
            has_changed = await asyncio.to_thread(self._enforcement.refill)
        if has_changed:
            await self._end_refused(frozenset({EVERYBODY}))

    async def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long. Raises NotLoaded, LockedDown."""
        async with self._kernel:
            if seconds and self._desk.locked:
                raise LockedDown
            await asyncio.to_thread(self._enforcement.pause, seconds)
            self._paused_until = self._now() + seconds

    async def lock_down(self, *, on: bool) -> None:
        """Let only what is allowed through, without questions, or end that.

        It is on before all else when it begins, and off after all else when it ends. Raises
        NotLoaded; OSError where it is so but not on disk.
        """
        async with self._locking:
            if on:
                try:
                    await self._lock()
                finally:
                    with suppress(OSError):  # it stands among the problems
                        await self._end_learning()
            else:
                await self._unlock()

    async def _lock(self) -> None:
        failed: OSError | None = None
        try:
            await asyncio.to_thread(self._lock_state.write, on=True)
        except OSError as error:
            log.error("%s", self._lock_state.problem)
            failed = error
        self.take(LockdownChanged(on=True, now=self._now()))
        await self._load_locked(on=True)
        log.info("lockdown is on")
        if failed:
            raise failed

    async def _unlock(self) -> None:
        await self._load_locked(on=False)
        self.take(LockdownChanged(on=False, now=self._now()))
        log.info("lockdown is off")
        try:
            await asyncio.to_thread(self._lock_state.write, on=False)
        except OSError:
            log.error("%s", self._lock_state.problem)
            raise

    async def _load_locked(self, *, on: bool) -> None:
        async with self._kernel:
            await asyncio.to_thread(self._enforcement.lock_down, self._desk.policy, on=on)
            self._paused_until = 0.0
            await self._keep_for_boot()

    async def _keep_for_boot(self) -> None:
        await asyncio.to_thread(self._boot.keep, self._rules.get(KERNEL, ()))

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._desk.settings

    async def settle(self, settings: Settings) -> None:
        """Put other settings in force, as far as they can change while we run. Raises NotLoaded."""
        former = self._desk.settings
        late = {"held_in_all": former.held_in_all, "quick_moves": former.quick_moves}
        self._desk.settings = settings.with_changes(late)
        self._resolvers.believe(settings.servers)
        async with self._kernel:
            await asyncio.to_thread(self._enforcement.settle, settings, self._desk.policy)
            await self._keep_for_boot()
        await self.reload()

    # -- events in ----------------------------------------------------------------------------

    def take(self, event: Event) -> None:
        """Let the desk think about *event*, then do what it says."""
        self._perform(list(self._desk.handle(event)))
        self._set_alarm()

    def edited(self) -> None:
        """Somebody has edited rule files, or says so: read them anew."""
        self._run(self.reload())

    def _arrived(self, packet: PacketId, octets: bytes, interface: int) -> None:
        read = packets.read(octets)
        if read is None:
            log.warning("a packet that cannot be read was dropped: %s", octets[:40].hex())
            self._queue.release(packet, Verdict.DROP)
            return
        flow, body = read
        self.take(Arrived(packet, flow, self._now(), interface, looked_up(flow, body)))

    def _set_alarm(self) -> None:
        deadline = self._desk.deadline
        if self._alarm and self._alarm.when() != deadline:
            self._alarm.cancel()
            self._alarm = None
        if deadline is not None and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_at(deadline, self._rang)

    def _rang(self) -> None:
        self._alarm = None
        self.take(TimePassed(self._now()))

    def _await_ends(self) -> None:
        """Be woken when the next rule ends."""
        self._clock.ring_at(min(self._ends.values(), default=None))

    def _note_ends(self, applications: Iterable[Application]) -> None:
        for each in applications:
            ends = [rule.until for rule in self._rules.get(each, ()) if rule.until]
            if ends:
                self._ends[each] = min(ends)
            else:
                self._ends.pop(each, None)

    def _clock_was_set(self) -> None:
        """The clock was set, or the system has slept: the kernel counts from other times."""
        self._run(self._begin_anew())

    async def _begin_anew(self) -> None:
        await self.reload()
        await self._load()

    def _table_changed(self, who: str) -> None:
        log.warning("%s has changed our table: it is loaded anew", who)
        self._run(self._load())

    async def _load(self) -> None:
        try:
            async with self._kernel:
                await asyncio.to_thread(self._enforcement.load, self._desk.policy)
        except (NotLoaded, OSError):
            self._try_again(lambda: self._run(self._load()))
            raise
        self._failures = 0

    # -- effects out ----------------------------------------------------------------------------

    def _perform(self, effects: Sequence[Effect]) -> None:
        left = deque(effects)
        while left:
            effect = left.popleft()
            if isinstance(effect, Remember):  # before what follows
                if left and self._is_allowed_with(effect, left[0]):
                    left.popleft()
                    continue
                self._run(self._remember(effect, [*left], locked=self._desk.locked))
                return
            self._perform_one(effect)

    def _is_allowed_with(self, effect: Remember, following: Effect) -> bool:
        """Whether a flow is allowed with the very packets of it that are to be released now."""
        match following:
            case Release(packets, Verdict.REPEAT):
                is_plain = effect.action is Action.ALLOW and effect.application is None
                is_still = self._enforcement.allows_by_mark and not self._kernel.locked()
                return is_plain and is_still and self._queue.allow_once(packets)
        return False

    def _perform_one(self, effect: Effect) -> None:  # noqa: C901 # one arm an effect
        match effect:
            case Release(packets, verdict):
                for packet in packets:
                    self._queue.release(packet, verdict)
            case Ask(question):
                self._ask(question)
            case Withdraw(question, why):
                self._hear().withdraw(question, why)
            case Report(connection, outcome, reason):
                decision = Decision(time.time(), connection, outcome, reason)
                # to write it for the bus takes longer than all that a held packet waits for besides
                asyncio.get_running_loop().call_soon(self._hear().report, decision)
            case Identify():
                self._identify(effect)
            case Keep():
                self._run(self._keep(effect))
            case Enforce(applications):
                self._begin_to_enforce(applications)
            case Enroll():
                self._run(self._enroll(effect))
            case Separate():
                self._run(self._separate(effect))
            case Learn(news):
                self._learned(news=news)
            case Remember():
                raise AssertionError("performed in _perform, before what follows it")
            case _:
                assert_never(effect)

    def _ask(self, question: Question) -> None:
        """Ask at once; what people know the application as may follow."""
        self._hear().ask(self._described(question))
        if self._catalogue.known(question.connection.application) is None:
            self._run(self._look_up(question.connection.application))

    async def _look_up(self, application: Application) -> None:
        running = asyncio.get_running_loop()
        about = await running.run_in_executor(self._titles, self._catalogue.look_up, application)
        if about != UNKNOWN:
            for question in self.questions():
                if question.connection.application == application:
                    self._hear().ask(question)

    def _described(self, question: Question) -> Question:
        about = self._catalogue.known(question.connection.application) or UNKNOWN
        return replace(question, about=about, parents=self._started_by(question))

    def _started_by(self, question: Question) -> tuple[str, ...]:
        """Say what started a process, as it was when the question was new: parents quit."""
        if question.id not in self._parents:
            while len(self._parents) >= self._desk.settings.questions_in_all:
                del self._parents[next(iter(self._parents))]
            self._parents[question.id] = ancestry.names(question.connection.process.pid)
        return self._parents[question.id]

    def _identify(self, effect: Identify) -> None:
        find = partial(self._found, effect, knows=self._kernel_knows)
        self._lookups.begin(find, partial(self._was_found, effect))

    def _found(self, effect: Identify, *, knows: bool) -> _Found:
        """Find out whose a flow is; place them at once where the kernel *knows* what they get."""
        beyond = self._enforcement.is_placed if effect.beyond_classes else None
        processes = self._owners.find(effect.flow, effect.interface, beyond=beyond)
        can_be_placed = knows and not effect.beyond_classes
        absent = self._enforcement.place_known(processes) if can_be_placed else None
        is_nobodys = effect.beyond_classes and processes[0].application.kind is Kind.UNKNOWN
        is_closed = is_nobodys and self._owners.is_closed(effect.flow)
        return _Found(processes, absent, is_closed, self._enforcement.apart(processes))

    def _was_found(self, effect: Identify, found: _Found | None) -> None:
        if found and not self._kernel_knows:  # who was placed has a verdict that is on its way out
            found = found._replace(absent=None)
        if found and self._is_named_soon(effect.flow.address, found):
            self._run(self._tell_later(effect, found))
        else:
            self._tell(effect, found)

    def _is_named_soon(self, address: Address, found: _Found) -> bool:
        """Whether a name matters that is not there yet: a program may hear of it before we do."""
        matters = found.absent is None or self._desk.policy.goes_by_name(found.application)
        return matters and self._resolved.is_there and not self._names_of(address)

    async def _tell_later(self, effect: Identify, found: _Found) -> None:
        known: _Found | None = None
        try:
            await asyncio.sleep(LAG)
            known = found
        finally:
            self._tell(effect, known)

    def _tell(self, effect: Identify, found: _Found | None) -> None:
        event: Event = NotIdentified(effect.flow)
        try:
            if found:
                event = self._identified(effect, found)
        finally:  # what is held must not wait for ever, whatever happened
            self.take(event)
        if found and found.absent is not None:
            self._look_at_file(found.application)

    def _identified(self, effect: Identify, found: _Found) -> Identified:
        names = self._names_of(effect.flow.address)
        hosts = (*names, effect.lookup) if effect.lookup else names
        lists = self._lists.covering(effect.flow.address, hosts)
        return Identified(
            effect.flow,
            found.processes,
            self._now(),
            found.apart,
            names,
            lists,
            found.absent,
            found.is_closed,
        )

    @property
    def _kernel_knows(self) -> bool:
        """Whether the kernel goes by the desk's policy: nothing is on its way to it."""
        is_changing = self._enforcing is not None and not self._enforcing.done()
        return not (is_changing or self._kernel.locked())

    async def _remember(
        self, effect: Remember, following: Sequence[Effect], *, locked: bool
    ) -> None:
        try:
            async with self._kernel:
                if locked is not self._desk.locked:
                    return  # it was decided before: the packets come back to be decided anew
                await asyncio.to_thread(self._enforcement.remember, effect.flow, effect.action)
                if effect.application is not None:
                    await asyncio.to_thread(
                        self._enforcement.clear_up, effect.application, effect.flow.address
                    )
        except NotLoaded as error:  # it is asked about again, or refused
            log.warning("%s", error)
        finally:  # the packets must not wait for ever, whatever happened
            self._perform(following)

    async def _keep(self, effect: Keep) -> None:
        application = effect.rules[0].application
        given = Given(self._now(), replaced(self._rules.get(application, ()), effect.rules))
        self._taken_back.begin(effect.question, given)
        try:
            given.apart = await self._apart_now(application)
            async with self._reloading:
                given.kept, failed = await self._kept(effect.rules)
        finally:
            given.done.set()
        if failed:
            self._hear().status_changed()  # it stands among the problems now

    async def _apart_now(self, application: Application) -> tuple[tuple[Process, Action], ...]:
        if not self._enforcement.stays.about(application):
            return ()
        return tuple(await asyncio.to_thread(self._enforcement.staying, application))

    async def _put_in_force(
        self, rules: Mapping[Application, Rules], among: Collection[Application] | None = None
    ) -> None:
        """Go by other rules; those about others than *among* are the same, where that is said."""
        among = rules.keys() | self._rules.keys() if among is None else among
        changed = {who for who in among if rules.get(who) != self._rules.get(who)}
        if changed:
            self._rules = rules
            self._note_ends(changed)
            others = {who: rules.get(who, ()) for who in changed}
            policy = self._desk.policy.with_others(others)
            about = next(iter(changed)) if len(changed) == 1 else None
            self.take(PolicyChanged(policy, self._now(), about))
            self._hear().rules_changed(changed)
        self._await_ends()
        if self._enforcing:  # who waits for us wants it in force, not on its way
            await asyncio.shield(self._enforcing)

    def _policy_of(self, rules: Mapping[Application, Rules]) -> Policy:
        return Policy.of(chain.from_iterable(rules.values()), self.networks.active)

    def _networks_changed(self) -> None:
        """Go by the rules for the networks that are active now."""
        self._run(self._go_by_networks())

    async def _go_by_networks(self) -> None:
        async with self._reloading:
            bound = {rule.application for rule in self.rules if rule.scope.network}
            policy = replace(self._desk.policy, networks=self.networks.active)
            policy = policy.with_others({who: self._rules[who] for who in bound})
            self.take(PolicyChanged(policy, self._now()))
            if bound:
                self._hear().rules_changed(bound)
        self._hear().status_changed()

    def _begin_to_enforce(self, applications: frozenset[Application]) -> None:
        self._enforcing = self._run(self._enforce(applications))

    def _enforce_late(self, applications: frozenset[Application]) -> None:
        self._desk.comes_late(self._now())
        self._begin_to_enforce(applications)

    async def _enforce(self, applications: frozenset[Application]) -> None:
        try:
            await self._taught(applications)
        except (NotLoaded, OSError):
            self._try_again(partial(self._enforce_late, applications))
            raise
        self._failures = 0
        await self._carry_through(applications)

    async def _taught(self, applications: frozenset[Application]) -> None:
        async with self._kernel:
            policy = self._desk.policy
            await asyncio.to_thread(self._enforcement.teach, policy, applications)
            await asyncio.to_thread(self._execs.learn, policy, applications)
            if KERNEL in applications:
                await self._keep_for_boot()

    def _try_again(self, work: Callable[[], object]) -> None:
        """Do something in a while, ever later while it fails."""

        def now() -> None:
            self._retries.discard(timer)
            work()

        wait = min(LOAD_AGAIN * 2**self._failures, LATEST_AGAIN)
        self._failures += 1
        timer = asyncio.get_running_loop().call_later(wait, now)
        self._retries.add(timer)

    async def _carry_through(self, applications: frozenset[Application]) -> None:
        """Let what is in force count for what runs already."""
        await self._sweep(applications)
        await self._end_refused(applications)

    async def _end_refused(self, applications: frozenset[Application]) -> None:
        """End what is open and refused by now; who is not placed yet has nothing to do with it."""
        async with self._ending:
            await asyncio.to_thread(self._endings.end_refused, applications)

    async def _sweep(self, applications: frozenset[Application]) -> None:
        """Place the processes of decided applications that run already."""
        if any(self._desk.policy.has_class(each) for each in applications):
            await asyncio.to_thread(
                self._enforcement.place_running, self._desk.policy, applications
            )
        await asyncio.to_thread(self._execs.look_through)

    async def _enroll(self, effect: Enroll) -> None:
        async with self._kernel:
            pass  # the verdict is in the kernel before anybody is placed
        pids = frozenset(process.pid for process in effect.processes)
        absent = pids
        try:
            absent = await asyncio.to_thread(
                self._enforcement.place, effect.application, effect.processes
            )
        finally:
            self.take(Enrolled(effect.application, pids, absent, self._now()))
        self._look_at_file(effect.application)

    def _look_at_file(self, application: Application) -> None:
        """Learn of a file that took the place of another: its start was not told."""
        look = partial(self._execs.is_outdated, application)
        self._lookups.begin(look, partial(self._looked_at_file, application))

    def _looked_at_file(self, application: Application, is_outdated: bool | None) -> None:  # noqa: FBT001 # what was found
        if is_outdated:
            self._run(self._learn_of(application))

    async def _learn_of(self, application: Application) -> None:
        async with self._kernel:
            await asyncio.to_thread(self._execs.learn, self._desk.policy, {application})

    # -- host names --------------------------------------------------------------------------

    def _names_of(self, address: Address) -> tuple[str, ...]:
        return self._names.said(address, self._enforcement.clock())

    def _heard(self, answer: Answer) -> None:
        """Learn what a name server has said."""
        news = self._names.learn(answer, self._enforcement.clock())
        listed = any(map(self._lists.covering_name, (answer.name, *answer.aliases)))
        if news and (listed or self._enforcement.goes_by_name):
            self._run(self._learn(news))

    async def _learn(self, addresses: frozenset[Address]) -> None:
        async with self._kernel:
            await asyncio.to_thread(self._enforcement.learn_listed, addresses)
            await asyncio.to_thread(self._enforcement.learn, addresses)

    # -- block lists ---------------------------------------------------------------------------

    async def lists(self) -> list[dict[str, str | int | float]]:
        """Every block list, with how often it was met."""
        try:
            hits = await asyncio.to_thread(self._enforcement.hits)
        except NotLoaded as error:
            log.warning("%s", error)
            hits = {}
        return [{**words, "hits": hits.get(str(words["name"]), 0)} for words in self._lists.words]

    def known(self, address: Address, name: str) -> dict[str, list[str]]:
        """Say what an address is called, beside *name*, and which block lists cover it."""
        named = [name] if name else []
        names = dict.fromkeys([*named, *self._names.said(address, self._enforcement.clock())])
        return {"names": [*names], "lists": sorted(self._lists.covering(address, names))}

    # -- what is open, and what has passed ----------------------------------------------------

    async def connections(self, uid: Uid | None) -> list[OpenConnection]:
        """List what is open, of one user or of all. Raises OSError."""
        return await asyncio.to_thread(self._view.connections, self._desk.policy, uid)

    async def traffic(self, uid: Uid | None) -> list[Traffic]:
        """Say what has passed, of one user or of all. Raises NotCounted, NotLoaded."""
        async with self._kernel:  # the first question changes the table
            return await asyncio.to_thread(self._view.traffic, uid)

    async def running(self) -> list[Running]:
        """Say who uses the network now. Raises OSError."""
        at = self._enforcement.clock()
        found = await asyncio.to_thread(running.running, self._owners, self._names, at)
        hear = asyncio.get_running_loop().run_in_executor
        names = [await hear(self._titles, self._catalogue.entry_of, it.application) for it in found]
        return [replace(it, about=about) for it, about in zip(found, names, strict=True)]

    async def refresh_lists(self) -> None:
        """Fetch all block lists now."""
        await self._lists.refresh([str(words["name"]) for words in self._lists.words])
        await self.reload()

    # -- until processes quit ------------------------------------------------------------------

    async def _separate(self, effect: Separate) -> None:
        application, stay = effect.process.application, None
        given = Given(self._now(), ())
        self._taken_back.begin(effect.question, given)
        try:
            given.apart = await self._apart_now(application)
            async with self._kernel:
                if not self._desk.policy.settles(application):  # no rule was quicker
                    stay = await asyncio.to_thread(
                        self._enforcement.separate,
                        effect.process,
                        effect.action,
                        self._now() - effect.since,
                    )
            given.stay = stay.rule.id if stay else None
        except (NotLoaded, OverflowError, OSError) as error:
            log.error("%s: it gets no class until it quits: %s", application, error)
        finally:
            given.done.set()
            self.take(Separated(effect.question, stay is not None, self._now()))
        if stay:
            await self._end_refused(frozenset({application}))

    def _stays_changed(self) -> None:
        former = self._staying
        self._staying = frozenset(rule.application for rule in self._enforcement.stays.rules)
        self._hear().rules_changed(former | self._staying)
        self._run(self._tell_gate())

    async def _tell_gate(self) -> None:
        async with self._kernel:
            await asyncio.to_thread(self._execs.learn, self._desk.policy)

    def _exited(self, stay: Stay) -> None:
        self._run(self._look(stay))

    async def _look(self, stay: Stay) -> None:
        async with self._kernel:
            await asyncio.to_thread(self._enforcement.stays.look, stay)

    async def _end_stay(self, rule: RuleId) -> None:
        async with self._kernel:
            if stay := self._enforcement.stays.listed_as(rule):
                await asyncio.to_thread(self._enforcement.stays.end, stay)

    # -- learning ------------------------------------------------------------------------------

    async def learn(self, seconds: int) -> None:
        """Let through and record what nobody has decided, for so long; 0 ends it.

        Raises LockedDown; OSError where it did not begin, or is off, but not on disk.
        """
        async with self._locking:
            if not seconds:
                await self._end_learning()
                return
            if self._desk.locked:
                raise LockedDown
            await asyncio.to_thread(self.learning.begin, seconds)
            self.learning.watch_the_clock()
            if self.paused:  # what passes in the kernel cannot be recorded
                await self.pause(0)
            self.take(LearningChanged(on=True, now=self._now()))
            log.info("learning for %d seconds", seconds)

    def _take_up_learning(self) -> None:
        """Go on where an earlier helper was."""
        self.learning.read()
        for problem in self.learning.problems:
            log.error("%s", problem)
        if self._desk.locked:
            self.learning.end()
        list(self._desk.handle(LearningChanged(on=self.learning.is_on, now=self._now())))

    def _learning_ended(self) -> None:
        self._run(self._end_in_time())

    async def _end_in_time(self) -> None:
        async with self._locking:
            if not self.learning.is_on:
                with suppress(OSError):  # it stands among the problems
                    await self._end_learning()
        self._hear().status_changed()

    async def _end_learning(self) -> None:
        """Ask again from now on, also about what was let through and can be told from others."""
        was_on = self._desk.learning
        self.learning.end()
        self.take(LearningChanged(on=False, now=self._now()))
        if was_on:
            log.info("learning has ended")
            await self._forget_once()
        await asyncio.to_thread(self.learning.erase)

    async def _forget_once(self) -> None:
        """Have flows asked about again that the kernel was taught one by one."""
        try:
            async with self._kernel:
                await asyncio.to_thread(self._enforcement.forget_once)
        except NotLoaded as error:  # they end by themselves, when they are silent for a while
            log.warning("%s", error)

    def _learned(self, *, news: bool) -> None:
        self.learning.note()
        if news:
            self._hear().status_changed()

    async def judge(self, application: Application, verdict: learned.Verdict, seen: int) -> None:
        """Carry out what somebody says about the first *seen* things that were learned.

        Raises ValueError, OSError where its rules are in force but not on disk.
        """
        if (found := self.learning.lessons.about(application)) is None:
            raise ValueError(f"nothing was learned of {application}")
        for rule in found.rules(verdict, seen):
            await self.keep(rule)
        is_narrow = verdict in (learned.Verdict.REACHED, learned.Verdict.FORGET)
        self.learning.lessons.forget(application, seen if is_narrow else MOST_PLACES)
        self.learning.note()

    # -- small things -----------------------------------------------------------------------------

    def _hear(self) -> Audience:
        if self._audience is None:
            raise RuntimeError("the loop was not started")
        return self._audience

    def _run(self, job: Job) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(job)
        self._jobs.add(task)  # the event loop alone would let it be collected
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: "asyncio.Task[None]") -> None:
        self._jobs.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("a job failed", exc_info=error)

    def _now(self) -> float:
        return asyncio.get_running_loop().time()
