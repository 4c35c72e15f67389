"""How things are said to people, the same in the window and in the terminal."""

import socket
from datetime import datetime
from functools import lru_cache

from stile.applications import Application
from stile.connections import ICMP, ICMPV6, Connection, Flow
from stile.language import translate
from stile.questions import About
from stile.rules import Action, Choice, Lifetime
from stile.scopes import Scope, Way

VERBS = {
    Action.ALLOW: "allowed",
    Action.DENY: "denied",
    Action.DROP: "dropped",
    Action.ASK: "asked about",
}
SPANS = {
    Lifetime.ONCE: "this connection only",
    Lifetime.QUIT: "until it quits",
    Lifetime.UNTIL: "for a while",
    Lifetime.REBOOT: "until the next reboot",
    Lifetime.FOREVER: "forever",
}


LOCKED_DOWN = "only applications with an allow rule reach the network"


def span(lifetime: Lifetime, until: float) -> str:
    """Say how long something holds: "until Tue 24 Nov 12:30"."""
    if lifetime is Lifetime.UNTIL:
        return f"until {datetime.fromtimestamp(until):%a %-d %b %H:%M}"
    return SPANS[lifetime]


def covered(scope: Scope) -> str:
    """Say what a rule covers: "example.org, port 443 (https), tcp"; empty for everything."""
    words = scope.words
    parts = [words.get("to", "")]
    if "port" in words:
        parts.append(f"port {words['port']}")
    parts.append(words.get("protocol", ""))
    if scope.way is Way.IN:
        parts.insert(0, "reached from " + (parts.pop(0) or "anywhere"))
    if "user" in words:
        parts.append(f"user {words['user']}")
    if "network" in words:
        network = translate("Sentences", "on the network {network}")
        parts.append(network.format(network=words["network"]))
    return ", ".join(part for part in parts if part)


def belongs_to(about: About) -> str:
    """Say what people know an application as: "Firefox, package firefox-esr"."""
    package = f"package {about.package}" if about.package else ""
    return ", ".join(word for word in (about.name, package) if word)


def asked(connection: Connection) -> str:
    """Say who wants what: "curl wants to connect to 192.0.2.1, port 443 (https)"."""
    return f"{connection.application.title} wants to {_deed(connection)}"


def destination(flow: Flow, name: str = "") -> str:
    """Say where to: "192.0.2.1, port 443 (https)"."""
    where = f"{name} ({flow.address})" if name else str(flow.address)
    if not flow.protocol.has_ports:
        return where
    service = _service(flow.port, str(flow.protocol))
    return f"{where}, port {flow.port}" + (f" ({service})" if service else "")


def chosen(choice: Choice) -> str:
    """Say what an answer did: "allowed, until the next reboot"."""
    return f"{VERBS[choice.action]}, {span(choice.lifetime, choice.until)}"


def answered(connection: Connection, choice: Choice) -> str:
    """Say what was answered: "allowed forever: curl wants to connect to 192.0.2.1, port 443"."""
    once = choice.lifetime is Lifetime.ONCE
    long = "once" if once else span(choice.lifetime, choice.until)
    return f"{VERBS[choice.action]} {long}: {asked(connection)}"


def held_for(application: Application, lifetime: Lifetime) -> str:
    """Say how far an answer will reach, before it is given."""
    match lifetime:
        case Lifetime.ONCE:
            return "Your answer holds for this connection only. The next one is asked about again."
        case Lifetime.QUIT:
            return (
                f"Your answer holds for this {application.title}, until it quits. "
                "Another one is asked about."
            )
        case Lifetime.UNTIL:
            return f"Your answer holds for all that {application.title} sends, for a while."
        case Lifetime.REBOOT:
            return (
                f"Your answer holds for all that {application.title} sends, until the next reboot."
            )
        case Lifetime.FOREVER:
            return f"Your answer holds for all that {application.title} sends, from now on."


def follows(application: Application, choice: Choice) -> str:
    """Say what an answer would do: "All that curl sends is allowed until the next reboot."."""
    verb = VERBS[choice.action]
    match choice.lifetime:
        case Lifetime.ONCE:
            return f"This connection is {verb}. The next one is asked about again."
        case Lifetime.QUIT:
            return (
                f"All that this {application.title} sends is {verb} until it quits. "
                "Another one is asked about."
            )
        case Lifetime.UNTIL:
            end = span(choice.lifetime, choice.until)
            return f"All that {application.title} sends is {verb} {end}."
        case Lifetime.REBOOT:
            return f"All that {application.title} sends is {verb} until the next reboot."
        case Lifetime.FOREVER:
            return f"All that {application.title} sends is {verb} from now on."


def _deed(connection: Connection) -> str:
    flow, name = connection.flow, connection.name
    if connection.lookup:
        return f"look up {name} (at the name server {flow.address})"
    if flow.inbound:
        service = _service(flow.source_port, "tcp")
        known = f" ({service})" if service else ""
        return f"accept a connection on port {flow.source_port}{known} from {flow.address}"
    if flow.protocol in (ICMP, ICMPV6):
        return f"ping {name or flow.address}"
    if str(flow.protocol) == "tcp":
        return f"connect to {destination(flow, name)}"
    return f"send {str(flow.protocol).upper()} packets to {destination(flow, name)}"


@lru_cache(maxsize=256)
def _service(port: int, protocol: str) -> str:
    try:
        return socket.getservbyport(port, protocol)
    except (OSError, OverflowError):
        return ""
