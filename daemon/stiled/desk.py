"""Where held packets wait for a decision.

The desk does no I/O. Events go in, effects come out, and `loop.py` carries both. A flow that is
held goes through these stations, and every packet of it that comes meanwhile joins it there:

    looked up   Arrived -> Identify -> Identified: whose is it?
    asked       nobody has decided: Ask -> Answered (-> Keep -> PolicyChanged), or the time is up
    placed      a rule decides: Enroll puts the processes into their class -> Enrolled -> Release
    set apart   an answer holds until a process quits: Separate gives it a class of its own
                -> Separated -> Release

A released packet is judged again by the kernel (Verdict.REPEAT): there is one judge. Where the
kernel cannot know whose packet it is, the sender being gone, it is taught about the flow first.

While locked down nobody is asked: what would be asked about is refused at once. While learning,
what nobody has said anything about is recorded and let through, each flow for itself: the kernel is
taught about none of the applications, so that nothing is left of it at the end.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from itertools import count
from typing import NewType, TypeAlias, assert_never

from stile.applications import EVERYBODY, Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Place, Process, Uid, place_of
from stile.decisions import Outcome, Reason
from stile.questions import Question, QuestionId, Why
from stile.rules import CAUTION, Action, Choice, Lifetime, Policy, Rule, answer, decide, unsaid
from stile.scopes import Attempt, Scope, host
from stile.settings import Settings
from stiled.lessons import Lessons

PacketId = NewType("PacketId", int)

SECOND_LOOK = 5.0
"""Seconds for which a flow that was judged again is remembered: if it comes back to the queue
within them, its socket is not in the class of the process that seemed to own it."""
SETTLES = 0.5
"""Seconds after which a change of the policy is in the kernel."""

LONGEST_STOP = 3600.0
"""Seconds for which the clock of a question can stand: nobody holds packets for ever."""
MOST_PLACES = 32
"""Places that a question names."""


class Verdict(Enum):
    """How a held packet is given back to the kernel."""

    REPEAT = "judged again by the rules"
    REFUSE = "judged again, marked to be refused"
    DROP = "thrown away"


OUTCOME = {Action.ALLOW: Outcome.ALLOW, Action.DENY: Outcome.DENY, Action.DROP: Outcome.DROP}

# -- events: what happened outside ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class Arrived:
    """The kernel holds a packet for us."""

    packet: PacketId
    flow: Flow
    now: float
    """Seconds of a clock that never goes back; so in every event."""
    interface: int = 0
    """Index of the interface that the packet would leave by."""
    lookup: str = ""
    """The host name that a name server is asked about, where the packet does that."""


@dataclass(frozen=True, slots=True)
class Identified:
    """These processes hold the socket that the flow came from: one, several, or one unknown."""

    flow: Flow
    processes: tuple[Process, ...]
    now: float
    apart: Mapping[Pid, Action] = field(default_factory=dict)
    """What those of them get that have a verdict until they quit."""
    names: tuple[str, ...] = ()
    """The host names that its address is known by, the one that was asked for last first."""
    lists: frozenset[str] = frozenset()
    """The block lists that cover it."""
    absent: frozenset[Pid] | None = None
    """Those that could not be put into the class of their application; None where nobody tried."""
    closed: bool = False
    """Whether it comes back because who sent it, as was seen, has closed its socket since."""


@dataclass(frozen=True, slots=True)
class NotIdentified:
    """Whose the flow is could not be looked for: it is looked for anew when it comes again."""

    flow: Flow


@dataclass(frozen=True, slots=True)
class Answered:
    """Somebody decided a question."""

    question: QuestionId
    choice: Choice
    now: float


@dataclass(frozen=True, slots=True)
class ClockStopped:
    """Somebody wants more time for a question, or, where not *on*, no more."""

    question: QuestionId
    on: bool
    now: float


@dataclass(frozen=True, slots=True)
class PolicyChanged:
    """Other rules are in force; only those about *about* are others, where that is said."""

    policy: Policy
    now: float
    about: Application | None = None


@dataclass(frozen=True, slots=True)
class LockdownChanged:
    """From now on only what is allowed reaches the network, or nobody wants that any more."""

    on: bool
    now: float


@dataclass(frozen=True, slots=True)
class LearningChanged:
    """From now on what nobody has decided is let through and recorded, or asked about again."""

    on: bool
    now: float


@dataclass(frozen=True, slots=True)
class Enrolled:
    """These processes of an application are in its class, but for *absent*: gone, or not ours."""

    application: Application
    processes: frozenset[Pid]
    absent: frozenset[Pid]
    now: float


@dataclass(frozen=True, slots=True)
class Separated:
    """The process that a question named has a class of its own, or it could not be `placed`."""

    question: QuestionId
    placed: bool
    now: float


@dataclass(frozen=True, slots=True)
class TimePassed:
    """It is later now."""

    now: float


Event: TypeAlias = (
    Arrived
    | Identified
    | NotIdentified
    | Answered
    | ClockStopped
    | PolicyChanged
    | LockdownChanged
    | LearningChanged
    | Enrolled
    | Separated
    | TimePassed
)

# -- effects: what should happen outside ---------------------------------------------


@dataclass(frozen=True, slots=True)
class Identify:
    """Find out whose flow it is, and come back with Identified, or NotIdentified.

    `beyond_classes`: leave out processes that are in the class of a decided application.
    """

    flow: Flow
    interface: int
    beyond_classes: bool
    lookup: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """Give held packets back to the kernel."""

    packets: tuple[PacketId, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Remember:
    """Teach the kernel what a single flow gets, before what follows.

    `application`: and what it has to know of the address, where host names decide about it.
    """

    flow: Flow
    action: Action
    application: Application | None = None


@dataclass(frozen=True, slots=True)
class Ask:
    """Put a question to the agents, or show it anew."""

    question: Question


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Take a question off the screen."""

    question: QuestionId
    why: Why


@dataclass(frozen=True, slots=True)
class Keep:
    """Keep the rules of an answer, and come back with one PolicyChanged."""

    question: QuestionId
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Enforce:
    """Teach the kernel what these applications get from now on, and place those that run."""

    applications: frozenset[Application]


@dataclass(frozen=True, slots=True)
class Enroll:
    """Put processes into the class of their application, and come back with Enrolled."""

    application: Application
    processes: frozenset[Process]


@dataclass(frozen=True, slots=True)
class Separate:
    """Give a process a verdict until it quits, in a class of its own; come back with Separated.

    `since` is when its packet came: what has started later only has its number.
    """

    question: QuestionId
    process: Process
    action: Action
    since: float


@dataclass(frozen=True, slots=True)
class Report:
    """Tell those who watch."""

    connection: Connection
    outcome: Outcome
    reason: Reason


@dataclass(frozen=True, slots=True)
class Learn:
    """Have what was learned on disk soon; *news*: an application is the first time among it."""

    news: bool


Effect: TypeAlias = (
    Identify
    | Release
    | Remember
    | Ask
    | Withdraw
    | Keep
    | Enforce
    | Enroll
    | Separate
    | Report
    | Learn
)

# -- what waits ----------------------------------------------------------------------


@dataclass(slots=True)
class _Held:
    """The packets of one flow, at one of the stations."""

    flow: Flow
    packets: list[PacketId]
    since: float
    processes: tuple[Process, ...] = ()
    reason: Reason = Reason.RULE
    lookup: str = ""
    names: tuple[str, ...] = ()
    lists: frozenset[str] = frozenset()
    apart: Mapping[Pid, Action] = field(default_factory=dict)

    @property
    def connection(self) -> Connection:
        names = (self.lookup,) if self.lookup else self.names
        name = next((name for name in names if host(name)), "")  # one that an answer can be about
        return Connection(
            self.processes[0], self.flow, name=name, lookup=bool(self.lookup and name)
        )

    @property
    def attempt(self) -> Attempt:
        names, uid = frozenset({self.lookup} if self.lookup else self.names), self.processes[0].uid
        return Attempt.of(self.flow, uid, names, self.lists, lookup=bool(self.lookup))

    def decided(self, policy: Policy) -> Action:
        if self.is_apart and not policy.settles(self.application):
            action = min((self.apart[pid] for pid in self.pids), key=CAUTION.index)
            policy = policy.with_whole(self.application, action)
        return decide(policy, self.application, self.attempt)

    def decided_for(self, policy: Policy, process: Process) -> Action:
        return replace(self, processes=(process,)).decided(policy)

    @property
    def is_apart(self) -> bool:
        """Whether all who may have sent it have a verdict until they quit."""
        return self.pids <= self.apart.keys()

    @property
    def application(self) -> Application:
        return self.processes[0].application

    @property
    def uid(self) -> Uid:
        return self.processes[0].uid

    @property
    def pids(self) -> frozenset[Pid]:
        return frozenset(process.pid for process in self.processes)


@dataclass(frozen=True, slots=True)
class _Repeated:
    """A flow that was judged again."""

    at: float
    held: _Held | None
    """As it was; None where the kernel was taught about it since."""


@dataclass(slots=True)
class _Open:
    """A question that waits for an answer."""

    id: QuestionId
    deadline: float
    flows: list[_Held] = field(default_factory=list)
    answer: Choice | None = None
    left: float | None = None
    """Seconds that were left when its clock was stopped; `deadline` is far away then."""

    @property
    def subject(self) -> Connection:
        return self.flows[0].connection

    @property
    def uid(self) -> Uid:
        return self.flows[0].uid

    @property
    def places(self) -> list[_Held]:
        """One flow for each place, the subject first: they keep their numbers as others come.

        Where other users' processes want to go is nothing for who is asked.
        """
        uid = self.flows[0].processes[0].uid
        found: dict[Place, _Held] = {}
        for held in self.flows:
            if held.processes[0].uid == uid:
                found.setdefault(place_of(held.connection), held)
        return list(found.values())[:MOST_PLACES]

    def meant(self, choice: Choice) -> list[_Held]:
        """The places that an answer is about; none where it names one that there is not."""
        places = self.places
        return places if choice.every else places[choice.place : choice.place + 1]

    def is_about(self, held: _Held) -> bool:
        """Whether the process that the question names sends this flow too."""
        process = self.subject.process
        return process.application == held.application and process.pid in held.pids

    def shown(self, now: float) -> Question:
        waiting = sum(len(held.packets) for held in self.flows)
        _, *others = (held.connection for held in self.places)
        left = max(0.0, self.deadline - now) if self.left is None else self.left
        stopped = self.left is not None
        return Question(self.id, self.subject, waiting, left, others=tuple(others), stopped=stopped)


class Desk:
    """Decides about packets, or remembers who is waiting for whom."""

    def __init__(
        self,
        policy: Policy,
        settings: Settings,
        *,
        judges_answers: bool = True,
        lessons: Lessons | None = None,
    ) -> None:
        """*judges_answers*: whether the kernel knows whose a listener's answer to a SYN is."""
        self.settings = settings
        self._lessons = Lessons() if lessons is None else lessons
        self._learning = False
        self._judges_answers = judges_answers
        self._policy = policy
        self._changed = float("-inf")
        self._locked = False
        self._numbers = count(1)
        self._flows: dict[Flow, _Held] = {}
        self._asked: dict[Application, _Open] = {}
        self._placed: dict[Application, list[_Held]] = {}
        self._separating: dict[QuestionId, _Open] = {}
        self._repeated: dict[Flow, _Repeated] = {}
        self._held = 0

    @property
    def policy(self) -> Policy:
        """The rules in force."""
        return self._policy

    @property
    def locked(self) -> bool:
        """Whether only what is allowed reaches the network, and nobody is asked."""
        return self._locked

    @property
    def learning(self) -> bool:
        """Whether what nobody has decided is recorded and let through."""
        return self._learning

    @property
    def deadline(self) -> float | None:
        """When TimePassed is wanted; None while nothing waits for a time."""
        return min((opened.deadline for opened in self._asked.values()), default=None)

    @property
    def held(self) -> int:
        """How many packets wait."""
        return self._held

    def comes_late(self, now: float) -> None:
        """Know that the kernel learns of the policy only now (`SETTLES`)."""
        self._changed = now

    def questions(self, now: float) -> list[Question]:
        """Every question that nobody has answered, the oldest first."""
        return [opened.shown(now) for opened in self._asked.values() if opened.answer is None]

    def handle(self, event: Event) -> Iterator[Effect]:  # noqa: C901 # one arm an event
        """Take in one event and say what has to be done about it."""
        match event:
            case Arrived():
                yield from self._arrived(event)
            case Identified():
                yield from self._identified(event)
            case NotIdentified(flow):
                yield self._released(self._flows[flow], Verdict.DROP)
            case Answered():
                yield from self._answered(event)
            case ClockStopped():
                yield from self._clock_stopped(event)
            case PolicyChanged():
                yield from self._policy_changed(event)
            case LockdownChanged():
                yield from self._lockdown_changed(event)
            case LearningChanged():
                yield from self._learning_changed(event)
            case Enrolled():
                yield from self._enrolled(event)
            case Separated():
                yield from self._separated(event)
            case TimePassed():
                yield from self._time_passed(event)
            case _:
                assert_never(event)

    # -- a packet comes ------------------------------------------------------------------

    def _arrived(self, event: Arrived) -> Iterator[Effect]:
        if held := self._flows.get(event.flow):
            yield from self._joined(held, event.packet)
            return
        if self.held >= self.settings.held_in_all:
            yield Release((event.packet,), Verdict.DROP)
            return
        self._flows[event.flow] = _Held(event.flow, [event.packet], event.now, lookup=event.lookup)
        self._held += 1
        second = self._was_repeated(event.flow, event.now)
        yield Identify(event.flow, event.interface, second, event.lookup)

    def _joined(self, held: _Held, packet: PacketId) -> Iterator[Effect]:
        """Let a packet share the fate of those of its flow that wait already."""
        opened = self._asked.get(held.application) if held.processes else None
        waiting = max(len(held.packets), self._waiting(opened) if opened else 0)
        has_room = self.held < self.settings.held_in_all and (
            opened is None or self._has_room_for_packets(held.uid)
        )
        if waiting >= self.settings.held_per_application or not has_room:
            yield Release((packet,), Verdict.DROP)
        else:
            held.packets.append(packet)
            self._held += 1

    def _was_repeated(self, flow: Flow, now: float) -> bool:
        while self._repeated:
            oldest = next(iter(self._repeated))
            if now - self._repeated[oldest].at <= SECOND_LOOK:
                break
            del self._repeated[oldest]
        return flow in self._repeated

    def _identified(self, event: Identified) -> Iterator[Effect]:
        held = self._flows[event.flow]
        held.names, held.lists = event.names, event.lists
        held.processes, held.apart = event.processes, event.apart
        repeated = self._repeated.get(held.flow)
        if event.closed and repeated and repeated.held:
            # who sent it has a class by now, and the socket has not
            held.processes, held.apart = repeated.held.processes, repeated.held.apart
            if (action := held.decided(self._policy)) is not Action.ASK:
                yield Remember(held.flow, action)
                yield self._repeat(held, event.now, taught=True)
                return
        held.processes = _most_cautious(self._policy, held, held.processes)
        yield from self._judged(held, event)

    def _judged(self, held: _Held, event: Identified) -> Iterator[Effect]:
        """Send a flow on to where it waits next."""
        decided = held.decided(self._policy)
        if decided is not Action.ASK and held.is_apart and not self._is_settled(held):
            yield from self._judged_apart(held, decided, event.now)
        elif decided is not Action.ASK and event.absent is not None:
            yield from self._judged_in_class(held, decided, event.absent, event.now)
        elif decided is not Action.ASK:
            yield from self._place(held.application, [held])
        elif held.flow.inbound and self._is_let_in(held):
            yield Remember(held.flow, Action.ALLOW)
            yield self._repeat(held, event.now)
        elif held.pids & held.apart.keys() and not held.is_apart:
            yield self._repeat(held, event.now)  # who is not apart is looked for when it comes back
        elif opened := next((e for e in self._separating.values() if e.is_about(held)), None):
            opened.flows.append(held)
        elif self._is_overtaken(held, event.now):
            yield self._repeat(held, event.now)
        else:
            yield from self._ask(held, event.now)

    def _is_overtaken(self, held: _Held, now: float) -> bool:
        """Whether the policy may have changed in the kernel between a packet and a look at it.

        Then who has sent it is in a decided class by now, and was left out of a second look.
        """
        is_nobody = held.application.kind is Kind.UNKNOWN and held.flow in self._repeated
        return is_nobody and now - self._changed < SETTLES

    def _is_let_in(self, held: _Held) -> bool:
        """Whether nobody has said anything about who is reached there, and it is not asked about.

        Such a packet is held only where the kernel cannot tell whose it is.
        """
        is_unsaid = unsaid(self._policy, held.application, held.attempt)
        return is_unsaid and not (self.settings.ask_about_inbound or self._locked)

    def _judged_apart(self, held: _Held, action: Action, now: float) -> Iterator[Effect]:
        """Go on with what is sent by who is in its class already."""
        if self._policy.goes_by_name(held.application):
            yield Report(held.connection, OUTCOME[action], held.reason)
            yield Remember(held.flow, action, held.application)
        elif self._goes_unseen(held):
            yield Remember(held.flow, action)
        yield self._repeat(held, now)  # otherwise the answer came while this was on its way to us

    def _goes_unseen(self, held: _Held) -> bool:
        """Whether the kernel does not see the class of who sends this."""
        return held.flow.inbound and not self._judges_answers

    # -- nobody has decided --------------------------------------------------------------

    def _ask(self, held: _Held, now: float) -> Iterator[Effect]:
        if self._locked:
            yield from self._refuse([held])
            return
        if self._is_to_be_learned(held):
            yield from self._learn(held)
            return
        opened = self._asked.get(held.application)
        if opened is None and not self._has_room_for_question(held):
            yield from self._give_up(held, Reason.TOO_MANY)
            return
        if not self._has_room_for_packets(held.uid, len(held.packets)):
            yield from self._dropped(held)
            return
        if opened is None:
            deadline = now + self.settings.question_timeout
            opened = _Open(QuestionId(next(self._numbers)), deadline)
            self._asked[held.application] = opened
        elif self._waiting(opened) + len(held.packets) > self.settings.held_per_application:
            yield from self._dropped(held)
            return
        opened.flows.append(held)
        yield Report(held.connection, Outcome.HELD, Reason.ASKED)
        yield Ask(opened.shown(now))

    def _is_to_be_learned(self, held: _Held) -> bool:
        """Whether learning takes the place of the question.

        What a rule wants to be asked about is asked about, and so is who has no name that a rule
        could have, or no room among what was learned: nothing passes without a record.
        """
        return (
            self._learning
            and self._lessons.has_room(held.application)
            and unsaid(self._policy, held.application, held.attempt)
        )

    def _learn(self, held: _Held) -> Iterator[Effect]:
        """Record a flow, and let it through: it alone."""
        is_new = held.application not in self._lessons
        self._lessons.take(held.connection)
        yield Learn(is_new)
        yield Report(held.connection, Outcome.ALLOW, Reason.LEARNED)
        yield Remember(held.flow, Action.ALLOW)
        yield self._released(held, Verdict.REPEAT)

    def _learning_changed(self, event: LearningChanged) -> Iterator[Effect]:
        self._learning = event.on
        for application, opened in list(self._asked.items()) if event.on else ():
            if opened.answer is None and any(map(self._is_to_be_learned, opened.flows)):
                del self._asked[application]
                yield Withdraw(opened.id, Why.SETTLED)
                for held in opened.flows:
                    yield from self._ask(held, event.now)

    def _has_room_for_question(self, held: _Held) -> bool:
        """Whether its user has asked for less than is left for others.

        So one alone gets the half, the next one a quarter: nobody's programs keep the questions
        about another's off the screen.
        """
        own = sum(opened.uid == held.uid for opened in self._asked.values())
        return own < self.settings.questions_in_all - len(self._asked)

    def _has_room_for_packets(self, uid: Uid, coming: int = 0) -> bool:
        """Whether less is held of a user than is left for others, but for what is *coming*."""
        same = (opened for opened in self._asked.values() if opened.uid == uid)
        left = self.settings.held_in_all - self._held + coming
        return sum(map(self._waiting, same)) < left

    def _waiting(self, opened: _Open) -> int:
        return sum(len(held.packets) for held in opened.flows)

    def _refuse(self, flows: Iterable[_Held]) -> Iterator[Effect]:
        """Refuse what nobody may be asked about.

        Who sends datagrams hears only of a refusal that comes with the sending itself: the kernel
        is taught about these flows, so that the next one fails. Not where there are no ports, for
        it would count for others who send to the same address; nor where names decide, for the
        next one may be allowed.
        """
        gathered = list(flows)
        for held in gathered:
            yield Report(held.connection, Outcome.DENY, Reason.LOCKDOWN)
            yield self._released(held, Verdict.REFUSE)
        for held in gathered:
            by_name = self._policy.goes_by_name(held.application)
            if held.flow.protocol.has_ports and held.flow.protocol != TCP and not by_name:
                yield Remember(held.flow, Action.DENY)

    def _dropped(self, held: _Held) -> Iterator[Effect]:
        yield Report(held.connection, Outcome.DROP, Reason.TOO_MANY)
        yield self._released(held, Verdict.DROP)

    def _give_up(self, held: _Held, reason: Reason) -> Iterator[Effect]:
        """Do what the settings say where nobody answers; the next attempt is asked about again."""
        action = self.settings.when_nobody_answers
        yield Report(held.connection, OUTCOME[action], reason)
        if action is Action.ALLOW:
            yield Remember(held.flow, action)
            yield self._released(held, Verdict.REPEAT)
        else:
            yield self._released(held, Verdict.REFUSE if action is Action.DENY else Verdict.DROP)

    # -- somebody decides ----------------------------------------------------------------

    def _answered(self, event: Answered) -> Iterator[Effect]:
        opened = self._find(event.question)
        if opened is None or opened.answer is not None:
            return  # answered twice, or after we gave up: the second word is void
        meant = opened.meant(event.choice)
        if not meant:
            return
        application = opened.subject.application
        if event.choice.lifetime is Lifetime.ONCE or not application.can_have_rules:
            yield from self._answered_once(opened, meant, event)
            return
        if event.choice.lifetime is Lifetime.QUIT:
            yield from self._answered_until_quit(opened, meant[0], event)
            return
        opened.answer = event.choice
        rules = (answer(held.connection, event.choice) for held in meant)
        yield Keep(opened.id, tuple(dict.fromkeys(rules)))

    def _find(self, question: QuestionId) -> _Open | None:
        return next((each for each in self._asked.values() if each.id == question), None)

    def _answered_once(
        self, opened: _Open, meant: list[_Held], event: Answered
    ) -> Iterator[Effect]:
        """Settle what is meant of what was shown; all else is asked about anew."""
        del self._asked[opened.subject.application]
        yield Withdraw(opened.id, Why.SETTLED)
        places = {place_of(held.connection) for held in meant}
        uid = meant[0].processes[0].uid
        for held in opened.flows:
            if place_of(held.connection) in places and held.processes[0].uid == uid:
                yield Report(held.connection, OUTCOME[event.choice.action], Reason.ANSWER)
                yield Remember(held.flow, event.choice.action)
                yield self._released(held, Verdict.REPEAT)
            else:
                yield from self._ask(held, event.now)

    def _answered_until_quit(
        self, opened: _Open, subject: _Held, event: Answered
    ) -> Iterator[Effect]:
        """Settle what the process sends that was shown; others of it are asked about anew."""
        opened.flows = [subject, *(held for held in opened.flows if held is not subject)]
        others = [held for held in opened.flows if not opened.is_about(held)]
        opened.flows = [held for held in opened.flows if opened.is_about(held)]
        opened.answer = event.choice
        del self._asked[subject.application]
        self._separating[opened.id] = opened
        yield Withdraw(opened.id, Why.SETTLED)
        yield Separate(opened.id, subject.processes[0], event.choice.action, subject.since)
        for held in others:
            yield from self._ask(held, event.now)

    def _separated(self, event: Separated) -> Iterator[Effect]:
        opened = self._separating.pop(event.question)
        for held in opened.flows:
            if opened.answer is None or self._is_settled(held):
                yield from self._place(held.application, [held])  # a rule is the later word
                continue
            held.apart = dict.fromkeys(held.pids, opened.answer.action)
            action = held.decided(self._policy)
            asks = action is Action.ASK  # a rule wants each connection to there to be asked about
            if self._locked and (asks or not event.placed):  # no more than an answer about flows
                yield from self._refuse([held])
                continue
            action = opened.answer.action if asks else action
            yield Report(held.connection, OUTCOME[action], Reason.ANSWER)
            if self._policy.goes_by_name(held.application):
                yield Remember(held.flow, action, held.application)
            elif asks or not event.placed or self._goes_unseen(held):
                yield Remember(held.flow, action)
            yield self._repeat(held, event.now)

    def _is_settled(self, held: _Held) -> bool:
        """Whether a rule decides, whatever was said about the process that sends this."""
        settles = self._policy.settles(held.application)
        return settles and held.decided(self._policy) is not Action.ASK

    def _policy_changed(self, event: PolicyChanged) -> Iterator[Effect]:
        changed = _changed(self._policy, event.policy, event.about)
        self._policy, self._changed = event.policy, event.now
        if changed:
            yield Enforce(changed)
        for application, opened in list(self._asked.items()):
            settled = [
                held for held in opened.flows if held.decided(self._policy) is not Action.ASK
            ]
            if settled:
                yield from self._settled(application, opened, settled, event.now)
            elif opened.answer is not None:  # its rule was taken back before it was in force
                opened.answer = None
                if self._locked:
                    yield from self._closed(application)
                else:
                    yield Ask(opened.shown(event.now))

    def _lockdown_changed(self, event: LockdownChanged) -> Iterator[Effect]:
        self._locked = event.on
        if not event.on:
            return
        for application, opened in list(self._asked.items()):
            if opened.answer is None:  # otherwise its rule is on its way to the disk
                yield from self._closed(application)

    def _closed(self, application: Application) -> Iterator[Effect]:
        """Refuse what waits for an answer, for nobody is asked any more."""
        opened = self._asked.pop(application)
        yield Withdraw(opened.id, Why.LOCKDOWN)
        yield from self._refuse(opened.flows)

    def _settled(
        self, application: Application, opened: _Open, settled: list[_Held], now: float
    ) -> Iterator[Effect]:
        """Go on with what is decided now; what is not is asked about anew."""
        del self._asked[application]
        yield Withdraw(opened.id, Why.SETTLED)
        for held in settled:
            held.reason = Reason.ANSWER if opened.answer else Reason.RULE
        yield from self._place(application, settled)
        for held in opened.flows:
            if held not in settled:
                yield from self._ask(held, now)

    # -- a rule decides ------------------------------------------------------------------

    def _place(self, application: Application, flows: Iterable[_Held]) -> Iterator[Effect]:
        gathered = list(flows)
        self._placed.setdefault(application, []).extend(gathered)
        processes = frozenset(process for held in gathered for process in held.processes)
        yield Enroll(application, processes)

    def _enrolled(self, event: Enrolled) -> Iterator[Effect]:
        for held in self._taken_from_placed(event.application, event.processes):
            action = held.decided(self._policy)
            if action is Action.ASK:
                yield from self._ask(held, event.now)
            else:
                yield from self._judged_in_class(held, action, event.absent, event.now)

    def _judged_in_class(
        self, held: _Held, action: Action, absent: frozenset[Pid], now: float
    ) -> Iterator[Effect]:
        """Have the kernel judge what is sent by who is in its class, but for *absent*."""
        yield Report(held.connection, OUTCOME[action], held.reason)
        if self._policy.goes_by_name(held.application):
            yield Remember(held.flow, action, held.application)
        elif held.pids <= absent or self._goes_unseen(held):
            yield Remember(held.flow, action)
        yield self._repeat(held, now)

    def _repeat(self, held: _Held, now: float, *, taught: bool = False) -> Release:
        """Have a flow judged again by the rules, and know it if it comes back.

        *taught*: since the kernel was taught about it, nothing more is to be done if it does.
        """
        self._repeated.pop(held.flow, None)  # to stand at the end, the oldest first
        self._repeated[held.flow] = _Repeated(now, None if taught else held)
        return self._released(held, Verdict.REPEAT)

    def _taken_from_placed(
        self, application: Application, processes: frozenset[Pid]
    ) -> list[_Held]:
        """Take those that wait for none but *processes*: others may still be on their way."""
        waiting = self._placed.pop(application, [])
        if others := [held for held in waiting if not held.pids <= processes]:
            self._placed[application] = others
        return [held for held in waiting if held.pids <= processes]

    # -- time ----------------------------------------------------------------------------

    def _clock_stopped(self, event: ClockStopped) -> Iterator[Effect]:
        """Let the clock of a question stand, or go on from where it stood."""
        opened = self._find(event.question)
        if opened is None or opened.answer is not None or event.on is (opened.left is not None):
            return
        if event.on:
            opened.left = max(0.0, opened.deadline - event.now)
            opened.deadline = event.now + LONGEST_STOP
        else:
            opened.deadline, opened.left = event.now + (opened.left or 0.0), None
        yield Ask(opened.shown(event.now))

    def _time_passed(self, event: TimePassed) -> Iterator[Effect]:
        for application, opened in list(self._asked.items()):
            if opened.deadline > event.now:
                continue
            if opened.answer is not None:  # its rule is on its way to the disk
                opened.deadline = event.now + self.settings.question_timeout
                continue
            del self._asked[application]
            yield Withdraw(opened.id, Why.EXPIRED)
            for held in opened.flows:
                yield from self._give_up(held, Reason.NOBODY_ANSWERED)

    def _released(self, held: _Held, verdict: Verdict) -> Release:
        del self._flows[held.flow]
        self._held -= len(held.packets)
        return Release(tuple(held.packets), verdict)


def _most_cautious(
    policy: Policy, held: _Held, processes: tuple[Process, ...]
) -> tuple[Process, ...]:
    """Of several holders of one socket keep those of the application that is trusted least."""
    if len(processes) == 1:
        return processes
    least = min(
        processes, key=lambda each: CAUTION.index(held.decided_for(policy, each))
    ).application
    return tuple(process for process in processes if process.application == least)


def _changed(old: Policy, new: Policy, about: Application | None) -> frozenset[Application]:
    """The applications about which the two say different things.

    Rules about one application change nothing for others, but rules about everybody may.
    """
    among = {about} if about and about != EVERYBODY else old.rules.keys() | new.rules.keys()
    return frozenset(
        application
        for application in among
        if _said(old, application) != _said(new, application)
        or old.shares(application) is not new.shares(application)
        or old.has_class(application) is not new.has_class(application)
    )


def _said(policy: Policy, application: Application) -> list[tuple[Scope, Action, float]]:
    return [(rule.scope, rule.action, rule.until) for rule in policy.rules.get(application, ())]
