"""Four times as much takes four times as long, not sixteen: nobody makes a reader stand still."""

import base64
import json
import struct
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from math import inf
from typing import Any

import pytest
from proc_targets import mangled
from wire_targets import NAMES, STREAM

from stile import ruletext
from stile.applications import spelled
from stile.scopes import Ports, destination
from stiled import (
    blocklists,
    dnsmessages,
    interpreters,
    mounts,
    netlink,
    resolvedmonitor,
    tablewatch,
)
from stiled.deployed import flatpak_info_name
from stiled.dnsstreams import HEADER, Streams

WORTH_MEASURING = 0.02
"""Seconds: below that, the clock says nothing."""
LONGEST = 3.0
"""Seconds for the largest of what can come."""
MORE = 4
GROWTH = 9.0
"""Between 4, which is as it should be, and 16: caches make more take somewhat longer."""
TRIES = 20
"""At most: others use the machine, too, and the quickest of some tries is what it takes."""


def records(count: int, name: bytes = b"\xc0\x0c") -> bytes:
    """An answer with many records, of which the next can point at the one before."""
    head = struct.pack(">6H", 7, 0x8180, 1, count, 0, 0) + NAMES[0] + struct.pack(">HH", 1, 1)
    return head + b"".join(
        name + struct.pack(">HHIHI", 1, 1, 60, 4, number) for number in range(count)
    )


def long_names(count: int) -> bytes:
    """Every record is about the longest name, which is written once."""
    name = b"\1a" * 126 + b"\0"
    head = struct.pack(">6H", 7, 0x8180, 1, count, 0, 0) + name + struct.pack(">HH", 1, 1)
    return head + (b"\xc0\x0c" + struct.pack(">HHIH", 5, 1, 60, 2) + b"\xc0\x0c") * count


def pointers(count: int) -> bytes:
    """A name that is a pointer to a pointer to a pointer."""
    chain = b"".join(struct.pack(">H", 0xC000 | 12 + 2 * at) for at in range(min(count, 8000)))
    return struct.pack(">6H", 7, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c" + chain + chain[-2:] + bytes(10)


def aliases(count: int) -> bytes:
    names = [b"%c%05d\0" % (5, number) for number in range(count + 1)]
    head = struct.pack(">6H", 7, 0x8180, 1, count, 0, 0) + names[0] + struct.pack(">HH", 1, 1)
    return head + b"".join(
        one + struct.pack(">HHIH", 5, 1, 60, len(other)) + other for one, other in pairwise(names)
    )


def segment(number: int, data: bytes) -> bytes:
    return struct.pack(">HHIIBBHHH", 53, 9, number, 0, 5 << 4, 16, 0, 0, 0) + data


def backwards(count: int) -> list[bytes]:
    """A stream in segments of one octet, the last one first."""
    first = segment(1, b"\xff")
    return [first, *(segment(number, b"\xff") for number in range(count, 1, -1))]


def streamed(segments: list[bytes]) -> None:
    streams = Streams()
    for each in segments:
        assert len(each) > HEADER
        streams.take(STREAM, each)


def attributes(octets: bytes) -> None:
    assert sum(1 for _ in netlink.attributes(octets))


def told(octets: bytes) -> None:
    assert not list(tablewatch.foreign(octets))


def table(text: str) -> None:
    with suppress(ValueError):
        ruletext.rules_in(text)


def monitor(count: int) -> bytes:
    raw = base64.b64encode(records(1)[27:]).decode()
    said = {
        "state": "success",
        "question": [{"name": "a.example.org"}],
        "answer": [{"raw": raw}] * count,
    }
    return json.dumps({"parameters": said}).encode()


def parsed_ports(text: str) -> None:
    with suppress(ValueError):
        Ports.parse(text)


def where(text: str) -> None:
    with suppress(ValueError):
        destination(text)


RULE = '[[rule]]\naction = "deny"\nto = "192.0.2.{}"\nport = {}\n'
CASES: dict[str, tuple[Callable[[int], Any], Callable[[Any], object], int]] = {
    "records": (records, dnsmessages.read, 2000),
    "long names": (long_names, dnsmessages.read, 2000),
    "pointers": (pointers, dnsmessages.read, 4000),
    "aliases": (aliases, dnsmessages.read, 1500),
    "segments backwards": (backwards, streamed, 50_000),
    "attributes without length": (bytes, attributes, 100_000),
    "messages without length": (lambda n: b"\0\0\0\0\2\x0a" + bytes(n), told, 100_000),
    "monitor": (monitor, resolvedmonitor.read, 1000),
    "mounts": (
        lambda n: b"".join(
            b"%d 1 8:1 / /%s rw - ext4 x rw\n" % (at, mangled(b"a #\\" * 9)) for at in range(n)
        ),
        lambda table: list(mounts.parsed(table)),
        4000,
    ),
    "a mount of a long name": (
        lambda n: b"1 1 8:1 / /" + b"\\040\\134" * n + b" rw - ext4 x rw\n",
        lambda table: list(mounts.parsed(table)),
        50_000,
    ),
    "a line of a list": (lambda n: ["\u00fc" * n], blocklists.parse, 20_000),
    "labels of a list": (lambda n: ["a." * n], blocklists.parse, 100_000),
    "hosts of a line": (lambda n: ["0.0.0.0 " + "a.b.org " * n], blocklists.parse, 10_000),
    "networks of a list": (
        lambda n: [f"10.{at >> 8 & 255}.{at & 255}.0/24" for at in range(n)],
        lambda lines: blocklists.Blocklist("a", blocklists.parse(lines), bytes(16)),
        4000,
    ),
    "sandbox": (lambda n: "[Application]\n" + "name=a\n b\n" * n, flatpak_info_name, 3000),
    "options": (
        lambda n: [b"python3", *[b"-W", b"x"] * n],
        lambda argv: interpreters.script_of(b"python3", argv),
        20_000,
    ),
    "spelling": (lambda n: b"\xff\n\\" * n, spelled, 10_000),
    "an interpreter's name": (lambda n: b"python" + b"1." * n, interpreters.is_interpreter, 20_000),
    "rules of a file": (
        lambda n: (
            'application = "path:/a"\n' + "".join(RULE.format(at & 255, at + 1) for at in range(n))
        ),
        table,
        100,
    ),
    "a wrong rule at the end": (
        lambda n: 'application = "path:/a"\n' + RULE.format(1, 1) * n + "[[rule]]\n",
        table,
        2000,
    ),
    "ports": (lambda n: ",".join(str(at % 60000 + 1) for at in range(n)), parsed_ports, 5000),
    "a destination": (lambda n: "*." * n + "org", where, 50_000),
    "a foreign destination": (lambda n: "\u00fc" * n, where, 20_000),
}


@pytest.mark.parametrize("name", CASES)
def test_four_times_as_much_takes_not_much_more_than_four_times_as_long(name: str) -> None:
    make, read, size = CASES[name]
    less, more = make(size // 2), make(size // 2 * MORE)
    first = second = inf

    for each in range(TRIES):
        first, second = min(first, _takes(read, less)), min(second, _takes(read, more))
        is_steady = second < max(first * GROWTH, WORTH_MEASURING)
        if is_steady and second < LONGEST and each:
            return

    pytest.fail(f"{first:.3f} s, then {second:.3f} s")


def _takes(read: Callable[[Any], object], made: Any) -> float:  # noqa: ANN401 # whatever is read
    """Give the processor's seconds."""
    start = time.process_time()
    read(made)
    return time.process_time() - start
