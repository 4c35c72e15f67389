"""The helper as seen over the bus: what the command line and the desktop both talk through."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from dbus_next.aio.message_bus import MessageBus
from dbus_next.constants import BusType, MessageFlag, MessageType
from dbus_next.errors import AuthError, InvalidAddressError
from dbus_next.message import Message

from stile import contract, wire
from stile.applications import Application
from stile.connections import Address
from stile.learned import Learned, Running, Verdict
from stile.questions import Details, Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime, Rule, RuleId
from stile.scopes import Scope
from stile.served import Caller, Refused, Served
from stile.settings import Stated, Value
from stile.traffic import OpenConnection, Traffic

BUSES = {"system": BusType.SYSTEM, "session": BusType.SESSION}
NO_ADDRESS = "say system, session or an address like unix:path=/PATH"
AGENT_PATH = "/org/stile/Agent"
PAGE = 20
"""Applications whose rules are listed at once: the helper has packets to look after in between, and
the words of 100 took whoever reads them 10 MB."""
MOST_RULES = 1000
"""What the helper takes in one call."""
T = TypeVar("T")
NO_HELPER = frozenset(
    {
        "org.freedesktop.DBus.Error.ServiceUnknown",
        "org.freedesktop.DBus.Error.NameHasNoOwner",
        "org.freedesktop.DBus.Error.NoReply",
        "org.freedesktop.DBus.Error.Disconnected",
    }
)


class Away(Exception):
    """Nobody is there to talk to: no bus, or no helper on it; the text says which, and the mend."""


class AgentTarget(Protocol):
    """Whoever can put a question in front of a person."""

    def ask(self, question: Question) -> None:
        """Show a question, or show it anew with other details."""

    def withdraw(self, question: QuestionId, why: Why) -> None:
        """Take a question off the screen."""


class _Patient:
    """A socket that takes nothing while it is full, for dbus-next's writer to wait.

    dbus-next 0.2.3 takes the error of a full socket for the end of the connection: whoever makes a
    service send much at once would cut it off the bus (tests/contract/test_busy_bus.py).
    """

    def __init__(self, wrapped: socket.socket) -> None:
        self._wrapped = wrapped

    def send(self, data: memoryview) -> int:
        """Send what there is room for."""
        try:
            return self._wrapped.send(data)
        except BlockingIOError:
            return 0


async def connect(address: str) -> MessageBus:
    """Join the bus at *address*: `system`, `session` or a D-Bus address. Raises Away."""
    try:
        if address in BUSES:
            bus = await MessageBus(bus_type=BUSES[address]).connect()
        else:
            bus = await MessageBus(bus_address=address).connect()
        bus._writer.sock = _Patient(bus._sock)
        return bus
    except InvalidAddressError as error:
        mend = str(error) if address in BUSES else NO_ADDRESS
        raise Away(f"no bus at '{address}': {mend}") from None
    except (OSError, AuthError, EOFError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        mend = " (systemctl start dbus)" if address == "system" else ""
        raise Away(f"no bus at '{address}': {reason}{mend}") from None


class Firewall:
    """The helper's methods, as coroutines, and its signals, as callbacks.

    A method raises `Away` when nobody answers and `Refused` when the helper says no.
    The callbacks are assigned before `open()`:

        on_present(bool)      the helper came, or went (called once at the start, too)
        on_rules_changed()    list the rules anew
        on_rules_changed_of(applications)   or those about these applications alone
        on_status_changed()   ask for the status anew
        on_decided(words)     after `watch()`: a decision, as `wire.decision_words` reads it
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._bus: MessageBus | None = None
        self._ended: asyncio.Task[None] | None = None
        self._owner = ""
        self.on_present: Callable[[bool], None] = lambda _: None
        self.on_rules_changed: Callable[[], None] = lambda: None
        self.on_rules_changed_of: Callable[[frozenset[Application]], None] = lambda _: None
        self.on_status_changed: Callable[[], None] = lambda: None
        self.on_decided: Callable[[dict[str, Any]], None] = lambda _: None

    async def open(self) -> None:
        """Join the bus and listen. Raises Away where there is no bus; the helper may come later."""
        self._bus = await connect(self._address)
        self._ended = asyncio.create_task(_end_of(self._bus))
        self._bus.add_message_handler(self._heard)
        for match in (
            f"type='signal',sender='{contract.BUS_NAME}',path='{contract.PATH}'",
            "type='signal',sender='org.freedesktop.DBus',member='NameOwnerChanged',"
            f"arg0='{contract.BUS_NAME}'",
        ):
            await self._daemon("AddMatch", match)
        try:
            (self._owner,) = await self._daemon("GetNameOwner", contract.BUS_NAME)
        except Away:
            self._owner = ""
        self.on_present(bool(self._owner))

    @property
    def present(self) -> bool:
        """Whether a helper is on the bus."""
        return bool(self._owner)

    async def lost(self) -> None:
        """Wait until the bus itself is gone."""
        if self._ended is not None:
            await asyncio.shield(self._ended)

    def close(self) -> None:
        """Leave the bus."""
        if self._bus is not None:
            self._bus.disconnect()

    # -- being an agent ----------------------------------------------------------------

    def offer_agent(self, target: AgentTarget) -> None:
        """Put *target* on the bus, for `register_agent` to name; once a connection."""
        xml = contract.interface(contract.AGENT)
        Served(self._joined, AGENT_PATH, xml, _Agent(self, target))

    async def register_agent(self) -> None:
        """Ask for questions."""
        await self._call("RegisterAgent", "o", AGENT_PATH)

    async def unregister_agent(self) -> None:
        """Ask for no more questions."""
        await self._call("UnregisterAgent", "o", AGENT_PATH)

    async def answer(self, question: QuestionId, choice: Choice) -> bool:
        """Decide a question; false where somebody did before."""
        (taken,) = await self._call("Answer", "ta{sv}", question, wire.choice_dict(choice))
        return bool(taken)

    async def take_back(self, question: QuestionId) -> bool:
        """Undo what our answer to a question made; false where there is nothing to undo."""
        (undone,) = await self._call("TakeBack", "t", question)
        return bool(undone)

    async def stop_clock(self, question: QuestionId, *, on: bool) -> bool:
        """Let the clock of a question stand, or go on; false where it is over."""
        (done,) = await self._call("StopClock", "tb", question, on)
        return bool(done)

    async def details(self, question: QuestionId, place: int = 0) -> Details:
        """Look closer at the process of a question."""
        (details,) = await self._call("Details", "tu", question, place)
        return wire.details_of(details)

    def is_helper(self, caller: Caller) -> bool:
        """Whether a call comes from the helper."""
        return bool(self._owner) and caller.name == self._owner

    # -- rules and status --------------------------------------------------------------

    async def rules(self) -> Sequence[tuple[Rule, bool]]:
        """Every rule, and whether it is in force."""
        (rules,) = await self._call("ListRules")
        return [wire.rule_of(rule) for rule in rules]

    async def rules_of(self, applications: Collection[Application]) -> Sequence[tuple[Rule, bool]]:
        """Every rule about these applications, and whether it is in force."""
        found: list[tuple[Rule, bool]] = []
        for part in batched([*map(str, applications)], PAGE):
            (rules,) = await self._call("ListRulesOf", "as", part)
            found += map(wire.rule_of, rules)
        return found

    async def applications(self) -> list[Application]:
        """All that rules are about."""
        (applications,) = await self._call("ListApplications")
        return [*map(Application.parse, applications)]

    async def apply(self, removed: Sequence[RuleId], added: Sequence[Rule]) -> list[RuleId]:
        """Remove rules and add others, in one go; in several where they are too many for one.

        What is in the way of another is removed before anything is added.
        """
        ids: list[RuleId] = []
        if len(removed) + len(added) <= MOST_RULES:
            return await self._applied(removed, added)
        for gone in batched(removed, MOST_RULES):
            await self._applied(gone, ())
        for new in batched(added, MOST_RULES):
            ids += await self._applied((), new)
        return ids

    async def _applied(self, removed: Sequence[RuleId], added: Sequence[Rule]) -> list[RuleId]:
        words = [wire.new_rule_dict(rule) for rule in added]
        (ids,) = await self._call("ApplyRules", "asaa{sv}", [*removed], words)
        return [RuleId(each) for each in ids]

    async def add_rule(self, rule: Rule) -> RuleId:
        """Add a rule, in the place of a former one about the same application."""
        (rule_id,) = await self._call("AddRule", "a{sv}", wire.new_rule_dict(rule))
        return RuleId(rule_id)

    async def change_rule(
        self,
        rule: RuleId,
        *,
        action: Action | None = None,
        lifetime: Lifetime | None = None,
        note: str | None = None,
        children: bool | None = None,
        enabled: bool | None = None,
        scope: Scope | None = None,
        until: float = 0.0,
    ) -> RuleId:
        """Change what is given of a rule."""
        changes = wire.changes_dict(
            action, lifetime, note, children=children, enabled=enabled, scope=scope, until=until
        )
        (rule_id,) = await self._call("ChangeRule", "sa{sv}", rule, changes)
        return RuleId(rule_id)

    async def remove_rule(self, rule: RuleId) -> None:
        """Remove a rule; a shipped one is overridden by one that says ask."""
        await self._call("RemoveRule", "s", rule)

    async def lists(self) -> list[dict[str, Any]]:
        """The block lists, as plain words: the keys are in the contract."""
        (lists,) = await self._call("ListLists")
        return [wire.plain(each) for each in lists]

    async def known(self, address: Address, name: str) -> dict[str, list[str]]:
        """What the helper knows of an address with that name: its "names", and the "lists"."""
        (known,) = await self._call("Known", "ss", str(address), name)
        return dict(known)

    async def connections(self, *, everybody: bool = False) -> list[OpenConnection]:
        """What is open now, of one's own programs or of all. Raises ValueError, too."""
        (found,) = await self._call("Connections", "b", everybody)
        return [wire.open_of(each) for each in found]

    async def traffic(self, *, everybody: bool = False) -> list[Traffic]:
        """What has passed, of one's own programs or of all. Raises ValueError, too."""
        (found,) = await self._call("Traffic", "b", everybody)
        return [wire.traffic_of(each) for each in found]

    async def refresh_lists(self) -> None:
        """Have the block lists fetched that come from the web."""
        await self._call("RefreshLists")

    async def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long; 0 ends it."""
        await self._call("Pause", "u", seconds)

    async def lockdown(self, *, on: bool) -> None:
        """Let only applications that are allowed through, without questions, or end that."""
        await self._call("Lockdown", "b", on)

    async def learn(self, seconds: int) -> None:
        """Let through and record what nobody has decided, for so long; 0 ends it."""
        await self._call("Learn", "u", seconds)

    async def learned(self) -> list[Learned]:
        """What was learned, and nobody has judged yet."""
        (learned,) = await self._call("ListLearned")
        return [wire.learned_of(each) for each in learned]

    async def judge_learned(self, verdicts: Iterable[tuple[Learned, Verdict]]) -> None:
        """Say what becomes of what was learned, as far as it was listed."""
        words = [[str(it.application), str(said), len(it.places)] for it, said in verdicts]
        await self._call("JudgeLearned", "a(ssu)", words)

    async def running(self) -> list[Running]:
        """Who uses the network now, as far as the caller may know."""
        (running,) = await self._call("Running")
        return [wire.running_of(each) for each in running]

    async def status(self) -> dict[str, Any]:
        """What runs, as plain words: the keys are in the contract."""
        (status,) = await self._call("Status")
        return wire.plain(status)

    async def settings(self) -> Stated:
        """What stile.toml says."""
        (settings,) = await self._call("Settings")
        return wire.settings_of(settings)

    async def change_settings(self, changes: Mapping[str, Value]) -> Sequence[str]:
        """Write keys of stile.toml; gives those that count only once the helper starts anew."""
        (after_restart,) = await self._call("ChangeSettings", "a{sv}", wire.values_dict(changes))
        return [str(key) for key in after_restart]

    async def doctor(self) -> list[dict[str, str]]:
        """Which features are there: "name", "state", "means"."""
        (findings,) = await self._call("Doctor")
        return list(findings)

    async def watch(self) -> None:
        """Ask for decisions, which then come to `on_decided`."""
        await self._call("Watch")

    # -- the bus -----------------------------------------------------------------------

    @property
    def _joined(self) -> MessageBus:
        if self._bus is None:
            raise Away("not connected to a bus")
        return self._bus

    async def _call(self, member: str, signature: str = "", *body: object) -> list[Any]:
        message = Message(
            contract.BUS_NAME,
            contract.PATH,
            contract.FIREWALL,
            member,
            flags=MessageFlag.NO_AUTOSTART | MessageFlag.ALLOW_INTERACTIVE_AUTHORIZATION,
            signature=signature,
            body=list(body),
        )
        return await self._send(message)

    async def _daemon(self, member: str, text: str) -> list[Any]:
        """Call the bus itself."""
        name = "org.freedesktop.DBus"
        return await self._send(
            Message(name, "/org/freedesktop/DBus", name, member, signature="s", body=[text])
        )

    async def _send(self, message: Message) -> list[Any]:
        if not self._joined.connected:
            raise Away("the bus is gone")
        reply = await self._joined.call(message)
        if reply is None:
            raise Away("the bus is gone")
        if reply.message_type is not MessageType.ERROR:
            return list(reply.body)
        text = str(reply.body[0]) if reply.body else "no reason given"
        if reply.error_name in NO_HELPER:
            raise Away("Stile's helper is not running (systemctl start stiled)")
        raise Refused(reply.error_name or contract.FAILED, text)

    def _heard(self, message: Message) -> None:
        if message.message_type is not MessageType.SIGNAL:
            return
        if message.member == "NameOwnerChanged" and message.sender == "org.freedesktop.DBus":
            _, _, self._owner = message.body
            self.on_present(bool(self._owner))
        elif message.interface == contract.FIREWALL and message.sender == self._owner:
            match message.member:
                case "RulesChanged":
                    self.on_rules_changed()
                case "RulesChangedOf":
                    self.on_rules_changed_of(frozenset(map(Application.parse, message.body[0])))
                case "StatusChanged":
                    self.on_status_changed()
                case "Decided":
                    self.on_decided(wire.decision_words(message.body[0]))


def batched(these: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Give what there is in parts of a size."""
    return (these[start : start + size] for start in range(0, len(these), size))


async def _end_of(bus: MessageBus) -> None:
    """Wait for the end of a connection; whatever broke it, to us it is gone."""
    with contextlib.suppress(Exception):
        await bus.wait_for_disconnect()


class _Agent:
    """org.stile.Agent1 for whoever shows questions; deaf to everybody but the helper."""

    def __init__(self, firewall: Firewall, target: AgentTarget) -> None:
        self._firewall = firewall
        self._target = target

    async def ask(self, caller: Caller, number: int, details: dict[str, Any]) -> None:
        self._only_helper(caller)
        try:
            question = wire.question_of(number, details)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        self._target.ask(question)

    async def withdraw(self, caller: Caller, number: int, why: str) -> None:
        self._only_helper(caller)
        try:
            reason = Why(why)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        self._target.withdraw(QuestionId(number), reason)

    def _only_helper(self, caller: Caller) -> None:
        if not self._firewall.is_helper(caller):
            raise Refused(contract.ACCESS_DENIED, "only Stile's helper may ask")
