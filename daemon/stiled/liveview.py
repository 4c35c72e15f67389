"""What is open now and whose it is, and what has passed: looked up when somebody asks, never else.

The kernel says which class a socket has. Where that is one application's, this is whose it is; else
(nobody has decided about it, or a packet filter lets many applications share a class) the process
that holds the socket says it, and is looked for once a socket.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from typing import TypeAlias

import psutil

from stile.applications import EVERYBODY, Application
from stile.connections import Pid, Uid
from stile.rules import Policy, decide
from stile.traffic import OpenConnection, State, Traffic
from stiled import sockdiag
from stiled.backends import Count, Counts
from stiled.classes import ClassId
from stiled.descriptors import held
from stiled.endings import Found, flow_of
from stiled.enforcement import Enforcement, Group
from stiled.hostnames import Hostnames
from stiled.lists import Lists
from stiled.owners import Owners
from stiled.sockdiag import Listed

MOST = 1000
"""Connections that one answer has: those that have carried the most. Writing more of them for the
bus would keep held packets waiting."""
FRESH = 0.5
"""Seconds for which what was found is good enough for the next who asks."""
Whose: TypeAlias = tuple[Application, Uid]
NOTHING = Count(0, 0)
OPENING = (sockdiag.SYN_SENT, sockdiag.SYN_RECV)


class LiveView:
    """Looks. It blocks: call it from a thread."""

    def __init__(
        self, enforcement: Enforcement, owners: Owners, names: Hostnames, lists: Lists
    ) -> None:
        self._enforcement = enforcement
        self._owners = owners
        self._names = names
        self._lists = lists
        self._looking = Lock()
        self._found: tuple[float, list[OpenConnection]] = (0.0, [])
        self._holders: dict[int, Application | None] = {}

    def connections(self, policy: Policy, uid: Uid | None) -> list[OpenConnection]:
        """List what is open, of one user or of all. Raises OSError."""
        with self._looking:  # many who ask at a time are answered by one look
            at, found = self._found
            if time.monotonic() - at > FRESH:
                found = list(self._look(policy))
                self._found = (time.monotonic(), found)
        wanted = [each for each in found if uid in (None, each.uid)]
        wanted.sort(key=lambda each: (each.sent or 0) + (each.received or 0), reverse=True)
        return wanted[:MOST]

    def traffic(self, uid: Uid | None) -> list[Traffic]:
        """Say what has passed, of one user or of all. Raises NotCounted, NotLoaded."""
        counted = self._enforcement.counted()
        groups = self._enforcement.groups({EVERYBODY})
        whose = {group.class_id: group.application for group in groups}
        sent, received = _by_owner(counted.sent, whose), _by_owner(counted.received, whose)
        return [
            Traffic(
                *(*each, counted.since),
                *sent.get(each, NOTHING),
                *received.get(each, NOTHING),
            )
            for each in sorted(sent.keys() | received.keys())
            if uid in (None, each[1])
        ]

    # -- connections -------------------------------------------------------------------------

    def _look(self, policy: Policy) -> Iterator[OpenConnection]:
        found = Found.look(sockdiag.SHOWN, counted=True)
        groups = _of_one(self._enforcement.groups({EVERYBODY}))
        self._find_holders(
            each
            for number, some in found.connected.items()
            if number not in groups
            for each in some
        )
        for class_id, sockets in found.connected.items():
            group = groups.get(class_id)
            for each in sockets:
                who = group.application if group else self._holders.get(each.inode)
                if who is not None:
                    yield self._shown(each, found, who, group.policy if group else policy)

    def _shown(
        self, each: Listed, found: Found, who: Application, policy: Policy
    ) -> OpenConnection:
        now = self._enforcement.clock()
        flow = flow_of(each, found, self._names, self._lists, now)
        sent, received = each.octets or (None, None)
        return OpenConnection(
            id=each.cookie,
            application=who,
            uid=each.uid,
            protocol=each.protocol,
            address=each.address,
            port=each.port,
            own_port=each.own_port,
            host=next(iter(self._names.said(each.address, now)), ""),
            direction=flow.begun_by[0] if len(flow.begun_by) == 1 else None,
            verdict=decide(policy, who, flow.attempts[0]),
            state=_state(each),
            sent=sent,
            received=received,
        )

    def _find_holders(self, sockets: Iterable[Listed]) -> None:
        """Find out who holds sockets, of those that were not looked for before."""
        inodes = {each.inode: each.link for each in sockets}
        self._holders = {each: who for each, who in self._holders.items() if each in inodes}
        wanted = {link: inode for inode, link in inodes.items() if inode not in self._holders}
        for pid in sorted(psutil.pids(), reverse=True) if wanted else ():
            if links := held(pid, {*wanted}):
                process = self._owners.process(Pid(pid))
                found = {wanted.pop(link): process.application for link in links if process}
                self._holders.update(found)
            if not wanted:
                break
        self._holders.update(dict.fromkeys(wanted.values()))


def _of_one(groups: Iterable[Group]) -> dict[ClassId, Group]:
    """Give the groups by their classes, but for those that share one."""
    groups = list(groups)
    shared = Counter(group.class_id for group in groups)
    return {group.class_id: group for group in groups if shared[group.class_id] == 1}


def _state(each: Listed) -> State:
    if each.state in OPENING:
        return State.OPENING
    return State.OPEN if each.state == sockdiag.ESTABLISHED else State.CLOSING


def _by_owner(counts: Counts, whose: Mapping[ClassId, Application]) -> dict[Whose, Count]:
    """Add up what has passed by application and user; an application may have several classes."""
    found: dict[Whose, Count] = {}
    for (class_id, uid), count in counts.items():
        if (application := whose.get(class_id)) is not None:
            former = found.get((application, uid), NOTHING)
            found[application, uid] = Count(*map(sum, zip(former, count, strict=True)))
    return found
