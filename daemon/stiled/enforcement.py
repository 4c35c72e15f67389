"""The policy in the kernel: verdicts of classes in the table, processes in their classes.

Everything here blocks, and is called from threads. Whoever changes verdicts calls one at a time;
processes may be placed at any time, once their class has its verdict.
"""

import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from threading import Lock

from stile.applications import EVERYBODY, KERNEL, Application
from stile.connections import Address, Flow, Pid, Process
from stile.rules import Action, Policy, Rule, Rules
from stile.scopes import Listed, Name
from stile.settings import Settings
from stiled import badge
from stiled.backends import Backend, Counted, Entry, Networks, NotLoaded
from stiled.chains import (
    SHARED,
    Chain,
    chain_of,
    common_chains,
    everybody_chain,
    needs_chain,
)
from stiled.classes import NONE, Classes, ClassId, label
from stiled.execing import has_begun_to_execute, is_executing
from stiled.hostnames import Hostnames
from stiled.identity import application_of
from stiled.lists import Lists
from stiled.namesets import sets_of, sets_of_disputed
from stiled.netcls import NetCls
from stiled.owners import Owners
from stiled.stays import Stay, Stays, age_of

log = logging.getLogger(__name__)

LEAD = 0.05
"""Seconds by which the kernel may end a rule before we do: its clock ticks, ours is asked."""


@dataclass(frozen=True, slots=True)
class Group:
    """A group of processes, and what decides about them."""

    name: str
    class_id: ClassId
    """As the kernel sees it."""
    application: Application
    policy: Policy


class Enforcement:
    """Makes the kernel decide as `decide()` does."""

    def __init__(
        self,
        classes: Classes,
        backend: Backend,
        netcls: NetCls,
        owners: Owners,
        names: Hostnames | None = None,
        lists: Lists | None = None,
        placing: AbstractContextManager[object] | None = None,
    ) -> None:
        self._classes = classes
        self._backend = backend
        self._netcls = netcls
        self._owners = owners
        self._names = names or Hostnames()
        self._lists = lists
        self._moving = Lock()
        self._placing = placing or nullcontext()
        self._policy = Policy()
        self._filled: dict[str, Networks] = {}
        self._decided: dict[str, Application] = {}
        self.stays = Stays(classes, backend, netcls, self._entries, self._load_anew)

    def __len__(self) -> int:
        """How many classes are given out."""
        return len(self._classes)

    # -- verdicts --------------------------------------------------------------------------

    def load(self, policy: Policy) -> None:
        """Put the whole policy in force. Raises NotLoaded."""
        decided = [each for each in policy.rules if policy.has_class(each) and each != KERNEL]
        verdicts = {self._classes.of(each): self._chain_name(policy, each) for each in decided}
        chains = [
            *self._common(policy),
            *self._own_chains(policy, decided),
            *self.stays.chains(policy, self.stays),
        ]
        self._filled = self._networks(policy.rules.values())
        self._backend.load(
            verdicts | self.stays.verdicts(policy, self.stays),
            chains,
            [*(each for chain in chains for each in self._entries(chain)), *self._listed()],
            self._filled,
        )
        with self._moving:  # who is placed now is placed by it
            self._policy = policy
            self._decided = _decided(policy, policy.rules)
            self.stays.go_by(policy)
        self._show_classes(decided)

    def lock_down(self, policy: Policy, *, on: bool) -> None:
        """Load the whole policy as it is while locked down, or as it is else. Raises NotLoaded.

        What could not be loaded stays locked down, and is so at the next load.
        """
        self._backend.lock_down(on=on)
        try:
            self.load(policy)
        except NotLoaded:
            self._backend.lock_down(on=True)
            raise

    def settle(self, settings: Settings, policy: Policy) -> None:
        """Load the whole policy by other settings, where the kernel knows of them."""
        if self._backend.settle(settings.when_daemon_is_away, ask_in=settings.ask_about_inbound):
            self.load(policy)

    def _load_anew(self) -> None:
        self.load(self._policy)

    def teach(self, policy: Policy, applications: Iterable[Application]) -> None:
        """Bring the verdicts of *applications* up to *policy*. Raises NotLoaded."""
        changed = set(applications)
        common = {EVERYBODY, KERNEL} & changed
        stays = [each for each in self.stays if EVERYBODY in changed or each.application in changed]
        if EVERYBODY in changed:  # what is said about all stands in each chain
            changed |= {each for each, rules in policy.rules.items() if needs_chain(rules)}
        known = {each for each in changed - {EVERYBODY, KERNEL} if policy.has_class(each)}
        gone = {each for each in changed - {EVERYBODY, KERNEL} if not policy.has_class(each)}
        chains = [
            *(self._common(policy) if common else []),
            *self._own_chains(policy, known),
            *self.stays.chains(policy, stays),
        ]
        verdicts = {self._classes.of(each): self._chain_name(policy, each) for each in known}
        try:
            self._backend.change(
                verdicts | self.stays.verdicts(policy, stays),
                [self._classes.of(each) for each in gone],
                chains,
                [each for chain in chains for each in self._entries(chain)],
                self._new_lists(policy.rules.get(each, ()) for each in changed),
            )
        except NotLoaded as error:  # somebody else changed our table: put it up again
            log.warning("%s; the table is loaded anew", error)
            self.load(policy)
        with self._moving:
            self._policy = policy
            for each in changed:
                self._decided.pop(label(each), None)
            self._decided |= _decided(policy, changed)
            self.stays.go_by(policy)
        self._show_classes(known)
        for application in gone:
            self._netcls.vacate(label(application))
        for application in known:
            if policy.settles(application):
                self._replace_stays(application)

    def _show_classes(self, applications: Iterable[Application]) -> None:
        """Let the groups that are there have the classes that the kernel is to see."""
        there = self._netcls.names()
        for application in applications:
            if (name := label(application)) not in there:
                continue
            with self._moving:
                class_id = self.class_of(application)
                if self._netcls.given(name) not in (NONE, class_id):
                    self._netcls.give_class(name, class_id)

    def class_of(self, application: Application) -> ClassId:
        """Say which class the kernel is to see in the group of an application."""
        own = self._classes.of(application)
        if not self._policy.has_class(application):
            return own
        return self._backend.class_for(own, self.chain_name(application))

    def chain_name(self, application: Application) -> str:
        """Name the chain that the class of an application leads to."""
        return self._chain_name(self._policy, application)

    def _chain_name(self, policy: Policy, application: Application) -> str:
        rules = policy.rules[application]
        if needs_chain(rules):
            return f"app{self._classes.of(application) & 0xFFFF:x}"
        return SHARED[rules[0].action]

    def _common(self, policy: Policy) -> list[Chain]:
        return common_chains(policy, locked=self._backend.locked)

    def _own_chains(self, policy: Policy, applications: Iterable[Application]) -> list[Chain]:
        return [
            chain_of(
                policy,
                each,
                self._chain_name(policy, each),
                ask_in=self._backend.ask_in,
                locked=self._backend.locked,
            )
            for each in applications
            if needs_chain(policy.rules[each])
        ]

    def _entries(self, chain: Chain) -> list[Entry]:
        """Say which addresses stand in the sets of a chain now."""
        covered = {
            address
            for rule in chain.names.values()
            for address in self._names.addresses(_covering(rule), self.clock())
        }
        return [
            Entry(pair, address, seconds)
            for address in covered
            for pair, seconds in self._sets_of(chain, address)[0].items()
        ]

    # -- block lists -----------------------------------------------------------------------

    def _networks(self, said: Iterable[Rules]) -> dict[str, Networks]:
        """The networks of all lists that rules may speak of, and of those that are not there."""
        known = self._lists.networks() if self._lists else {}
        spoken = {
            rule.scope.destination.name
            for rules in said
            for rule in rules
            if isinstance(rule.scope.destination, Listed)
        }
        nothing: dict[str, Networks] = {name: {4: [], 6: []} for name in spoken}
        return {**nothing, **known}

    def _new_lists(self, said: Iterable[Rules]) -> dict[str, Networks]:
        """The lists that were not there before, of those that these rules may speak of."""
        known = self._networks(said)
        new = {name: each for name, each in known.items() if name not in self._filled}
        self._filled |= new
        return new

    def refill(self) -> bool:
        """Bring the sets of the lists up to what these say now; says whether that is anything new.

        Raises NotLoaded.
        """
        changed = {
            name: networks
            for name, networks in self._networks(self._policy.rules.values()).items()
            if name in self._filled and self._filled[name] != networks
        }
        for name, networks in changed.items():
            self._backend.refill(name, networks)
            self._filled[name] = networks
        return bool(changed)

    def counted(self) -> Counted:
        """Say what has passed, by class and user. Raises NotCounted, NotLoaded."""
        return self._backend.counted()

    def hits(self) -> dict[str, int]:
        """Count the packets that met each list. Raises NotLoaded."""
        return self._backend.hits()

    def _listed(self) -> list[Entry]:
        """Say which addresses have names that are listed."""
        if self._lists is None:
            return []
        now = self.clock()
        return [
            Entry(f"list_{name}", address, end - now)
            for name in self._filled
            for address, end in self._names.addresses(
                partial(self._lists.covers, name), now
            ).items()
        ]

    def learn_listed(self, addresses: Iterable[Address]) -> None:
        """Tell the kernel about addresses whose names are listed. Raises NotLoaded."""
        now = self.clock()
        ends: dict[tuple[str, Address], float] = {}
        for address in addresses:
            for host, end in self._names.names(address, now).items():
                for name in self._lists.covering_name(host) if self._lists else ():
                    if name in self._filled:
                        pair = f"list_{name}", address
                        ends[pair] = max(end, ends.get(pair, end))
        if ends:
            self._backend.put(*(Entry(*pair, end - now) for pair, end in ends.items()))

    # -- host names ------------------------------------------------------------------------

    @staticmethod
    def clock() -> float:
        """The time in which the lives of names are counted: it goes on while the system sleeps."""
        return time.clock_gettime(time.CLOCK_BOOTTIME)

    def clear_up(self, application: Application, address: Address) -> None:
        """Tell the kernel what is known of an address, for an application. Raises NotLoaded."""
        known = self._policy.has_class(application)
        names = {
            self.chain_name(application) if known else everybody_chain(Policy()).name,
            *(self.stays.chain_name(stay) for stay in self.stays.about(application)),
        }
        for chain in map(self._backend.chain, names):
            if chain:
                self._put_in_sets(chain, address)

    @property
    def goes_by_name(self) -> bool:
        """Whether host names decide about anybody."""
        return bool(self._backend.by_name())

    def learn(self, addresses: Iterable[Address]) -> None:
        """Tell the kernel about addresses that have other names than before. Raises NotLoaded."""
        for chain in self._backend.by_name():
            for address in addresses:
                names = self._names.names(address, self.clock())
                if any(_covering(r)(name) for r in chain.names.values() for name in names):
                    self._put_in_sets(chain, address)

    def _put_in_sets(self, chain: Chain, address: Address) -> None:
        sets, is_disputed = self._sets_of(chain, address)
        for pair in (chain.judged, *chain.names) if is_disputed else ():
            if pair not in sets:
                self._backend.take(pair, address)
        if sets:
            self._backend.put(*(Entry(pair, address, each) for pair, each in sets.items()))

    def _sets_of(self, chain: Chain, address: Address) -> tuple[Mapping[str, float], bool]:
        """Say in which sets an address belongs, and whether it is disputed."""
        now = self.clock()
        names = self._names.names(address, now)
        agreed = sets_of(chain, names, now)
        return (sets_of_disputed(chain, names, now), True) if agreed is None else (agreed, False)

    def _replace_stays(self, application: Application) -> None:
        """Let a rule take the place of what holds until processes quit: it is the later word."""
        for stay in self.stays.about(application):
            for pid in self._netcls.members(stay.name):
                self._put(application, pid, label(application))
            self.stays.end(stay)

    def tidy(self, policy: Policy) -> None:
        """Empty the classes of those who are not decided about any more."""
        decided = set(_decided(policy, policy.rules))
        decided |= {stay.name for stay in self.stays}
        for name in self._netcls.groups().keys() - decided:
            self._netcls.vacate(name)

    def exit_messages(self, chains: Iterable[str]) -> tuple[dict[str, bytes], bytes]:
        """Write what the exec gate sends to let processes out of their classes."""
        return self._backend.exit_messages(chains)

    @property
    def exits(self) -> int:
        """How many exits there can be at a time."""
        return self._backend.exits

    @property
    def allows_by_mark(self) -> bool:
        """Whether a held packet can have its flow allowed once, without `remember`."""
        return self._backend.allows_by_mark

    def remember(self, flow: Flow, action: Action) -> None:
        """Give a single flow its verdict. Raises NotLoaded."""
        self._backend.remember(flow, action)

    def forget_once(self) -> None:
        """Let single flows be allowed no longer that were allowed once. Raises NotLoaded."""
        for _ in range(2):  # a packet that was just let through may have put its flow in again
            self._backend.forget_once()

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long. Raises NotLoaded."""
        self._backend.pause(seconds)

    # -- processes -------------------------------------------------------------------------

    def place_running(self, policy: Policy, applications: Iterable[Application]) -> None:
        """Place the processes of those of *applications* that are decided about."""
        decided = {each for each in applications if policy.has_class(each)}
        for process in self._owners.running():
            if process.application in decided:
                self.place(process.application, {process})

    def place(self, application: Application, processes: Iterable[Process]) -> frozenset[Pid]:
        """Put processes into the class of *application*.

        Gives those that are not in it now: they are gone, have become another application, or
        somebody else has given them a class.
        """
        return frozenset(
            process.pid for process in processes if not self.place_one(application, process.pid)
        )

    def place_known(self, processes: Iterable[Process]) -> frozenset[Pid] | None:
        """Put processes of one application into its class, if the kernel has a verdict for that.

        Gives those that are not in it now, as `place` does; None where nothing was done.
        """
        sent = list(processes)
        application, *others = {process.application for process in sent}
        if others or self.stays or label(application) not in self._decided:
            return None
        return self.place(application, sent)

    def separate(self, process: Process, action: Action, older_than: float) -> Stay | None:
        """Give a process a verdict until it quits, in a class of its own.

        None where it is gone, or not what it was; *older_than* are the seconds since it was seen.
        Raises NotLoaded, OverflowError, OSError.
        """
        stay, placed = self.stays.begin(process.application, action), False
        try:
            placed = _has_run_for(process.pid, older_than) and self._put(
                stay.application, process.pid, stay.name
            )
            if placed:
                self.stays.look(stay)
        finally:
            if not placed:
                self.stays.end(stay)
        return stay if placed else None

    def apart(self, processes: Iterable[Process]) -> dict[Pid, Action]:
        """Those of *processes* that have a verdict until they quit, with what they have."""
        if not self.stays:
            return {}
        return {
            process.pid: stay.action
            for process in processes
            if (stay := self._stay_of(process.pid)) and stay.application == process.application
        }

    def staying(self, application: Application) -> list[tuple[Process, Action]]:
        """Every process of *application* that has a verdict until it quits, with what it has."""
        return [
            (process, stay.action)
            for stay in self.stays.about(application)
            for pid in self._netcls.members(stay.name)
            if (process := self._owners.process(pid)) and process.application == application
        ]

    def _stay_of(self, pid: Pid) -> Stay | None:
        try:
            with self._moving:  # a move that is on its way ends first
                return self.stays.of_group(self._netcls.group_of(pid) or "")
        except ProcessLookupError:
            return None

    def groups(self, applications: Iterable[Application]) -> list[Group]:
        """Give the groups of those of *applications* that are there; all, if everybody is meant."""
        wanted = set(applications)
        decided, policy, stays = self._decided, self._policy, {it.name: it for it in self.stays}
        if EVERYBODY in wanted:
            classes = self._netcls.groups()
        else:
            meant = [name for name in map(label, wanted) if name in decided]
            meant += [stay.name for stay in stays.values() if stay.application in wanted]
            classes = {name: self._netcls.given(name) for name in meant}
        found = []
        for name, class_id in classes.items():
            if class_id == NONE:
                continue
            if (stay := stays.get(name)) is not None:
                found.append(Group(name, class_id, stay.application, stay.policy(policy)))
            elif (application := decided.get(name)) is not None:
                found.append(Group(name, class_id, application, policy))
        return found

    def whose(self, group: str) -> Application | None:
        """Whose class a group stands for; None where it has no verdict."""
        if (application := self._decided.get(group)) is not None:
            return application
        return next((stay.application for stay in self.stays if stay.name == group), None)

    def put_back(self, pid: Pid, group: str) -> None:
        """Put a process into a group out of which it came, or its parent, if that is there still.

        Raises ProcessLookupError, FileNotFoundError.
        """
        if group in self._netcls.groups():
            self._put(application_of(pid), pid, group)

    def expel(self, pid: Pid, group: str) -> None:
        """Take a process out of a group, and give those who stay their sockets back.

        Raises ProcessLookupError.
        """
        with self._moving:
            if self._netcls.group_of(pid) == group:
                self._netcls.expel(pid)
                self._netcls.renew(group)

    def take_badge(self, pid: Pid) -> None:
        """Take the badge of a process that is in no class, and shall not be. See `badge.py`."""
        with self._moving:
            if self._netcls.group_of(pid) is None:
                badge.take_off(pid)

    def renew_sockets(self, pid: Pid) -> None:
        """Give the sockets of a process the class that it is in. Raises ProcessLookupError."""
        with self._moving:
            if (name := self._netcls.group_of(pid)) is not None:
                self._netcls.renew(name)

    def is_placed(self, pid: Pid) -> bool:
        """Whether a process is in a class of ours that has a verdict, or gone."""
        try:
            name = self._netcls.group_of(pid)
        except ProcessLookupError:
            return True
        if name is None or self._is_over(name):
            return False
        return self._backend.decides(self._netcls.given(name))

    def _is_over(self, name: str) -> bool:
        """Whether a rule about a group has ended in the kernel, and nobody has told us yet."""
        application = self._decided.get(name)
        rules = self._policy.rules.get(application, ()) if application else ()
        return any(0 < rule.until <= time.time() + LEAD for rule in rules)

    def place_one(self, application: Application, pid: Pid) -> bool:
        """Put a process into the class of *application*, if that is what it is; says whether."""
        if not pid or not application.can_have_rules:
            return False
        if self.stays and (stay := self._stay_of(pid)) and stay.application == application:
            return True  # what was said about this very process stands
        return self._put(application, pid, label(application))

    def _put(self, application: Application, pid: Pid, name: str) -> bool:
        """Put a process into a group, its application's, or one that is there."""
        try:
            stands = self._netcls.standing(pid)
            if stands.is_foreign:
                return False
            if stands.name != name and self._is_tied(pid, application, name):
                return False
            with self._moving:  # /proc tells of a move before its sockets have the class
                if name == label(application):
                    self._see_to_class(name, self.class_of(application))
                if (former := self._netcls.group_of(pid)) != name:
                    if not self._move(pid, name, former):
                        return False
                    self.stays.left(former or "")
            # it becomes another meanwhile, or has: in this order, each exec is seen by one of them
            if is_executing(pid) or not self._owners.is_still(pid, application):
                self.expel(pid, name)
                return False
        except (ProcessLookupError, FileNotFoundError):
            return False  # it is gone
        return True

    def _move(self, pid: Pid, name: str, former: str | None) -> bool:
        """Move a process, unless it has begun to become another: by its badge, the gate waits.

        It asks about a later exec when that is done.
        """
        with self._placing:
            badge.put_on(pid)
            if has_begun_to_execute(pid):
                if former is None:
                    badge.take_off(pid)
                return False
            self._netcls.move(pid, name)
        return True

    def _see_to_class(self, name: str, class_id: ClassId) -> None:
        """Make sure of a group and its class; others may have changed it."""
        if self._netcls.given(name) == class_id:
            return
        self._netcls.ensure(name, class_id)
        if (found := self._netcls.given(name)) != class_id:
            log.warning(
                "somebody has given the group %s the class %#x: it is put right", name, found
            )
            self._netcls.give_class(name, class_id)

    def _is_tied(self, pid: Pid, application: Application, name: str) -> bool:
        """Whether strangers to the group hold a socket of a process: it would get the class."""
        for each in self._owners.sharers(pid):
            with suppress(FileNotFoundError, ProcessLookupError):
                if application_of(each) != application and self._netcls.group_of(each) != name:
                    return True
        return False


def _has_run_for(pid: Pid, seconds: float) -> bool:
    """Whether a process is that old: one that has the number of another is younger."""
    try:
        return age_of(pid) >= seconds
    except (FileNotFoundError, ProcessLookupError):
        return False


def _covering(rule: Rule) -> Callable[[str], bool]:
    """Give what says whether a rule about names covers one."""
    where = rule.scope.destination
    return where.covers_name if isinstance(where, Name) else lambda _: False


def _decided(policy: Policy, applications: Iterable[Application]) -> dict[str, Application]:
    """Give those of *applications* that have a class, by the names of their groups."""
    return {label(each): each for each in applications if policy.has_class(each)}
