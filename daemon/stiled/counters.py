"""What the kernel has counted in a set of our table, read over netlink.

nft(8) would list the set as text, and more slowly; here the few numbers that are wanted are read by
hand. Structures and numbers: linux/netlink.h, linux/netfilter/nf_tables.h.
"""

import os
import socket
import struct
from collections.abc import Iterator

from stile.connections import Uid
from stiled.backends import Count, Counts
from stiled.classes import ClassId
from stiled.nftmessages import (
    NFNL_SUBSYS_NFTABLES,
    NFPROTO_INET,
    NFTA_DATA_VALUE,
    NFTA_EXPR_DATA,
    NFTA_SET_ELEM_KEY,
    NFTA_SET_ELEM_LIST_ELEMENTS,
    NFTA_SET_ELEM_LIST_SET,
    NFTA_SET_ELEM_LIST_TABLE,
    NLA_F_NESTED,
    NLM_F_REQUEST,
    NLMSG_ERROR,
    TABLE,
    name,
)

NETLINK_NETFILTER = 12
NFT_MSG_GETSETELEM = 13
NLM_F_DUMP, NLMSG_DONE = 0x300, 3
NFTA_SET_ELEM_EXPR = 7
NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS = 1, 2
HEADER = struct.Struct("=IHHII")
NFGENMSG = 4
LONGEST_ANSWER = 2.0


def read(table_set: str) -> Counts:
    """Give the counters of a set whose key is a class and a user. Raises OSError."""
    found: dict[tuple[ClassId, Uid], Count] = {}
    for message in _dumped(table_set):
        for kind, elements in _attributes(message):
            if kind == NFTA_SET_ELEM_LIST_ELEMENTS:
                found.update(_element(each) for _, each in _attributes(elements))
    return found


def _element(octets: bytes) -> tuple[tuple[ClassId, Uid], Count]:
    element = dict(_attributes(octets))
    key = dict(_attributes(element[NFTA_SET_ELEM_KEY]))[NFTA_DATA_VALUE]
    counter = dict(_attributes(dict(_attributes(element[NFTA_SET_ELEM_EXPR]))[NFTA_EXPR_DATA]))
    class_id, uid = struct.unpack_from("=II", key)
    (sent,) = struct.unpack(">Q", counter[NFTA_COUNTER_BYTES])
    (packets,) = struct.unpack(">Q", counter[NFTA_COUNTER_PACKETS])
    return (ClassId(class_id), Uid(uid)), Count(packets, sent)


def _dumped(table_set: str) -> Iterator[bytes]:
    body = (
        struct.pack(">BBH", NFPROTO_INET, 0, 0)
        + name(NFTA_SET_ELEM_LIST_TABLE, TABLE)
        + name(NFTA_SET_ELEM_LIST_SET, table_set)
    )
    kind = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM
    request = HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | NLM_F_DUMP, 0, 0) + body
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        kernel.settimeout(LONGEST_ANSWER)
        kernel.send(request)
        while True:
            data, at = kernel.recv(1 << 18), 0
            while at < len(data):
                length, answer, *_ = HEADER.unpack_from(data, at)
                if answer == NLMSG_DONE:
                    return
                if answer == NLMSG_ERROR:
                    (error,) = struct.unpack_from("=i", data, at + HEADER.size)
                    raise OSError(-error, os.strerror(-error))
                yield data[at + HEADER.size + NFGENMSG : at + length]
                at += (length + 3) & ~3


def _attributes(octets: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(octets):
        length, kind = struct.unpack_from("=HH", octets, at)
        yield kind & ~NLA_F_NESTED, octets[at + 4 : at + length]
        at += max(4, (length + 3) & ~3)
