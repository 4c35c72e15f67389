"""What uses the network now: who holds which sockets, before anybody was asked about anything.

For the first run, and for whoever wants to look. It blocks for as long as it takes to look through
the descriptors of all processes: call it from a thread.
"""

from collections.abc import Iterable, Iterator

from stile.applications import Application
from stile.connections import TCP, UDP, Process, Protocol, Uid
from stile.learned import MOST_LISTED, Place, Running
from stiled import sockdiag
from stiled.descriptors import network_sockets
from stiled.hostnames import Hostnames
from stiled.owners import Owners

WANTED = {
    TCP: (sockdiag.ESTABLISHED, sockdiag.CLOSE_WAIT, sockdiag.LISTEN),
    UDP: (sockdiag.ESTABLISHED, sockdiag.UNCONNECTED),
}


def running(owners: Owners, names: Hostnames, now: float) -> list[Running]:
    """Say who uses the network, an entry for an application and user; loopback does not count.

    Raises OSError.
    """
    sockets = {each.link: each for each in sockdiag.listed(WANTED) if not _is_loopback(each)}
    found: dict[tuple[Application, Uid], dict[str, sockdiag.Listed]] = {}
    for process, links in _held(owners.running(), sockets.keys()):
        own = found.setdefault((process.application, process.uid), {})
        own |= {link: sockets[link] for link in links}
    return [
        Running(application, uid, _places(own.values(), names, now), _ports(own.values()))
        for (application, uid), own in found.items()
    ]


def _held(processes: Iterable[Process], links: Iterable[str]) -> Iterator[tuple[Process, set[str]]]:
    """Give the processes that hold some of *links*, and which."""
    wanted = set(links)
    for process in processes:
        try:
            held = network_sockets(process.pid) & wanted
        except OSError:
            continue  # it is gone
        if held:
            yield process, held


def _is_loopback(each: sockdiag.Listed) -> bool:
    return each.own_address.is_loopback or each.address.is_loopback


def _places(sockets: Iterable[sockdiag.Listed], names: Hostnames, now: float) -> tuple[Place, ...]:
    """Say where connected sockets lead; which side began is not told."""
    places = {
        Place(each.protocol, each.port, each.address, next(iter(names.said(each.address, now)), ""))
        for each in sockets
        if not each.listens
    }
    return tuple(sorted(places, key=lambda it: (it.where, it.port))[:MOST_LISTED])


def _ports(sockets: Iterable[sockdiag.Listed]) -> tuple[tuple[Protocol, int], ...]:
    """Say on which ports something can arrive."""
    ports = {(each.protocol, each.own_port) for each in sockets if each.listens and each.own_port}
    return tuple(sorted(ports)[:MOST_LISTED])
