"""What the kernel has counted in a set of our table, read over netlink.

nft(8) would list the set as text, and more slowly; here the few numbers that are wanted are read by
hand. Structures and numbers: linux/netlink.h, linux/netfilter/nf_tables.h.
"""

import struct
from collections.abc import Iterator

from stile.connections import Uid
from stiled import netlink
from stiled.backends import Count, Counts
from stiled.classes import ClassId
from stiled.netlink import attributes
from stiled.nftmessages import (
    NFNL_SUBSYS_NFTABLES,
    NFPROTO_INET,
    NFTA_DATA_VALUE,
    NFTA_EXPR_DATA,
    NFTA_SET_ELEM_KEY,
    NFTA_SET_ELEM_LIST_ELEMENTS,
    NFTA_SET_ELEM_LIST_SET,
    NFTA_SET_ELEM_LIST_TABLE,
    TABLE,
    name,
)
from stiled.pyroute import NLM_F_DUMP

NETLINK_NETFILTER = 12
NFT_MSG_GETSETELEM = 13
NFTA_SET_ELEM_EXPR = 7
NFTA_COUNTER_BYTES, NFTA_COUNTER_PACKETS = 1, 2
NFGENMSG = 4


def read(table_set: str) -> Counts:
    """Give the counters of a set whose key is a class and a user. Raises OSError."""
    found: dict[tuple[ClassId, Uid], Count] = {}
    for message in _dumped(table_set):
        found.update(counted(message))
    return found


def counted(message: bytes) -> Counts:
    """Read one message of a dump. Raises OSError."""
    try:
        return dict(
            _element(each)
            for kind, elements in attributes(message)
            if kind == NFTA_SET_ELEM_LIST_ELEMENTS
            for _, each in attributes(elements)
        )
    except (KeyError, struct.error):
        raise netlink.cut_short() from None


def _element(octets: bytes) -> tuple[tuple[ClassId, Uid], Count]:
    element = dict(attributes(octets))
    key = dict(attributes(element[NFTA_SET_ELEM_KEY]))[NFTA_DATA_VALUE]
    counter = dict(attributes(dict(attributes(element[NFTA_SET_ELEM_EXPR]))[NFTA_EXPR_DATA]))
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
    for message in netlink.asked(NETLINK_NETFILTER, kind, NLM_F_DUMP, body):
        yield message[NFGENMSG:]
