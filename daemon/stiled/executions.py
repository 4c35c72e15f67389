"""What follows when a process becomes another program: before, and after.

Out of a class, the exec gate moves a process before the exec, by the table that is written here.
Into a class it is put afterwards, here, when it does not hold its parent's sockets any more.
"""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress

from stile.applications import KERNEL, Application, Kind
from stile.connections import Pid
from stile.rules import Policy
from stiled import badge
from stiled.classes import label
from stiled.enforcement import Enforcement
from stiled.gatetable import Executable, Group, Table
from stiled.identity import application_of
from stiled.interpreters import is_interpreter
from stiled.netcls import NetCls

log = logging.getLogger(__name__)

PROGRAMS = (Kind.PATH, Kind.KERNEL, Kind.EVERYBODY)
"""Kinds that no interpreter has a part in."""

MOST_LEFT = 4096
"""Processes that are remembered which the gate has taken out of a class."""


class Executions:
    """Keeps processes in the classes where they belong, whatever they execute.

    It blocks, and is called from threads.
    """

    def __init__(self, enforcement: Enforcement, netcls: NetCls) -> None:
        self._enforcement = enforcement
        self._netcls = netcls
        self._policy = Policy()
        self._left: dict[Pid, str] = {}
        self.caught = 0
        """How many processes were found in the class of another application."""

    def learn(self, policy: Policy) -> Table:
        """Go by *policy* from now on. Gives what the exec gate has to know."""
        decided = [each for each in policy.rules if policy.has_class(each)]
        self._policy = policy
        return self._table(decided)

    def left(self, pid: Pid, group: str) -> None:
        """Note that the exec gate has taken a process out of a group."""
        self._left[pid] = group
        if len(self._left) > MOST_LEFT:
            self._left.pop(next(iter(self._left)))
        self._enforcement.stays.left(group)

    def executed(self, pid: Pid) -> None:
        """See that a process which has become another program is in the class where it belongs."""
        former = self._left.pop(pid, None)
        try:
            if former is None and not badge.is_worn(pid):
                return
            group = self._netcls.group_of(pid)
            if group is None:
                self._come_back(pid, former)
            elif not self._belongs(pid, group):
                self._enforcement.expel(pid, group)
                self.caught += 1
                log.warning("%s (%d) was in the class of %s", application_of(pid), pid, group)
                self._enforcement.stays.left(group)
                self.came(pid)
        except (ProcessLookupError, FileNotFoundError):
            return  # it is gone

    def came(self, pid: Pid) -> None:
        """Place a process that has become a program which is decided about."""
        with suppress(ProcessLookupError, FileNotFoundError):
            application = application_of(pid)
            if self._policy.has_class(application):
                self._enforcement.place_one(application, pid)

    def look_through(self) -> None:
        """Do what `executed` does for all who are in a class: some executions were not seen."""
        for group in self._netcls.groups():
            for pid in self._netcls.members(group):
                with suppress(ProcessLookupError):
                    badge.put_on(pid)  # an earlier helper may have done without
                self.executed(pid)

    def _belongs(self, pid: Pid, group: str) -> bool:
        whose = self._enforcement.whose(group)
        return whose is None or self._may_have(whose, application_of(pid))

    def _may_have(self, whose: Application, application: Application) -> bool:
        """Whether *application* may be in the class of *whose*."""
        if application == whose:
            return True
        return self._policy.shares(whose) and application not in self._policy.rules

    def _come_back(self, pid: Pid, former: str | None) -> None:
        """Place a process that the gate has taken out of a group, if it may be there after all."""
        application = application_of(pid)
        whose = self._enforcement.whose(former) if former else None
        if former and whose and self._may_have(whose, application):
            self._enforcement.put_back(pid, former)
        elif self._policy.has_class(application):
            self._enforcement.place_one(application, pid)

    # -- what the gate has to know --------------------------------------------------------------

    def _table(self, decided: Iterable[Application]) -> Table:
        policy, chain_name = self._policy, self._enforcement.chain_name
        groups = {
            label(each): Group(str(each), chain_name(each), policy.shares(each))
            for each in decided
            if each != KERNEL
        }
        stays = list(self._enforcement.stays)
        groups |= {
            stay.name: Group(
                str(stay.application), self._enforcement.stays.chain_name(stay), children=False
            )
            for stay in stays
        }
        adding, settling = self._enforcement.exit_messages(
            {group.chain for group in groups.values()}
        )
        known = {*policy.rules, *(stay.application for stay in stays)}
        return Table(
            home=self._netcls.home,
            groups=groups,
            files=dict(_executables(known)),
            any_scripts=any(each.kind not in PROGRAMS for each in policy.rules),
            adding=adding,
            settling=settling,
            exits=self._enforcement.exits,
        )


def _is_program(application: Application) -> bool:
    """Whether its file alone tells who it is."""
    return application.kind is Kind.PATH and not is_interpreter(os.fsencode(application.name))


def _executables(applications: Iterable[Application]) -> Iterator[tuple[Executable, str]]:
    """Find the files of applications. An interpreter may become anybody, and is nobody's."""
    for application in applications:
        if application.kind is Kind.PATH:
            with suppress(OSError):
                status = os.stat(application.name)
                whose = str(application) if _is_program(application) else ""
                yield Executable(application.name, status.st_dev, status.st_ino), whose
