"""What the rest asks of a packet filter: `netfilter.py` (nftables) or `xtables.py` (iptables)."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, TypeAlias

from stile.connections import Address, Flow, Uid
from stile.rules import Action
from stile.scopes import Network
from stile.settings import Away
from stiled.chains import Chain
from stiled.classes import ClassId

Networks: TypeAlias = Mapping[int, Sequence[Network]]
"""The networks of a block list, by the version of IP."""


class NotLoaded(Exception):
    """The kernel did not take the rules; what was in force before still is."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An address in a pair of sets, one a family, for some seconds."""

    pair: str
    address: Address
    seconds: float


class NotCounted(Exception):
    """The packet filter in use does not count what passes."""


class Count(NamedTuple):
    """What has passed."""

    packets: int
    octets: int


Counts: TypeAlias = Mapping[tuple[ClassId, Uid], Count]


@dataclass(frozen=True, slots=True)
class Counted:
    """What has passed since a time (seconds since the epoch), by class and user."""

    since: float
    sent: Counts
    received: Counts


class Watch(Protocol):
    """Notices when somebody else changes what we have loaded."""

    def listen(self, loop: asyncio.AbstractEventLoop, changed: Callable[[str], None]) -> None:
        """Call *changed* on the loop, with who it was, after somebody else changed it."""

    def close(self) -> None:
        """Listen no more."""


class Backend(Protocol):
    """Our rules in the kernel, and nobody else's. It blocks while the kernel works."""

    @property
    def name(self) -> str:
        """How it is called in the status."""

    @property
    def judges_answers(self) -> bool:
        """Whether the class of a listener can be told from its answer to a SYN."""

    @property
    def allows_by_mark(self) -> bool:
        """Whether a held packet can have its flow allowed once (`ruleset.secret_mark`)."""

    @property
    def ask_in(self) -> bool:
        """Whether listeners are asked about: by the settings, or while locked down."""

    @property
    def locked(self) -> bool:
        """Whether the next `load` lets nothing pass but what is allowed."""

    def class_for(self, own: ClassId, chain: str) -> ClassId:
        """Say which class the kernel is to see, for one that leads to *chain*."""

    def load(
        self,
        verdicts: Mapping[ClassId, str],
        chains: Iterable[Chain],
        entries: Iterable[Entry] = (),
        lists: Mapping[str, Networks] = ...,
    ) -> None:
        """Put the whole policy in force, in the place of what was there. Raises NotLoaded.

        *verdicts* are the chains of classes, *entries* what stands in the sets of the chains and of
        *lists*, the block lists.
        """

    def change(
        self,
        verdicts: Mapping[ClassId, str],
        gone: Iterable[ClassId],
        chains: Iterable[Chain] = (),
        entries: Iterable[Entry] = (),
        lists: Mapping[str, Networks] = ...,
    ) -> None:
        """Give classes their chains, and let those in *gone* be asked about. Raises NotLoaded.

        *chains* are new, or others than before, *lists* are new; *entries* as for `load`. A chain
        that no class leads to any more goes.
        """

    def for_boot(self, chains: Iterable[Chain]) -> str | None:
        """Write what nft(8) loads at boot, when nobody is in a class yet.

        None where it would hold nothing, and of a packet filter that is not loaded by nft.
        """

    def decides(self, class_id: ClassId) -> bool:
        """Whether a class has a verdict, as the kernel sees it."""

    def chain(self, name: str) -> Chain | None:
        """What is in force under a name."""

    def by_name(self) -> list[Chain]:
        """The chains in force in which host names decide."""

    def refill(self, name: str, networks: Networks) -> None:
        """Put other networks into the sets of a block list. Raises NotLoaded."""

    def hits(self) -> dict[str, int]:
        """Count the packets that met each block list. Raises NotLoaded."""

    def counted(self) -> Counted:
        """Say what has passed, by class and user. Raises NotCounted, NotLoaded."""

    def put(self, *entries: Entry) -> None:
        """Put addresses into pairs of sets, all at once. Raises NotLoaded."""

    def take(self, pair: str, address: Address) -> None:
        """Take an address out of a pair of sets. Raises NotLoaded."""

    def remember(self, flow: Flow, action: Action) -> None:
        """Give a single flow its verdict. Raises NotLoaded."""

    def forget_once(self) -> None:
        """Let single flows be allowed no longer that were allowed once. Raises NotLoaded."""

    def pause(self, seconds: int) -> None:
        """Let unknown applications through for so long, 0 not any more. Raises NotLoaded."""

    def settle(self, away: Away, *, ask_in: bool) -> bool:
        """From the next `load` on, go by other settings; gives whether they are others."""

    def lock_down(self, *, on: bool) -> None:
        """From the next `load` on, let nothing pass but what is allowed (`ruleset.compiled`).

        What nobody has decided goes to the helper or nowhere, whether it begins a flow or not;
        listeners are asked about; no flow that was allowed once before is let through any more.
        """

    def exit_messages(self, chains: Iterable[str]) -> tuple[dict[str, bytes], bytes]:
        """Write what the exec gate sends (`exits.py`): an exit's verdict by its chain, and its end.

        The messages stand for `EXIT_KEY` or `EXIT_TEXT`. The kernel acknowledges one of each. A
        chain that is left out has no exits.
        """

    @property
    def exits(self) -> int:
        """How many exits there can be at a time."""

    def watch(self) -> Watch:
        """Give what notices foreign changes."""

    def clear(self) -> None:
        """Remove all of ours. Raises NotLoaded."""
