"""Whose packet is it? From a flow to the sockets it may be from, to the processes that hold them.

Where the kernel has noted the sender (`senders.py`), that is the answer, also when it is gone.
Otherwise each step narrows the next: one exact request to sock_diag gives the socket's inode, its
user and its v2 cgroup; the processes of that cgroup are looked through first, then the user's,
then all.
"""

import ctypes
import logging
import os
import socket
import struct
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar

import psutil

from stile.applications import Application, Kind, spelled
from stile.connections import ICMP, ICMPV6, TCP, UDP, UDPLITE, Address, Flow, Pid, Process, Uid
from stiled import netlink, shortfiles
from stiled.descriptors import held, holds, network_sockets
from stiled.identity import application_of, command_of
from stiled.pyroute import (
    NLM_F_DUMP,
    NLM_F_REQUEST,
    SOCK_DIAG_BY_FAMILY,
    inet_diag_msg,
    inet_diag_req,
)
from stiled.senders import Sender, Senders, application_of_sender, still_runs

log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")

NETLINK_SOCK_DIAG = 4
ANY_STATE, LISTENING = 0xFFFFFFFF, 1 << 10
"""Masks of socket states (net/tcp_states.h)."""
INIT = Pid(1)
FRESH = 1.0
"""Seconds for which it counts what a process was, and that it alone held its socket."""
MOST_SEEN = 256
RAW = 255
"""IPPROTO_RAW: a socket that may send any protocol (raw(7))."""


@dataclass(frozen=True, slots=True)
class Socket:
    """A socket that a flow may have come from."""

    inode: int
    uid: Uid
    cgroup: int = 0
    """Id of the v2 cgroup it was made in; 0 where that is not known."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A process that alone held the socket that it sent through."""

    sender: Sender
    application: Application
    is_only: bool
    """Whether it held no other network socket."""
    at: float


class Owners:
    """Finds processes. It blocks: call it from a thread."""

    def __init__(self, senders: Senders | None = None) -> None:
        self._senders = senders
        self._seen: dict[Pid, _Seen] = {}
        self._links: dict[Flow, str] = {}
        """The sockets of flows that were seen to be sent by one who alone held them."""
        self._alone: set[Pid] = set()
        """Those of whom that was seen, and who were not asked about since."""
        self._cgroups = _cgroup2_mount()
        self._namespace = os.stat("/proc/self/ns/net").st_ino

    def find(
        self, flow: Flow, interface: int, *, beyond: Callable[[Pid], bool] | None = None
    ) -> tuple[Process, ...]:
        """Name the processes that hold the socket of *flow*; one unknown where nobody can tell.

        *beyond*: leave out the processes that it is true of, and look at every socket that could
        have sent this, not only at the one that the kernel would choose.
        """
        if beyond is None:
            self._links.pop(flow, None)
        noted = self._senders if not flow.inbound else None  # the kernel answers a SYN itself
        sender = noted.take(flow) if noted else None
        if sender and not (beyond and beyond(sender.pid)):  # else it sends by a socket of others
            return self._sent_by(sender, flow, interface)
        sockets = list(_candidates(flow, interface, all_of_them=beyond is not None))
        processes = {
            pid: process
            for found in sockets
            for pid in self._holders(found)
            if not (beyond and beyond(pid)) and (process := self.process(pid))
        }
        if processes:
            return tuple(processes[pid] for pid in sorted(processes, reverse=True))
        uids = {found.uid for found in sockets}
        return (nobody(uids.pop() if len(uids) == 1 else None),)

    def _sent_by(self, sender: Sender, flow: Flow, interface: int) -> tuple[Process, ...]:
        """Name the sender, first, and all others who can have sent this or who can send more of it.

        Where there may be others and they are gone, too, one unknown stands for them: then no
        rule about the sender lets anything through that was not its own.
        """
        process = self.process(sender.pid, noted=sender)
        sockets = _sockets_of(sender.pid) if process else set()
        has_it = f"socket:[{sender.socket}]" in sockets
        if not still_runs(sender):  # at last: what was seen until now was it
            process, has_it = None, False
        if process and has_it and sender.is_alone:
            self._note(_Seen(sender, process.application, len(sockets) == 1, time.monotonic()))
            self._links[flow] = f"socket:[{sender.socket}]"
            _forget_old(self._links, MOST_SEEN)
            return (process,)
        others = {
            pid: each
            for pid in self._others(sender, flow, interface)
            if (each := self.process(pid)) and not (has_it and pid == sender.pid)
        }
        if process and has_it:
            return (process, *others.values())
        # a class does not reach a socket that is closed: the flow counts, whoever sent it
        sent = replace(process, pid=Pid(0)) if process else _gone(sender)
        if not others and not sender.is_alone:
            return (sent, _one_of(sent))
        return (sent, *others.values())

    def _note(self, seen: "_Seen") -> None:
        self._seen[seen.sender.pid] = seen
        self._alone.add(seen.sender.pid)
        for forgotten in _forget_old(self._seen, MOST_SEEN):
            self._alone.discard(forgotten)

    def is_closed(self, flow: Flow) -> bool:
        """Whether who alone held the socket of *flow* at the first look has closed it since.

        It is nobody's by then, also not of those who were left out of a second look.
        """
        link = self._links.get(flow)
        return link is not None and not any(holds(pid, {link}) for pid in _everybody())

    def _seen_as(self, pid: Pid) -> "_Seen | None":
        """Say what was seen of a process a moment ago, if it has executed nothing since."""
        seen = self._seen.get(pid)
        if seen is None or time.monotonic() - seen.at > FRESH or not still_runs(seen.sender):
            return None
        return seen

    def is_still(self, pid: Pid, application: Application) -> bool:
        """Whether a process is what it was. Raises ProcessLookupError, FileNotFoundError."""
        if (seen := self._seen_as(pid)) and seen.application == application:
            return True
        return application_of(pid) == application

    def _others(self, sender: Sender, flow: Flow, interface: int) -> list[Pid]:
        """Find all who hold the socket of a sender now, or may have sent the same flow."""
        sockets = {found.inode for found in _candidates(flow, interface, all_of_them=False)}
        if not sender.is_ambiguous:
            sockets &= {sender.socket}
        if sender.is_shared:
            sockets |= {sender.socket}
        links = {f"socket:[{inode}]" for inode in sockets if inode}
        return [pid for pid in _everybody() if holds(pid, links)] if links else []

    def running(self) -> Iterator[Process]:
        """Every process of our network namespace, newest first."""
        for pid in sorted(psutil.pids(), reverse=True):
            if process := self.process(Pid(pid)):
                yield process

    def process(self, pid: Pid, *, noted: Sender | None = None) -> Process | None:
        """Say who a process is; None where it is gone, or of another network namespace.

        *noted*: what the kernel has noted of it, which is not read again.
        """
        with suppress(OSError):
            if os.stat(f"/proc/{pid}/ns/net").st_ino != self._namespace:
                return None
            uid = noted.uid if noted else _user_of(pid)
            is_whole = noted is not None and noted.has_whole_command
            command = _spelled(noted) if noted and is_whole else command_of(pid)
            return Process(pid, uid, application_of(pid), command)
        return None

    def sharers(self, pid: Pid) -> list[Pid]:
        """Find the others that hold a network socket of a process. Raises ProcessLookupError.

        Systemd holds the sockets that it listens on for services, and does not count. A socket that
        the process alone held when it sent through it is not looked for in all others, and nothing
        is if it held no other: since then, only the process itself can have given one away or taken
        one, as it can at any time.
        """
        seen = self._seen_as(pid) if pid in self._alone else None
        self._alone.discard(pid)  # once: it may have passed it on since
        if seen and seen.is_only:
            return []
        sockets = network_sockets(pid) - ({f"socket:[{seen.sender.socket}]"} if seen else set())
        if not sockets:
            return []
        return [each for each in _everybody() if each not in (pid, INIT) and holds(each, sockets)]

    @staticmethod
    def held_only_by(pids: Collection[Pid], sockets: set[str]) -> set[str]:
        """Say which of *sockets* some of *pids* hold, and nobody else; systemd does not count."""
        theirs = {link for pid in pids for link in held(pid, sockets)}
        for pid in _everybody() if theirs else ():
            if pid != INIT and pid not in pids:
                theirs -= held(pid, theirs)
        return theirs

    def _holders(self, found: Socket) -> list[Pid]:
        """Find all that hold a socket, within the narrowest scope that has any."""
        link = f"socket:[{found.inode}]"
        for scope in (self._of_cgroup(found.cgroup), _of_user(found.uid), _everybody()):
            if holders := [pid for pid in scope if holds(pid, {link})]:
                return holders
        return []

    def _of_cgroup(self, cgroup: int) -> list[Pid]:
        if not cgroup or self._cgroups is None:
            return []
        try:
            folder = _folder_of_cgroup(self._cgroups, cgroup)
            return [Pid(int(line)) for line in (folder / "cgroup.procs").read_text().split()]
        except OSError:
            return []


def _forget_old(found: dict[K, V], most: int) -> list[K]:
    """Forget the oldest, and give them."""
    forgotten = []
    while len(found) > most:
        with suppress(KeyError, StopIteration, RuntimeError):  # another thread was quicker
            oldest = next(iter(found))
            del found[oldest]
            forgotten.append(oldest)
    return forgotten


def own_addresses() -> frozenset[Address]:
    """The addresses of our network namespace."""
    return frozenset(
        ip_address(each.address.partition("%")[0])
        for addresses in psutil.net_if_addrs().values()
        for each in addresses
        if each.family in (socket.AF_INET, socket.AF_INET6)
    )


def nobody(uid: Uid | None) -> Process:
    """Stand in for a sender that could not be found."""
    name = "already gone" if uid is None else f"of user {uid}, already gone"
    return Process(Pid(0), Uid(0) if uid is None else uid, Application(Kind.UNKNOWN, name))


def _gone(sender: Sender) -> Process:
    """A sender as it was; without its number where somebody has that who is not to be touched."""
    has_another = os.path.exists(f"/proc/{sender.pid}/exe")
    return Process(
        Pid(0) if has_another else sender.pid,
        sender.uid,
        application_of_sender(sender),
        _spelled(sender),
    )


def _spelled(sender: Sender) -> tuple[str, ...]:
    return tuple(spelled(word) for word in sender.command)


def _one_of(gone: Process) -> Process:
    """Stand in for those who may have sent this as well."""
    name = f"one of {gone.application.name} and others, already gone"
    return replace(gone, pid=Pid(0), application=Application(Kind.UNKNOWN, name))


# -- socket -> processes ---------------------------------------------------------------


def _sockets_of(pid: Pid) -> set[str]:
    try:
        return network_sockets(pid)
    except OSError:
        return set()


def _of_user(uid: Uid) -> Iterator[Pid]:
    for pid in _everybody():
        with suppress(OSError):
            if os.stat(f"/proc/{pid}").st_uid == uid:
                yield pid


def _user_of(pid: Pid) -> Uid:
    """Give the real user of a process: /proc/PID itself may be root's (proc_pid_status(5))."""
    _, _, users = shortfiles.read(f"/proc/{pid}/status").partition(b"\nUid:\t")
    return Uid(int(users.split(maxsplit=1)[0]))


def _everybody() -> list[Pid]:
    return [Pid(pid) for pid in sorted(psutil.pids(), reverse=True)]


def _cgroup2_mount() -> Path | None:
    for place in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        if Path(place, "cgroup.controllers").exists():
            return Path(place)
    return None


def _folder_of_cgroup(mount: Path, cgroup: int) -> Path:
    """Turn the id of a cgroup into its folder: the id is the file handle (open_by_handle_at(2))."""
    libc = ctypes.CDLL(None, use_errno=True)
    handle = struct.pack("=IiQ", 8, 0xFE, cgroup)  # FILEID_KERNFS, linux/exportfs.h
    base = os.open(mount, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        folder = libc.open_by_handle_at(base, handle, os.O_RDONLY | os.O_CLOEXEC)
        if folder < 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
        try:
            return Path(os.readlink(f"/proc/self/fd/{folder}"))
        finally:
            os.close(folder)
    finally:
        os.close(base)


# -- flow -> sockets -------------------------------------------------------------------


def _candidates(flow: Flow, interface: int, *, all_of_them: bool) -> Iterator[Socket]:
    """Find the sockets that *flow* may have come from: its protocol's own, else raw ones."""
    found: Iterable[Socket] = ()
    if flow.protocol in (TCP, UDP, UDPLITE):
        found = (
            _diag_all(flow, LISTENING)
            if flow.inbound
            else _diag_all(flow)
            if all_of_them
            else _diag_one(flow, interface)
        )
    elif flow.protocol in (ICMP, ICMPV6):
        name = "icmp" if flow.address.version == 4 else "icmp6"
        found = _listed(name, flow.address, flow.source_port)
    elif str(flow.protocol) == "sctp":
        found = _sctp(flow)
    own = list(found)
    yield from own
    if not own or all_of_them:
        name = "raw" if flow.address.version == 4 else "raw6"
        yield from filter(_may_send, _listed(name, flow.address, flow.protocol.number, RAW))


def _may_send(found: Socket) -> bool:
    """Whether it is not a raw socket of our own: we only listen on those (dnswire.py)."""
    return not holds(os.getpid(), {f"socket:[{found.inode}]"})


def _diag_one(flow: Flow, interface: int) -> list[Socket]:
    """Ask for the one socket to which the kernel would deliver an answer."""
    request = _request(flow)
    local, remote = (flow.source, flow.source_port), (flow.address, flow.port)
    if (
        flow.protocol != TCP
    ):  # "src and dst are swapped for historical reasons", net/ipv4/udp_diag.c
        local, remote = remote, local
    request["idiag_src"], request["idiag_sport"] = _words(local[0]), local[1]
    request["idiag_dst"], request["idiag_dport"] = _words(remote[0]), remote[1]
    request["idiag_if"] = interface
    return [found for found, *_ in _diag(request, NLM_F_REQUEST)]


def _diag_all(flow: Flow, states: int = ANY_STATE) -> list[Socket]:
    """Ask for all sockets, and keep those whose local port is the flow's."""
    families = (socket.AF_INET, socket.AF_INET6)
    found: list[Socket] = []
    for family in families:
        request = _request(flow)
        request["sdiag_family"] = family
        request["idiag_states"] = states
        found += [
            each
            for each, port in _diag(request, NLM_F_REQUEST | NLM_F_DUMP)
            if port == flow.source_port
        ]
    return found


def _request(flow: Flow) -> inet_diag_req:
    request = inet_diag_req()
    request["sdiag_family"] = socket.AF_INET if flow.address.version == 4 else socket.AF_INET6
    request["sdiag_protocol"] = flow.protocol.number
    request["idiag_ext"] = 0
    request["idiag_states"] = ANY_STATE
    request["idiag_cookie"] = 0xFFFFFFFFFFFFFFFF  # INET_DIAG_NOCOOKIE
    return request


def _diag(request: inet_diag_req, flags: int) -> list[tuple[Socket, int]]:
    """Carry out a request of sock_diag(7); each socket comes with its local port.

    pyroute2's own DiagSocket only dumps; its messages are used here on a socket of ours.
    """
    request["header"]["type"] = SOCK_DIAG_BY_FAMILY
    request["header"]["flags"] = flags
    request.encode()
    found: list[tuple[Socket, int]] = []
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as diag:
        diag.settimeout(2)
        diag.send(bytes(request.data))
        more = True
        while more:
            data = diag.recv(1 << 18)
            for kind, at, end in netlink.places(data):
                if kind in netlink.LAST:
                    return found
                found.append(_read(data[at:end]))
            more = bool(flags & NLM_F_DUMP)
    return found


def _read(data: bytes) -> tuple[Socket, int]:
    message = inet_diag_msg(data)
    message.decode()
    read = Socket(
        inode=message["idiag_inode"],
        uid=Uid(message["idiag_uid"]),
        cgroup=message.get_attr("INET_DIAG_CGROUP_ID") or 0,
    )
    return read, message["idiag_sport"]


def _words(address: Address) -> tuple[int, int, int, int]:
    packed = address.packed.ljust(16, b"\0")
    return struct.unpack(">IIII", packed)


def _listed(name: str, address: Address, *ports: int) -> Iterator[Socket]:
    """Read sockets that sock_diag does not know from /proc/net (proc_pid_net(5)): raw and ping.

    In the place of the local port stands the protocol of a raw socket, the identifier of a ping's.
    """
    with suppress(OSError):
        for line in Path(f"/proc/self/net/{name}").read_text().splitlines()[1:]:
            words = line.split()
            port = int(words[1].rpartition(":")[2], 16)
            if port in ports:
                yield Socket(inode=int(words[9]), uid=Uid(int(words[7])))


def _sctp(flow: Flow) -> Iterator[Socket]:
    """Read SCTP endpoints (net/sctp/proc.c): ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS."""
    with suppress(OSError):
        for line in Path("/proc/self/net/sctp/eps").read_text().splitlines()[1:]:
            words = line.split()
            if int(words[5]) == flow.source_port:
                yield Socket(inode=int(words[7]), uid=Uid(int(words[6])))
