"""Asking the kernel over netlink(7) by hand, where of many answers a few numbers each are wanted.

Structures and numbers: linux/netlink.h.
"""

import os
import socket
import struct
from collections.abc import Iterator

from stiled.pyroute import NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR

HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
LONGEST_ANSWER = 2.0
NLA_TYPE_MASK = 0x3FFF
"""Above it stand the flags for nested attributes and for the order of octets."""


def asked(family: int, kind: int, flags: int, body: bytes) -> Iterator[bytes]:
    """Carry out a request, and give what the kernel answers with. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as kernel:
        kernel.settimeout(LONGEST_ANSWER)
        kernel.send(HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, 0, 0) + body)
        while True:
            data, at = kernel.recv(1 << 18), 0
            while at < len(data):
                length, answer, *_ = HEADER.unpack_from(data, at)
                if answer == NLMSG_DONE:
                    return
                if answer == NLMSG_ERROR:
                    (error,) = struct.unpack_from("=i", data, at + HEADER.size)
                    if error:
                        raise OSError(-error, os.strerror(-error))
                    return
                yield data[at + HEADER.size : at + length]
                at += (length + 3) & ~3


def attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Take attributes apart: their types, and what they hold (struct nlattr)."""
    at = 0
    while at + 4 <= len(octets):
        length, kind = struct.unpack_from("=HH", octets, at)
        yield kind & NLA_TYPE_MASK, octets[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)
