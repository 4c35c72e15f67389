"""Ends what is open and refused by now: a new deny counts for connections that have begun, too.

Only a socket that the kernel has in a class of ours, and that nobody holds but processes in the
group of that class, is ended. It is looked for after a change of the rules, never for a packet.
"""

import errno
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from stile.applications import Application
from stile.connections import Address, Protocol
from stiled import sockdiag
from stiled.classes import ClassId
from stiled.enforcement import Enforcement, Group
from stiled.features import Feature, State
from stiled.hostnames import Hostnames
from stiled.lists import Lists
from stiled.netcls import NetCls
from stiled.openflows import OpenFlow, directions, must_end
from stiled.owners import Owners, own_addresses
from stiled.sockdiag import Listed

log = logging.getLogger(__name__)

EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
"""Of both families (ip(7))."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is open in our network namespace."""

    connected: Mapping[ClassId, Sequence[Listed]]
    """By class; without what stays on this machine, for the loopback is not policed."""
    listening: frozenset[int]
    ephemeral: range

    @classmethod
    def look(
        cls, wanted: Mapping[Protocol, Sequence[int]] = sockdiag.WANTED, *, counted: bool = False
    ) -> "Found":
        """List it, as `sockdiag.listed` does. Raises OSError."""
        here = own_addresses()
        connected: dict[ClassId, list[Listed]] = {}
        listening: set[int] = set()
        for each in sockdiag.listed(wanted, counted=counted):
            if each.listens:
                listening.add(each.own_port)
            elif each.inode and not _stays_here(each.address, here):
                connected.setdefault(each.class_id, []).append(each)
        return cls(connected, frozenset(listening), _ephemeral())


def _stays_here(address: Address, here: Collection[Address]) -> bool:
    return address.is_loopback or address in here


def flow_of(
    each: Listed, found: Found, known: Hostnames, lists: Lists | None, now: float
) -> OpenFlow:
    """Say what a socket's conversation is to rules, as far as that can be known."""
    names = known.said(each.address, now)
    return OpenFlow(
        protocol=each.protocol,
        address=each.address,
        port=each.port,
        own_port=each.own_port,
        uid=each.uid,
        begun_by=directions(each.protocol, each.own_port, found.listening, found.ephemeral),
        names=frozenset(names),
        lists=lists.covering(each.address, names) if lists else frozenset(),
    )


class Endings:
    """Ends connections. It blocks: call it from a thread, one call at a time."""

    def __init__(
        self,
        enforcement: Enforcement,
        netcls: NetCls,
        owners: Owners,
        names: Hostnames,
        lists: Lists | None = None,
    ) -> None:
        self._enforcement = enforcement
        self._netcls = netcls
        self._owners = owners
        self._names = names
        self._lists = lists
        self._why_not = sockdiag.why_not()

    def feature(self) -> Feature:
        """Say whether the kernel can do it."""
        if not self._why_not:
            text = "connections that are open end when a rule refuses them"
            return Feature("open connections", State.OK, text)
        text = (
            "a rule about a destination does not end what is open (a deny of the whole application "
            f"does): {self._why_not}"
        )
        return Feature("open connections", State.LIMITED, text)

    def end_refused(self, applications: Iterable[Application]) -> int:
        """End what processes of *applications* have open and may not; says how many sockets.

        Everybody stands for all who are in a class.
        """
        groups = [] if self._why_not else self._enforcement.groups(applications)
        if not groups:
            return 0
        try:
            found = Found.look()
            return sum(self._end(group, found) for group in groups)
        except OSError as error:
            log.warning("what is open goes on: %s", error)
            return 0

    def _end(self, group: Group, found: Found) -> int:
        refused = [
            each
            for each in found.connected.get(group.class_id, ())
            if must_end(
                group.policy,
                group.application,
                flow_of(each, found, self._names, self._lists, self._enforcement.clock()),
            )
        ]
        if not refused:
            return 0
        alone = self._owners.held_only_by(
            self._netcls.members(group.name), {each.link for each in refused}
        )
        ended = [each for each in refused if each.link in alone and self._end_one(each)]
        for each in ended:
            log.info(
                "%s: ended %s to %s port %d",
                *(group.application, each.protocol, each.address, each.port),
            )
        return len(ended)

    def _end_one(self, each: Listed) -> bool:
        try:
            return sockdiag.end(each)
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            log.warning("%s to %s goes on: the kernel cannot end it", each.protocol, each.address)
            return False


def _ephemeral() -> range:
    """The ports that the kernel gives to who does not choose, in our network namespace."""
    low, high = map(int, EPHEMERAL.read_text().split())
    return range(low, high + 1)
