"""What comes over the network and from the kernel: packets, DNS, netlink, notes, events."""

import base64
import json
import struct
from ipaddress import IPv4Address, IPv6Address
from random import Random
from typing import Any

import dns.message
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from fuzzing import BIG, Target, WrongGrant, octets, spoilt

from stile.connections import ICMP, ICMPV6, TCP, UDP, WITH_PORTS, Address, Flow, Protocol
from stiled import (
    counters,
    dnsmessages,
    netlink,
    notes,
    resolvedmonitor,
    senders,
    sockdiag,
    tablewatch,
)
from stiled.dnsstreams import MOST_AHEAD, MOST_STREAMS, Streams
from stiled.dnswire import DnsWire, looked_up
from stiled.fanotify import EVENT, execution
from stiled.hostnames import Answer
from stiled.packets import read

NEAR, FAR = IPv4Address("192.0.2.9"), IPv4Address("198.51.100.1")
NEAR6, FAR6 = IPv6Address("2001:db8::9"), IPv6Address("2001:db8::1")
PROTOCOLS = (0, 1, 6, 6, 17, 17, 43, 44, 47, 50, 51, 58, 59, 60, 132, 135, 136, 255)
EXTENSIONS = (0, 43, 44, 51, 60, 135)
SERVER = IPv4Address("192.0.2.53")


# -- packets ---------------------------------------------------------------------------------


def body(random: Random, protocol: int) -> bytes:
    ports = struct.pack(">HH", random.choice((0, 53, 1024, 65535)), random.choice((53, 443, 0)))
    if protocol == 6:
        flags = random.choice((2, 0x12, 0x10, 0))
        return ports + struct.pack(">IIBBHHH", 1, 0, 5 << 4, flags, 0, 0, 0) + octets(random)
    if protocol in (1, 58):
        return bytes([random.choice((0, 8, 128, 129)), 0]) + octets(random, 12)
    if protocol == 17:
        return ports + struct.pack(">HH", 8, 0) + random.choice((octets(random), query(random)))
    return ports + octets(random)


def packet4(random: Random) -> bytes:
    options = octets(random, 40)
    options = options[: len(options) & ~3]
    protocol = random.choice(PROTOCOLS)
    inner = body(random, protocol)
    words = random.choice((5 + len(options) // 4,) * 6 + (0, 1, 4, 15))
    length = random.choice((20 + len(options) + len(inner),) * 6 + (0, 20, 21, 65535))
    offset = random.choice((0, 0, 0, 0, 1, 0x2000, 0x1FFF, 0x4000))
    start = struct.pack(">BBHHHBBH", 4 << 4 | words, 0, length, 1, offset, 64, protocol, 0)
    return start + NEAR.packed + FAR.packed + options + inner


def packet6(random: Random) -> bytes:
    protocol = random.choice(PROTOCOLS)
    chain, following = b"", protocol
    inner = body(random, protocol)
    for _ in range(random.choice((0, 0, 1, 2, 5))):
        kind = random.choice(EXTENSIONS)
        size = random.choice((0, 0, 1, 3, 40, 255))
        if kind == 44:
            offset = random.choice((0, 0, 1, 8, 0xFFF8))
            chain = struct.pack(">BBHI", following, 0, offset, 7) + chain
        else:
            room = (size + 2) * 4 if kind == 51 else (size + 1) * 8
            chain = bytes([following, size]) + bytes(room - 2) + chain
        following = kind
    length = random.choice((len(chain) + len(inner), 0, 65535))
    start = struct.pack(">IHBB", 6 << 28, length & 0xFFFF, following, 64)
    return start + NEAR6.packed + FAR6.packed + chain + inner


def packet(random: Random) -> bytes:
    whole = random.choice((packet4, packet6))(random)
    return spoilt(random, whole)[: random.choice((512, 512, 512, 64, 24))]


def strictly_read(data: bytes) -> tuple[Flow, bytes] | None:  # noqa: C901 # in one piece, to be compared
    """A second reader, that gives nothing where anything is missing: flow, and what it carries."""
    version = data[0] >> 4 if data else 0
    is_first = True
    if version == 4:
        size = (data[0] & 15) * 4
        if size < 20 or len(data) < size:
            return None
        ends: tuple[Address, Address] = (IPv4Address(data[12:16]), IPv4Address(data[16:20]))
        number, rest = data[9], data[size:]
        is_first = (data[6] << 8 | data[7]) % 0x2000 == 0
    elif version == 6:
        if len(data) < 40:
            return None
        ends = IPv6Address(data[8:24]), IPv6Address(data[24:40])
        number, rest = data[6], data[40:]
        while is_first and number in EXTENSIONS:
            if len(rest) < 8:
                return None
            size = {44: 8, 51: rest[1] * 4 + 8}.get(number, rest[1] * 8 + 8)
            if number == 44:
                is_first = (rest[2] << 8 | rest[3]) < 8
            if len(rest) < size:
                return None
            number, rest = rest[0], rest[size:]
    else:
        return None
    protocol, rest = Protocol(number), rest if is_first else b""
    source_port = port = 0
    if is_first and protocol in WITH_PORTS:
        if len(rest) < 4:
            return None
        source_port, port = rest[0] << 8 | rest[1], rest[2] << 8 | rest[3]
    if len(rest) >= 6 and (protocol, rest[0]) in ((ICMP, 8), (ICMPV6, 128)):
        source_port = rest[4] << 8 | rest[5]
    answers = protocol == TCP and len(rest) > 13 and rest[13] & 2 > 0 and rest[13] & 16 > 0
    return Flow(protocol, ends[0], source_port, ends[1], port, answers), rest


def check_packet(data: bytes) -> None:
    found, wanted = read(data), strictly_read(data)
    if found is None:
        return
    if found != wanted:
        raise WrongGrant(f"{found} where a strict reader has {wanted}")
    name = looked_up(*found)
    if name and name not in _asked(wanted[1][8:]):
        raise WrongGrant(f"the lookup of {name!r} in {wanted[1]!r}")


def _asked(message: bytes) -> set[str]:
    asked = dnsmessages.read(message)
    return {asked[0].name} if asked else set()


ROUTED_LOOKUP = (
    struct.pack(">IHBB", 6 << 28, 8 + 24 + 8 + 17, 43, 64)
    + NEAR6.packed
    + FAR6.packed
    + bytes([17, 4, 4, 0, 0, 0, 0, 0])
    + struct.pack(">6H", 7, 0, 1, 0, 0, 0)
    + b"\4good\7example\0\0\1\0\1"[:20].ljust(20, b"\0")
    + struct.pack(">HHHH", 1024, 53, 8, 0)
    + struct.pack(">6H", 7, 0, 1, 0, 0, 0)
    + b"\4evil\7example\0\0\1\0\1"
)
"""The header of a route that reads like a lookup of another name than the one that follows."""


# -- DNS -------------------------------------------------------------------------------------

NAMES = (b"\1a\7example\3org\0", b"\3www\7example\3org\0", b"\1b\0", b"\0", b"\4A-\xff\n\1B\0")


def query(random: Random) -> bytes:
    return struct.pack(">6H", 7, 0, 1, 0, 0, 0) + random.choice(NAMES) + struct.pack(">HH", 1, 1)


def record(random: Random) -> bytes:
    name = random.choice((*NAMES, b"\xc0\x0c", b"\xc0\x0c", b"\xc0\x0c", b"\xc0\x00", b"\xff\xff"))
    kind = random.choice((1, 1, 28, 28, 5, 5, 2, 16, 41, 46, 64, 250, 255, 65535))
    cls = random.choice((1, 1, 1, 1, 1, 3, 4, 254, 255, 77))
    content = {1: octets(random, 4).ljust(4, b"\1"), 28: octets(random, 16).ljust(16, b"\2")}.get(
        kind, random.choice((*NAMES, b"\xc0\x0c", octets(random)))
    )
    content = random.choice((content, content, content, octets(random)))
    length = random.choice((len(content),) * 8 + (0, 65535))
    ttl = random.choice((0, 1, 60, 0x7FFFFFFF, 0xFFFFFFFF))
    return name + struct.pack(">HHIH", kind, cls, ttl, length) + content


def answer(random: Random) -> bytes:
    records = [record(random) for _ in range(random.choice((0, 1, 1, 2, 3, 8)))]
    count = random.choice((len(records),) * 6 + (0, 65535))
    flags = random.choice((0x8000, 0x8180, 0x8180, 0x8183, 0x8200, 0xA800, 0))
    questions = random.choice((1, 1, 1, 1, 1, 0, 2))
    head = struct.pack(">6H", random.choice((7, 0)), flags, questions, count, 0, 0)
    asked = random.choice(NAMES) + struct.pack(">HH", random.choice((1, 28, 5, 255)), 1)
    return head + asked * questions + b"".join(records)


def message(random: Random) -> bytes:
    return spoilt(random, random.choice((answer, answer, answer, query))(random))


def check_message(data: bytes) -> None:
    asked, said = dnsmessages.read(data) or (None, None)
    if asked is None or said is None:
        return
    if said.name != asked.name:
        raise WrongGrant(f"{said.name!r} was not asked for")
    for address, ttl in said.addresses.items():
        kind = b"\0\1\0\1" if address.version == 4 else b"\0\x1c\0\1"
        if address.packed not in data or kind not in data:
            raise WrongGrant(f"nobody has said {address}")
        assert 0 <= ttl <= 0xFFFFFFFF
    if said.addresses and data[3] & 15:
        raise WrongGrant("it says that there is none")
    check_with_another(data, asked, said)


for _kind in dns.rdatatype.A, dns.rdatatype.AAAA:
    # who first meets them in the class "any" does not know them in the internet's either
    dns.rdata.get_rdata_class(dns.rdataclass.IN, _kind)  # type: ignore[no-untyped-call]


def check_with_another(data: bytes, asked: dnsmessages.Query, said: Answer) -> None:
    """Have dnspython read it, too: where it can, ours has nothing that it has not."""
    try:
        read = dns.message.from_wire(data, ignore_trailing=True)
    except Exception:  # noqa: BLE001 # it raises many things, and is not what is tried here
        return
    if asked.name != read.question[0].name.to_text(omit_final_dot=True).lower():
        raise WrongGrant(f"{asked.name!r} was not asked for")
    addresses = {
        str(each.address)
        for records in read.answer
        if records.rdclass == 1 and records.rdtype in (1, 28)
        for each in records
        if hasattr(each, "address")
    }
    if not {str(address) for address in said.addresses} <= addresses:
        raise WrongGrant(f"{said} where another reader has {addresses}")


CHAOS = (
    struct.pack(">6H", 7, 0x8180, 1, 1, 0, 0)
    + b"\1a\0\0\1\0\1\1a\0\0\1\0\3\0\0\0\0"
    + b"\0\5\1b\0\0\7"
)
OTHER_CLASS = CHAOS[:29] + b"\0\7" + CHAOS[31:]


class _Clock:
    """Enough of a loop for what tells the time by it."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return self.now


def wire(random: Random) -> list[tuple[bytes, bool]]:
    """Packets that pass: questions and answers, each perhaps spoilt."""
    passed: list[tuple[bytes, bool]] = []
    for _ in range(random.randint(1, 6)):
        asks = random.choice((True, False))
        inner = (query if asks else answer)(random)
        ports = (1024, 53) if asks else (53, 1024)
        ends = (NEAR, SERVER) if asks else (random.choice((SERVER, SERVER, FAR)), NEAR)
        if random.choice((True, True, False)):
            number, segment = 17, struct.pack(">HHHH", *ports, 8 + len(inner), 0) + inner
        else:
            framed = len(inner).to_bytes(2, "big") + inner
            sequence, flags = random.choice((1, 2, 0xFFFFFFFF)), random.choice((2, 16, 18))
            start = struct.pack(">HHIIBBHHH", *ports, sequence, 0, 5 << 4, flags, 0, 0, 0)
            number, segment = 6, start + framed
        head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, number, 0)
        whole = head + ends[0].packed + ends[1].packed + segment
        passed.append((spoilt(random, whole), asks))
    return passed


def check_wire(passed: list[tuple[bytes, bool]]) -> None:
    seen = DnsWire(lambda: {SERVER})
    learned: list[Any] = []
    seen.listen(_Clock(), learned.append)  # type: ignore[arg-type] # it asks for the time alone
    asked = b"".join(data for data, outgoing in passed if outgoing)
    for data, outgoing in passed:
        seen.take(data, outgoing=outgoing)
    if learned and SERVER.packed not in asked:
        raise WrongGrant("an answer counts to what nobody has asked")


class _UdpAlone(DnsWire):
    def _look_at_tcp(self) -> None:
        """Open no socket."""


def check_answers(passed: list[tuple[bytes, bool]]) -> None:
    asked: set[tuple[Flow, int]] = set()

    def was_asked(flow: Flow, number: int) -> bool:
        seen = (flow, number) in asked
        asked.discard((flow, number))
        return seen

    seen = _UdpAlone(lambda: {SERVER}, was_asked)
    learned: list[Any] = []
    seen.listen(_Clock(), learned.append)  # type: ignore[arg-type] # it has no sockets yet
    for data, outgoing in passed:
        if not outgoing:
            seen.answered(data)
            continue
        found = read(data)
        if found and found[0].protocol == UDP:
            asked.add((found[0], int.from_bytes(found[1][8:10], "big")))
    questions = sum(outgoing for _, outgoing in passed)
    if len(learned) > questions:
        raise WrongGrant("an answer counts to what nobody has asked")


def segments(random: Random) -> list[bytes]:
    at = random.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFF0))
    cut: list[bytes] = []
    for _ in range(random.randint(1, 12)):
        data = random.choice((b"\0\3abc", b"\0", b"\0\0", b"", b"\xff\xff", octets(random)))
        number = (at + random.choice((0, 0, 0, 1, -1, 5, 2**31, MOST_AHEAD))) & 0xFFFFFFFF
        offset, flags = random.choice((5, 5, 5, 0, 15)), random.choice((16, 16, 2))
        cut.append(struct.pack(">HHIIBBHHH", 53, 9, number, 0, offset << 4, flags, 0, 0, 0) + data)
        at = (at + len(data) + (flags == 2)) & 0xFFFFFFFF
    random.shuffle(cut) if random.choice((True, False)) else None
    return [spoilt(random, each) if random.randint(0, 3) == 0 else each for each in cut]


STREAM = Flow(TCP, SERVER, 53, NEAR, 1024)


def check_segments(cut: list[bytes]) -> None:
    streams = Streams()
    given = sum(len(each) for segment in cut for each in streams.take(STREAM, segment))
    if given > sum(map(len, cut)):
        raise WrongGrant("more came out than went in")
    assert len(streams._streams) <= MOST_STREAMS


def monitor(random: Random) -> bytes:
    raw = random.choice((b"\1a\0\0\1\0\1\0\0\0\5\0\4\1\2\3\4", record(random), octets(random)))
    question = {"name": random.choice(("a", "a.example.org", "", ".", "ü", "\\300", "a" * 70, 5))}
    said: Any = {
        "state": random.choice(("success", "success", "success", "ready", None)),
        "question": random.choice(([question], [question], [], {}, None, "x")),
        "answer": random.choice(
            ([{"raw": base64.b64encode(raw).decode()}], [{"raw": 5}], [{}], None, 7, [[]])
        ),
        "collectedQuestions": random.choice((None, [question], [question] * 40, 3, [[]])),
    }
    said = random.choice((said, said, said, [], None, 3, {"error": 5}))
    whole: Any = random.choice(({"parameters": said},) * 4 + ({"error": "x"}, [], 1, "error"))
    return spoilt(random, json.dumps(whole).encode())


def check_monitor(data: bytes) -> None:
    try:
        said = resolvedmonitor.read(data)
    except (ValueError, resolvedmonitor.Refused):
        return
    if said is None:
        return
    raws = [
        base64.b64decode(each["raw"]) for each in json.loads(data)["parameters"].get("answer") or ()
    ]
    for address in said.addresses:
        if not any(address.packed in raw for raw in raws):
            raise WrongGrant(f"nobody has said {address}")


# -- from the kernel -------------------------------------------------------------------------


def attribute(random: Random, depth: int = 0) -> bytes:
    kind = random.choice((1, 2, 3, 7, 17, 0x8001, 0xFFFF, 0))
    content = octets(random, 24)
    if depth < 4 and random.choice((True, False)):
        content = b"".join(attribute(random, depth + 1) for _ in range(random.randint(0, 3)))
    length = random.choice((len(content) + 4,) * 6 + (0, 1, 3, 0xFFFF)) & 0xFFFF
    return struct.pack("=HH", length, kind) + content + bytes(-len(content) % 4)


def netlink_messages(random: Random) -> bytes:
    whole = b""
    for _ in range(random.randint(0, 4)):
        content = octets(random, 4).ljust(4, b"\0") + attribute(random)
        content = random.choice((content, struct.pack("=HH", 10, 1) + b"stile\0", octets(random)))
        kind = random.choice((2, 3, 20, 0x0A02, 0x0A06, 0x0A0E, 0xFFFF))
        length = random.choice((16 + len(content),) * 6 + (0, 1, 15, 16, 0xFFFFFFFF))
        whole += netlink.HEADER.pack(length, kind, 0, 0, random.choice(BIG)) + content
    return spoilt(random, whole)


def check_netlink(data: bytes) -> None:
    for length, kept in enumerate(netlink.attributes(data)):
        assert length <= len(data) // 4 + 1
        assert len(kept[1]) <= len(data)
    assert len(list(tablewatch.foreign(data))) <= len(data) // 20
    try:
        for count, each in enumerate(netlink.answers(data)):
            assert count <= len(data) // 16
            assert len(each) <= len(data)
    except OSError:
        pass


def socket_message(random: Random) -> bytes:
    family, state = random.choice((2, 2, 10, 10, 0, 255)), random.choice((1, 7, 10, 0, 255))
    start = sockdiag.MESSAGE.pack(family, state, octets(random, 48).ljust(48, b"\0"), 0, 0, 1000, 7)
    return spoilt(random, start + b"".join(attribute(random) for _ in range(random.randint(0, 3))))


def check_socket(data: bytes) -> None:
    try:
        read = sockdiag.read(data, UDP)
    except OSError:
        return
    assert len(read.id) == sockdiag.ID_SIZE
    assert (read.address, read.own_address, read.port, read.own_port, read.cookie) is not None


def counted(random: Random) -> bytes:
    def nested(kind: int, *parts: bytes) -> bytes:
        content = b"".join(parts)
        whole = struct.pack("=HH", 4 + len(content), kind) + content
        return b"" if random.randint(0, 19) == 0 else whole + bytes(-len(content) % 4)

    counter = nested(2, nested(1, bytes(7) + b"\5"), nested(2, bytes(7) + b"\1"))
    element = nested(1, nested(1, nested(1, struct.pack("=II", 9, 1000))), nested(7, counter))
    return spoilt(random, nested(3, element, element))


def check_counted(data: bytes) -> None:
    try:
        found = counters.counted(data)
    except OSError:
        return
    assert len(found) <= len(data)


def note(random: Random) -> bytes:
    numbers = [random.choice((0, 1, 2**63, 2**64 - 1)) for _ in range(5)]
    smaller = [random.choice((0, 1, 2, 4, 512, 1024, 5000, 2**32 - 1)) for _ in range(8)]
    path = random.choice((b"/usr/bin/curl", b"", b"\xff\n\\", octets(random)))
    words = random.choice((b"curl\0-x\0", b"", b"\0" * 512, octets(random) * 8))
    return notes.RECORD.pack(*numbers, *smaller, path, words)


def check_note(data: bytes) -> None:
    _, sender = senders._read(data)
    flags, *_ = struct.unpack_from("=4I", data, 56)
    if sender.path is not None and flags & notes.CUT:
        raise WrongGrant("half a path was taken for a path")
    assert sender.path is None or len(sender.path) <= notes.PATH_SIZE


def event(random: Random) -> bytes:
    numbers = [
        random.choice((0, 24, 2**32 - 1)),
        3,
        0,
        24,
        2**63,
        random.choice((-1, 0, 2**31 - 1)),
    ]
    return EVENT.pack(*numbers, random.choice((0, 1, -1)))


def check_event(data: bytes) -> None:
    read = execution(memoryview(data))
    assert struct.pack("=ii", read.descriptor, read.pid) == data[-8:]


TARGETS = (
    Target(
        "packets",
        packet,
        check_packet,
        known=[
            ROUTED_LOOKUP,
            bytes([0x41]) + bytes(8) + bytes([6]) + bytes(30),
            packet4(Random(1))[:21],  # noqa: S311 # no secret
        ],
    ),
    Target("dns-messages", message, check_message, known=[CHAOS, OTHER_CLASS]),
    Target("dns-streams", segments, check_segments),
    Target("dns-wire", wire, check_wire),
    Target("dns-answers", wire, check_answers),
    Target("resolved", monitor, check_monitor),
    Target(
        "netlink",
        netlink_messages,
        check_netlink,
        known=[b"\0" * 16, bytes(4) + b"\2\x0a" + bytes(14)],
    ),
    Target("sock-diag", socket_message, check_socket, known=[b""]),
    Target("counters", counted, check_counted),
    Target("notes", note, check_note),
    Target("exec-events", event, check_event),
)
