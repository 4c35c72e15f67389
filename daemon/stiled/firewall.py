"""org.stile.Firewall1: what others may ask of the helper over the bus, and whether they may.

Each coroutine here is the method of the same name of the contract; arguments arrive as the
contract says, and leave this page as domain types.
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from ipaddress import ip_address

from dbus_next.signature import Variant

from stile import __version__, contract, wire
from stile.applications import Application
from stile.connections import Uid
from stile.decisions import Decision
from stile.learned import LONGEST_SECONDS, Verdict
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import LONGEST_NAME
from stile.served import Caller, Refused
from stile.settings import Stated
from stiled import deeds
from stiled.agents import MOST_STOPPED, ROOT, Agent, Agents
from stiled.backends import NotCounted, NotLoaded
from stiled.bus import Bus, Failed
from stiled.closelook import Gone
from stiled.features import Feature
from stiled.loop import Busy, LockedDown, Loop
from stiled.settingsfile import SettingsFile, Unreadable

LONGEST_PAUSE = 86400
MOST_APPLICATIONS, MOST_RULES = 500, 1000
"""Of one call: so that it does not keep packets waiting."""
FIRST_PERSON = 1000
"""User ids below are the system's (UID_MIN of login.defs(5)): its services are no secret."""
NOT_LOCKED = "what is new is refused, but the kernel lets go on what runs"
STILL_LOCKED = "lockdown is still on"
AGENT, CHANGE_RULES, CHANGE_SETTINGS, PAUSE, LOCKDOWN, LEARN, WATCH, WATCH_ALL = (
    f"org.stile.firewall.{name}"
    for name in (
        "agent",
        "change-rules",
        "change-settings",
        "pause",
        "lockdown",
        "learn",
        "watch",
        "watch-all",
    )
)


class Firewall:
    """Serves the contract, and is the audience of the loop."""

    def __init__(
        self,
        loop: Loop,
        features: Callable[[], list[Feature]],
        queue: str,
        file: SettingsFile,
    ) -> None:
        self._loop = loop
        self._features = features
        self._queue = queue
        self._file = file
        self._settling = asyncio.Lock()
        self._bus: Bus | None = None
        self._agents = Agents()
        self._watchers: dict[str, Uid] = {}
        self._pestered = deeds.Pestered()

    def joined(self, bus: Bus) -> None:
        """Speak over *bus* from now on; whoever was on another is forgotten."""
        stopped, self._agents = self._agents.stopped, Agents()
        self._watchers = {}
        self._bus = bus
        for question in stopped:
            self._loop.stop_clock(question, on=False)
        bus.gone = self._gone

    # -- agents ------------------------------------------------------------------------------

    async def register_agent(self, caller: Caller, path: str) -> None:
        await self._authorise(caller, AGENT)
        uid = await self._user(caller)
        active = await self._there.is_active(uid)
        agent = Agent(caller.name, path, uid, active)
        if not self._agents.add(agent):
            text = "an agent of yours is registered already: end it first"
            raise Refused(contract.AGENT_EXISTS, text)
        await self._stays(caller)
        self._pestered.registered(uid, caller.name)
        for question in self._loop.questions():
            if agent.concerns(question):
                self._put(question, agent)
        self.status_changed()

    async def unregister_agent(self, caller: Caller, path: str) -> None:
        agent = self._agents.find(caller.name)
        if agent is None or agent.path != path:
            raise Refused(contract.NOT_AGENT, f"there is no agent of yours at {path}")
        self._dropped(caller.name)
        self.status_changed()

    async def answer(self, caller: Caller, number: int, choice: dict[str, Variant]) -> bool:
        agent, question = await self._agent(caller), QuestionId(number)
        try:
            chosen = wire.choice_of(choice)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        asked = self._shown(question, agent)
        if asked is None:
            return False
        if chosen.place >= len(asked.places):
            raise Refused(contract.INVALID_ARGS, f"question {number} has no place {chosen.place}")
        taken = self._loop.answer(question, chosen)
        if taken:
            agent.answered.append(question)
            deeds.answered(agent.uid, asked.places[chosen.place], chosen)
        return taken

    async def take_back(self, caller: Caller, number: int) -> bool:
        agent, question = await self._agent(caller), QuestionId(number)
        if question not in agent.answered:
            return False
        agent.answered.remove(question)
        try:
            is_undone = await self._loop.take_back(question)
        except OSError as error:
            text = f"the rule cannot be taken back: {error.strerror}"
            raise Refused(contract.FAILED, text) from None
        if is_undone:
            deeds.taken_back(agent.uid, number)
        return is_undone

    async def stop_clock(self, caller: Caller, number: int, on: bool) -> bool:  # noqa: FBT001 # as the contract says
        agent, question = await self._agent(caller), QuestionId(number)
        if self._shown(question, agent) is None:
            return False
        if on and len(agent.stopped | {question}) > MOST_STOPPED:
            text = f"the clocks of {MOST_STOPPED} questions stand still: answer one of them first"
            raise Refused(contract.FAILED, text)
        (agent.stopped.add if on else agent.stopped.discard)(question)
        self._loop.stop_clock(question, on=question in self._agents.stopped)
        return True

    async def details(self, caller: Caller, number: int, place: int) -> wire.Dict:
        agent, question = await self._agent(caller), QuestionId(number)
        asked = self._shown(question, agent)
        if asked is None:
            raise Refused(contract.FAILED, f"question {number} is over")
        if place >= len(asked.places):
            raise Refused(contract.INVALID_ARGS, f"question {number} has no place {place}")
        connection = asked.places[place]
        try:
            seen = await self._loop.look_closer(connection.process, agent.uid)
        except Gone:
            raise Refused(contract.FAILED, "the process has quit") from None
        except Busy:
            raise Refused(contract.FAILED, "too many look at once: try it again") from None
        names = self._loop.known(connection.flow.address, connection.name)["names"]
        return wire.details_dict(replace(seen, names=tuple(names)))

    async def _agent(self, caller: Caller) -> Agent:
        """The agent that calls, and may be one still."""
        await self._authorise(caller, AGENT)
        agent = self._agents.find(caller.name)
        if agent is None:
            raise Refused(contract.NOT_AGENT, "register as an agent first")
        return agent

    def _shown(self, number: QuestionId, agent: Agent) -> Question | None:
        """Find an open question that was put to an agent; None where it is over."""
        asked = next((each for each in self._loop.questions() if each.id == number), None)
        if asked is not None and number not in agent.shown:
            raise Refused(contract.NOT_AGENT, f"question {number} was not put to you")
        return asked

    # -- rules -------------------------------------------------------------------------------

    async def list_rules(self, _caller: Caller) -> list[wire.Dict]:
        return self._listed(self._loop.rules)

    async def list_applications(self, _caller: Caller) -> list[str]:
        return sorted(map(str, self._loop.applications))

    async def list_rules_of(self, _caller: Caller, applications: list[str]) -> list[wire.Dict]:
        _at_most(MOST_APPLICATIONS, len(applications), "applications")
        try:
            wanted = {Application.parse(each) for each in applications}
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        return self._listed(self._loop.rules_about(wanted))

    async def apply_rules(
        self, caller: Caller, remove: list[str], add: list[dict[str, Variant]]
    ) -> list[str]:
        uid = await self._authorise(caller, CHANGE_RULES)
        _at_most(MOST_RULES, len(remove) + len(add), "rules")
        standing = {rule.id: rule for rule in self._loop.rules} if remove else {}
        try:
            added = [wire.new_rule_of(table) for table in add]
            gone = [standing[RuleId(rule_id)] for rule_id in dict.fromkeys(remove)]
            shipped = [each for each in gone if each.origin is Origin.SHIPPED]
            silenced = [_silenced(rule) for rule in shipped]
        except KeyError as error:
            text = f"there is no rule '{error.args[0]}'"
            raise Refused(contract.NO_SUCH_RULE, text) from None
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        gone = [each for each in gone if each.origin is not Origin.SHIPPED]
        try:
            kept = await self._loop.apply(gone, [*silenced, *added])
        except OSError as error:
            text = f"what is new is in force, but not all is on disk: {error.strerror}"
            raise Refused(contract.NOT_KEPT, text) from None
        finally:
            deeds.removed(uid, gone)
            deeds.kept(uid, [*silenced, *added])
        return [rule.id for rule in kept[len(silenced) :]]

    async def add_rule(self, caller: Caller, table: dict[str, Variant]) -> str:
        uid = await self._authorise(caller, CHANGE_RULES)
        try:
            rule = wire.new_rule_of(table)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        return await self._keep(rule, uid)

    async def change_rule(self, caller: Caller, rule_id: str, table: dict[str, Variant]) -> str:
        uid = await self._authorise(caller, CHANGE_RULES)
        rule = self._rule(rule_id)
        try:
            new = replace(rule, **wire.changes_of(table))
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        if new.lifetime is Lifetime.QUIT:
            text = f"'{rule.id}' holds until a process quits: remove it and be asked again"
            raise Refused(contract.INVALID_ARGS, text)
        kept = await self._keep(new, uid)
        if rule.origin is Origin.USER and new.lifetime is not rule.lifetime:
            await self._removed(rule)  # it lives until the reboot now, and not below as well
        return kept

    async def remove_rule(self, caller: Caller, rule_id: str) -> None:
        uid = await self._authorise(caller, CHANGE_RULES)
        rule = self._rule(rule_id)
        if rule.origin is not Origin.SHIPPED:
            await self._removed(rule)
            deeds.removed(uid, [rule])
            return
        try:
            await self._keep(_silenced(rule), uid)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None

    # -- block lists -------------------------------------------------------------------------

    async def list_lists(self, _caller: Caller) -> list[wire.Dict]:
        return [wire.list_dict(words) for words in await self._loop.lists()]

    async def refresh_lists(self, caller: Caller) -> None:
        await self._authorise(caller, CHANGE_RULES)
        await self._loop.refresh_lists()

    # -- what is open, and what has passed ----------------------------------------------------

    async def connections(self, caller: Caller, everybody: bool) -> list[wire.Dict]:  # noqa: FBT001 # as the contract says
        whose = await self._whose(caller, everybody=everybody)
        try:
            return [wire.open_dict(each) for each in await self._loop.connections(whose)]
        except OSError as error:
            text = f"the kernel does not list its sockets: {error.strerror}"
            raise Refused(contract.FAILED, text) from None

    async def traffic(self, caller: Caller, everybody: bool) -> list[wire.Dict]:  # noqa: FBT001 # as the contract says
        whose = await self._whose(caller, everybody=everybody)
        try:
            return [wire.traffic_dict(each) for each in await self._loop.traffic(whose)]
        except NotCounted as error:
            raise Refused(contract.NOT_COUNTED, str(error)) from None
        except NotLoaded as error:
            raise Refused(contract.FAILED, str(error)) from None

    async def _whose(self, caller: Caller, *, everybody: bool) -> Uid | None:
        """Say whose connections somebody may see: the own ones, or those of all (None)."""
        await self._authorise(caller, WATCH_ALL if everybody else WATCH)
        return None if everybody else await self._user(caller)

    async def known(self, caller: Caller, address: str, name: str) -> dict[str, list[str]]:
        await self._authorise(caller, WATCH)
        try:
            if len(name) > LONGEST_NAME:
                raise ValueError(f"a host name has at most {LONGEST_NAME} letters")
            return self._loop.known(ip_address(address), name)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None

    # -- the rest ----------------------------------------------------------------------------

    async def pause(self, caller: Caller, seconds: int) -> None:
        uid = await self._authorise(caller, PAUSE)
        if seconds > LONGEST_PAUSE:
            raise Refused(contract.INVALID_ARGS, f"at most {LONGEST_PAUSE} seconds")
        try:
            await self._loop.pause(seconds)
        except NotLoaded as error:
            raise Refused(contract.FAILED, str(error)) from None
        except LockedDown:
            text = "lockdown is on: end it first (stile lockdown off)"
            raise Refused(contract.FAILED, text) from None
        deeds.switched(uid, "pause", f"paused for {seconds} seconds" if seconds else "no pause")
        self.status_changed()

    async def lockdown(self, caller: Caller, on: bool) -> None:  # noqa: FBT001 # as the contract says
        uid = await self._authorise(caller, LOCKDOWN)
        deeds.switched(uid, "lockdown", f"lockdown {'on' if on else 'off'} is asked for")
        try:
            await self._loop.lock_down(on=on)
        except NotLoaded as error:
            raise Refused(
                contract.FAILED, f"{NOT_LOCKED if on else STILL_LOCKED}: {error}"
            ) from None
        except OSError as error:
            text = f"done until the helper ends, but not written to disk: {error.strerror}"
            raise Refused(contract.NOT_KEPT, text) from None
        finally:
            self.status_changed()

    # -- learning ----------------------------------------------------------------------------

    async def learn(self, caller: Caller, seconds: int) -> None:
        uid = await self._authorise(caller, LEARN)
        if seconds > LONGEST_SECONDS:
            raise Refused(contract.INVALID_ARGS, f"at most {LONGEST_SECONDS} seconds")
        try:
            await self._loop.learn(seconds)
        except LockedDown:
            text = "lockdown is on: end it first (stile lockdown off)"
            raise Refused(contract.FAILED, text) from None
        except NotLoaded as error:
            raise Refused(contract.FAILED, str(error)) from None
        except OSError as error:
            done = "nothing has changed" if seconds else "learning is off until the helper ends"
            text = f"{done}: it cannot be written to disk: {error.strerror}"
            raise Refused(contract.NOT_KEPT, text) from None
        else:
            text = f"learning for {seconds} seconds" if seconds else "learning is off"
            deeds.switched(uid, "learning", text)
        finally:
            self.status_changed()

    async def list_learned(self, caller: Caller) -> list[wire.Dict]:
        await self._authorise(caller, LEARN)
        return [wire.learned_dict(each) for each in self._loop.learning.lessons]

    async def judge_learned(self, caller: Caller, verdicts: list[tuple[str, str, int]]) -> None:
        uid = await self._authorise(caller, CHANGE_RULES)
        try:
            said = [(Application.parse(who), Verdict(what), seen) for who, what, seen in verdicts]
            for application, verdict, seen in said:
                await self._loop.judge(application, verdict, seen)
                text = f"what was learned of {application}: {verdict}"
                deeds.switched(uid, "learned-judged", text)
        except ValueError as error:
            raise Refused(contract.INVALID_ARGS, str(error)) from None
        except OSError as error:
            text = f"in force until the helper ends, but not written to disk: {error.strerror}"
            raise Refused(contract.NOT_KEPT, text) from None
        finally:
            self.status_changed()

    async def running(self, caller: Caller) -> list[wire.Dict]:
        await self._authorise(caller, WATCH)
        own = await self._user(caller)
        try:
            found = await self._loop.running()
        except OSError as error:
            text = f"the kernel does not list its sockets: {error.strerror}"
            raise Refused(contract.FAILED, text) from None
        return [
            wire.running_dict(each)
            for each in found
            if own in (ROOT, each.uid) or each.uid < FIRST_PERSON
        ]

    async def status(self, _caller: Caller) -> wire.Dict:
        in_force = self._loop.settings
        return wire.status_dict(
            {
                "version": __version__,
                "paused": self._loop.paused,
                "lockdown": self._loop.desk.locked,
                "learning": self._loop.learning.left,
                "learned": len(self._loop.learning.lessons),
                "networks-known": self._loop.networks.active is not None,
                "networks": sorted(self._loop.networks.active or ()),
                "queue": self._queue,
                "away": "deny" if self._loop.desk.locked else in_force.when_daemon_is_away,
                "rules": len(self._loop.rules),
                "classes": self._loop.classes,
                "questions": len(self._loop.questions()),
                "held": self._loop.desk.held,
                "agents": len(self._agents),
                "problems": list(self._loop.problems),
            }
        )

    async def settings(self, _caller: Caller) -> wire.Dict:
        return wire.settings_dict(await self._stated())

    async def change_settings(self, caller: Caller, table: dict[str, Variant]) -> list[str]:
        uid = await self._authorise(caller, CHANGE_SETTINGS)
        async with self._settling:
            try:
                written = await asyncio.to_thread(self._file.change, wire.plain(table))
                await self._loop.settle(written)
            except Unreadable as error:
                raise Refused(contract.FAILED, f"nothing is changed: {error}") from None
            except ValueError as error:
                raise Refused(contract.INVALID_ARGS, str(error)) from None
            except OSError as error:
                text = f"nothing is changed: {self._file.path}: {error.strerror}"
                raise Refused(contract.FAILED, text) from None
            except NotLoaded as error:
                text = f"written, but the kernel goes by the former settings: {error}"
                raise Refused(contract.FAILED, text) from None
            finally:
                self.status_changed()
        deeds.switched(uid, "settings", f"settings changed: {', '.join(sorted(table))}")
        return list((await self._stated()).after_restart)

    async def _stated(self) -> Stated:
        in_force = self._loop.settings
        try:
            said = await asyncio.to_thread(self._file.read)
        except Unreadable as error:
            return Stated(in_force, str(self._file.path), str(error))
        differ = [key for key, value in said.values.items() if in_force.values[key] != value]
        return Stated(said, str(self._file.path), after_restart=tuple(differ))

    async def doctor(self, _caller: Caller) -> list[dict[str, str]]:
        return [feature.words for feature in self._features()]

    async def watch(self, caller: Caller) -> None:
        await self._authorise(caller, WATCH)
        self._watchers[caller.name] = await self._user(caller)
        await self._stays(caller)

    # -- what the loop says ------------------------------------------------------------------

    def ask(self, question: Question) -> None:
        for agent in self._agents.concerned(question):
            self._put(question, agent)

    def withdraw(self, question: QuestionId, why: Why) -> None:
        for agent in self._agents.showing(question):
            self._there.tell(agent.name, agent.path, "Withdraw", "ts", question, why.value)

    def report(self, decision: Decision) -> None:
        if not self._watchers:
            return
        owner, words = decision.connection.process.uid, wire.decision_dict(decision)
        for name, uid in self._watchers.items():
            if uid in (ROOT, owner):
                self._there.signal("Decided", "a{sv}", words, to=name)

    def rules_changed(self, applications: Collection[Application]) -> None:
        self._announce("RulesChanged")
        if self._bus is not None:
            self._bus.signal("RulesChangedOf", "as", sorted(map(str, applications)))

    def status_changed(self) -> None:
        self._announce("StatusChanged")

    # -- who may -----------------------------------------------------------------------------

    async def _authorise(self, caller: Caller, action: str) -> Uid:
        """Let root pass, and whom polkit lets pass; where there is no polkit, nobody else.

        Gives who it is.
        """
        uid = await self._user(caller)
        if uid == ROOT:
            return uid
        if not await self._there.polkit_allows(caller, action):
            self._pestered.refused(uid, action)
            raise Refused(contract.ACCESS_DENIED, f"not authorised ({action}): try it with sudo")
        return uid

    async def _user(self, caller: Caller) -> Uid:
        try:
            return await self._there.user_of(caller.name)
        except Failed:
            raise Refused(contract.ACCESS_DENIED, "you are gone from the bus") from None

    async def _stays(self, caller: Caller) -> None:
        """Forget who has left while others were asked about them: the bus says it only once."""
        try:
            await self._user(caller)
        except Refused:
            self._gone(caller.name)
            raise

    # -- small things ------------------------------------------------------------------------

    @property
    def _there(self) -> Bus:
        if self._bus is None:
            raise RuntimeError("not on a bus")
        return self._bus

    def _put(self, question: Question, agent: Agent) -> None:
        agent.shown.add(question.id)
        details = wire.question_dict(question)
        self._there.tell(agent.name, agent.path, "Ask", "ta{sv}", question.id, details)

    def _gone(self, name: str) -> None:
        self._watchers.pop(name, None)
        if agent := self._dropped(name):
            self._pestered.left(agent.uid, name)
            self.status_changed()

    def _dropped(self, name: str) -> Agent | None:
        """Let an agent go, if it was one; the clocks that it has stopped go on."""
        agent = self._agents.drop(name)
        if agent is not None:
            for question in agent.stopped - self._agents.stopped:
                self._loop.stop_clock(question, on=False)
        return agent

    def _rule(self, rule_id: str) -> Rule:
        found = next((rule for rule in self._loop.rules if rule.id == RuleId(rule_id)), None)
        if found is None:
            raise Refused(contract.NO_SUCH_RULE, f"there is no rule '{rule_id}'")
        return found

    async def _keep(self, rule: Rule, uid: Uid) -> str:
        try:
            return (await self._loop.keep(rule)).id
        except OSError as error:
            text = f"in force until the helper ends, but not written to disk: {error.strerror}"
            raise Refused(contract.NOT_KEPT, text) from None
        finally:
            deeds.kept(uid, [rule])

    async def _removed(self, rule: Rule) -> None:
        try:
            await self._loop.remove(rule)
        except OSError as error:
            text = f"the file of rule '{rule.id}' cannot be removed: {error.strerror}"
            raise Refused(contract.FAILED, text) from None

    def _listed(self, rules: Iterable[Rule]) -> list[wire.Dict]:
        policy = self._loop.desk.policy
        return [
            wire.rule_dict(rule, in_force=rule.lifetime is Lifetime.QUIT or rule in policy)
            for rule in rules
        ]

    def _announce(self, member: str) -> None:
        if self._bus is not None:
            self._bus.signal(member)


def _silenced(rule: Rule) -> Rule:
    """What takes the place of a shipped rule that is not wanted. Raises ValueError."""
    return replace(rule, action=Action.ASK, note="", children=False)


def _at_most(most: int, count: int, what: str) -> None:
    if count > most:
        raise Refused(contract.INVALID_ARGS, f"at most {most} {what} at once, not {count}")
