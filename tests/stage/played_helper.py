"""Stile's helper as a play: the whole contract on a real bus, and the test says what happens.

It holds no packets. `with PlayedHelper(bus) as helper:` puts it on the bus from a thread of its
own; what it was told lies in `helper.heard`, a queue: a test waits for a call and never sleeps.
"""

import queue
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import MessageFlag, MessageType
from dbus_next.message import Message
from played import Played

from stile import contract, wire
from stile.decisions import Decision
from stile.learned import Learned, Running
from stile.questions import Details, Question, QuestionId, Why
from stile.rules import Lifetime, Origin, Policy, Rule, RuleId
from stile.rules import answer as rule_of_answer
from stile.served import Caller, Refused, Served
from stile.settings import Settings, Stated
from stile.traffic import OpenConnection, Traffic

LOOKS = frozenset({"Watch", "Connections", "Traffic", "ListRulesOf"})
"""Methods that the tray calls by itself."""
PATIENCE = 10.0
"""Seconds after which a test gives up waiting."""


@dataclass
class PlayedHelper(Played):
    """The helper's side of the contract."""

    address: str
    kept: list[Rule] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    findings: list[tuple[str, str, str]] = field(default_factory=list)
    """What Doctor says: name, state, what it means."""
    looks: Details | None = None
    """What Details says; nothing of a process that has quit."""
    open: list[OpenConnection] = field(default_factory=list)
    """What Connections says."""
    passed: list[Traffic] = field(default_factory=list)
    """What Traffic says."""
    learned: list[Learned] = field(default_factory=list)
    """What there is to review."""
    runs: list[Running] = field(default_factory=list)
    """Who uses the network."""
    stated: Stated = field(default_factory=lambda: Stated(Settings(), "/etc/stile/stile.toml"))
    """What Settings says."""
    refuses: set[str] = field(default_factory=set)
    """Methods that answer "you may not"."""
    heard: "queue.Queue[tuple[Any, ...]]" = field(default_factory=queue.Queue)
    """What was called: the member and its arguments, in domain types."""
    looked: "queue.Queue[tuple[Any, ...]]" = field(default_factory=queue.Queue)
    """The same, of what the tray asks for by itself."""

    def __enter__(self) -> Self:
        self._paused = 0
        self._names = 0
        self._locked = False
        self._learning = 0
        self._agents: dict[str, str] = {}
        self._watchers: set[str] = set()
        self._open: dict[QuestionId, Question] = {}
        self._answers: dict[QuestionId, list[Rule]] = {}
        return super().__enter__()

    # -- what a test says ----------------------------------------------------------------

    def wait_for(self, member: str) -> tuple[Any, ...]:
        """Wait until a method is called, and give its arguments; pass over calls of others."""
        while True:
            calls = self.looked if member in LOOKS else self.heard
            name, *arguments = calls.get(timeout=PATIENCE)
            if name == member:
                return tuple(arguments)

    def ask(self, question: Question) -> None:
        """Put a question to every agent, and to those that come."""
        self._here(self._ask(question))

    def withdraw(self, question: QuestionId, why: Why) -> None:
        """Take a question back."""
        self._here(self._withdraw(question, why))

    def change(self, *rules: Rule) -> None:
        """Have other rules."""
        self._here(self._change(rules))

    def forget_agents(self) -> None:
        """Let agents go that have left the bus."""
        self._here(self._forget_agents())

    def find(self, *findings: tuple[str, str, str]) -> None:
        """Have other features."""
        self._here(self._find(findings))

    def decide(self, *decisions: Decision) -> None:
        """Tell those who watch of decisions."""
        self._here(self._decide(decisions))

    # -- what the contract asks for --------------------------------------------------------

    async def register_agent(self, caller: Caller, agent: str) -> None:
        self._take("RegisterAgent", agent)
        if self._agents and caller.name not in self._agents:
            raise Refused(contract.AGENT_EXISTS, "one agent a session")
        self._agents[caller.name] = agent
        for question in self._open.values():
            self._call_agents("Ask", "ta{sv}", question.id, wire.question_dict(question))

    async def unregister_agent(self, caller: Caller, agent: str) -> None:
        self._take("UnregisterAgent", agent)
        self._agents.pop(caller.name, None)

    async def answer(self, caller: Caller, question: int, choice: Mapping[str, Any]) -> bool:
        decided = wire.choice_of(choice)
        self._take("Answer", question, decided)
        if caller.name not in self._agents:
            raise Refused(contract.NOT_AGENT, "register first")
        asked = self._open.pop(QuestionId(question), None)
        if asked is not None and decided.lifetime is not Lifetime.ONCE:
            meant = asked.places if decided.every else asked.places[decided.place :][:1]
            self._answers[asked.id] = self.kept
            for connection in meant:
                await self._keep(rule_of_answer(connection, decided))
        return asked is not None

    async def take_back(self, _caller: Caller, question: int) -> bool:
        self._take("TakeBack", question)
        before = self._answers.pop(QuestionId(question), None)
        if before is not None:
            await self._change(before)
        return before is not None

    async def stop_clock(self, _caller: Caller, question: int, on: bool) -> bool:  # noqa: FBT001 # the contract's
        self._take("StopClock", question, on)
        asked = self._open.get(QuestionId(question))
        if asked is not None:
            await self._ask(replace(asked, stopped=on))
        return asked is not None

    async def details(self, _caller: Caller, question: int, place: int) -> dict[str, Any]:
        self._take("Details", question, place)
        if self.looks is None:
            raise Refused(contract.FAILED, "the process has quit")
        return wire.details_dict(self.looks)

    async def list_rules(self, _caller: Caller) -> list[dict[str, Any]]:
        policy = Policy.of(self.kept)
        return [
            wire.rule_dict(rule, in_force=rule.lifetime is Lifetime.QUIT or rule in policy)
            for rule in self.kept
        ]

    async def list_applications(self, _caller: Caller) -> list[str]:
        return sorted({str(rule.application) for rule in self.kept})

    async def list_rules_of(
        self, caller: Caller, applications: Sequence[str]
    ) -> list[dict[str, Any]]:
        self._take("ListRulesOf", frozenset(applications))
        listed = await self.list_rules(caller)
        return [each for each in listed if each["application"].value in applications]

    async def apply_rules(
        self, _caller: Caller, remove: Sequence[str], add: Sequence[Mapping[str, Any]]
    ) -> list[str]:
        added = [wire.new_rule_of(table) for table in add]
        self._take("ApplyRules", list(remove), added)
        if gone := set(remove) - {rule.id for rule in self.kept}:
            raise Refused(contract.NO_SUCH_RULE, f"there is no rule '{gone.pop()}'")
        standing = [self._standing(rule) for rule in added]
        keys = {(rule.application, rule.scope) for rule in added}
        left = [
            rule
            for rule in self.kept
            if rule.id not in remove and (rule.application, rule.scope) not in keys
        ]
        await self._change([*left, *standing])
        return [rule.id for rule in standing]

    async def add_rule(self, _caller: Caller, table: Mapping[str, Any]) -> str:
        rule = wire.new_rule_of(table)
        self._take("AddRule", rule)
        return await self._keep(rule)

    async def change_rule(self, _caller: Caller, rule: str, table: Mapping[str, Any]) -> str:
        changes = wire.changes_of(table)
        self._take("ChangeRule", rule, changes)
        (former,) = [kept for kept in self.kept if kept.id == rule]
        await self._change([replace(k, **changes) if k is former else k for k in self.kept])
        return rule

    async def remove_rule(self, _caller: Caller, rule: str) -> None:
        self._take("RemoveRule", rule)
        await self._change([kept for kept in self.kept if kept.id != rule])

    async def list_lists(self, _caller: Caller) -> list[dict[str, Any]]:
        return []

    async def known(self, _caller: Caller, address: str, name: str) -> dict[str, list[str]]:
        self._take("Known", address, name)
        return {"names": [name] if name else [], "lists": []}

    async def connections(self, _caller: Caller, everybody: bool) -> list[dict[str, Any]]:  # noqa: FBT001 # the contract's
        self._take("Connections", everybody)
        return [wire.open_dict(each) for each in self.open]

    async def traffic(self, _caller: Caller, everybody: bool) -> list[dict[str, Any]]:  # noqa: FBT001 # the contract's
        self._take("Traffic", everybody)
        return [wire.traffic_dict(each) for each in self.passed]

    async def refresh_lists(self, _caller: Caller) -> None:
        self._take("RefreshLists")

    async def pause(self, _caller: Caller, seconds: int) -> None:
        self._take("Pause", seconds)
        self._paused = seconds
        self._signal("StatusChanged")

    async def lockdown(self, _caller: Caller, on: bool) -> None:  # noqa: FBT001 # the contract's
        self._take("Lockdown", on)
        self._locked = on
        self._signal("StatusChanged")

    async def learn(self, _caller: Caller, seconds: int) -> None:
        self._take("Learn", seconds)
        self._learning = seconds
        self._signal("StatusChanged")

    async def list_learned(self, _caller: Caller) -> list[dict[str, Any]]:
        self._take("ListLearned")
        return [wire.learned_dict(each) for each in self.learned]

    async def judge_learned(self, _caller: Caller, verdicts: list[tuple[str, str, int]]) -> None:
        self._take("JudgeLearned", [tuple(each) for each in verdicts])
        judged = {application for application, *_ in verdicts}
        self.learned = [each for each in self.learned if str(each.application) not in judged]
        self._signal("StatusChanged")

    async def running(self, _caller: Caller) -> list[dict[str, Any]]:
        self._take("Running")
        return [wire.running_dict(each) for each in self.runs]

    async def status(self, _caller: Caller) -> dict[str, Any]:
        return wire.status_dict(
            {
                "version": "0.1.0",
                "paused": self._paused,
                "lockdown": self._locked,
                "learning": self._learning,
                "learned": len(self.learned),
                "queue": "played",
                "rules": len(self.kept),
                "questions": len(self._open),
                "agents": len(self._agents),
                "problems": self.problems,
            }
        )

    async def settings(self, _caller: Caller) -> dict[str, Any]:
        return wire.settings_dict(self.stated)

    async def change_settings(self, _caller: Caller, table: Mapping[str, Any]) -> list[str]:
        changes = wire.plain(table)
        self._take("ChangeSettings", changes)
        try:
            new = self.stated.settings.with_changes(changes)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        late = tuple(sorted({*self.stated.after_restart, *changes.keys() & {"held_in_all"}}))
        self.stated = replace(self.stated, settings=new, after_restart=late)
        self._signal("StatusChanged")
        return list(late)

    async def doctor(self, _caller: Caller) -> list[dict[str, str]]:
        return [
            {"name": name, "state": state, "means": means} for name, state, means in self.findings
        ]

    async def watch(self, caller: Caller) -> None:
        self._watchers.add(caller.name)
        self._take("Watch")

    # -- the bus ---------------------------------------------------------------------------

    async def _join(self) -> None:
        self._bus = await MessageBus(self.address).connect()
        Served(self._bus, contract.PATH, contract.interface(contract.FIREWALL), self)
        await self._bus.request_name(contract.BUS_NAME)

    async def _leave(self) -> None:
        for question in list(self._open):
            await self._withdraw(question, Why.STOPPED)
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()

    async def _ask(self, question: Question) -> None:
        self._open[question.id] = question
        self._call_agents("Ask", "ta{sv}", question.id, wire.question_dict(question))

    async def _withdraw(self, question: QuestionId, why: Why) -> None:
        self._open.pop(question, None)
        self._call_agents("Withdraw", "ts", question, str(why))

    async def _decide(self, decisions: Sequence[Decision]) -> None:
        for name in self._watchers:
            for decision in decisions:
                self._bus.send(
                    Message(
                        name,
                        contract.PATH,
                        contract.FIREWALL,
                        "Decided",
                        MessageType.SIGNAL,
                        signature="a{sv}",
                        body=[wire.decision_dict(decision)],
                    )
                )

    async def _forget_agents(self) -> None:
        self._agents.clear()

    async def _find(self, findings: Sequence[tuple[str, str, str]]) -> None:
        self.findings = list(findings)
        self._signal("StatusChanged")

    async def _keep(self, rule: Rule) -> RuleId:
        standing = self._standing(rule)
        await self._change([*self.kept, standing])
        return standing.id

    def _standing(self, rule: Rule) -> Rule:
        origins = {Lifetime.FOREVER: Origin.USER, Lifetime.UNTIL: Origin.TIMED}
        origin = origins.get(rule.lifetime, Origin.TEMPORARY)
        self._names += 1
        name = RuleId(f"{rule.application.title}-{self._names}")
        return replace(rule, id=name, origin=origin)

    async def _change(self, rules: Any) -> None:  # noqa: ANN401 (any sequence)
        former, self.kept = self.kept, list(rules)
        changed = {str(rule.application) for rule in {*former} ^ {*self.kept}}
        self._signal("RulesChanged")
        self._signal("RulesChangedOf", "as", sorted(changed))

    def _take(self, member: str, *arguments: object) -> None:
        (self.looked if member in LOOKS else self.heard).put((member, *arguments))
        if member in self.refuses:
            raise Refused(contract.ACCESS_DENIED, "the played helper refuses")

    def _call_agents(self, member: str, signature: str, *body: object) -> None:
        for name, path in self._agents.items():
            self._bus.send(
                Message(
                    name,
                    path,
                    contract.AGENT,
                    member,
                    flags=MessageFlag.NO_REPLY_EXPECTED,
                    signature=signature,
                    body=list(body),
                )
            )

    def _signal(self, member: str, signature: str = "", *body: object) -> None:
        self._bus.send(
            Message(
                path=contract.PATH,
                interface=contract.FIREWALL,
                member=member,
                message_type=MessageType.SIGNAL,
                signature=signature,
                body=list(body),
            )
        )
