"""What a system does by itself, and the rules that are proposed for it on the first run.

The catalogue stands in services.toml beside this. A proposal is narrow: the ports and protocols
that the service needs, and nothing of what else its program might do.
"""

import socket
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from stile import sentences
from stile.applications import Application
from stile.applications import Kind as Identity
from stile.language import translate
from stile.learned import Place, Running
from stile.rules import Action, Rule
from stile.scopes import LocalNetwork, Scope

CATALOGUE = "services.toml"


class Kind(StrEnum):
    """What a service is for, in the order in which people should see it."""

    NAMES = "names"
    ADDRESS = "address"
    TIME = "time"
    UPDATES = "updates"
    FIRMWARE = "firmware"
    DISCOVERY = "discovery"
    PRINTING = "printing"


def purpose(kind: Kind) -> str:
    """Say what services of a kind do."""
    match kind:
        case Kind.NAMES:
            return translate("Services", "Looks up host names for everybody")
        case Kind.ADDRESS:
            return translate("Services", "Gets this machine its address")
        case Kind.TIME:
            return translate("Services", "Sets the clock")
        case Kind.UPDATES:
            return translate("Services", "Fetches software and updates")
        case Kind.FIRMWARE:
            return translate("Services", "Fetches firmware updates")
        case Kind.DISCOVERY:
            return translate("Services", "Finds devices on the local network")
        case Kind.PRINTING:
            return translate("Services", "Prints on the local network")


@dataclass(frozen=True, slots=True)
class Service:
    """An entry of the catalogue."""

    kind: Kind
    name: str
    applications: tuple[Application, ...]
    scopes: tuple[Scope, ...]


def reach(service: Service) -> str:
    """Say in words what it may reach: "name servers, web servers"."""
    return ", ".join(dict.fromkeys(map(_reached, service.scopes)))


def _reached(scope: Scope) -> str:
    known = _servers().get(str(scope.ports))
    if known is None:
        return sentences.covered(scope)
    if isinstance(scope.destination, LocalNetwork):
        return translate("Services", "{servers} on the local network").format(servers=known)
    return known


def _servers() -> dict[str, str]:
    """How those are called that listen on some ports."""
    return {
        "dns": translate("Services", "name servers"),
        "time": translate("Services", "time servers"),
        "123": translate("Services", "time servers"),
        "67,547": translate("Services", "address servers (DHCP)"),
        "80": translate("Services", "web servers"),
        "443": translate("Services", "web servers"),
        "80,443": translate("Services", "web servers"),
        "print": translate("Services", "printers"),
        "5353": translate("Services", "devices (mDNS)"),
        "5353,5355": translate("Services", "devices (mDNS, LLMNR)"),
    }


def place(reached: Place) -> str:
    """Say where an application went: "example.org, port 443 (https)"."""
    where = reached.where
    if reached.lookup:
        text = translate("Services", "looked up {name} at {address}")
        return text.format(name=where, address=reached.address)
    if not reached.port:
        return f"{where}, {reached.protocol}"
    served = _served(reached.port, str(reached.protocol))
    port = f"{reached.port} ({served})" if served else str(reached.port)
    if reached.inbound:
        text = translate("Services", "port {port} from {where}")
        return text.format(port=port, where=where)
    return translate("Services", "{where}, port {port}").format(where=where, port=port)


@lru_cache(maxsize=256)
def _served(port: int, protocol: str) -> str:
    try:
        return socket.getservbyport(port, protocol)
    except (OSError, OverflowError):
        return ""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A service that this system has."""

    service: Service
    application: Application
    is_running: bool
    """Whether it uses the network at this moment."""
    is_decided: bool
    """Whether a rule about it is there: nothing is proposed then."""

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules that would be made."""
        note = f"{self.service.name}, proposed on the first run"
        return tuple(
            Rule(self.application, Action.ALLOW, note=note, scope=scope)
            for scope in self.service.scopes
        )


@cache
def catalogue() -> tuple[Service, ...]:
    """Read the catalogue that comes with Stile."""
    text = resources.files("stile").joinpath(CATALOGUE).read_text(encoding="utf-8")
    return parsed(tomllib.loads(text))


def parsed(table: dict[str, Any]) -> tuple[Service, ...]:
    """Read a catalogue. Raises ValueError, KeyError."""
    return tuple(
        Service(
            Kind(each["kind"]),
            each["name"],
            (
                *(Application(Identity.PATH, path) for path in each.get("programs", ())),
                *(Application(Identity.SCRIPT, path) for path in each.get("scripts", ())),
            ),
            tuple(Scope.parse(words) for words in each["reaches"]),
        )
        for each in table["service"]
    )


def proposals(
    running: Iterable[Running],
    rules: Iterable[Rule],
    services: Sequence[Service] | None = None,
    real: Callable[[str], str] | None = None,
) -> list[Proposal]:
    """Say which services this system has, those of a kind together.

    *real* gives the file that a path leads to, or nothing: by that the helper knows a program.
    """
    found = {each.application for each in running}
    decided = {rule.application for rule in rules if rule.enabled}
    made: dict[Application, Proposal] = {}
    for service in catalogue() if services is None else services:
        for named in service.applications:
            path = (real or _real)(named.name)
            application = Application(named.kind, path) if path else named
            if path or application in found:
                made.setdefault(
                    application,
                    Proposal(service, application, application in found, application in decided),
                )
    order = list(Kind)
    return sorted(made.values(), key=lambda it: (order.index(it.service.kind), it.service.name))


def _real(path: str) -> str:
    found = Path(path)
    return str(found.resolve()) if found.exists() else ""
