"""Processes that have a verdict until they quit: a class of their own each, gone with its last.

Such a class is made for the process that a question named. What the process forks is born into it;
other processes of the application are not in it, and are asked about. The name of its group tells
all that a helper which starts anew must know:

    curl-0123456789ab~quit~allow~7      label of the application, action, minor of the class

The verdict takes the place of what is said about all that the application does; where that has
rules with destinations, ports or users, they count for the process as well (`Policy.with_whole`),
and the class leads to a chain of its own.

Nothing is polled: of each class one living process is watched by its pidfd. When it exits the group
is read again: another one is watched, or nobody is left, and verdict and group go.
"""

import asyncio
import logging
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from select import POLLIN, poll

from stile.applications import Application
from stile.connections import Pid
from stile.rules import DECIDING, Action, Lifetime, Origin, Policy, Rule, RuleId
from stiled.backends import Backend, Entry, NotLoaded
from stiled.births import born
from stiled.chains import SHARED, Chain, chain_of, needs_chain
from stiled.classes import MAJOR, NONE, Classes, ClassId, label
from stiled.identity import application_of
from stiled.netcls import NetCls

log = logging.getLogger(__name__)

MARK = "~quit~"
"""In the name of a group; no label has a tilde."""


@dataclass(frozen=True, slots=True)
class Stay:
    """What some processes of an application get until the last of them quits."""

    application: Application
    action: Action
    class_id: ClassId

    @property
    def name(self) -> str:
        """The name of its group."""
        return f"{label(self.application)}{MARK}{self.action}~{self.class_id & 0xFFFF}"

    def policy(self, policy: Policy) -> Policy:
        """Say what *policy* is for its processes."""
        return policy.with_whole(self.application, self.action)

    def chain_name(self, policy: Policy) -> str:
        """Name the chain that its class leads to: one of its own, where narrow rules count."""
        if needs_chain(self.policy(policy).rules[self.application]):
            return f"quit{self.class_id & 0xFFFF:x}"
        return SHARED[self.action]

    @property
    def rule(self) -> Rule:
        """How it is listed. Its id is like that of a rule file, with the number of the class."""
        readable = label(self.application).rpartition("-")[0]
        name = RuleId(f"{readable}-quit-{self.class_id & 0xFFFF}")
        return Rule(self.application, self.action, Lifetime.QUIT, id=name, origin=Origin.TEMPORARY)


class Stays:
    """The classes that last until their processes quit.

    What changes them blocks: call it from a thread, one call at a time, as for verdicts.
    *entries* says what stands in the sets of a chain, *load* puts the whole policy in force anew.
    """

    def __init__(
        self,
        classes: Classes,
        backend: Backend,
        netcls: NetCls,
        entries: Callable[[Chain], Iterable[Entry]],
        load: Callable[[], None],
    ) -> None:
        self._classes = classes
        self._backend = backend
        self._netcls = netcls
        self._entries = entries
        self._load = load
        self._policy = Policy()
        self._stays: Mapping[ClassId, Stay] = {}  # replaced whole: others read it meanwhile
        self._left: set[str] = set()
        self._watched: dict[Stay, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._exited: Callable[[Stay], None] = lambda _: None
        self._changed: Callable[[], None] = lambda: None

    def __len__(self) -> int:
        return len(self._stays)

    def __iter__(self) -> Iterator[Stay]:
        return iter(self._stays.values())

    # -- what there is ---------------------------------------------------------------------

    def verdicts(self, policy: Policy, stays: Iterable[Stay]) -> dict[ClassId, str]:
        """The chains that the classes of *stays* lead to."""
        return {stay.class_id: stay.chain_name(policy) for stay in stays}

    def chains(self, policy: Policy, stays: Iterable[Stay]) -> list[Chain]:
        """Write the chains of those of *stays* that have their own."""
        return [
            chain_of(
                stay.policy(policy),
                stay.application,
                stay.chain_name(policy),
                ask_in=self._backend.ask_in,
                locked=self._backend.locked,
            )
            for stay in stays
            if stay.chain_name(policy) != SHARED[stay.action]
        ]

    def chain_name(self, stay: Stay) -> str:
        """Name the chain that is in force for a class."""
        return stay.chain_name(self._policy)

    @property
    def rules(self) -> list[Rule]:
        """All of them, as they are listed."""
        return [stay.rule for stay in self._stays.values()]

    def of_group(self, group: str) -> Stay | None:
        """What a group stands for; None for one of another kind."""
        return next((stay for stay in self._stays.values() if stay.name == group), None)

    def about(self, application: Application) -> Sequence[Stay]:
        """Those of an application."""
        return [stay for stay in self._stays.values() if stay.application == application]

    def listed_as(self, rule: RuleId) -> Stay | None:
        """What a rule stands for that was listed."""
        return next((stay for stay in self._stays.values() if stay.rule.id == rule), None)

    def go_by(self, policy: Policy) -> None:
        """Note that *policy* is in force, and let the kernel see the classes that it is to see."""
        self._policy = policy
        for stay in self:
            if self._netcls.given(stay.name) not in (NONE, self._shown(stay)):
                self._netcls.give_class(stay.name, self._shown(stay))

    # -- beginning and end -------------------------------------------------------------------

    def begin(self, application: Application, action: Action) -> Stay:
        """Make a class with its verdict, for processes to be put into. Raises NotLoaded, OSError.

        Raises OverflowError where no class is left.
        """
        stay = Stay(application, action, self._classes.fresh())
        self._netcls.make(stay.name, self._shown(stay))
        chains = self.chains(self._policy, [stay])
        try:
            self._backend.change(
                self.verdicts(self._policy, [stay]),
                (),
                chains,
                [entry for chain in chains for entry in self._entries(chain)],
            )
        except NotLoaded:
            self._empty(stay.name)
            raise
        self._stays = {**self._stays, stay.class_id: stay}
        self._tell()
        return stay

    def end(self, stay: Stay) -> None:
        """Take the verdict from a class and from whoever is in it."""
        self._stays = {key: each for key, each in self._stays.items() if key != stay.class_id}
        if loop := self._loop:
            loop.call_soon_threadsafe(self._unwatch, stay)
        self._empty(stay.name)
        try:
            self._take_verdict(stay)
        except NotLoaded as error:  # nobody is in the class: at the next load it is gone
            log.warning("%s", error)
        self._classes.give_back(stay.class_id)
        self._tell()

    def _take_verdict(self, stay: Stay) -> None:
        """Take a class and its chain from the kernel. Raises NotLoaded."""
        try:
            self._backend.change({}, {stay.class_id})
        except NotLoaded:  # who has left it a moment ago may still be on the way out through it
            self._load()

    def look(self, stay: Stay) -> None:
        """Watch a process of the class, or end it where nobody is left."""
        if self._stays.get(stay.class_id) != stay:
            return
        if (descriptor := self._living(stay)) is None:
            log.info("%s: the last process of %s has quit", stay.application, stay.name)
            self.end(stay)
        elif loop := self._loop:
            loop.call_soon_threadsafe(self._watch, stay, descriptor)
        else:
            os.close(descriptor)

    def left(self, group: str) -> None:
        """Note that a process was moved out of a group, of any kind: it may have been the last."""
        if (stay := self.of_group(group)) and (loop := self._loop):
            loop.call_soon_threadsafe(self._exited, stay)

    # -- an earlier helper's -------------------------------------------------------------------

    def take_over(self, policy: Policy) -> None:
        """Find what an earlier helper left behind; the verdicts are for `Netfilter.load` to load.

        Where nobody of the application is left, or a rule speaks of it by now, the group goes.
        """
        self._policy = policy
        found: dict[ClassId, Stay] = {}
        for name, shown in self._netcls.groups().items():
            if MARK not in name:
                continue
            stay = self._recognised(name)
            if stay and not policy.settles(stay.application):
                found[stay.class_id] = stay
                self._classes.claim(stay.class_id)
                if shown != self._shown(stay):  # it was made for another packet filter
                    self._netcls.give_class(name, self._shown(stay))
            else:
                self._empty(name)
        self._stays = found
        for name in self._netcls.remains():
            self._netcls.vacate(name)

    def _shown(self, stay: Stay) -> ClassId:
        """Say which class the kernel is to see."""
        return self._backend.class_for(stay.class_id, self.chain_name(stay))

    def _recognised(self, name: str) -> Stay | None:
        """Say what a group stands for by its name and its processes; others are moved out."""
        tag, _, rest = name.partition(MARK)
        action, _, number = rest.partition("~")
        runs = {pid: found for pid in self._netcls.members(name) if (found := _application(pid))}
        whose = next((found for found in runs.values() if label(found) == tag), None)
        if whose is None or action not in DECIDING or not whose.can_have_rules:
            return None
        if not number.isdecimal() or not 0 < int(number) <= 0xFFFF:
            return None
        stay = Stay(whose, Action(action), ClassId(MAJOR << 16 | int(number)))
        if stay.name != name:
            return None
        others = [pid for pid, found in runs.items() if found != whose]
        for pid in others:
            self._netcls.expel(pid)
        if others:  # they may share sockets with those that stay
            self._netcls.give_class(name, self._shown(stay))
        return stay

    # -- watching --------------------------------------------------------------------------------

    def listen(
        self,
        loop: asyncio.AbstractEventLoop,
        exited: Callable[[Stay], None],
        changed: Callable[[], None],
    ) -> None:
        """Call *exited* on the loop when `look` is wanted, *changed* when `rules` are others."""
        self._loop, self._exited, self._changed = loop, exited, changed
        for stay in self._stays.values():
            exited(stay)

    def close(self) -> None:
        """Watch nobody any more; classes and verdicts stay."""
        for stay in list(self._watched):
            self._unwatch(stay)
        self._loop = None

    def _living(self, stay: Stay) -> int | None:
        """Give a pidfd of a process in the group, of one that runs; None where there is none.

        The number of a process may be another's by the time it is opened: the group is read again.
        """
        for pid in self._netcls.members(stay.name):
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                continue  # it is gone
            if pid in self._netcls.members(stay.name) and not _has_exited(descriptor):
                return descriptor
            os.close(descriptor)
        return None

    def _watch(self, stay: Stay, descriptor: int) -> None:
        self._unwatch(stay)
        if self._loop is None or self._stays.get(stay.class_id) != stay:
            os.close(descriptor)
            return
        self._watched[stay] = descriptor
        self._loop.add_reader(descriptor, self._readable, stay)

    def _readable(self, stay: Stay) -> None:
        self._unwatch(stay)
        self._exited(stay)

    def _unwatch(self, stay: Stay) -> None:
        if self._loop and (descriptor := self._watched.pop(stay, None)) is not None:
            self._loop.remove_reader(descriptor)
            os.close(descriptor)

    # -- small things ------------------------------------------------------------------------------

    def _tell(self) -> None:
        if loop := self._loop:
            loop.call_soon_threadsafe(self._changed)

    def _empty(self, name: str) -> None:
        """Remove a group; who forks faster than it can be vacated is in no class all the same.

        Another helper, finding what is left of it, does not take it for a class.
        """
        with suppress(FileNotFoundError):
            self._netcls.give_class(name, NONE)
        self._left = {each for each in {*self._left, name} if not self._netcls.vacate(each)}


def age_of(pid: Pid) -> float:
    """For how many seconds a process has run. Raises FileNotFoundError, ProcessLookupError."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) - born(pid) / os.sysconf("SC_CLK_TCK")


def _application(pid: Pid) -> Application | None:
    try:
        return application_of(pid)
    except OSError:
        return None


def _has_exited(descriptor: int) -> bool:
    """Whether a process is gone: its pidfd is readable then (pidfd_open(2))."""
    ready = poll()
    ready.register(descriptor, POLLIN)
    return bool(ready.poll(0))
