"""What follows when a process becomes another program: before, and after.

Out of a class, the exec gate moves a process before the exec, by the table that is written here.
Into a class it is put afterwards, here, when it does not hold its parent's sockets any more.
"""

import logging
import os
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

from stile.applications import Application, Kind
from stile.connections import Pid
from stile.rules import Policy
from stiled import badge
from stiled.classes import label
from stiled.enforcement import Enforcement
from stiled.execing import is_executing
from stiled.gatetable import Change, Executable, Group, Table
from stiled.identity import application_of
from stiled.interpreters import is_interpreter
from stiled.netcls import NetCls

log = logging.getLogger(__name__)

PROGRAMS = (Kind.PATH, Kind.KERNEL, Kind.EVERYBODY)
"""Kinds that no interpreter has a part in."""

MOST_LEFT = 4096
"""Processes that are remembered which the gate has taken out of a class."""


class _Found(NamedTuple):
    """The file of an application, as it was when we looked."""

    file: Executable
    changed: int
    """When its inode was changed: another file may have got its number."""


class Executions:
    """Keeps processes in the classes where they belong, whatever they execute.

    It blocks, and is called from threads.
    """

    def __init__(self, enforcement: Enforcement, netcls: NetCls) -> None:
        self._enforcement = enforcement
        self._netcls = netcls
        self._policy = Policy()
        self._table = Table()
        self._files: dict[Application, _Found] = {}
        self._left: dict[Pid, str] = {}
        self.caught = 0
        """How many processes were found in the class of another application."""

    def learn(self, policy: Policy) -> Table:
        """Go by *policy* from now on. Gives what the exec gate has to know."""
        self._policy, self._files = policy, {}
        _, settling = self._enforcement.exit_messages(())
        alone = Table(home=self._netcls.home, settling=settling, exits=self._enforcement.exits)
        stays = self._enforcement.stays
        change = self._change({*policy.rules, *(stay.application for stay in stays)})
        self._table = alone.changed(change)
        return self._table

    def learn_of(self, policy: Policy, applications: Iterable[Application]) -> tuple[Table, Change]:
        """Go by *policy* from now on, which says other things about *applications*.

        Gives what the exec gate has to know, and what of it is new.
        """
        self._policy = policy
        change = self._change(applications)
        self._table = self._table.changed(change)
        return self._table, change

    def is_outdated(self, application: Application) -> bool:
        """Whether another file lies where that of an application was, or it is there by now."""
        if application not in self._policy.rules:
            return False
        return self._files.get(application) != _found(application)

    def left(self, pid: Pid, group: str) -> None:
        """Note that the exec gate has taken a process out of a group."""
        self._left[pid] = group
        if len(self._left) > MOST_LEFT:
            self._left.pop(next(iter(self._left)))
        self._enforcement.stays.left(group)

    def executed(self, pid: Pid) -> None:
        """See that a process which has become another program is in the class where it belongs.

        One that is in none gets it as it is started (`starts.py`), or by its first packet.
        """
        former = self._left.pop(pid, None)
        may_come_back = former is not None and self._lets_children_stay(former)
        with suppress(ProcessLookupError, FileNotFoundError):
            if not (may_come_back or badge.is_worn(pid)):
                return
            if self._netcls.group_of(pid) is not None:
                self._check(pid)
            elif may_come_back:
                self._come_back(pid, former)

    def _lets_children_stay(self, group: str) -> bool:
        """Whether programs that nobody decided about may be in a group."""
        whose = self._enforcement.whose(group)
        return whose is not None and self._policy.shares(whose)

    def not_executed(self, pid: Pid) -> bool:
        """Put a process back that the exec gate has taken out of a group, for nothing.

        Gives whether that is settled. While it may still be executing it is not: whoever is put
        back then becomes another program in the class of the former one.
        """
        if pid not in self._left:
            return True  # it was carried out
        try:
            if is_executing(pid) is not False:
                return False
            former = self._left.pop(pid, None)
            if self._netcls.group_of(pid) is None:
                self._come_back(pid, former)
        except (ProcessLookupError, FileNotFoundError):
            self._left.pop(pid, None)
        return True

    def _check(self, pid: Pid) -> None:
        """Expel a process from a class where it does not belong."""
        group = self._netcls.group_of(pid)
        if group is not None and not self._belongs(pid, group):
            self._enforcement.expel(pid, group)
            self.caught += 1
            log.warning("%s (%d) was in the class of %s", application_of(pid), pid, group)
            self._enforcement.stays.left(group)
            self.came(pid)

    def came(self, pid: Pid) -> None:
        """Place a process that has become a program which is decided about."""
        with suppress(ProcessLookupError, FileNotFoundError):
            application = application_of(pid)
            if self._policy.has_class(application):
                self._enforcement.place_one(application, pid)

    def look_for(self) -> None:
        """Place whoever runs and is decided about: some starts were not seen."""
        self._enforcement.place_running(self._policy, self._policy.rules)

    def look_through(self) -> None:
        """See that all who are in a class belong there: some executions were not seen."""
        for group in self._netcls.groups():
            for pid in self._netcls.members(group):
                with suppress(ProcessLookupError, FileNotFoundError):
                    badge.put_on(pid)  # an earlier helper may have done without
                    self._check(pid)

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
        else:
            self._enforcement.take_badge(pid)

    # -- what the gate has to know --------------------------------------------------------------

    def _change(self, applications: Iterable[Application]) -> Change:
        """Write what is to be known of applications now."""
        applications = [each for each in applications if each.kind is not Kind.KERNEL]
        policy, chain_name = self._policy, self._enforcement.chain_name
        groups: dict[str, Group | None] = {
            label(each): Group(str(each), chain_name(each), policy.shares(each))
            if policy.has_class(each)
            else None
            for each in applications
        }
        stays, about = self._enforcement.stays, frozenset(applications)
        groups |= {
            stay.name: Group(str(stay.application), stays.chain_name(stay), children=False)
            for stay in stays
            if stay.application in about
        }
        adding, _ = self._enforcement.exit_messages(
            {group.chain for group in groups.values() if group}
        )
        any_scripts = any(each.kind not in PROGRAMS for each in policy.rules)
        return Change(groups, self._changed_files(applications), any_scripts, adding)

    def _changed_files(self, applications: Iterable[Application]) -> dict[Executable, str | None]:
        """Find the files of applications that rules speak of. An interpreter is nobody's."""
        known = {stay.application for stay in self._enforcement.stays}
        files: dict[Executable, str | None] = {}
        for each in applications:
            if former := self._files.pop(each, None):
                files[former.file] = None
            if (each in self._policy.rules or each in known) and (found := _found(each)):
                self._files[each] = found
                files[found.file] = str(each) if _is_program(each) else ""
        return files


def _is_program(application: Application) -> bool:
    """Whether its file alone tells who it is."""
    return application.kind is Kind.PATH and not is_interpreter(os.fsencode(application.name))


def _found(application: Application) -> _Found | None:
    if application.kind is not Kind.PATH:
        return None
    try:
        status = os.stat(application.name)
    except OSError:
        return None
    file = Executable(application.name, status.st_dev, status.st_ino)
    return _Found(file, status.st_ctime_ns)
