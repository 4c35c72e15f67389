"""Random policies, and what they are tried on: for tests of the real kernel."""

import time

from ground import NOBODY, ONE, PLACES, ROOT, TWO, USER
from hypothesis import strategies as st

from stile.applications import EVERYBODY, Application
from stile.connections import ICMP, ICMPV6, TCP, UDP, UDPLITE, Address, Protocol, Uid
from stile.rules import Action, Lifetime, Rule
from stile.scopes import Scope

OWN_PORTS = [53, 5000]
DESTINATIONS = [
    *("any", "local", "192.0.2.1", "192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25"),
    *("192.0.2.2-192.0.2.140", "0.0.0.0/0", "10.0.0.0/8", "10.78.0.2", "::/0"),
    *("2001:db8::/32", "2001:db8::/64", "2001:db8::1", "2001:db8::1-2001:db8::9", "fd78::2"),
]
MORE = 4
"""How often each of more destinations is drawn for one of the usual."""
PORTS = ["any", "53", "80", "443", "80,443", "1-100", "400-500", "5000", "web", "dns"]


@st.composite
def scopes(draw: st.DrawFn, destinations: tuple[str, ...] = (), ways: str = "out out in") -> Scope:
    """Draw a scope; with *destinations* some of those are drawn as well."""
    protocol = draw(st.sampled_from(["any", "any", "tcp", "udp", "icmp", "udplite"]))
    has_ports = protocol != "icmp"
    words = {
        "to": draw(st.sampled_from([*DESTINATIONS, *destinations * MORE])),
        "protocol": protocol,
        "port": draw(st.sampled_from(PORTS)) if has_ports else "any",
        "direction": draw(st.sampled_from(ways.split())),
        "user": draw(st.sampled_from(["any", "any", "any", "0", str(USER)])),
    }
    return Scope.parse(words)


@st.composite
def rules(draw: st.DrawFn, narrow: st.SearchStrategy[Scope] | None = None) -> Rule:
    """Draw a rule; three of four are about what is *narrow*."""
    each = scopes() if narrow is None else narrow
    timed = draw(st.integers(0, 5)) == 0
    return Rule(
        application=draw(st.sampled_from([ONE, ONE, TWO, EVERYBODY])),
        action=draw(st.sampled_from(list(Action))),
        scope=draw(st.one_of(st.just(Scope()), each, each, each)),
        lifetime=Lifetime.UNTIL if timed else Lifetime.FOREVER,
        until=time.time() + 3600 if timed else 0.0,
    )


@st.composite
def connections(draw: st.DrawFn) -> tuple[Application, Uid, Protocol, Address, int, int]:
    place = draw(st.sampled_from(PLACES))
    ping = ICMP if place.version == 4 else ICMPV6
    protocol = draw(st.sampled_from([TCP, TCP, UDP, UDP, UDPLITE, ping]))
    port = draw(st.sampled_from([22, 53, 80, 443, 8080])) if protocol.has_ports else 0
    own = draw(st.sampled_from(OWN_PORTS)) if protocol in (UDP, UDPLITE) else 0
    who = draw(st.sampled_from([ONE, ONE, TWO, NOBODY]))
    return who, draw(st.sampled_from([ROOT, USER])), protocol, place, port, own
