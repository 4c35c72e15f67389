"""A chain that is changed over netlink is the chain that nft(8) would have loaded."""

import json
import subprocess
import time
from collections.abc import Iterable
from ipaddress import ip_address, ip_network
from typing import Any

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from stile.applications import EVERYBODY, KERNEL, Application
from stile.rules import Action, Lifetime, Policy, Rule
from stile.scopes import Scope
from stiled import netfilter
from stiled.backends import Entry, Networks
from stiled.chains import SHARED, Chain, chain_of, common_chains
from stiled.classes import ClassId
from stiled.netfilter import Netfilter
from stiled.ruleset import Queue

APP = Application.parse("path:/usr/bin/app")
CLASS, NAME = ClassId(0x5713_0001), "app1"
COMMON = [*SHARED.values(), "everybody", "kernel"]
LISTS: dict[str, Networks] = {
    "ads": {4: [ip_network("203.0.113.0/24")], 6: [ip_network("2001:db8:bad::/48")]},
    "empty": {4: [], 6: []},
}

DESTINATIONS = [
    *("any", "local", "192.0.2.1", "192.0.2.0/24", "192.0.2.2-192.0.2.140", "0.0.0.0/0", "::/0"),
    *("2001:db8::/32", "2001:db8::1", "2001:db8::1-2001:db8::9", "0.0.0.0-127.255.255.255"),
    *("example.org", "*.example.org", "list:ads", "list:empty"),
]
PROTOCOLS = ["any", "any", "tcp", "udp", "sctp", "icmp", "ip-47"]
PORTS = ["any", "53", "80,443", "1-100", "1-65535", "65535", "web", "80,400-500,7000"]


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    protocol = draw(st.sampled_from(PROTOCOLS))
    has_ports = protocol in ("any", "tcp", "udp", "sctp")
    words = {
        "to": draw(st.sampled_from(DESTINATIONS)),
        "protocol": protocol,
        "port": draw(st.sampled_from(PORTS)) if has_ports else "any",
        "direction": draw(st.sampled_from(["both", "out", "in"])),
        "user": draw(st.sampled_from(["any", "any", "0", "1000", "4294967294"])),
    }
    scope = Scope() if draw(st.integers(0, 5)) == 0 else Scope.parse(words)
    who = draw(st.sampled_from([APP, APP, APP, EVERYBODY, KERNEL]))
    actions = [each for each in Action if who != KERNEL or each is not Action.ASK]
    timed = draw(st.integers(0, 3)) == 0
    return Rule(
        who,
        draw(st.sampled_from(actions)),
        scope=scope,
        lifetime=Lifetime.UNTIL if timed else Lifetime.FOREVER,
        until=time.time() + 3600 if timed else 0.0,
    )


def chains(said: Iterable[Rule], *, ask_in: bool) -> list[Chain]:
    policy = Policy.of(said)
    own = chain_of(policy, APP, NAME, ask_in=ask_in)
    return [own, *common_chains(policy)]


def entries(written: Iterable[Chain]) -> list[Entry]:
    """Something that stands in the sets of names."""
    addresses = [ip_address("192.0.2.7"), ip_address("2001:db8::7")]
    return [
        Entry(pair, address, 600.0)
        for chain in written
        for pair in (*chain.names, *filter(None, [chain.judged]))
        for address in addresses
    ]


def there() -> tuple[dict[str, Any], dict[str, Any]]:
    """What nft lists: the rules of each chain that rules can change, and every set."""
    known = [entry["chain"]["name"] for entry in listed("chains", "inet") if "chain" in entry]
    own = [name for name in known if name in COMMON or name.startswith(NAME)]
    found = {
        name: [
            entry["rule"]["expr"]
            for entry in listed("chain", "inet", "stile", name)
            if "rule" in entry
        ]
        for name in own
    }
    sets = {
        each["name"]: without_times(each)
        for entry in listed("sets", "inet")
        if (each := entry.get("set"))
    }
    return found, sets


def listed(*what: str) -> list[dict[str, Any]]:
    done = subprocess.run(["nft", "--json", "list", *what], capture_output=True, check=True)
    return list(json.loads(done.stdout)["nftables"])


def without_times(table_set: dict[str, Any]) -> dict[str, Any]:
    elements = [
        each["elem"]["val"] if isinstance(each, dict) and "elem" in each else each
        for each in table_set.get("elem", [])
    ]
    return table_set | {"handle": 0, "elem": sorted(map(json.dumps, elements))}


EVERY_WORD = [
    Rule(APP, Action.ALLOW, scope=Scope.parse({"to": "*.example.org", "port": "web"})),
    Rule(APP, Action.DENY, scope=Scope.parse({"to": "list:ads"})),
    Rule(APP, Action.DROP, scope=Scope.parse({"port": "1-100", "direction": "in", "user": "1000"})),
]


@example(former=[], said=EVERY_WORD, ask_in=True)
@example(former=EVERY_WORD, said=[], ask_in=False)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    former=st.lists(rules(), max_size=4), said=st.lists(rules(), max_size=6), ask_in=st.booleans()
)
def test_a_changed_chain_is_what_a_load_would_have_made_of_it(
    own_namespace: None, former: list[Rule], said: list[Rule], *, ask_in: bool
) -> None:
    table = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"), ask_in=ask_in)
    new, old = chains(said, ask_in=ask_in), chains(former, ask_in=ask_in)
    table.load({CLASS: NAME}, new, entries(new), LISTS)
    loaded = there()

    table.load({CLASS: NAME}, old, entries(old), LISTS)
    table.change({CLASS: NAME}, [], new, entries(new))

    assert there() == loaded
