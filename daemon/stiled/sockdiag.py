"""Connected sockets as the kernel lists them, and how it ends one: sock_diag(7), as `ss -K` does.

Structures and numbers: linux/inet_diag.h, linux/sock_diag.h. Messages are read and written here by
hand: a machine has thousands of sockets, and of each only a few numbers are wanted.
"""

import errno
import socket
import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import ip_address

from stile.connections import TCP, UDP, Address, Protocol, Uid
from stiled import netlink
from stiled.classes import NONE, ClassId
from stiled.pyroute import NLM_F_ACK, NLM_F_DUMP

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY, SOCK_DESTROY = 20, 21
ESTABLISHED, SYN_SENT, SYN_RECV, FIN_WAIT1, FIN_WAIT2 = 1, 2, 3, 4, 5
UNCONNECTED, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING = 7, 8, 9, 10, 11
"""States of sockets (net/tcp_states.h); of UDP a connected one is ESTABLISHED, others are CLOSE."""
WANTED = {
    TCP: (ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, LISTEN, CLOSING),
    UDP: (ESTABLISHED,),
}
SHOWN = {TCP: (*WANTED[TCP], SYN_SENT, SYN_RECV), UDP: WANTED[UDP]}
"""What people mean by connections: also those that are being opened."""
INET_DIAG_INFO, INET_DIAG_TCLASS, INET_DIAG_CLASS_ID = 2, 6, 17
"""The request for TCLASS brings CLASS_ID: its own number has no room in a request."""
OCTETS = struct.Struct("=120xQQ")
"""struct tcp_info up to what has come through: acknowledged by the other side, and received."""

REQUEST = struct.Struct("=BBBxI")
"""struct inet_diag_req_v2 up to the id of the socket."""
MESSAGE = struct.Struct("=BB2x48s4xIIII")
"""struct inet_diag_msg: family, state, id of the socket; expires, rqueue, wqueue; uid, inode."""
ID = struct.Struct(">HH16s16s")
"""struct inet_diag_sockid up to the interface: ports and addresses, ours first."""
ID_SIZE = 48
CLASS_ID = struct.Struct("=I")
COOKIE_OF_NOBODY = struct.pack("=II", 1, 0)


@dataclass(frozen=True, slots=True)
class Listed:
    """A socket that is connected, or that listens."""

    family: int
    protocol: Protocol
    id: bytes
    """By which the kernel knows it from all others: ports, addresses, interface and a cookie."""
    uid: Uid
    inode: int
    """0 where no process holds it (yet, or any more)."""
    class_id: ClassId
    listens: bool
    state: int = ESTABLISHED
    octets: tuple[int, int] | None = None
    """What has come through, sent and received; only TCP knows, and only if asked for."""

    @property
    def cookie(self) -> int:
        """The number that no other socket ever has."""
        return int.from_bytes(self.id[-8:], "little")

    @property
    def own_port(self) -> int:
        """The port on this side."""
        return int(ID.unpack_from(self.id)[0])

    @property
    def port(self) -> int:
        """The port on the other side."""
        return int(ID.unpack_from(self.id)[1])

    @property
    def address(self) -> Address:
        """The address of the other side; of IPv4 through a socket of IPv6 that of IPv4."""
        return self._address(3)

    @property
    def own_address(self) -> Address:
        """The address of this side; of a listener perhaps none in particular."""
        return self._address(2)

    def _address(self, at: int) -> Address:
        packed = ID.unpack_from(self.id)[at]
        if self.family == socket.AF_INET:
            return ip_address(packed[:4])
        found = ip_address(packed)
        return getattr(found, "ipv4_mapped", None) or found

    @property
    def link(self) -> str:
        """How it stands in /proc/PID/fd."""
        return f"socket:[{self.inode}]"


def listed(
    wanted: Mapping[Protocol, Sequence[int]] = WANTED, *, counted: bool = False
) -> Iterator[Listed]:
    """List the sockets of our network namespace that are in these states. Raises OSError.

    By default those that are connected or listen. *counted*: with what has come through.
    """
    for protocol, states in wanted.items():
        for family in (socket.AF_INET, socket.AF_INET6):
            mask = sum(1 << state for state in states)
            extension = 1 << (INET_DIAG_TCLASS - 1) | counted << (INET_DIAG_INFO - 1)
            request = REQUEST.pack(family, protocol.number, extension, mask) + bytes(ID_SIZE)
            for message in netlink.asked(
                NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, NLM_F_DUMP, request
            ):
                yield read(message, protocol)


def end(each: Listed) -> bool:
    """Have the kernel end a socket, as if the other side had; False where it is gone already.

    Raises OSError, with EOPNOTSUPP where the kernel cannot do that (CONFIG_INET_DIAG_DESTROY).
    """
    try:
        _destroy(each.family, each.protocol, each.id)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return False
        raise
    return True


def why_not() -> str:
    """Say why no socket can be ended; empty where one can. Tried on one that is not there."""
    try:
        _destroy(socket.AF_INET, TCP, bytes(ID_SIZE - len(COOKIE_OF_NOBODY)) + COOKIE_OF_NOBODY)
    except OSError as error:
        if error.errno == errno.ENOENT:
            return ""
        if error.errno == errno.EOPNOTSUPP:
            return "the kernel lacks CONFIG_INET_DIAG_DESTROY"
        return error.strerror or str(error)
    return ""


def _destroy(family: int, protocol: Protocol, name: bytes) -> None:
    request = REQUEST.pack(family, protocol.number, 0, 0xFFFFFFFF) + name
    for _ in _asked(SOCK_DESTROY, NLM_F_ACK, request):
        pass


_asked = partial(netlink.asked, NETLINK_SOCK_DIAG)


def read(message: bytes, protocol: Protocol) -> Listed:
    """Read a socket as the kernel lists it. Raises OSError."""
    family, state, name, _, _, uid, inode = netlink.unpacked(MESSAGE, message)
    class_id, octets = NONE, None
    for kind, value in netlink.attributes(message[MESSAGE.size :]):
        if kind == INET_DIAG_CLASS_ID:  # as netfilter sees it at this moment
            class_id = ClassId(netlink.unpacked(CLASS_ID, value)[0])
        elif kind == INET_DIAG_INFO and len(value) >= OCTETS.size:
            octets = OCTETS.unpack_from(value)
    listens = state in (LISTEN, UNCONNECTED)
    return Listed(family, protocol, name, Uid(uid), inode, class_id, listens, state, octets)
