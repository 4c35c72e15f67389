"""Whatever happens, in whatever order: what must always hold of the desk."""

from collections.abc import Sequence
from ipaddress import IPv4Address
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stile.applications import Application, Kind
from stile.connections import UDP, Connection, Flow, Pid, Process, Uid
from stile.questions import QuestionId
from stile.rules import DECIDING, Action, Choice, Lifetime, Origin, Policy, Rule, decide
from stile.scopes import WHOLE, Attempt, Scope
from stile.settings import Settings
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
    LockdownChanged,
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

NOBODY = Process(Pid(0), Uid(0), Application(Kind.UNKNOWN, "already gone"))
PROCESSES = [
    *(Process(Pid(n), Uid(1000), Application(Kind.PATH, f"/opt/{n % 3}")) for n in range(1, 6)),
    NOBODY,
    Process(Pid(9), Uid(1000), Application(Kind.DELETED, "/opt/0")),
]
APPLICATIONS = [Application(Kind.PATH, f"/opt/{n}") for n in range(3)]
HERE, THERE = IPv4Address("192.0.2.9"), IPv4Address("192.0.2.1")
FLOWS = [Flow(UDP, HERE, source, THERE, port) for source in (1, 2) for port in range(1, 5)]
SCOPES = [
    WHOLE,
    WHOLE,
    *(Scope.parse({"port": f"{n}"}) for n in (1, 2)),
    Scope.parse({"to": "local"}),
]
HOLDERS = st.lists(st.sampled_from(PROCESSES), min_size=1, max_size=3, unique=True)


class Stories(RuleBasedStateMachine):
    """The world around a desk: a kernel, /proc and a disk that take their time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.desk = Desk(
            Policy(), Settings(held_per_application=4, held_in_all=8, questions_in_all=2)
        )
        self.outside: dict[PacketId, Flow] = {}
        """Packets that the kernel waits for."""
        self.came = 0
        self.senders: dict[Flow, Connection] = {}
        """Of flows that were identified and wait."""
        self.to_identify: list[Identify] = []
        self.to_enroll: list[Enroll] = []
        self.to_keep: list[Keep] = []
        self.to_separate: list[Separate] = []
        self.holders: dict[Flow, set[Pid]] = {}
        self.apart: dict[Pid, tuple[Application, Action]] = {}
        """Who has a verdict until it quits."""
        self.written: dict[tuple[Application, Scope], Rule] = {}
        self.shown: set[QuestionId] = set()

    # -- what happens ------------------------------------------------------------------------

    @rule(flow=st.sampled_from(FLOWS))
    def a_packet_comes(self, flow: Flow) -> None:
        self.came += 1
        packet = PacketId(self.came)
        self.outside[packet] = flow
        self.play(Arrived(packet, flow, self.now))

    @precondition(lambda self: self.to_identify)
    @rule(data=st.data(), holders=HOLDERS)
    def somebody_is_found(self, data: st.DataObject, holders: list[Process]) -> None:
        at = data.draw(st.integers(0, len(self.to_identify) - 1))
        self.find(self.to_identify.pop(at), holders)

    @precondition(lambda self: any(each.beyond_classes for each in self.to_identify))
    @rule()
    def a_socket_was_closed_meanwhile(self) -> None:
        back = next(each for each in self.to_identify if each.beyond_classes)
        self.to_identify.remove(back)
        self.holders[back.flow] = {NOBODY.pid}
        self.play(Identified(back.flow, (NOBODY,), self.now, closed=True))

    @precondition(lambda self: self.to_enroll)
    @rule(data=st.data(), gone=st.booleans())
    def processes_are_placed(self, data: st.DataObject, gone: bool) -> None:  # noqa: FBT001 # drawn
        at = data.draw(st.integers(0, len(self.to_enroll) - 1))
        self.place(self.to_enroll.pop(at), gone=gone)

    @precondition(lambda self: self.to_separate)
    @rule(data=st.data(), gone=st.booleans())
    def a_process_is_set_apart(self, data: st.DataObject, gone: bool) -> None:  # noqa: FBT001 # drawn
        at = data.draw(st.integers(0, len(self.to_separate) - 1))
        self.separate(self.to_separate.pop(at), gone=gone)

    @precondition(lambda self: self.apart)
    @rule(data=st.data())
    def a_process_quits(self, data: st.DataObject) -> None:
        del self.apart[data.draw(st.sampled_from(sorted(self.apart)))]

    @precondition(lambda self: self.to_keep)
    @rule()
    def a_rule_is_written(self) -> None:
        self.write(self.to_keep.pop(0))

    @rule(
        number=st.integers(1, 6),
        action=st.sampled_from(DECIDING),
        lasts=st.sampled_from(Lifetime),
        narrow=st.booleans(),
        place=st.integers(0, 3),
        every=st.booleans(),
    )
    def somebody_answers(
        self,
        number: int,
        action: Action,
        lasts: Lifetime,
        narrow: bool,  # noqa: FBT001 # drawn
        place: int,
        every: bool,  # noqa: FBT001 # drawn
    ) -> None:
        """Whatever number: an open question, or one that is over."""
        open_now = [each.id for each in self.desk.questions(self.now)]
        question = open_now[number % len(open_now)] if open_now else QuestionId(number)
        until = self.now + 60 if lasts is Lifetime.UNTIL else 0.0
        narrow = narrow and lasts is not Lifetime.QUIT
        choice = Choice(action, lasts, until, this_port=narrow, place=place, every=every)
        self.play(Answered(question, choice, self.now))

    @rule(
        application=st.sampled_from(APPLICATIONS),
        action=st.sampled_from([*DECIDING, None]),
        scope=st.sampled_from(SCOPES),
    )
    def somebody_edits_rules(
        self, application: Application, action: Action | None, scope: Scope
    ) -> None:
        self.written.pop((application, scope), None)
        if action:
            self.written[application, scope] = Rule(application, action, scope=scope)
        self.policy_changes()

    @rule(number=st.integers(0, 6), on=st.booleans())
    def somebody_stops_a_clock_or_lets_it_go_on(self, number: int, on: bool) -> None:  # noqa: FBT001 # drawn
        open_now = [each.id for each in self.desk.questions(self.now)]
        question = open_now[number % len(open_now)] if open_now else QuestionId(number)
        self.play(ClockStopped(question, on, self.now))

    @rule(on=st.booleans())
    def somebody_locks_down_or_ends_it(self, on: bool) -> None:  # noqa: FBT001 # drawn
        self.play(LockdownChanged(on, self.now))

    @rule(seconds=st.sampled_from([0.5, 5.0, 30.0, 61.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.play(TimePassed(self.now))

    # -- what must hold ------------------------------------------------------------------------

    @invariant()
    def what_the_desk_holds_is_what_the_kernel_waits_for(self) -> None:
        assert self.desk.held == len(self.outside)
        assert self.desk.held <= self.desk.settings.held_in_all

    @invariant()
    def an_application_has_one_question_at_most(self) -> None:
        questions = self.desk.questions(self.now)
        asked = [each.connection.application for each in questions]
        assert len(set(asked)) == len(asked) <= self.desk.settings.questions_in_all
        assert {each.id for each in questions} <= self.shown
        most = self.desk.settings.held_per_application
        assert all(each.waiting <= most for each in questions)
        assert all(self.decided(each.connection) is Action.ASK for each in questions)

    @invariant()
    def nobody_is_asked_while_locked_down(self) -> None:
        assert not (self.desk.locked and self.desk.questions(self.now))

    @invariant()
    def a_time_is_wanted_while_a_question_is_open(self) -> None:
        if self.desk.questions(self.now):
            assert self.desk.deadline is not None

    def teardown(self) -> None:
        """Let everything come to its end: nothing must be left."""
        while (
            self.to_identify
            or self.to_enroll
            or self.to_keep
            or self.to_separate
            or self.desk.deadline is not None
        ):
            while self.to_keep:
                self.write(self.to_keep.pop())
            while self.to_identify:
                self.find(self.to_identify.pop(), PROCESSES[:1])
            while self.to_enroll:
                self.place(self.to_enroll.pop(), gone=False)
            while self.to_separate:
                self.separate(self.to_separate.pop(), gone=False)
            if self.desk.deadline is not None:
                self.now = self.desk.deadline
                self.play(TimePassed(self.now))
        assert (self.outside, self.desk.held, self.shown) == ({}, 0, set())

    # -- the world ------------------------------------------------------------------------------

    def find(self, effect: Identify, holders: Sequence[Process]) -> None:
        self.holders[effect.flow] = {each.pid for each in holders}
        said = {each.pid: self.apart[each.pid] for each in holders if each.pid in self.apart}
        who = {each.pid: each.application for each in holders}
        apart = {pid: action for pid, (app, action) in said.items() if who[pid] == app}
        self.play(Identified(effect.flow, tuple(holders), self.now, apart))

    def place(self, effect: Enroll, *, gone: bool) -> None:
        pids = frozenset(process.pid for process in effect.processes)
        absent = pids if gone or not effect.application.can_have_rules else frozenset()
        self.play(Enrolled(effect.application, pids, absent, self.now))

    def separate(self, effect: Separate, *, gone: bool) -> None:
        who = effect.process
        placed = not gone and not self.desk.policy.settles(who.application)
        if placed:
            self.apart[who.pid] = (who.application, effect.action)
        self.play(Separated(effect.question, placed, self.now))

    def write(self, effect: Keep) -> None:
        for kept in effect.rules:
            assert kept.origin is Origin.USER
            self.written[kept.application, kept.scope] = kept
        self.policy_changes()

    def policy_changes(self) -> None:
        self.play(PolicyChanged(Policy.of(self.written.values()), self.now))

    def play(self, event: Event) -> None:
        effects = list(self.desk.handle(event))
        self.check_that_packets_follow_what_their_flow_gets(effects)
        remembered: dict[Flow, Action] = {}
        for effect in effects:
            self.do(effect, remembered)

    def check_that_packets_follow_what_their_flow_gets(self, effects: list[Effect]) -> None:
        """See that what is released after a flow was allowed is of that flow: they go as one."""
        for effect, following in pairwise(effects):
            if isinstance(effect, Remember) and effect.action is Action.ALLOW:
                assert isinstance(following, Release)
                assert {self.outside[packet] for packet in following.packets} == {effect.flow}

    def do(self, effect: Effect, remembered: dict[Flow, Action]) -> None:  # noqa: C901 # one arm each
        match effect:
            case Identify():
                self.to_identify.append(effect)
            case Enroll():
                assert self.desk.policy.settles(effect.application) or effect.processes
                self.to_enroll.append(effect)
            case Keep():
                self.to_keep.append(effect)
            case Ask(question):
                assert not self.desk.locked
                self.shown.add(question.id)
            case Withdraw(question):
                self.shown.remove(question)
            case Remember(flow, action):
                remembered[flow] = action
            case Report(connection):
                self.senders[connection.flow] = connection
            case Release():
                self.release(effect, remembered)
            case Separate(_, process):
                assert process.application.can_have_rules
                self.to_separate.append(effect)
            case Enforce(applications):
                assert applications
                decided = {each for each in applications if self.desk.policy.settles(each)}
                self.apart = {
                    pid: said for pid, said in self.apart.items() if said[0] not in decided
                }

    def release(self, effect: Release, remembered: dict[Flow, Action]) -> None:
        flows = {self.outside.pop(packet) for packet in effect.packets}  # each of them once
        assert len(flows) == 1
        (flow,) = flows
        if effect.verdict is Verdict.REPEAT and flow not in remembered:
            if self.holders[flow] & self.apart.keys():
                return
            sender = self.senders[flow]
            assert self.decided(sender) is not Action.ASK, "it would come back"

    def decided(self, connection: Connection) -> Action:
        attempt = Attempt.of(connection.flow, connection.process.uid)
        return decide(self.desk.policy, connection.application, attempt)


Stories.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestStories = Stories.TestCase
