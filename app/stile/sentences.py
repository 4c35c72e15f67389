"""How things are said to people, the same in the window and in the terminal."""

import socket
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

from stile.connections import ICMP, ICMPV6, Connection, Flow
from stile.language import translate
from stile.questions import About
from stile.rules import Action, Choice, Lifetime, Reach, answer
from stile.scopes import Scope, Way


def verb(action: Action) -> str:
    """Say what an action does: "allowed"."""
    match action:
        case Action.ALLOW:
            return translate("Sentences", "allowed")
        case Action.DENY:
            return translate("Sentences", "denied")
        case Action.DROP:
            return translate("Sentences", "dropped")
        case Action.ASK:
            return translate("Sentences", "asked about")


def locked_down() -> str:
    """Say what lockdown means."""
    return translate("Sentences", "only applications with an allow rule reach the network")


def span(lifetime: Lifetime, until: float) -> str:
    """Say how long something holds: "until Tue 24 Nov 12:30"."""
    match lifetime:
        case Lifetime.ONCE:
            return translate("Sentences", "this connection only")
        case Lifetime.QUIT:
            return translate("Sentences", "until it quits")
        case Lifetime.UNTIL:
            return translate("Sentences", "until {time}").format(
                time=f"{datetime.fromtimestamp(until):%a %-d %b %H:%M}"
            )
        case Lifetime.REBOOT:
            return translate("Sentences", "until the next reboot")
        case Lifetime.FOREVER:
            return translate("Sentences", "forever")


def covered(scope: Scope) -> str:
    """Say what a rule covers: "example.org, port 443 (https), tcp"; empty for everything."""
    words = scope.words
    parts = [words.get("to", "")]
    if "port" in words:
        parts.append(translate("Sentences", "port {port}").format(port=words["port"]))
    parts.append(words.get("protocol", ""))
    if scope.way is Way.IN:
        where = parts.pop(0) or translate("Sentences", "anywhere")
        parts.insert(0, translate("Sentences", "reached from {where}").format(where=where))
    if "user" in words:
        parts.append(translate("Sentences", "user {user}").format(user=words["user"]))
    if "network" in words:
        network = translate("Sentences", "on the network {network}")
        parts.append(network.format(network=words["network"]))
    return ", ".join(part for part in parts if part)


def belongs_to(about: About) -> str:
    """Say what people know an application as: "Firefox, package firefox-esr"."""
    package = ""
    if about.package:
        package = translate("Sentences", "package {name}").format(name=about.package)
    return ", ".join(word for word in (about.name, package) if word)


def started_by(parents: Sequence[str]) -> str:
    """Say what started a process: "make, in xterm"; empty where nobody knows.

    The nearest, and where it all began: what the system's own services started begins below them.
    """
    chain = [name for name in parents if name not in ("systemd", "init")]
    if len(chain) < 2:
        return (chain or list(parents[:1]) or [""])[0]
    return translate("Sentences", "{nearest}, in {first}").format(nearest=chain[0], first=chain[-1])


# -- questions -----------------------------------------------------------------------------


def asked(connection: Connection, *, short: bool = False) -> str:
    """Say who wants what: "curl wants to connect to 192.0.2.1, port 443 (https)".

    A *short* sentence leaves out the address where there is a name.
    """
    return translate("Sentences", "{who} wants to {deed}").format(
        who=connection.application.title, deed=_deed(connection, short=short)
    )


def destination(flow: Flow, name: str = "", *, short: bool = False) -> str:
    """Say where to: "192.0.2.1, port 443 (https)"."""
    both = name if short else f"{name} ({flow.address})"
    where = both if name else str(flow.address)
    if not flow.protocol.has_ports:
        return where
    return translate("Sentences", "{where}, port {port}").format(
        where=where, port=served(flow.port, str(flow.protocol))
    )


def place(connection: Connection) -> str:
    """Say where to, in a few words: "example.org, port 443", or "port 22 from 192.0.2.1"."""
    flow = connection.flow
    where = connection.name or str(flow.address)
    if connection.lookup:
        return translate("Sentences", "name {name}").format(name=where)
    if flow.inbound:
        return translate("Sentences", "port {port} from {where}").format(
            port=flow.source_port, where=where
        )
    if not flow.protocol.has_ports:
        return f"{where}, {flow.protocol}"
    return translate("Sentences", "{where}, port {port}").format(where=where, port=flow.port)


def served(port: int, protocol: str) -> str:
    """Name a port by what is served there: "443 (https)"."""
    service = _service(port, protocol)
    return f"{port} ({service})" if service else str(port)


def _deed(connection: Connection, *, short: bool) -> str:
    flow, name = connection.flow, connection.name
    if connection.lookup:
        return translate("Sentences", "look up {name} (at the name server {address})").format(
            name=name, address=flow.address
        )
    if flow.inbound:
        return translate("Sentences", "accept a connection on port {port} from {address}").format(
            port=served(flow.source_port, "tcp"), address=flow.address
        )
    if flow.protocol in (ICMP, ICMPV6):
        return translate("Sentences", "ping {where}").format(where=name or flow.address)
    where = destination(flow, name, short=short)
    if str(flow.protocol) == "tcp":
        return translate("Sentences", "connect to {where}").format(where=where)
    return translate("Sentences", "send {protocol} packets to {where}").format(
        protocol=str(flow.protocol).upper(), where=where
    )


# -- answers -------------------------------------------------------------------------------


def chosen(choice: Choice) -> str:
    """Say what an answer did: "allowed, until the next reboot"."""
    return f"{verb(choice.action)}, {span(choice.lifetime, choice.until)}"


def answered(connection: Connection, choice: Choice) -> str:
    """Say what was answered: "allowed forever: curl wants to connect to 192.0.2.1, port 443"."""
    once = choice.lifetime is Lifetime.ONCE
    long = translate("Sentences", "once") if once else span(choice.lifetime, choice.until)
    return f"{verb(choice.action)} {long}: {asked(connection)}"


def follows(connection: Connection, choice: Choice, *, decided: bool = True) -> str:
    """Say in words which rule an answer would make, before it is given.

    Where it is not *decided* yet whether to allow or to deny, the sentence leaves that open.
    """
    who = connection.application.title
    if choice.lifetime is Lifetime.ONCE:
        return translate(
            "Sentences",
            "No rule: it is about this connection alone. The next one is asked about again, and "
            "there will be nothing to take back.",
        )
    if choice.lifetime is Lifetime.QUIT:
        sentence = _permission(choice, decided=decided, narrow=False)
        more = translate("Sentences", "Another {who} is asked about.").format(who=who)
        return f"{sentence.format(who=who, span=span(choice.lifetime, 0.0))} {more}"
    scope = answer(connection, choice).scope
    sentence = _permission(choice, decided=decided, narrow=scope.is_narrow, way=scope.way)
    return sentence.format(who=who, span=span(choice.lifetime, choice.until), scope=_reached(scope))


def _permission(choice: Choice, *, decided: bool, narrow: bool, way: Way = Way.OUT) -> str:
    """Say who may what, with places for {who}, {span} and {scope}."""
    texts = _inward() if way is Way.IN else _outward()
    return (texts if narrow else _wholly())[choice.action if decided else None]


def _wholly() -> dict[Action | None, str]:
    return {
        Action.ALLOW: translate("Sentences", "{who} may use the network, {span}."),
        Action.DENY: translate("Sentences", "{who} may not use the network, {span}."),
        Action.DROP: translate(
            "Sentences", "{who} may not use the network, and is not told so, {span}."
        ),
        None: translate("Sentences", "You decide whether {who} may use the network, {span}."),
    }


def _outward() -> dict[Action | None, str]:
    return {
        Action.ALLOW: translate("Sentences", "{who} may reach {scope}, {span}."),
        Action.DENY: translate("Sentences", "{who} may not reach {scope}, {span}."),
        Action.DROP: translate(
            "Sentences", "{who} may not reach {scope}, and is not told so, {span}."
        ),
        None: translate("Sentences", "You decide whether {who} may reach {scope}, {span}."),
    }


def _inward() -> dict[Action | None, str]:
    return {
        Action.ALLOW: translate("Sentences", "{who} may be {scope}, {span}."),
        Action.DENY: translate("Sentences", "{who} may not be {scope}, {span}."),
        Action.DROP: translate(
            "Sentences", "{who} may not be {scope}, and is not told so, {span}."
        ),
        None: translate("Sentences", "You decide whether {who} may be {scope}, {span}."),
    }


def _reached(scope: Scope) -> str:
    """Say where to, also where that is anywhere."""
    if scope.way is Way.IN or "to" in scope.words:
        return covered(scope)
    return f"{translate('Sentences', 'anywhere')}, {covered(scope)}"


def reach(connection: Connection, reached: Reach) -> str:
    """Say how much a reach would cover: "*.example.org"; empty for anywhere."""
    choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=reached)
    return answer(connection, choice).scope.words.get("to", "")


@lru_cache(maxsize=256)
def _service(port: int, protocol: str) -> str:
    try:
        return socket.getservbyport(port, protocol)
    except (OSError, OverflowError):
        return ""
