"""DNS messages over TCP, however their octets come."""

import struct
from ipaddress import ip_address
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from stile.connections import TCP, Flow
from stiled import dnsstreams
from stiled.dnsstreams import Streams

FLOW = Flow(TCP, ip_address("192.0.2.1"), 53, ip_address("192.0.2.9"), 40000)
SYN, ACK, FIN = 0x02, 0x10, 0x01
START = st.one_of(st.integers(0, 0xFFFFFFFF), st.integers(0xFFFFFF00, 0xFFFFFFFF))


def segment(number: int, data: bytes = b"", flags: int = ACK, options: int = 0) -> bytes:
    words = 5 + options
    head = struct.pack(">HHIIBBHHH", 53, 40000, number & 0xFFFFFFFF, 7, words << 4, flags, 9, 0, 0)
    return head + bytes(4 * options) + data


def written(*messages: bytes) -> bytes:
    return b"".join(struct.pack(">H", len(each)) + each for each in messages)


def cut(stream: bytes, cuts: list[int]) -> list[tuple[int, bytes]]:
    at = [0, *sorted(each % (len(stream) + 1) for each in cuts), len(stream)]
    return [(low, stream[low:high]) for low, high in pairwise(at) if low < high]


MESSAGES = st.lists(st.binary(max_size=200), min_size=1, max_size=5)
CUTS = st.lists(st.integers(0, 2000), max_size=12)


@given(MESSAGES, CUTS, CUTS, START, st.randoms(use_true_random=False))
def test_messages_are_whole_in_whatever_order_and_how_often_segments_come(
    messages: list[bytes], cuts: list[int], others: list[int], start: int, order: object
) -> None:
    stream, streams = written(*messages), Streams()
    segments = cut(stream, cuts) + cut(stream, others)  # sent again in other pieces
    order.shuffle(segments)  # type: ignore[attr-defined]

    found = streams.take(FLOW, segment(start, flags=SYN, options=5))
    for at, data in segments:
        found += streams.take(FLOW, segment(start + 1 + at, data))
        found += streams.take(FLOW, segment(start + at))  # keep-alive: nothing, one octet early
    found += streams.take(FLOW, segment(start + 1 + len(stream), flags=FIN | ACK))

    assert found == messages


@given(MESSAGES, START)
def test_what_has_begun_before_us_is_followed_from_its_next_segment(
    messages: list[bytes], start: int
) -> None:
    streams = Streams()
    assert streams.take(FLOW, segment(start, written(*messages))) == messages
    after = start + len(written(*messages))
    assert streams.take(FLOW, segment(after, written(b"next"))) == [b"next"]


def test_after_octets_that_do_not_come_it_goes_on_with_what_follows() -> None:
    streams = Streams()
    streams.take(FLOW, segment(0, flags=SYN))
    piece, at = bytes(1000), 5001  # what stood before was lost
    found: list[bytes] = []
    for _ in range(2 * dnsstreams.MOST_AHEAD // len(piece)):
        found += streams.take(FLOW, segment(at, piece))
        at += len(piece)
    streams.forget(FLOW)
    assert streams.take(FLOW, segment(at, written(b"next"))) == [b"next"]


@given(st.lists(st.tuples(st.binary(max_size=40), st.integers(0, 255)), max_size=40))
@example([(segment(1, b"", flags=SYN)[:19], 0)])
def test_no_octets_break_it_and_it_keeps_little(packets: list[tuple[bytes, int]]) -> None:
    streams = Streams()
    for octets, flags in packets:
        streams.take(FLOW, octets)
        streams.take(FLOW, segment(flags * 99999, octets, flags=flags))
    (stream,) = streams._streams.values() or [dnsstreams._Stream(0)]
    assert sum(map(len, stream.ahead.values())) <= dnsstreams.MOST_AHEAD


def test_of_too_many_streams_the_most_silent_is_given_up() -> None:
    streams = Streams()
    half, rest = written(b"message")[:4], written(b"message")[4:]
    flows = [
        Flow(TCP, FLOW.source, 53, FLOW.address, port)
        for port in range(1, dnsstreams.MOST_STREAMS + 2)
    ]
    for flow in flows[:-1]:
        streams.take(flow, segment(0, half))
    assert streams.take(flows[0], segment(4, rest[:1])) == []
    streams.take(flows[-1], segment(0, half))  # one too many

    assert streams.take(flows[0], segment(5, rest[1:])) == [b"message"]
    assert streams.take(flows[2], segment(4, rest)) == [b"message"]
    assert streams.take(flows[1], segment(4, rest)) != [b"message"]
