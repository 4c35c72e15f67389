"""How things are said to people, the same in the window and in the terminal."""

import socket
from functools import lru_cache

from stile.connections import ICMP, ICMPV6, Connection, Flow
from stile.rules import Action, Choice, Lifetime

VERBS = {
    Action.ALLOW: "allowed",
    Action.DENY: "denied",
    Action.DROP: "dropped",
    Action.ASK: "asked about",
}
SPANS = {
    Lifetime.ONCE: "this connection only",
    Lifetime.REBOOT: "until the next reboot",
    Lifetime.FOREVER: "forever",
}


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
