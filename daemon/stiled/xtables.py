"""The kernel's tables by iptables and ipset, for systems where nftables is not to be used.

Chains of ours, STILE and STILE-..., in the table `filter` of both families, gone to first from
OUTPUT. Each family changes in one transaction (`iptables-restore --noflush`); sets that it looks
at are made before, under names of their own, and the old ones go afterwards.
"""

import asyncio
import logging
import re
import subprocess
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock

import inotify_simple

from stile.connections import Address, Flow
from stile.rules import Action
from stile.settings import Away
from stiled import commands, xtrules
from stiled.backends import Counted, Entry, Networks, NotCounted, NotLoaded
from stiled.chains import ALLOWED, DENIED, DROPPED, SHARED, Chain
from stiled.classes import EXIT_TEXT, ClassId
from stiled.pyroute import (
    IPSET_CMD_ADD,
    IPSET_CMD_DEL,
    NFNL_SUBSYS_IPSET,
    NLM_F_ACK,
    NLM_F_REQUEST,
    ipset_msg,
)
from stiled.tablewatch import SETTLE, TableWatch
from stiled.xtrules import ALL, FAMILY, HOOK, ROOT, SHARED_CLASSES, Frame, Rules

log = logging.getLogger(__name__)

PREFIXES = {4: "iptables", 6: "ip6tables"}
TABLES = {4: "ip_tables_names", 6: "ip6_tables_names"}
"""The tables of iptables that are in use here, below /proc/net (net/netfilter/x_tables.c)."""
KINDS = ("-legacy", "", "-nft")
"""Which iptables is taken, the first that works here: the one with tables of its own in the kernel,
then the system's, which may be that of nftables."""
LOCK = Path("/run/xtables.lock")
"""Opened for writing by every iptables that changes something (xtables-lock, iptables(8), -w)."""
LONGEST_LIFE = 2147483
"""Seconds: what ipset(8) takes for a timeout."""
NEEDED = "-m cgroup --cgroup 1 -m mark --mark 1 -m owner --uid-owner 0 -m limit -m time"
IPSET_PROTOCOL = 6
"""The oldest that kernels take (linux/netfilter/ipset/ip_set.h, IPSET_PROTOCOL_MIN)."""
NO_LISTS: Mapping[str, Networks] = {}


@dataclass(frozen=True, slots=True)
class Tools:
    """The commands of one kind of iptables."""

    kind: str

    def restore(self, version: int) -> list[str]:
        """Give the command that carries out a change."""
        return [f"{PREFIXES[version]}{self.kind}-restore", "--noflush", "--wait", "5"]

    def save(self, version: int) -> list[str]:
        """Give the command that lists the table."""
        return [f"{PREFIXES[version]}{self.kind}-save", "-c", "-t", "filter"]

    @classmethod
    def find(cls) -> "Tools":
        """Find an iptables that works here. Raises NotLoaded, with what is missing."""
        found: list[str] = []
        for kind in KINDS:
            tools = cls(kind)
            if why := tools._why_not():
                found.append(why)
            else:
                return tools
        raise NotLoaded(f"iptables cannot be used: {found[-1]}")

    def _why_not(self) -> str:
        rules = [f"-p tcp {NEEDED} -m multiport --dports 1", "-j NFQUEUE --queue-num 1"]
        probe = xtrules.restored({f"{ROOT}-probe": rules}, ())
        try:
            for version in families():
                done = _run([*self.restore(version), "--test"], probe)
                if done.returncode:
                    return f"{PREFIXES[version]}: {_reason(done.stderr)}"
            done = _run(["ipset", "list", "-name"])
            return f"ipset: {_reason(done.stderr)}" if done.returncode else ""
        except NotLoaded as error:
            return str(error)


def families() -> list[int]:
    """The versions of IP that there are here."""
    return [4, 6] if Path("/proc/self/net/if_inet6").exists() else [4]


class Xtables:
    """Our chains, and nobody else's (`Backend`)."""

    judges_answers = False
    allows_by_mark = False
    exits = xtrules.EXITS

    def __init__(
        self, queue: int, away: str, *, ask_in: bool = False, tools: Tools | None = None
    ) -> None:
        self._tools = tools or Tools.find()
        self._unlocked = Frame(queue, bypass=away == "allow", ask_in=ask_in)
        self._frame = self._unlocked
        self._verdicts: dict[ClassId, str] = {}
        self._chains: dict[str, Chain] = {}
        self._numbers: dict[str, int] = {}
        self._number = 0
        self._rules: dict[int, Rules] = {version: {} for version in families()}
        self._lists: set[str] = set()
        self._changing = RLock()

    @property
    def name(self) -> str:
        """How it is called in the status."""
        return f"iptables{self._tools.kind}"

    @property
    def ask_in(self) -> bool:
        """Whether listeners are asked about: by the settings, or while locked down."""
        return self._frame.ask_in

    @property
    def locked(self) -> bool:
        """Whether nothing passes but what is allowed."""
        return self._frame.locked

    @staticmethod
    def class_for(own: ClassId, chain: str) -> ClassId:
        """Say which class the kernel is to see: those with the same verdict share one."""
        return SHARED_CLASSES.get(chain, own)

    def decides(self, class_id: ClassId) -> bool:
        """Whether a class has a verdict, as the kernel sees it."""
        return class_id in SHARED_CLASSES.values() or class_id in self._own(self._verdicts)

    @staticmethod
    def _own(verdicts: Mapping[ClassId, str]) -> dict[ClassId, str]:
        return {each: chain for each, chain in verdicts.items() if chain not in SHARED_CLASSES}

    def chain(self, name: str) -> Chain | None:
        """What is in force under a name."""
        return self._chains.get(name)

    def by_name(self) -> list[Chain]:
        """The chains in force in which host names decide."""
        return [chain for chain in self._chains.values() if chain.names]

    # -- the whole, and changes of it --------------------------------------------------------

    @staticmethod
    def for_boot(chains: Iterable[Chain]) -> None:
        """Write nothing: its sets and chains are loaded in several steps, by several tools."""

    def load(
        self,
        verdicts: Mapping[ClassId, str],
        chains: Iterable[Chain],
        entries: Iterable[Entry] = (),
        lists: Mapping[str, Networks] = NO_LISTS,
    ) -> None:
        """Put the whole policy in force, in the place of what was there. Raises NotLoaded."""
        with self._changing:
            there = set(_sets())
            self._number = max([self._number, *map(_number_of, there)])
            fixed = xtrules.fixed_sets()
            _change_sets(f"create {name} {kind}" for name, kind in fixed.items())
            _change_sets(xtrules.fixed_elements())
            new = {chain.name: chain for chain in chains}
            found = {version: self._found(version) for version in self._rules}
            self._carry_out(dict(verdicts), {}, new, entries, lists, found)
            self._lists = set(lists)
            kept = fixed.keys() | self._show_locked(was=xtrules.LOCKED_SET in there)
            _drop_sets(there - kept - self._names_in_use())

    def _show_locked(self, *, was: bool) -> set[str]:
        """End what was decided once where lockdown begins or ends; give the set that shows it."""
        if not self._frame.locked:
            _change_sets(xtrules.unlocking() if was else [])
            return set()
        if not was:
            _change_sets(xtrules.locking())
            # a packet that was just let through may have put its flow in again (`go_on`)
            _change_sets([*xtrules.locking(), f"create {xtrules.LOCKED_SET} hash:net"])
        return {xtrules.LOCKED_SET}

    def change(
        self,
        verdicts: Mapping[ClassId, str],
        gone: Iterable[ClassId],
        chains: Iterable[Chain] = (),
        entries: Iterable[Entry] = (),
        lists: Mapping[str, Networks] = NO_LISTS,
    ) -> None:
        """Give classes their chains, and let those in *gone* be asked about. Raises NotLoaded."""
        with self._changing:
            wanted = self._verdicts | dict(verdicts)
            for class_id in gone:
                wanted.pop(class_id, None)
            ended = {*self._own(self._verdicts).values()} - {*self._own(wanted).values()}
            kept = {name: each for name, each in self._chains.items() if name not in ended}
            new = {chain.name: chain for chain in chains}
            former = self._names_in_use()
            found: dict[int, tuple[set[str], list[str]]] = {
                version: (set(rules), []) for version, rules in self._rules.items()
            }
            self._carry_out(wanted, kept, new, entries, lists, found)
            _drop_sets(former - self._names_in_use())

    def _carry_out(
        self,
        verdicts: dict[ClassId, str],
        kept: Mapping[str, Chain],
        new: Mapping[str, Chain],
        entries: Iterable[Entry],
        lists: Mapping[str, Networks],
        found: Mapping[int, tuple[set[str], list[str]]],
    ) -> None:
        """Bring the kernel to *kept* and *new* chains; *found* are chains there, and the hook."""
        chains = {**kept, **new}
        numbers = {name: each for name, each in self._numbers.items() if name in kept}
        for name in new:
            self._number += 1
            numbers[name] = self._number
        rules: dict[int, Rules] = {}
        try:
            _change_sets(self._sets_for(new.values(), numbers, entries, lists))
            for version in self._rules:
                rules[version] = self._rules_of(version, verdicts, kept, new, numbers)
                self._restore(version, rules[version], *found[version])
        except NotLoaded:
            self._take_back(rules)
            fresh = {f"stile{numbers[name]:x}_" for name in new}
            _drop_sets(name for name in _sets() if name.startswith(tuple(fresh)))
            raise
        self._rules, self._chains, self._numbers = rules, chains, numbers
        self._verdicts = verdicts
        self._lists |= lists.keys()

    def _rules_of(
        self,
        version: int,
        verdicts: Mapping[ClassId, str],
        kept: Mapping[str, Chain],
        new: Mapping[str, Chain],
        numbers: Mapping[str, int],
    ) -> Rules:
        """Write all chains of a family."""
        chains = {**kept, **new}.values()
        hold_answers = (
            self._frame.ask_in
            or not {DENIED, DROPPED}.isdisjoint(verdicts.values())
            or any(
                xtrules.refuses_inbound(each)
                for each in chains
                if each.name not in SHARED.values()  # they matter where a class leads to them
            )
        )
        rules = xtrules.frame_rules(
            version,
            {
                **{number: name for name, number in SHARED_CLASSES.items()},
                **self._own(verdicts),
            },
            self._frame,
            hold_answers=hold_answers,
        )
        now, former = time.time(), self._rules[version]
        for chain in chains:
            if chain.name in new:
                names = self._names(chain, numbers)
                rules |= xtrules.chain_rules(chain, version, names, now)
            else:
                rules |= {name: former[name] for name in xtrules.parts(chain)}
        return rules

    def _restore(self, version: int, rules: Rules, there: set[str], hook: list[str]) -> None:
        """Carry out what differs from the chains that are *there*."""
        former = self._rules[version] if not hook else {}
        new = {name: each for name, each in rules.items() if former.get(name) != each}
        gone = sorted(there - rules.keys())
        if new or gone or hook:
            done = _run(self._tools.restore(version), xtrules.restored(new, gone, hook))
            if done.returncode:
                raise NotLoaded(f"{PREFIXES[version]}: {_reason(done.stderr)}")

    def _take_back(self, rules: Mapping[int, Rules]) -> None:
        """Undo what one family has taken, and the other has not."""
        for version in list(rules)[:-1]:
            former = self._rules[version]
            text = xtrules.restored(former, sorted(rules[version].keys() - former.keys()))
            if not former:
                _clear(self._tools, version)
            elif _run(self._tools.restore(version), text).returncode:
                log.error("%s: the former rules could not be put back", PREFIXES[version])

    def _found(self, version: int) -> tuple[set[str], list[str]]:
        """Look which chains of ours are there, and write the change that puts our hook first."""
        table = _Table.read(self._tools, version)
        hook = [f"-D {HOOK}"] * table.output.count(HOOK.removeprefix("OUTPUT "))
        return set(table.counts), [*hook, f"-I {HOOK.replace('OUTPUT', 'OUTPUT 1')}"]

    def is_intact(self) -> bool:
        """Whether what we have loaded is what is there. Raises NotLoaded."""
        with self._changing:
            for version, rules in self._rules.items():
                table = _Table.read(self._tools, version)
                wanted = {name: len(each) for name, each in rules.items()}
                if table.counts != wanted or not table.is_hooked:
                    return False
            return True

    # -- sets ----------------------------------------------------------------------------------

    @staticmethod
    def _names(chain: Chain, numbers: Mapping[str, int]) -> xtrules.Names:
        own, number = frozenset(xtrules.own_sets(chain)), numbers[chain.name]
        return lambda pair: xtrules.numbered(pair, number) if pair in own else xtrules.listed(pair)

    def _sets_for(
        self,
        chains: Iterable[Chain],
        numbers: Mapping[str, int],
        entries: Iterable[Entry],
        lists: Mapping[str, Networks],
    ) -> list[str]:
        """Write what makes the sets of new chains and lists, and what stands in them."""
        lines: list[str] = []
        real: dict[str, str] = {}
        for chain in chains:
            for pair in xtrules.own_sets(chain):
                real[pair] = xtrules.numbered(pair, numbers[chain.name])
                lines += xtrules.address_set(real[pair])
        for name, networks in lists.items():
            lines += xtrules.address_set(_addresses(name))
            lines += _refilled(name, networks)
        for entry in entries:
            pair = real.get(entry.pair) or xtrules.listed(entry.pair)
            lines.append(_added(pair, entry.address, entry.seconds))
        return lines

    def _names_in_use(self) -> set[str]:
        """Name the sets of chains and lists that are in force."""
        pairs = [
            xtrules.numbered(pair, self._numbers[chain.name])
            for chain in self._chains.values()
            for pair in xtrules.own_sets(chain)
        ]
        pairs += [each for name in self._lists for each in (_addresses(name), _networks(name))]
        return {f"{pair}_{version}" for pair in pairs for version in FAMILY}

    def refill(self, name: str, networks: Networks) -> None:
        """Put other networks into the sets of a block list. Raises NotLoaded."""
        with self._changing:
            _change_sets(_refilled(name, networks))

    @staticmethod
    def counted() -> Counted:
        """Nothing: iptables has no counters by class. Raises NotCounted."""
        raise NotCounted("iptables does not count by application: with nftables it is done")

    def put(self, *entries: Entry) -> None:
        """Put addresses into pairs of sets, for some seconds from now. Raises NotLoaded."""
        with self._changing:
            _change_sets(
                [_added(self._pair(each.pair), each.address, each.seconds) for each in entries]
            )

    def take(self, pair: str, address: Address) -> None:
        """Take an address out of a pair of sets. Raises NotLoaded."""
        with self._changing:
            _change_sets([f"del {self._pair(pair)}_{address.version} {address}"])

    def _pair(self, pair: str) -> str:
        for chain in self._chains.values():
            if pair in xtrules.own_sets(chain):
                return xtrules.numbered(pair, self._numbers[chain.name])
        return xtrules.listed(pair)

    def remember(self, flow: Flow, action: Action) -> None:
        """Give a single flow its verdict. Raises NotLoaded."""
        _change_sets(xtrules.remembered(flow, action))

    def forget_once(self) -> None:
        """Let single flows be allowed no longer that were allowed once. Raises NotLoaded."""
        _change_sets(xtrules.nothing_once())

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long, 0 not any more. Raises NotLoaded."""
        _change_sets(xtrules.paused(seconds))

    def settle(self, away: Away, *, ask_in: bool) -> bool:
        """From the next load on, go by other settings."""
        former = self._unlocked
        self._unlocked = replace(former, bypass=away == "allow", ask_in=ask_in)
        self.lock_down(on=self.locked)
        return former != self._unlocked

    def lock_down(self, *, on: bool) -> None:
        """From the next load on, let nothing pass but what is allowed."""
        self._frame = self._unlocked.locked_down() if on else self._unlocked

    def hits(self) -> dict[str, int]:
        """Count the packets that met each block list. Raises NotLoaded."""
        real = {
            place: name for name in self._lists for place in (_addresses(name), _networks(name))
        }
        found: Counter[str] = Counter()
        for version in self._rules:
            for packets, pair in _Table.read(self._tools, version).met:
                if pair in real:
                    found[real[pair]] += packets
        return dict(found)

    @staticmethod
    def exit_messages(chains: Iterable[str]) -> tuple[dict[str, bytes], bytes]:
        """Write what the exec gate sends to let processes out of the class of what is allowed.

        A set of sets an exit says whether it has a verdict: it has one while it holds all
        addresses. Who leaves another class does without: what is held of its parent meanwhile is
        refused anyway, or is judged by the helper.
        """
        adding = _members(IPSET_CMD_ADD)
        return {name: adding for name in chains if name == ALLOWED}, _members(IPSET_CMD_DEL)

    def watch(self) -> "XtablesWatch":
        """Give what notices foreign changes."""
        return XtablesWatch(self.is_intact)

    @staticmethod
    def is_there() -> bool:
        """Whether chains of ours are in the kernel."""
        return any(_Table.read(*each).counts for each in _tables())

    @staticmethod
    def clear() -> None:
        """Remove all of ours, of whatever kind of iptables. Raises NotLoaded."""
        for tools, version in _tables():
            _clear(tools, version)
        if commands.found("ipset"):
            lists = {name for name in _sets() if name.startswith(xtrules.exit_set(""))}
            _change_sets(f"destroy {name}" for name in (*lists, *(set(_sets()) - lists)))


class XtablesWatch:
    """Notices when somebody else changes our chains.

    The kernel tells nobody of changes by iptables, but each iptables takes a lock: whenever it is
    let go, *is_intact* is asked. The iptables of nftables takes none, and the kernel tells.
    """

    def __init__(self, is_intact: Callable[[], bool]) -> None:
        self._is_intact = is_intact
        self._tables = TableWatch(lambda port: port in _started, "filter")
        self._notify: inotify_simple.INotify | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._pending: asyncio.TimerHandle | None = None
        self._checks: set[asyncio.Task[None]] = set()
        self._changed: Callable[[str], None] = lambda _: None

    def listen(self, loop: asyncio.AbstractEventLoop, changed: Callable[[str], None]) -> None:
        """Call *changed* on the loop, with who it was, after somebody else changed our chains."""
        self._loop, self._changed = loop, changed
        self._tables.listen(loop, self._suspect)
        self._notify = inotify_simple.INotify()
        self._add()
        loop.add_reader(self._notify.fileno(), self._readable)

    def close(self) -> None:
        """Listen no more."""
        self._tables.close()
        if self._pending:
            self._pending.cancel()
        for check in self._checks:
            check.cancel()
        if self._notify and self._loop:
            self._loop.remove_reader(self._notify.fileno())
            self._notify.close()
            self._notify = None

    def _add(self) -> None:
        LOCK.touch(mode=0o600)
        flags = inotify_simple.flags
        closed = flags.CLOSE_WRITE | flags.CLOSE_NOWRITE
        if self._notify:
            self._notify.add_watch(LOCK, closed | flags.DELETE_SELF)

    def _readable(self) -> None:
        if self._notify is None:
            return
        for event in self._notify.read(timeout=0):
            if event.mask & inotify_simple.flags.IGNORED:
                self._add()
        self._suspect("an iptables command")

    def _suspect(self, who: str) -> None:
        if self._loop and self._pending is None:
            self._pending = self._loop.call_later(SETTLE, self._look, who)

    def _look(self, who: str) -> None:
        self._pending = None
        if self._loop:
            check = self._loop.create_task(self._check(who))
            self._checks.add(check)
            check.add_done_callback(self._checks.discard)

    async def _check(self, who: str) -> None:
        try:
            intact = await asyncio.to_thread(self._is_intact)
        except NotLoaded as error:
            log.warning("%s", error)
            return
        if not intact:
            self._changed(who)


# -- what is there, read back ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Table:
    """What `iptables-save` says of the table `filter`."""

    counts: Mapping[str, int]
    """How many rules each chain of ours has."""
    output: list[str]
    """The rules of OUTPUT."""
    met: list[tuple[int, str]]
    """The packets that met a rule about a pair of sets, and which it was."""

    @property
    def is_hooked(self) -> bool:
        """Whether packets come to us first, and once."""
        ours = f"-j {ROOT}"
        return self.output[:1] == [ours] and self.output.count(ours) == 1

    @classmethod
    def read(cls, tools: Tools, version: int) -> "_Table":
        """Read it. Raises NotLoaded."""
        done = _run(tools.save(version))
        if done.returncode:
            raise NotLoaded(f"{PREFIXES[version]}: {_reason(done.stderr)}")
        lines = done.stdout.splitlines()
        names = {line[1:].split()[0] for line in lines if line.startswith(f":{ROOT}")}
        counts = {name: 0 for name in names if name == ROOT or name.startswith(f"{ROOT}-")}
        output, met = [], []
        for line in lines:
            counted, _, rule = line.partition("] -A ")
            name, _, body = rule.partition(" ")
            if name == "OUTPUT":
                output.append(body)
            elif name in counts:
                counts[name] += 1
                packets = int(counted.lstrip("[").partition(":")[0])
                met += [(packets, pair) for pair in _MATCHED.findall(body)]
        return cls(counts, output, met)


_MATCHED = re.compile(r"--match-set (\S+)_[46] dst")
_OURS = re.compile(r"stile([0-9a-f]*)_")


def _sets() -> list[str]:
    """Name the sets of ours that are there. Raises NotLoaded."""
    done = _run(["ipset", "list", "-name"])
    if done.returncode:
        raise NotLoaded(f"ipset: {_reason(done.stderr)}")
    return [name for name in done.stdout.split() if _OURS.match(name)]


def _number_of(name: str) -> int:
    """Say which chain's a set is, the so-many-th; 0 for one that stays."""
    found = _OURS.match(name)
    return int(found[1] or "0", 16) if found else 0


# -- commands --------------------------------------------------------------------------------------

_started: deque[int] = deque(maxlen=256)
"""The commands that we have started lately: the iptables of nftables is known by their numbers."""


def _members(command: int) -> bytes:
    """Write the messages that let the set of an exit hold all addresses, or none any more.

    Of what is sent in one piece the last is acknowledged, and the first that fails (netlink(7)).
    """
    messages = []
    for version in FAMILY:
        message = ipset_msg()
        message["attrs"] = [
            ("IPSET_ATTR_PROTOCOL", IPSET_PROTOCOL),
            ("IPSET_ATTR_SETNAME", xtrules.exit_set(EXIT_TEXT)),
            ("IPSET_ATTR_DATA", {"attrs": [("IPSET_ATTR_NAME", xtrules.fixed(ALL, version))]}),
        ]
        message["header"]["type"] = NFNL_SUBSYS_IPSET << 8 | command
        message["header"]["flags"] = NLM_F_REQUEST | (NLM_F_ACK if version == 6 else 0)
        message.encode()
        messages.append(bytes(message.data))
    return b"".join(messages)


def _tables() -> list[tuple[Tools, int]]:
    """Give the tables that chains of ours may be in, each with its commands.

    A table of the old kind that was never used is not looked at: that would make it.
    """
    found = []
    for kind in KINDS:
        for version in families():
            tools, names = Tools(kind), Path(f"/proc/self/net/{TABLES[version]}")
            used = names.exists() and "filter" in names.read_text().split()
            if (used or kind != KINDS[0]) and commands.found(tools.save(version)[0]):
                found.append((tools, version))
    return found


def _clear(tools: Tools, version: int) -> None:
    """Remove our chains of one family."""
    table = _Table.read(tools, version)
    if not table.counts:
        return
    ours = f"-j {ROOT}"
    hook = [f"-D {HOOK}"] * table.output.count(ours)
    emptied = dict.fromkeys(table.counts, ())
    text = xtrules.restored({name: [] for name in emptied}, emptied, hook)
    done = _run(tools.restore(version), text)
    if done.returncode:
        raise NotLoaded(f"{PREFIXES[version]}: {_reason(done.stderr)}")


def _addresses(name: str) -> str:
    return xtrules.listed(f"list_{name}")


def _networks(name: str) -> str:
    return xtrules.listed(f"networks_{name}")


def _refilled(name: str, networks: Networks) -> list[str]:
    """Fill the sets of a block list in one step: they change places with new ones."""
    real, new = _networks(name), xtrules.listed(f"networks_{name}~new")
    empty: Networks = {version: [] for version in FAMILY}
    return [
        *xtrules.network_set(real, empty),
        *xtrules.network_set(new, empty),
        *(f"flush {new}_{version}" for version in FAMILY),
        *xtrules.network_set(new, networks),
        *(f"swap {new}_{version} {real}_{version}" for version in FAMILY),
        *(f"destroy {new}_{version}" for version in FAMILY),
    ]


def _added(pair: str, address: Address, seconds: float) -> str:
    life = min(max(1, int(seconds)), LONGEST_LIFE)
    return f"add {pair}_{address.version} {address} timeout {life}"


def _change_sets(lines: Iterable[str]) -> None:
    """Carry out changes of sets; what is there already, or is gone, is no error. Raises NotLoaded.

    They are carried out one after another: an error leaves those before it done.
    """
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        return
    done = _run(["ipset", "-exist", "restore"], text)
    if done.returncode:
        raise NotLoaded(f"ipset: {_reason(done.stderr)}")


def _drop_sets(names: Iterable[str]) -> None:
    """Remove sets; one that somebody else's rules look at stays."""
    try:
        _change_sets(f"destroy {name}" for name in names)
    except NotLoaded as error:
        log.warning("%s", error)


def _run(command: list[str], text: str = "") -> "subprocess.CompletedProcess[str]":
    package = "ipset" if command[0] == "ipset" else "iptables"
    return commands.run(command, text, package, _started)


def _reason(said: str) -> str:
    lines = [line for line in said.strip().splitlines() if "Try `" not in line]
    return lines[0] if lines else "no reason given"
