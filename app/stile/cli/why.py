"""`stile why`: which rule decides about a connection, and over which others."""

import socket
from dataclasses import dataclass, replace
from ipaddress import ip_address

from stile import contract, sentences
from stile.cli import applications
from stile.cli.failures import Failed
from stile.cli.show import Output, remark
from stile.client import Firewall
from stile.connections import TCP, Address, Direction, Protocol, Uid
from stile.rules import Action, Policy, Rule, ruling
from stile.scopes import Attempt, Way
from stile.served import Refused


@dataclass(frozen=True, slots=True)
class About:
    """The connection that is asked about."""

    place: str
    """A host name or an address."""
    port: int
    protocol: str
    direction: str
    uid: int

    def attempts(self) -> list[Attempt]:
        """Look at it as rules do: once for each address of a name. Raises Failed."""
        protocol, inward = Protocol.parse(self.protocol), self.direction == Way.IN
        return [
            Attempt(
                protocol=protocol,
                address=address,
                port=0 if inward else self.port,
                own_port=self.port if inward else 0,
                uid=Uid(self.uid),
                direction=Direction(self.direction) if protocol == TCP else None,
                names=frozenset(names),
            )
            for address, names in self._addresses()
        ]

    def _addresses(self) -> list[tuple[Address, list[str]]]:
        try:
            return [(ip_address(self.place), [])]
        except ValueError:
            name = self.place.rstrip(".").casefold()
        try:
            found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except OSError as error:
            raise Failed(f"{name} cannot be looked up: {error.strerror or error}") from None
        return [(each, [name]) for each in dict.fromkeys(ip_address(it[4][0]) for it in found)]


async def why(firewall: Firewall, out: Output, app: str, about: About) -> None:
    """Say what would happen to a connection, by which rule, and which others it stands over."""
    listed = await firewall.rules()
    application = applications.to_decide_about(app, [rule for rule, _ in listed], remark)
    status = await firewall.status()
    networks = frozenset(status.get("networks", ())) if status.get("networks-known") else None
    policy = Policy.of((rule for rule, _ in listed), networks)
    locked = bool(status.get("lockdown", False))
    for asked in about.attempts():
        attempt = await _with_what_is_known(firewall, asked)
        rule = ruling(policy, application, attempt)
        covering = [
            each
            for each in policy.about(application)
            if any(each.scope.covers(attempt, name) for name in (*attempt.names, None))
        ]
        others = [each for each in covering if each is not rule]
        if out.as_json:
            out.record(_words(attempt, rule, others))
            continue
        _say(out, attempt, rule, others)
        if locked and (rule is None or rule.action is Action.ASK):
            out.line("    it is refused, and nobody is asked, for lockdown is on")


async def _with_what_is_known(firewall: Firewall, attempt: Attempt) -> Attempt:
    """Add the names and block lists that the helper knows an address by."""
    try:
        known = await firewall.known(attempt.address, next(iter(attempt.names), ""))
    except Refused as refused:
        if refused.name != contract.ACCESS_DENIED:
            raise
        remark("other names of the address, and block lists, are left out: they are not for you")
        return attempt
    names, lists = frozenset(known["names"]), frozenset(known["lists"])
    return replace(attempt, names=names, lists=lists)


def _say(out: Output, attempt: Attempt, rule: Rule | None, others: list[Rule]) -> None:
    where = f"{attempt.address}" + "".join(f" ({name})" for name in sorted(attempt.names))
    if rule is None:
        out.line(f"{where}: ask, for no rule covers it")
        return
    out.line(f"{where}: {rule.action}, by rule {rule.id} ({_described(rule)})")
    for other in others:
        out.line(f"    it stands over {other.action} by rule {other.id} ({_described(other)})")


def _described(rule: Rule) -> str:
    return f"{rule.application.title}, {sentences.covered(rule.scope) or 'anything'}"


def _words(attempt: Attempt, rule: Rule | None, others: list[Rule]) -> dict[str, object]:
    return {
        "address": str(attempt.address),
        "names": sorted(attempt.names),
        "lists": sorted(attempt.lists),
        "action": str(rule.action) if rule else "ask",
        "rule": rule.id if rule else None,
        "over": [other.id for other in others],
    }
