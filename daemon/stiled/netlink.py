"""Asking the kernel over netlink(7) by hand, where of many answers a few numbers each are wanted.

Structures and numbers: linux/netlink.h.
"""

import errno
import os
import socket
import struct
from collections.abc import Generator, Iterator
from typing import Any

from stiled.pyroute import NLM_F_REQUEST, NLMSG_DONE, NLMSG_ERROR

HEADER = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
NUMBER = struct.Struct("=i")
LAST = (NLMSG_DONE, NLMSG_ERROR)
LONGEST_ANSWER = 2.0
MAX_ERRNO = 4095
"""linux/err.h"""
NLA_TYPE_MASK = 0x3FFF
"""Above it stand the flags for nested attributes and for the order of octets."""


def asked(family: int, kind: int, flags: int, body: bytes) -> Iterator[bytes]:
    """Carry out a request, and give what the kernel answers with. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, family) as kernel:
        kernel.settimeout(LONGEST_ANSWER)
        kernel.send(HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, 0, 0) + body)
        while True:
            is_last = yield from answers(kernel.recv(1 << 18))
            if is_last:
                return


def answers(data: bytes) -> Generator[bytes, None, bool]:
    """Take what the kernel has sent at a time apart; says whether that was the last of it.

    Raises OSError.
    """
    for kind, at, end in places(data):
        if kind == NLMSG_DONE:
            return True
        if kind == NLMSG_ERROR:
            (error,) = unpacked(NUMBER, data, at + HEADER.size)
            if error:
                number = min(abs(error), MAX_ERRNO)
                raise OSError(number, os.strerror(number))
            return True
        yield data[at + HEADER.size : end]
    return False


def places(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Say of each message which kind it is, where it begins, and where it ends. Raises OSError.

    The last one ends an answer, whatever it says of its length.
    """
    at = 0
    while at < len(data):
        length, kind, *_ = unpacked(HEADER, data, at)
        if length < HEADER.size and kind not in LAST:
            raise cut_short()
        yield kind, at, at + length
        if kind in LAST:
            return
        at += (length + 3) & ~3


def unpacked(layout: struct.Struct, octets: bytes, at: int = 0) -> tuple[Any, ...]:
    """Read a structure out of *octets*. Raises OSError where they are too few."""
    if len(octets) < at + layout.size:
        raise cut_short()
    return layout.unpack_from(octets, at)


def cut_short() -> OSError:
    """Say that the kernel's answer is none."""
    return OSError(errno.EBADMSG, os.strerror(errno.EBADMSG))


def attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    """Take attributes apart: their types, and what they hold (struct nlattr)."""
    at = 0
    while at + 4 <= len(octets):
        length, kind = struct.unpack_from("=HH", octets, at)
        yield kind & NLA_TYPE_MASK, octets[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)
