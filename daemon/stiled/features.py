"""What the kernel and the system offer, and what follows: for `stile doctor`."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from stiled import netcls


class State(StrEnum):
    """How well a feature is there."""

    OK = "ok"
    LIMITED = "limited"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Feature:
    """One finding."""

    name: str
    state: State
    means: str

    @property
    def words(self) -> dict[str, str]:
        """The finding as the contract gives it."""
        return {"name": self.name, "state": self.state.value, "means": self.means}


def found(mount: Path, backend: str, *, no_senders: str, no_names: str) -> list[Feature]:
    """Look at the machine. *no_senders*, *no_names*: why who sends, and DNS, is not seen, if so.

    *backend* is the packet filter in use (`Backend.name`).
    """
    return [
        _net_cls(mount),
        _filter(backend),
        _senders(no_senders),
        _names(no_names),
        _cgroup2(),
        _sctp(),
    ]


def _net_cls(mount: Path) -> Feature:
    pace = "at once" if netcls.moves_are_quick() else "after some 10 to 20 ms: see quick_moves"
    text = f"applications are told apart by their class, at {mount}; programs get theirs {pace}"
    return Feature("net_cls", State.OK, text)


def _filter(backend: str) -> Feature:
    if backend.startswith("iptables"):
        text = f"packets are judged by {backend}: traffic is not counted for each application"
        return Feature("iptables", State.OK, text)
    if backend == "nft queue":
        return Feature("nft queue", State.OK, "packets are held by nftables' own expression")
    text = "the kernel lacks CONFIG_NFT_QUEUE; packets are held by the NFQUEUE target instead"
    return Feature("nft queue", State.LIMITED, text)


def _senders(why_not: str) -> Feature:
    if not why_not:
        text = "who sends is noted in the kernel: also programs that end at once are named"
        return Feature("bpf senders", State.OK, text)
    text = f"programs that send and end at once are not named: {why_not}"
    return Feature("bpf senders", State.MISSING, text)


def _names(why_not: str) -> Feature:
    if not why_not:
        text = "host names are known from the answers of name servers, as they come"
        return Feature("host names", State.OK, text)
    return Feature("host names", State.LIMITED, why_not)


def _cgroup2() -> Feature:
    for place in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified"):
        if Path(place, "cgroup.controllers").exists():
            text = f"senders are looked for in their own cgroup first, at {place}"
            return Feature("cgroup v2", State.OK, text)
    text = "senders are looked for among all processes of their user: slower, no less exact"
    return Feature("cgroup v2", State.MISSING, text)


def _sctp() -> Feature:
    if Path("/proc/self/net/sctp/eps").exists():
        return Feature("SCTP", State.OK, "its sockets are told apart like others")
    return Feature("SCTP", State.OK, "not in use here (no sctp module): nothing to guard")
