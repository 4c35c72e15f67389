"""Every method of the contract, called with what no program of ours would say, by root and nobody.

The real helper answers each call with a result or a refusal, lives on, keeps its memory, and is
changed by nobody who may not.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from random import Random
from typing import Any, TypeAlias

import psutil
import pytest
from dbus_next import introspection
from dbus_next.message import Message
from dbus_next.signature import SignatureTree, SignatureType, Variant
from file_targets import APPLICATIONS, TO, TO_ODD
from fuzzing import BIG, spoilt_text
from other_users import done_as
from worlds import World, why_not, world  # type: ignore[import-not-found,unused-ignore]

from stile import contract
from stile.client import connect
from stile.settings import Settings

Call: TypeAlias = tuple[str, str, list[Any]]

NOBODY = 65534
CALLS = 250
"""By each of both: some seconds."""
PATIENCE = 30.0
MOST_GROWTH = 64 << 20
LARGE = "x" * 200_000
LASTING = frozenset({"Lockdown", "Learn", "Pause"})
"""What root's calls leave alone: it changes what the other calls do."""
KEYS = (
    *("application", "action", "lifetime", "note", "scope", "until", "enabled", "children", "id"),
    *("origin", "reach", "this-port", "place", "every", "nonsense", "", *Settings().values),
)
WORDS = (
    *(
        "allow",
        "deny",
        "drop",
        "ask",
        "once",
        "forever",
        "quit",
        "reboot",
        "until",
        "reached",
        "forget",
    ),
    *("anywhere", "host", "domain", "192.0.2.1", "::1", "1e999", "", "../../etc/passwd", LARGE),
    *(*APPLICATIONS, *TO, *TO_ODD, "true", "type:vpn", "any", "1-65535"),
)


@pytest.fixture(scope="module")
def helped() -> Iterator[World]:
    if reason := why_not():
        pytest.skip(reason)
    with world() as made:
        made.helper = made.stiled()
        yield made


def methods() -> list[introspection.Method]:
    node = introspection.Node.parse(contract.interface(contract.FIREWALL))
    return [method for interface in node.interfaces for method in interface.methods]


def text(random: Random) -> str:
    said = random.choice(WORDS)
    said = spoilt_text(random, said) if random.randint(0, 2) == 0 else said
    return re.sub("[\ud800-\udfff\0]", "", said)


def value(random: Random, kind: SignatureType, depth: int = 0) -> Any:  # noqa: ANN401 # of the bus
    match which := kind.token:
        case "s":
            return text(random)
        case "o":
            return random.choice(("/", "/org/stile/Agent", "/" + "a" * 5000))
        case "b":
            return random.choice((True, False))
        case "d":
            return random.choice((0.0, -1.0, 1e308, float("nan"), float("inf"), 1.9e9))
        case "y" | "n" | "q" | "i" | "u" | "x" | "t":
            bits = {"y": 8, "n": 15, "q": 16, "i": 31, "u": 32, "x": 63, "t": 64}[which]
            return random.choice(BIG) % (1 << bits)
        case "v":
            return variant(random, depth + 1)
        case "(":
            return [value(random, each, depth + 1) for each in kind.children]
        case "a" if kind.children[0].token in ("{",):
            _, held = kind.children[0].children
            return {
                random.choice(KEYS): value(random, held, depth + 1)
                for _ in range(random.randint(0, 6))
            }
        case "a":
            count = random.choice((0, 1, 2, 3, 600 if depth == 0 else 4))
            return [value(random, kind.children[0], depth + 1) for _ in range(count)]
    raise AssertionError(which)


def variant(random: Random, depth: int) -> Variant:
    kinds = ("s", "s", "s", "b", "u", "d", "t", "i", "as", "a{ss}", "a{sv}", "(ss)", "v")
    kind = random.choice(kinds if depth < 6 else kinds[:7])
    if kind == "a{ss}":
        keys = ("to", "port", "protocol", "direction", "user", "network", "nonsense")
        words = {random.choice(keys): text(random) for _ in range(random.randint(0, 4))}
        return Variant(kind, words)
    return Variant(kind, value(random, SignatureTree(kind).types[0], depth))


def call(random: Random, wanted: Sequence[introspection.Method]) -> Call:
    method = random.choice(wanted)
    signature = method.in_signature
    if random.randint(0, 9) == 0:
        signature = random.choice(("", "s", "a{sv}", "aaaas", "v", "(((s)))"))
    body = [value(random, each) for each in SignatureTree(signature).types]
    if method.name in ("AddRule", "ApplyRules", "ChangeRule") and random.choice((True, False)):
        body = [sensible(random, each) for each in body]
    return method.name, signature, body


def sensible(random: Random, given: Any) -> Any:  # noqa: ANN401 # of the bus
    """Put what a rule needs into tables, so that some are one."""
    if isinstance(given, list):
        return [sensible(random, each) for each in given]
    if not isinstance(given, dict):
        return given
    who = Variant("s", random.choice(APPLICATIONS[:8]))
    return {**given, "application": who, "action": Variant("s", random.choice(WORDS[:4]))}


def said_to(world: World, uid: int, wanted: Sequence[Call]) -> list[tuple[str, str]]:
    """Make calls from a process of that user; gives the name of each error and its text."""
    said = done_as(uid, _told(world.bus, wanted))
    assert said, "the caller broke down, or was not answered"
    return [(error, words) for error, words in json.loads(said)]


async def _told(bus: str, wanted: Sequence[Call]) -> str:
    return json.dumps(await _made(bus, wanted))


async def _made(bus: str, wanted: Sequence[Call]) -> list[tuple[str, str]]:
    joined = await connect(bus)
    answers = []
    for member, signature, body in wanted:
        where = (contract.BUS_NAME, contract.PATH, contract.FIREWALL, member)
        message = Message(*where, signature=signature, body=body)
        reply = await asyncio.wait_for(joined.call(message), PATIENCE)
        assert reply is not None
        answers.append((reply.error_name or "", str(reply.body[0]) if reply.error_name else ""))
    joined.disconnect()
    return answers


def state(helped: World) -> object:
    """What a call could have changed on disk."""
    places = (helped.home / "etc", helped.home / "usr", helped.home / "var")
    files = [each for place in places for each in sorted(place.rglob("*")) if each.is_file()]
    return [(each, each.read_bytes()) for each in files]


@pytest.mark.parametrize("uid", [NOBODY, 0])
def test_whatever_is_said_is_answered(helped: World, uid: int) -> None:
    random = Random(f"{uid}")  # noqa: S311 # no secret
    wanted = [each for each in methods() if uid or each.name not in LASTING]
    made = [call(random, wanted) for _ in range(CALLS)]
    said_to(helped, uid, made[:20])
    helper = psutil.Process(helped.helper.process.pid)
    before, grown = state(helped), helper.memory_info().rss

    answers = said_to(helped, uid, made)

    wrong = [
        (each, error, words)
        for each, (error, words) in zip(made, answers, strict=True)
        if "internal error" in words or "NoReply" in error
    ]
    log = (helped.home / "stiled.log").read_text()
    assert not wrong, f"{str(wrong[0])[:1000]}\n{log[-3000:]}"
    assert "Traceback" not in log, log[log.find("Traceback") - 300 :][:3000]
    assert helper.memory_info().rss - grown < MOST_GROWTH
    if uid:
        assert state(helped) == before
    assert said_to(helped, NOBODY, [("Status", "", [])]) == [("", "")]
