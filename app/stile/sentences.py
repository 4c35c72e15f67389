"""How things are said to people, the same in the window and in the terminal."""

import socket
from functools import lru_cache

from stile.applications import Application
from stile.connections import ICMP, ICMPV6, Connection, Flow
from stile.questions import About
from stile.rules import Action, Choice, Lifetime

VERBS = {
    Action.ALLOW: "allowed",
    Action.DENY: "denied",
    Action.DROP: "dropped",
    Action.ASK: "asked about",
}
SPANS = {
    Lifetime.ONCE: "this connection only",
    Lifetime.QUIT: "until it quits",
    Lifetime.REBOOT: "until the next reboot",
    Lifetime.FOREVER: "forever",
}


def belongs_to(about: About) -> str:
    """Say what people know an application as: "Firefox, package firefox-esr"."""
    package = f"package {about.package}" if about.package else ""
    return ", ".join(word for word in (about.name, package) if word)


def asked(connection: Connection) -> str:
    """Say who wants what: "curl wants to connect to 192.0.2.1, port 443 (https)"."""
    return f"{connection.application.title} wants to {_deed(connection.flow)}"


def destination(flow: Flow) -> str:
    """Say where to: "192.0.2.1, port 443 (https)"."""
    if not flow.protocol.has_ports:
        return str(flow.address)
    service = _service(flow.port, str(flow.protocol))
    return f"{flow.address}, port {flow.port}" + (f" ({service})" if service else "")


def chosen(choice: Choice) -> str:
    """Say what an answer did: "allowed, until the next reboot"."""
    return f"{VERBS[choice.action]}, {SPANS[choice.lifetime]}"


def answered(connection: Connection, choice: Choice) -> str:
    """Say what was answered: "allowed forever: curl wants to connect to 192.0.2.1, port 443"."""
    span = "once" if choice.lifetime is Lifetime.ONCE else SPANS[choice.lifetime]
    return f"{VERBS[choice.action]} {span}: {asked(connection)}"


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
        case Lifetime.REBOOT:
            return f"All that {application.title} sends is {verb} until the next reboot."
        case Lifetime.FOREVER:
            return f"All that {application.title} sends is {verb} from now on."


def _deed(flow: Flow) -> str:
    if flow.protocol in (ICMP, ICMPV6):
        return f"ping {flow.address}"
    if str(flow.protocol) == "tcp":
        return f"connect to {destination(flow)}"
    return f"send {str(flow.protocol).upper()} packets to {destination(flow)}"


@lru_cache(maxsize=256)
def _service(port: int, protocol: str) -> str:
    try:
        return socket.getservbyport(port, protocol)
    except (OSError, OverflowError):
        return ""
