"""The kernel's table: loaded whole by `nft`, changed over netlink (`nftmessages.py`).

nft(8) would read the whole table before it changes a chain: the more applications have one, the
longer that takes.
"""

import errno
import json
import logging
import os
import socket
import struct
import subprocess
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from stile.connections import Address, Flow
from stile.rules import Action
from stile.settings import Away
from stiled import commands, counters, nftmessages, nftrules, ruleset
from stiled.backends import Counted, Entry, Networks, NotLoaded
from stiled.chains import ALLOWED, SHARED, Chain
from stiled.classes import EXIT_KEY, MOST_EXITS, ClassId
from stiled.nftmessages import (
    NFPROTO_IPV4,
    NFPROTO_IPV6,
    TABLE,
    Element,
    Message,
    added,
    destroyed,
    removed,
)
from stiled.ruleset import NOBODY, Queue
from stiled.tablewatch import TableWatch

log = logging.getLogger(__name__)

NETLINK_NETFILTER = 12
SO_SNDBUFFORCE, SO_RCVBUFFORCE = 32, 33
"""asm-generic/socket.h; Python does not know them."""
LONGEST_BATCH = 1 << 28
"""Octets that a transaction may have, and what the kernel answers."""
COUNTED_FOR = 3600.0
"""Seconds after the last question for which what passes is counted."""
QUEUE_BYPASS = 1
"""NFQ_FLAG_BYPASS of struct xt_NFQ_info_v3 (linux/netfilter/xt_NFQUEUE.h)."""
VERDICT: Mapping[Action, str] = {
    Action.ALLOW: "",
    Action.DENY: "deny",
    Action.DROP: "silence",
}
"""The chain that a single flow goes to; an empty one stands for being accepted."""


NO_LISTS: Mapping[str, Networks] = {}

_destroys = True
"""Whether the kernel takes out of a set what need not be in it; until it says that it does not."""
_ports: deque[int] = deque(maxlen=1024)
"""The netlink ports by which this process has changed tables lately."""


class Netfilter:
    """Our table, and nobody else's (`Backend`). Mostly it blocks for less than 1 ms."""

    judges_answers = True
    exits = MOST_EXITS

    def __init__(self, queue: Queue, *, ask_in: bool = False) -> None:
        self._queue = queue
        self._ask_in = ask_in
        self._locked = False
        self._since = time.time()
        self._asked = -COUNTED_FOR
        self._is_counting = False
        self._loaded: dict[ClassId, str] = {}
        self._chains: dict[str, Chain] = {}

    @property
    def name(self) -> str:
        """How it is called in the status."""
        return "nft queue" if self._queue.native else "nft compat"

    @property
    def allows_by_mark(self) -> bool:
        """Whether a held packet can have its flow allowed once."""
        return self._queue.allowed_mark != 0

    @property
    def ask_in(self) -> bool:
        """Whether listeners are asked about: by the settings, or while locked down."""
        return self._ask_in or self._locked

    @property
    def locked(self) -> bool:
        """Whether nothing passes but what is allowed."""
        return self._locked

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
        counted = time.monotonic() - self._asked < COUNTED_FOR
        text = ruleset.compiled(
            {each: _way(to, named) for each, to in verdicts.items()},
            named.values(),
            self._queue,
            ask_in=self.ask_in,
            locked=self._locked,
            counted=counted,
            sets=_list_sets(lists),
            kept=[
                *_flows_of_old_table(locked=self._locked),
                *map(_line, _contents(named.values(), entries)),
            ],
        )
        _nft(text)
        self._since, self._is_counting = time.time(), counted
        self._loaded, self._chains = dict(verdicts), named
        if not self._queue.native:
            passes = self._queue.away == "allow" and not self._locked
            bypass = QUEUE_BYPASS if passes else 0
            _batch(
                nftmessages.flushed("silence"),
                _target_rule("silence", NOBODY, 0),
                nftmessages.flushed("ask"),
                _target_rule("ask", self._queue.number, bypass),
            )

    def for_boot(self, chains: Iterable[Chain]) -> str | None:
        """Write what nft(8) loads at boot; None where unknown programs pass without a helper."""
        if self._queue.away == "allow" and not self._locked:
            return None
        queue = replace(self._queue, allowed_mark=0)  # nobody gives a packet back then
        return ruleset.compiled({}, chains, queue, ask_in=self.ask_in, locked=self._locked)

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
        written = {chain.name: chain for chain in chains}
        gone, there = set(gone), self._chains | written
        new = {each: to for each, to in verdicts.items() if self._loaded.get(each) != to}
        if _way(ALLOWED, self._chains) != _way(ALLOWED, there):
            again = (each for each, to in self._loaded.items() if to == ALLOWED)
            new = {each: ALLOWED for each in again if each not in gone} | new
        old = {each: self._loaded[each] for each in (*new, *gone) if each in self._loaded}
        ended = ({*old.values()} & self._chains.keys()) - {*SHARED.values(), *new.values()}
        former = [self._chains[name] for name in sorted({*written, *ended}) if name in self._chains]
        if lists:  # until a rule looks at them they are nothing to anybody
            _nft(ruleset.added(_list_sets(lists)))
        _batch(
            *(removed(Element(ruleset.VERDICTS, _class_key(class_id))) for class_id in old),
            *_rewritten(written.values(), former),
            *(
                added(Element(ruleset.VERDICTS, _class_key(class_id), _way(chain, there)))
                for class_id, chain in new.items()
            ),
            *(added(_element(each)) for each in _contents(written.values(), entries)),
        )
        for class_id in old:
            del self._loaded[class_id]
        for chain in former:
            del self._chains[chain.name]
        self._loaded |= new
        self._chains |= written

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

    def counted(self) -> Counted:
        """Say what has passed, by class and user. Raises NotLoaded.

        Who asks for the first time has it counted from then on; when the table is loaded anew
        and nobody has asked for long, it ends.
        """
        self._asked = time.monotonic()
        if not self._is_counting:
            _nft(ruleset.counting())
            self._since, self._is_counting = time.time(), True
        try:
            return Counted(
                self._since, counters.read(ruleset.SENT), counters.read(ruleset.RECEIVED)
            )
        except OSError as error:
            raise NotLoaded(f"what has passed cannot be read: {error.strerror}") from None

    def put(self, *entries: Entry) -> None:
        """Put addresses into pairs of sets, for some seconds from now. Raises NotLoaded."""
        _replace(*(_element(each) for each in _contents((), entries)))

    def take(self, pair: str, address: Address) -> None:
        """Take an address out of a pair of sets. Raises NotLoaded."""
        element = Element(f"{pair}_{address.version}", address.packed)
        _batch(removed(element), tolerate=errno.ENOENT)

    def remember(self, flow: Flow, action: Action) -> None:
        """Give a single flow its verdict. Raises NotLoaded."""
        found = ruleset.flow_set(flow, action)
        key = ruleset.flow_key(flow)
        if action is Action.ALLOW:
            _replace(Element(found.name, key))
        else:  # what was allowed once before is so no more
            former = ruleset.flow_set(flow, Action.ALLOW)
            _replace(Element(found.name, key, VERDICT[action]), gone=[Element(former.name, key)])

    def forget_once(self) -> None:
        """Let single flows be allowed no longer that were allowed once. Raises NotLoaded."""
        _batch(*(nftmessages.emptied(each.name) for each in ruleset.ONCE))

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long, 0 not any more. Raises NotLoaded."""
        for family in (NFPROTO_IPV4, NFPROTO_IPV6):
            element = Element(ruleset.PAUSED, bytes([family]), milliseconds=seconds * 1000)
            if seconds:
                _replace(element)
            else:
                _batch(removed(element), tolerate=errno.ENOENT)

    def settle(self, away: Away, *, ask_in: bool) -> bool:
        """From the next load on, go by other settings."""
        former = self._queue.away, self._ask_in
        self._queue, self._ask_in = replace(self._queue, away=away), ask_in
        return former != (away, ask_in)

    def lock_down(self, *, on: bool) -> None:
        """From the next load on, let nothing pass but what is allowed."""
        self._locked = on

    @staticmethod
    def exit_messages(chains: Iterable[str]) -> tuple[dict[str, bytes], bytes]:
        """Write what the exec gate sends to let processes out of their classes."""
        adding = {
            chain: nftmessages.batch(
                [added(Element(ruleset.LEAVING, EXIT_KEY, chain, ruleset.LEAVING_MS))]
            )
            for chain in chains
        }
        settled = Element(ruleset.SETTLED, EXIT_KEY, milliseconds=ruleset.SETTLED_MS)
        return adding, nftmessages.batch([added(settled)])

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
    # netlink(7): the kernel gives the first socket of a process the number of that
    return commands.run(["nft", *words], text, "nftables", _ports)


def _list_sets(lists: Mapping[str, Networks]) -> list[str]:
    return [line for name, networks in lists.items() for line in ruleset.list_sets(name, networks)]


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


def _way(name: str, chains: Mapping[str, Chain]) -> str:
    """Give the chain that a class is to be sent to, nothing where it is simply accepted.

    Going to a chain costs a connection as much again as finding its class (measured).
    """
    chain = chains.get(name)
    return "" if name == ALLOWED and chain is not None and chain.accepts_all else name


# -- what stands in sets --------------------------------------------------------------------


class _Content(NamedTuple):
    """An element of a set: as nft writes it, and as the kernel has it."""

    table_set: str
    text: str
    key: bytes
    seconds: float


def _contents(chains: Iterable[Chain], entries: Iterable[Entry]) -> Iterator[_Content]:
    """Say what stands in the sets of chains now."""
    now = time.time()
    for chain in chains:
        for timer, until in chain.timers.items():
            if until > now:
                yield _Content(timer, "ipv4", bytes([NFPROTO_IPV4]), until - now)
                yield _Content(timer, "ipv6", bytes([NFPROTO_IPV6]), until - now)
    for entry in entries:
        address = entry.address
        name = f"{entry.pair}_{address.version}"
        yield _Content(name, str(address), address.packed, entry.seconds)


def _line(content: _Content) -> str:
    return ruleset.element(content.table_set, [content.text], content.seconds)


def _element(content: _Content) -> Element:
    return Element(content.table_set, content.key, milliseconds=_milliseconds(content.seconds))


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


# -- changes, by netlink -----------------------------------------------------------------------


def _rewritten(new: Iterable[Chain], old: Iterable[Chain]) -> Iterator[Message]:
    """Put chains in the place of what is there of them, and remove those that have ended.

    A chain goes when no rule leads to it, a set when no rule looks at it.
    """
    new, old = list(new), list(old)
    wanted = {name: rules for chain in new for name, rules in nftrules.rules(chain).items()}
    there = dict.fromkeys(name for chain in old for name in nftrules.names(chain))
    yield from map(nftmessages.flushed, there)
    yield from (nftmessages.no_chain(name) for name in there if name not in wanted)
    yield from (nftmessages.no_set(name) for chain in old for name in nftrules.sets(chain))
    sets = (each for chain in new for each in nftrules.sets(chain).items())
    yield from (nftmessages.new_set(*each, at) for at, each in enumerate(sets, 1))
    yield from (nftmessages.new_chain(name) for name in wanted if name not in there)
    for name, rules in wanted.items():
        for rule in rules:
            yield nftmessages.new_rule(name, b"".join(word.expressions for word in rule))


def _replace(*elements: Element, gone: Sequence[Element] = ()) -> None:
    """Put elements in, in the place of those with the same keys, and take out what is *gone*.

    Mostly there is none. A transaction that fails for that waits for a grace period of the
    kernel's, 10 to 15 ms (measured; 0.4 ms without), so it is only the way of old kernels.
    """
    global _destroys
    former, new = (*elements, *gone), [*map(added, elements)]
    if _destroys:
        _destroys = _batch(*map(destroyed, former), *new, tolerate=errno.EINVAL)
    if _destroys or _batch(*map(removed, former), *new, tolerate=errno.ENOENT):
        return
    for element in former:
        _batch(removed(element), tolerate=errno.ENOENT)
    _batch(*new)


def _class_key(class_id: ClassId) -> bytes:
    return struct.pack("=I", class_id)


def _target_rule(chain: str, queue: int, flags: int) -> Message:
    """Write the rule that queues by the target of xtables, for kernels without nft's `queue`.

    Its attributes are NFTA_TARGET_NAME, NFTA_TARGET_REV and NFTA_TARGET_INFO, which is struct
    xt_NFQ_info_v3: queuenum, queues_total, flags, padded to 8 octets (linux/netfilter/xt_NFQUEUE.h,
    linux/netfilter/nf_tables_compat.h).
    """
    stated = struct.pack("=HHHxx", queue, 1, flags)
    target = (
        nftmessages.name(1, "NFQUEUE"),
        nftmessages.number(2, 3),
        nftmessages.attribute(3, stated),
    )
    return nftmessages.new_rule(chain, nftmessages.expression("target", *target))


def _batch(*messages: Message, tolerate: int = 0) -> bool:
    """Carry out messages as one transaction: all of them or none.

    False where the kernel said *tolerate* (an error number). Raises NotLoaded.
    """
    if not messages:
        return True
    try:
        errors = _answers(nftmessages.batch(messages)) - {0}
    except OSError as error:
        raise NotLoaded(f"the kernel took no change of the table {TABLE}: {error}") from None
    if errors - {tolerate}:
        worst = (errors - {tolerate}).pop()
        raise NotLoaded(f"the kernel refused a change of the table {TABLE}: {os.strerror(worst)}")
    return not errors


def _answers(batch: bytes) -> set[int]:
    """Send a batch and read error numbers, 0 for success: the kernel answers before it returns."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_NETFILTER) as kernel:
        kernel.bind((0, 0))
        _ports.append(kernel.getsockname()[0])
        for option in (SO_SNDBUFFORCE, SO_RCVBUFFORCE):
            kernel.setsockopt(socket.SOL_SOCKET, option, LONGEST_BATCH)
        kernel.send(batch)
        found = set(nftmessages.errors_in(kernel.recv(1 << 18, socket.MSG_DONTWAIT)))
        with suppress(BlockingIOError):
            while True:
                found |= {*nftmessages.errors_in(kernel.recv(1 << 18, socket.MSG_DONTWAIT))}
    return found
