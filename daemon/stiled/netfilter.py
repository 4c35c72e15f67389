"""The kernel's table: loaded whole by `nft`, changed element by element over netlink.

Which messages and attributes there are: linux/netfilter/nf_tables.h; pyroute2 writes them.
"""

import errno
import json
import logging
import os
import shutil
import socket
import struct
import subprocess
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pyroute2.netlink import (
    NLM_F_ACK,
    NLM_F_APPEND,
    NLM_F_CREATE,
    NLM_F_REQUEST,
    NLMSG_ERROR,
    nlmsg,
)
from pyroute2.netlink.nfnetlink import NFNL_SUBSYS_NFTABLES, nfgen_msg
from pyroute2.netlink.nfnetlink.nftsocket import (
    NFT_MSG_DELRULE,
    NFT_MSG_DELSETELEM,
    NFT_MSG_NEWRULE,
    NFT_MSG_NEWSETELEM,
    nft_rule_msg,
    nft_set_elem_list_msg,
)

from stile.connections import Address, Flow
from stile.rules import Action
from stiled import ruleset
from stiled.backends import Entry, Networks, NotLoaded
from stiled.chains import SHARED, Chain
from stiled.classes import EXIT_KEY, MOST_EXITS, ClassId
from stiled.ruleset import NOBODY, TABLE, Queue
from stiled.tablewatch import TableWatch

log = logging.getLogger(__name__)

NFPROTO_INET, NFPROTO_IPV4, NFPROTO_IPV6 = 1, 2, 10
NFNL_MSG_BATCH_BEGIN, NFNL_MSG_BATCH_END = 0x10, 0x11
NETLINK_NETFILTER = 12
NF_ACCEPT, NFT_GOTO = 1, -4
QUEUE_BYPASS = 1
"""NFQ_FLAG_BYPASS of struct xt_NFQ_info_v3 (linux/netfilter/xt_NFQUEUE.h)."""
VERDICT: Mapping[Action, str] = {
    Action.ALLOW: "",
    Action.DENY: "deny",
    Action.DROP: "silence",
}
"""The chain that a single flow goes to; an empty one stands for being accepted."""


NO_LISTS: Mapping[str, Networks] = {}

_ports: deque[int] = deque(maxlen=1024)
"""The netlink ports by which this process has changed tables lately."""


@dataclass(frozen=True, slots=True)
class Element:
    """One element of a set or map: its key, the chain it leads to if it does, its life."""

    table_set: str
    key: bytes
    chain: str | None = None
    milliseconds: int = 0


class Netfilter:
    """Our table, and nobody else's (`Backend`). Mostly it blocks for less than 1 ms."""

    judges_answers = True
    exits = MOST_EXITS

    def __init__(self, queue: Queue, *, ask_in: bool = False) -> None:
        self._queue = queue
        self._ask_in = ask_in
        self._locked = False
        self._loaded: dict[ClassId, str] = {}
        self._chains: dict[str, Chain] = {}

    @property
    def name(self) -> str:
        """How it is called in the status."""
        return "nft queue" if self._queue.native else "nft compat"

    @property
    def ask_in(self) -> bool:
        """Whether listeners are asked about: by the settings, or while locked down."""
        return self._ask_in or self._locked

    @staticmethod
    def class_for(own: ClassId, chain: str) -> ClassId:  # for others it matters
        """Say which class the kernel is to see: each application has its own, and is counted."""
        return own

    def load(
        self,
        verdicts: Mapping[ClassId, str],
        chains: Iterable[Chain],
        entries: Iterable[Entry] = (),
        lists: Mapping[str, Networks] = NO_LISTS,
    ) -> None:
        """Put the whole policy in force, in the place of what was there. Raises NotLoaded."""
        named = {chain.name: chain for chain in chains}
        text = ruleset.compiled(
            verdicts,
            named.values(),
            self._queue,
            ask_in=self.ask_in,
            locked=self._locked,
            sets=_list_sets(lists),
            kept=[*_flows_of_old_table(locked=self._locked), *_elements(named.values(), entries)],
        )
        _nft(text)
        self._loaded, self._chains = dict(verdicts), named
        if not self._queue.native:
            passes = self._queue.away == "allow" and not self._locked
            bypass = QUEUE_BYPASS if passes else 0
            _batch(
                _flushed("silence"),
                _target_rule("silence", NOBODY, 0),
                _flushed("ask"),
                _target_rule("ask", self._queue.number, bypass),
            )

    @staticmethod
    def is_own(port: int) -> bool:
        """Whether a netlink port is one by which we have changed the table."""
        return port in _ports

    def decides(self, class_id: ClassId) -> bool:
        """Whether a class has a verdict."""
        return class_id in self._loaded

    def chain(self, name: str) -> Chain | None:
        """What is in force under a name."""
        return self._chains.get(name)

    def by_name(self) -> list[Chain]:
        """The chains in force in which host names decide."""
        return [chain for chain in self._chains.values() if chain.names]

    def change(
        self,
        verdicts: Mapping[ClassId, str],
        gone: Iterable[ClassId],
        chains: Iterable[Chain] = (),
        entries: Iterable[Entry] = (),
        lists: Mapping[str, Networks] = NO_LISTS,
    ) -> None:
        """Give classes their chains, and let those in *gone* be asked about. Raises NotLoaded."""
        wanted = self._loaded | dict(verdicts)
        for class_id in gone:
            wanted.pop(class_id, None)
        old = dict(self._loaded.items() - wanted.items())
        new = dict(wanted.items() - self._loaded.items())
        written = {chain.name: chain for chain in chains}
        ended = ({*old.values()} & self._chains.keys()) - {*SHARED.values(), *new.values()}
        touched = (written.keys() & self._chains.keys()) | ended
        if written or touched:
            former = [self._chains[name] for name in sorted(touched)]
            elements = _elements(written.values(), entries)
            _nft(ruleset.rewritten(written.values(), former, new, old, elements, _list_sets(lists)))
        else:
            _batch(
                *(_removed(Element(ruleset.VERDICTS, _class_key(class_id))) for class_id in old),
                *(
                    _added(Element(ruleset.VERDICTS, _class_key(class_id), chain))
                    for class_id, chain in new.items()
                ),
            )
        self._loaded = wanted
        kept = {name: each for name, each in self._chains.items() if name not in touched}
        self._chains = kept | written

    def refill(self, name: str, networks: Networks) -> None:
        """Put other networks into the sets of a block list. Raises NotLoaded."""
        _nft(ruleset.refilled(name, networks))

    def hits(self) -> dict[str, int]:
        """Count the packets that met each block list. Raises NotLoaded."""
        found: Counter[str] = Counter()
        for chain in (*SHARED.values(), "everybody"):
            listed = _run("--json", "list", "chain", "inet", TABLE, chain)
            if listed.returncode:
                raise NotLoaded(f"nft: {listed.stderr.strip()}")
            for entry in json.loads(listed.stdout)["nftables"]:
                found.update(_hits_of(entry.get("rule", {}).get("expr", [])))
        return dict(found)

    def put(self, entry: Entry) -> None:
        """Put an address into a pair of sets, for some seconds from now. Raises NotLoaded."""
        name = f"{entry.pair}_{entry.address.version}"
        milliseconds = max(1, round(entry.seconds * 1000))
        _replace(Element(name, entry.address.packed, milliseconds=milliseconds))

    def take(self, pair: str, address: Address) -> None:
        """Take an address out of a pair of sets. Raises NotLoaded."""
        element = Element(f"{pair}_{address.version}", address.packed)
        _batch(_removed(element), tolerate=errno.ENOENT)

    def remember(self, flow: Flow, action: Action) -> None:
        """Give a single flow its verdict. Raises NotLoaded."""
        found = ruleset.flow_set(flow, action)
        key = ruleset.flow_key(flow)
        if action is Action.ALLOW:
            _replace(Element(found.name, key))
        else:  # what was allowed once before is so no more
            former = ruleset.flow_set(flow, Action.ALLOW)
            _batch(_removed(Element(former.name, key)), tolerate=errno.ENOENT)
            _replace(Element(found.name, key, VERDICT[action]))

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long, 0 not any more. Raises NotLoaded."""
        for family in (NFPROTO_IPV4, NFPROTO_IPV6):
            element = Element(ruleset.PAUSED, bytes([family]), milliseconds=seconds * 1000)
            if seconds:
                _replace(element)
            else:
                _batch(_removed(element), tolerate=errno.ENOENT)

    def lock_down(self, *, on: bool) -> None:
        """From the next load on, let nothing pass but what is allowed."""
        self._locked = on

    @staticmethod
    def exit_messages(chains: Iterable[str]) -> tuple[dict[str, bytes], bytes]:
        """Write what the exec gate sends to let processes out of their classes."""
        adding = {
            chain: _transaction(
                _added(Element(ruleset.LEAVING, EXIT_KEY, chain, ruleset.LEAVING_MS))
            )
            for chain in chains
        }
        settled = Element(ruleset.SETTLED, EXIT_KEY, milliseconds=ruleset.SETTLED_MS)
        return adding, _transaction(_added(settled))

    def watch(self) -> TableWatch:
        """Give what notices foreign changes."""
        return TableWatch(self.is_own)

    @staticmethod
    def is_there() -> bool:
        """Whether the table is in the kernel."""
        return not why_not() and _run("list", "tables", "inet").stdout.split().count(TABLE) > 0

    @staticmethod
    def clear() -> None:
        """Remove the table. Raises NotLoaded."""
        _nft(f"table inet {TABLE}\ndelete table inet {TABLE}\n")


def why_not() -> str:
    """Say why nftables cannot be used here; empty where it can."""
    try:
        done = _run("--check", "--file", "-", text=f"table inet {TABLE}_probe {{ }}")
    except NotLoaded as error:
        return str(error)
    return f"nft: {done.stderr.strip().splitlines()[0]}" if done.returncode else ""


def has_native_queue() -> bool:
    """Whether the kernel has nft's `queue`: tried on a table that is never loaded."""
    probe = f"table inet {TABLE}_probe {{ chain c {{ queue to {NOBODY}; }}; }}"
    return _run("--check", "--file", "-", text=probe).returncode == 0


# -- whole tables, by nft(8) -----------------------------------------------------------------


def _nft(text: str) -> None:
    done = _run("--file", "-", text=text)
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no reason given"]
        raise NotLoaded(f"nft: {lines[0]}")


def _run(*words: str, text: str = "") -> "subprocess.CompletedProcess[str]":
    nft = shutil.which("nft", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if nft is None:
        raise NotLoaded("nft is not installed: install the package nftables")
    started = subprocess.Popen(  # noqa: S603 # no shell, and none of the words come from outside
        [nft, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    _ports.append(started.pid)  # netlink(7): the kernel gives the first socket that number
    out, err = started.communicate(text)
    return subprocess.CompletedProcess([nft, *words], started.returncode, out, err)


def _list_sets(lists: Mapping[str, Networks]) -> list[str]:
    return [line for name, networks in lists.items() for line in ruleset.list_sets(name, networks)]


def _elements(chains: Iterable[Chain], entries: Iterable[Entry]) -> list[str]:
    """Write what stands in the sets of chains now."""
    now = time.time()
    return [
        *(
            ruleset.element(timer, [family], until - now)
            for chain in chains
            for timer, until in chain.timers.items()
            if until > now
            for family in ("ipv4", "ipv6")
        ),
        *(
            ruleset.element(f"{each.pair}_{each.address.version}", [each.address], each.seconds)
            for each in entries
        ),
    ]


def _flows_of_old_table(*, locked: bool) -> list[str]:
    """Carry what was allowed once over into a new table, with the time that is left.

    Not into one that is *locked* down from one that was not: that is the end of those answers.
    While it lasts, only rules are remembered so.
    """
    old = _run(
        "--json", "list", "sets", "inet"
    )  # the sets alone: nft cannot list a target of xtables
    if old.returncode or not old.stdout:
        return []
    entries = (entry.get("set", {}) for entry in json.loads(old.stdout)["nftables"])
    sets = {each["name"]: each for each in entries if each.get("table") == TABLE}
    if locked and ruleset.LOCKED not in sets:
        return []
    return [
        ruleset.element(once.name, values, seconds)
        for once in ruleset.ONCE
        if once.name in sets
        for values, seconds in _listed(sets[once.name].get("elem", []))
    ]


def _listed(elements: Iterable[Mapping[str, Any]]) -> Iterator[tuple[list[object], int]]:
    for element in elements:
        inner = element["elem"]
        yield inner["val"]["concat"], max(1, int(inner.get("expires", ruleset.ONCE_SECONDS)))


def _hits_of(expressions: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Read the counter of a line about a block list."""
    names = [
        str(each["match"]["right"]).removeprefix("@").split("_", 1)[1].rsplit("_", 1)[0]
        for each in expressions
        if str(each.get("match", {}).get("right", "")).startswith(("@list_", "@networks_"))
    ]
    counts = [each["counter"]["packets"] for each in expressions if "counter" in each]
    return dict(zip(names, counts, strict=False))


# -- single elements, by netlink ---------------------------------------------------------------


def _replace(element: Element) -> None:
    """Put an element in, in the place of one with the same key."""
    _batch(_removed(element), _added(element), tolerate=errno.ENOENT) or _batch(_added(element))


def _added(element: Element) -> nlmsg:
    return _elements_message(NFT_MSG_NEWSETELEM, NLM_F_CREATE, element)


def _removed(element: Element) -> nlmsg:
    return _elements_message(NFT_MSG_DELSETELEM, 0, element)


def _elements_message(kind: int, flags: int, element: Element) -> nlmsg:
    attributes: list[tuple[str, Any]] = [("NFTA_SET_ELEM_KEY", _value(element.key))]
    if element.chain is not None:
        to, code = element.chain, NFT_GOTO if element.chain else NF_ACCEPT
        verdict = [("NFTA_VERDICT_CODE", code), *([("NFTA_VERDICT_CHAIN", to)] if to else [])]
        data = {"attrs": [("NFTA_DATA_VERDICT", {"attrs": verdict})]}
        attributes.append(("NFTA_SET_ELEM_DATA", data))
    if element.milliseconds:
        attributes.append(("NFTA_SET_ELEM_TIMEOUT", element.milliseconds))
    message = nft_set_elem_list_msg()
    message["attrs"] = [
        ("NFTA_SET_ELEM_LIST_TABLE", TABLE),
        ("NFTA_SET_ELEM_LIST_SET", element.table_set),
        ("NFTA_SET_ELEM_LIST_ELEMENTS", [{"attrs": attributes}]),
    ]
    return _headed(message, kind, flags)


def _value(key: bytes) -> dict[str, Any]:
    return {"attrs": [("NFTA_DATA_VALUE", key)]}


def _class_key(class_id: ClassId) -> bytes:
    return struct.pack("=I", class_id)


def _flushed(chain: str) -> nlmsg:
    """Remove the rules of a chain: a rule message that names none."""
    message = nft_rule_msg()
    message["attrs"] = [("NFTA_RULE_TABLE", TABLE), ("NFTA_RULE_CHAIN", chain)]
    return _headed(message, NFT_MSG_DELRULE, 0)


def _target_rule(chain: str, number: int, flags: int) -> nlmsg:
    """Write the rule that queues by the target of xtables, for kernels without nft's `queue`.

    NFTA_TARGET_INFO is struct xt_NFQ_info_v3: queuenum, queues_total, flags, padded to 8 octets
    (linux/netfilter/xt_NFQUEUE.h, net/netfilter/nft_compat.c).
    """
    info = struct.pack("=HHHxx", number, 1, flags)
    target = [
        ("NFTA_TARGET_NAME", "NFQUEUE"),
        ("NFTA_TARGET_REV", 3),
        ("NFTA_TARGET_INFO", info),
    ]
    expression = [("NFTA_EXPR_NAME", "target"), ("NFTA_EXPR_DATA", {"attrs": target})]
    message = nft_rule_msg()
    message["attrs"] = [
        ("NFTA_RULE_TABLE", TABLE),
        ("NFTA_RULE_CHAIN", chain),
        ("NFTA_RULE_EXPRESSIONS", [{"attrs": expression}]),
    ]
    return _headed(message, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND)


def _headed(message: nlmsg, kind: int, flags: int) -> nlmsg:
    message["header"]["type"] = NFNL_SUBSYS_NFTABLES << 8 | kind
    message["header"]["flags"] = NLM_F_REQUEST | NLM_F_ACK | flags
    message["nfgen_family"] = NFPROTO_INET
    return message


def _border(kind: int) -> nlmsg:
    message = nfgen_msg()
    message["header"]["type"] = kind
    message["header"]["flags"] = NLM_F_REQUEST
    message["res_id"] = NFNL_SUBSYS_NFTABLES
    return message


def _batch(*messages: nlmsg, tolerate: int = 0) -> bool:
    """Carry out messages as one transaction: all of them or none.

    False where the kernel said *tolerate* (an error number). Raises NotLoaded.
    """
    if not messages:
        return True
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        kernel.bind((0, 0))
        _ports.append(kernel.getsockname()[0])
        kernel.settimeout(10)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            kernel.setsockopt(socket.SOL_SOCKET, option, 1 << 22)
        kernel.send(_transaction(*messages))
        errors = {error for error in _acknowledged(kernel, len(messages)) if error}
    if errors - {tolerate}:
        worst = (errors - {tolerate}).pop()
        raise NotLoaded(f"the kernel refused a change of the table {TABLE}: {os.strerror(worst)}")
    return not errors


def _transaction(*messages: nlmsg) -> bytes:
    whole = [_border(NFNL_MSG_BATCH_BEGIN), *messages, _border(NFNL_MSG_BATCH_END)]
    return b"".join(_encoded(message, number) for number, message in enumerate(whole))


def _encoded(message: nlmsg, number: int) -> bytes:
    message["header"]["sequence_number"] = number
    message.encode()
    return bytes(message.data)


def _acknowledged(kernel: socket.socket, expected: int) -> Iterator[int]:
    """Read an error number, 0 for success, for each message (struct nlmsgerr, linux/netlink.h)."""
    seen = 0
    while seen < expected:
        data, at = kernel.recv(1 << 18), 0
        while at < len(data):
            length, kind = struct.unpack_from("=IH", data, at)
            if kind == NLMSG_ERROR:
                seen += 1
                (error,) = struct.unpack_from("=i", data, at + 16)
                yield -error
            at += (length + 3) & ~3
