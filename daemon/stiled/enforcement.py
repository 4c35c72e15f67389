"""The policy in the kernel: verdicts of classes in the table, processes in their classes.

Everything here blocks, and is called from threads. Whoever changes verdicts calls one at a time;
processes may be placed at any time, once their class has its verdict.
"""

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from threading import Lock

from stile.applications import KERNEL, Application
from stile.connections import Flow, Pid, Process
from stile.rules import Action, Policy, decide
from stiled.classes import Classes, ClassId, label
from stiled.identity import application_of
from stiled.netcls import NetCls
from stiled.netfilter import Netfilter, NotLoaded
from stiled.owners import Owners
from stiled.stays import Stay, Stays, age_of

log = logging.getLogger(__name__)


class Enforcement:
    """Makes the kernel decide as `decide()` does."""

    def __init__(
        self, classes: Classes, netfilter: Netfilter, netcls: NetCls, owners: Owners
    ) -> None:
        self._classes = classes
        self._netfilter = netfilter
        self._netcls = netcls
        self._owners = owners
        self._moving = Lock()
        self._decided: Mapping[str, Application] = {}
        self.stays = Stays(classes, netfilter, netcls)

    def __len__(self) -> int:
        """How many classes are given out."""
        return len(self._classes)

    # -- verdicts --------------------------------------------------------------------------

    def load(self, policy: Policy) -> None:
        """Put the whole policy in force. Raises NotLoaded."""
        actions = {
            self._classes.of(application): rule.action
            for application, rule in policy.rules.items()
            if application != KERNEL and rule.action is not Action.ASK
        }
        self._netfilter.load(actions | self.stays.verdicts, _kernel_action(policy))
        self._decided = _decided(policy)

    def teach(self, policy: Policy, applications: Iterable[Application]) -> None:
        """Bring the verdicts of *applications* up to *policy*. Raises NotLoaded."""
        self._decided = _decided(policy)
        actions: dict[ClassId, Action] = {}
        gone: dict[Application, ClassId] = {}
        for application in applications:
            action = decide(policy, application)
            if application == KERNEL:
                continue
            if action is Action.ASK:
                gone[application] = self._classes.of(application)
            else:
                actions[self._classes.of(application)] = action
        try:
            self._netfilter.change(actions, gone.values())
            if KERNEL in applications:
                self._netfilter.change_kernel(_kernel_action(policy))
        except NotLoaded as error:  # somebody else changed our table: put it up again
            log.warning("%s; the table is loaded anew", error)
            self.load(policy)
        for application in gone:
            self._netcls.vacate(label(application))
        for application in set(applications) - gone.keys():
            self._replace_stays(application)

    def _replace_stays(self, application: Application) -> None:
        """Let a rule take the place of what holds until processes quit: it is the later word."""
        for stay in self.stays.about(application):
            for pid in self._netcls.members(stay.name):
                self._put(application, pid, label(application), self._classes.of(application))
            self.stays.end(stay)

    def tidy(self, policy: Policy) -> None:
        """Empty the classes of those who are not decided about any more."""
        decided = {
            label(application)
            for application, rule in policy.rules.items()
            if rule.action is not Action.ASK
        }
        decided |= {stay.name for stay in self.stays}
        for name in self._netcls.groups().keys() - decided:
            self._netcls.vacate(name)

    def remember(self, flow: Flow, action: Action) -> None:
        """Give a single flow its verdict. Raises NotLoaded."""
        self._netfilter.remember(flow, action)

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long. Raises NotLoaded."""
        self._netfilter.pause(seconds)

    # -- processes -------------------------------------------------------------------------

    def place_running(self, policy: Policy, applications: Iterable[Application]) -> None:
        """Place the processes of those of *applications* that are decided about."""
        decided = {each for each in applications if decide(policy, each) is not Action.ASK}
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

    def separate(self, process: Process, action: Action, older_than: float) -> bool:
        """Give a process a verdict until it quits, in a class of its own.

        False where it is gone, or not what it was; *older_than* are the seconds since it was seen.
        Raises NotLoaded, OverflowError, OSError.
        """
        stay, placed = self.stays.begin(process.application, action), False
        try:
            placed = _has_run_for(process.pid, older_than) and self._put(
                stay.application, process.pid, stay.name, stay.class_id
            )
            if placed:
                self.stays.look(stay)
        finally:
            if not placed:
                self.stays.end(stay)
        return placed

    def apart(self, processes: Iterable[Process]) -> frozenset[Pid]:
        """Those of *processes* that have a verdict until they quit."""
        if not self.stays:
            return frozenset()
        return frozenset(
            process.pid
            for process in processes
            if (stay := self._stay_of(process.pid)) and stay.application == process.application
        )

    def _stay_of(self, pid: Pid) -> Stay | None:
        try:
            with self._moving:  # a move that is on its way ends first
                return self.stays.of_class(self._netcls.class_of(pid))
        except ProcessLookupError:
            return None

    def whose(self, group: str) -> Application | None:
        """Whose class a group stands for; None where it has no verdict."""
        if (application := self._decided.get(group)) is not None:
            return application
        return next((stay.application for stay in self.stays if stay.name == group), None)

    def put_back(self, pid: Pid, group: str) -> None:
        """Put a process into a group out of which it came, or its parent, if that is there still.

        Raises ProcessLookupError, FileNotFoundError.
        """
        if class_id := self._netcls.groups().get(group):
            self._put(application_of(pid), pid, group, class_id)

    def expel(self, pid: Pid, group: str) -> None:
        """Take a process out of a group, and give those who stay their sockets back.

        Raises ProcessLookupError.
        """
        with self._moving:
            if self._netcls.group_of(pid) == group:
                self._netcls.expel(pid)
                self._netcls.renew(group)

    def is_placed(self, pid: Pid) -> bool:
        """Whether a process is in a class of ours that has a verdict, or gone."""
        try:
            return self._netcls.is_ours(pid) and self._netfilter.decides(self._netcls.class_of(pid))
        except ProcessLookupError:
            return True

    def place_one(self, application: Application, pid: Pid) -> bool:
        """Put a process into the class of *application*, if that is what it is; says whether."""
        if not pid or not application.can_have_rules:
            return False
        if self.stays and (stay := self._stay_of(pid)) and stay.application == application:
            return True  # what was said about this very process stands
        return self._put(application, pid, label(application), self._classes.of(application))

    def _put(
        self,
        application: Application,
        pid: Pid,
        name: str,
        class_id: ClassId,
    ) -> bool:
        try:
            if self._netcls.is_foreign(pid):
                return False
            if self._netcls.class_of(pid) != class_id and self._is_tied(pid, application, name):
                return False
            with self._moving:  # /proc tells of a move before its sockets have the class
                group = self._netcls.ensure(name, class_id)
                if (former := self._netcls.class_of(pid)) != class_id:
                    self._netcls.move(pid, group)
                    self.stays.left(former)
            if application_of(pid) != application:  # it has become another meanwhile
                self.expel(pid, name)
                return False
        except (ProcessLookupError, FileNotFoundError):
            return False  # it is gone
        return True

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


def _decided(policy: Policy) -> Mapping[str, Application]:
    """Give the applications that have a verdict, by the names of their groups."""
    decided = (each for each in policy.rules if decide(policy, each) is not Action.ASK)
    return {label(each): each for each in decided}


def _kernel_action(policy: Policy) -> Action:
    """What the kernel's own sockets get: allowed where no rule speaks of them, never held."""
    action = decide(policy, KERNEL)
    return Action.ALLOW if action is Action.ASK else action
