"""The messages that change the kernel's table, octet by octet: pure.

What stands in them: linux/netlink.h (headers, attributes), linux/netfilter/nfnetlink.h (batches)
and linux/netfilter/nf_tables.h. A batch is carried out as a whole or not at all. Numbers in headers
and lengths of attributes have the byte order of the machine, the values of nf_tables the network's.

pyroute2 could write the same; it takes a millisecond or two for each message.
"""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

TABLE = "stile"
"""The name of our table, of family inet."""

NLM_F_REQUEST, NLM_F_ACK = 0x1, 0x4
NLM_F_CREATE, NLM_F_APPEND = 0x400, 0x800
NLMSG_ERROR = 2
NLA_F_NESTED = 0x8000
NFNL_SUBSYS_NFTABLES = 10
NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END = 0x10, 0x11
NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6 = 1, 2, 10

NFT_MSG_NEWCHAIN, NFT_MSG_DELCHAIN = 3, 5
NFT_MSG_NEWRULE, NFT_MSG_DELRULE = 6, 8
NFT_MSG_NEWSET, NFT_MSG_DELSET = 9, 11
NFT_MSG_NEWSETELEM, NFT_MSG_DELSETELEM, NFT_MSG_DESTROYSETELEM = 12, 14, 30

NFTA_LIST_ELEM = 1
NFTA_CHAIN_TABLE, NFTA_CHAIN_NAME = 1, 3
NFTA_RULE_TABLE, NFTA_RULE_CHAIN, NFTA_RULE_EXPRESSIONS = 1, 2, 4
NFTA_SET_TABLE, NFTA_SET_NAME, NFTA_SET_FLAGS = 1, 2, 3
NFTA_SET_KEY_TYPE, NFTA_SET_KEY_LEN, NFTA_SET_ID, NFTA_SET_USERDATA = 4, 5, 10, 13
NFT_SET_TIMEOUT = 0x10
NFTA_SET_ELEM_LIST_TABLE, NFTA_SET_ELEM_LIST_SET, NFTA_SET_ELEM_LIST_ELEMENTS = 1, 2, 3
NFTA_SET_ELEM_KEY, NFTA_SET_ELEM_DATA, NFTA_SET_ELEM_TIMEOUT = 1, 2, 4
NFTA_DATA_VALUE, NFTA_DATA_VERDICT = 1, 2
NFTA_VERDICT_CODE, NFTA_VERDICT_CHAIN = 1, 2
NFTA_EXPR_NAME, NFTA_EXPR_DATA = 1, 2
NF_ACCEPT, NFT_JUMP, NFT_GOTO, NFT_RETURN = 1, -3, -4, -5


# -- attributes ------------------------------------------------------------------------------


def attribute(kind: int, value: bytes) -> bytes:
    """Write an attribute."""
    length = 4 + len(value)
    return struct.pack("=HH", length, kind) + value + bytes(-length % 4)


def nested(kind: int, *attributes: bytes) -> bytes:
    """Write an attribute that holds others."""
    return attribute(kind | NLA_F_NESTED, b"".join(attributes))


def number(kind: int, value: int) -> bytes:
    """Write an attribute that is a number of 32 bits."""
    return attribute(kind, struct.pack(">I", value & 0xFFFFFFFF))


def name(kind: int, value: str) -> bytes:
    """Write an attribute that is a name."""
    return attribute(kind, value.encode() + b"\0")


def value(kind: int, octets: bytes) -> bytes:
    """Write an attribute that is compared with a packet, or looked up."""
    return nested(kind, attribute(NFTA_DATA_VALUE, octets))


def verdict(kind: int, code: int, chain: str = "") -> bytes:
    """Write an attribute that is a verdict, or leads to a chain."""
    to = [name(NFTA_VERDICT_CHAIN, chain)] if chain else []
    return nested(kind, nested(NFTA_DATA_VERDICT, number(NFTA_VERDICT_CODE, code), *to))


def expression(kind: str, *attributes: bytes) -> bytes:
    """Write one of the expressions of which a rule consists."""
    stated = nested(NFTA_EXPR_DATA, *attributes)
    return nested(NFTA_LIST_ELEM, name(NFTA_EXPR_NAME, kind), stated)


# -- messages --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Message:
    """One change, to be put into a batch."""

    kind: int
    body: bytes
    flags: int = 0


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set or map: its key, the chain it leads to if it does, its life."""

    table_set: str
    key: bytes
    chain: str | None = None
    """An empty one stands for being accepted."""
    milliseconds: int = 0


@dataclass(frozen=True, slots=True)
class KeyType:
    """What a set holds, as nft(8) tells the kernel and reads it back."""

    text: str
    number: int
    """Of nft's types (its datatype.h); the kernel just keeps it."""
    length: int
    notes: bytes
    """What nft keeps beside a set for itself: the byte order, and what `typeof` named
    (NFTNL_UDATA_SET_KEYBYTEORDER and NFTNL_UDATA_SET_KEY_TYPEOF of libnftnl's udata.h)."""


def added(element: Element) -> Message:
    """Put an element into its set."""
    return Message(NFT_MSG_NEWSETELEM, _element(element), NLM_F_CREATE)


def removed(element: Element) -> Message:
    """Take an element out of its set."""
    return Message(NFT_MSG_DELSETELEM, _element(element))


def destroyed(element: Element) -> Message:
    """Take an element out of its set, if it is there. Linux 6.3; before, the kernel says EINVAL."""
    return Message(NFT_MSG_DESTROYSETELEM, _element(element))


def emptied(table_set: str) -> Message:
    """Take all elements from a set: a list of elements that is left out means all of them."""
    body = name(NFTA_SET_ELEM_LIST_TABLE, TABLE) + name(NFTA_SET_ELEM_LIST_SET, table_set)
    return Message(NFT_MSG_DELSETELEM, body)


def _element(element: Element) -> bytes:
    parts = [value(NFTA_SET_ELEM_KEY, element.key)]
    if element.chain is not None:
        code = NFT_GOTO if element.chain else NF_ACCEPT
        parts.append(verdict(NFTA_SET_ELEM_DATA, code, element.chain))
    if element.milliseconds:
        milliseconds = struct.pack(">Q", element.milliseconds)
        parts.append(attribute(NFTA_SET_ELEM_TIMEOUT, milliseconds))
    return b"".join(
        (
            name(NFTA_SET_ELEM_LIST_TABLE, TABLE),
            name(NFTA_SET_ELEM_LIST_SET, element.table_set),
            nested(NFTA_SET_ELEM_LIST_ELEMENTS, nested(NFTA_LIST_ELEM, *parts)),
        )
    )


def new_chain(chain: str) -> Message:
    """Add a chain without rules."""
    return Message(NFT_MSG_NEWCHAIN, _chain(chain), NLM_F_CREATE)


def no_chain(chain: str) -> Message:
    """Remove a chain; it has no rules, and nothing leads to it."""
    return Message(NFT_MSG_DELCHAIN, _chain(chain))


def _chain(chain: str) -> bytes:
    return name(NFTA_CHAIN_TABLE, TABLE) + name(NFTA_CHAIN_NAME, chain)


def new_rule(chain: str, expressions: bytes) -> Message:
    """Add a rule at the end of a chain."""
    body = _rules(chain) + nested(NFTA_RULE_EXPRESSIONS, expressions)
    return Message(NFT_MSG_NEWRULE, body, NLM_F_CREATE | NLM_F_APPEND)


def flushed(chain: str) -> Message:
    """Remove the rules of a chain: a rule message that names none."""
    return Message(NFT_MSG_DELRULE, _rules(chain))


def _rules(chain: str) -> bytes:
    return name(NFTA_RULE_TABLE, TABLE) + name(NFTA_RULE_CHAIN, chain)


def new_set(table_set: str, key: KeyType, number_in_batch: int) -> Message:
    """Add a set whose elements have an end."""
    body = (
        _set(table_set)
        + number(NFTA_SET_FLAGS, NFT_SET_TIMEOUT)
        + number(NFTA_SET_KEY_TYPE, key.number)
        + number(NFTA_SET_KEY_LEN, key.length)
        + number(NFTA_SET_ID, number_in_batch)
        + attribute(NFTA_SET_USERDATA, key.notes)
    )
    return Message(NFT_MSG_NEWSET, body, NLM_F_CREATE)


def no_set(table_set: str) -> Message:
    """Remove a set; no rule looks at it."""
    return Message(NFT_MSG_DELSET, _set(table_set))


def _set(table_set: str) -> bytes:
    return name(NFTA_SET_TABLE, TABLE) + name(NFTA_SET_NAME, table_set)


# -- batches ---------------------------------------------------------------------------------


def batch(messages: Iterable[Message]) -> bytes:
    """Write messages as one transaction. The kernel acknowledges the last, and tells of errors."""
    *others, last = messages
    acknowledged = Message(last.kind, last.body, last.flags | NLM_F_ACK)
    changes = enumerate((*others, acknowledged), 1)
    return b"".join(
        (
            _border(NFNL_MSG_BATCH_BEGIN, 0),
            *(_change(message, at) for at, message in changes),
            _border(NFNL_MSG_BATCH_END, len(others) + 2),
        )
    )


def _change(message: Message, at: int) -> bytes:
    kind = NFNL_SUBSYS_NFTABLES << 8 | message.kind
    return _headed(kind, message.flags, at, struct.pack(">BBH", NFPROTO_INET, 0, 0) + message.body)


def _border(kind: int, at: int) -> bytes:
    return _headed(kind, 0, at, struct.pack(">BBH", 0, 0, NFNL_SUBSYS_NFTABLES))


def _headed(kind: int, flags: int, at: int, body: bytes) -> bytes:
    return struct.pack("=IHHII", 16 + len(body), kind, NLM_F_REQUEST | flags, at, 0) + body


def errors_in(octets: bytes) -> Iterator[int]:
    """Read error numbers, 0 for success (struct nlmsgerr), from what the kernel answers."""
    at = 0
    while at + 20 <= len(octets):
        length, kind = struct.unpack_from("=IH", octets, at)
        if kind == NLMSG_ERROR:
            (error,) = struct.unpack_from("=i", octets, at + 16)
            yield -error
        at += max(length + 3 & ~3, 16)
