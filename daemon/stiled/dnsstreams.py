"""DNS over TCP: the messages in the segments of streams that pass. Pure.

A message has its length before it, in two octets (RFC 1035, 4.2.2), and may come in as many
segments as the sender likes, in any order, and some of them twice. A stream is followed from its
SYN, or from the first segment that is seen, for what has begun before us.
"""

from collections import OrderedDict
from dataclasses import dataclass, field

from stile.connections import Flow

SYN = 0x02
HEADER = 20
MOST_STREAMS = 64
"""Directions of connections; of more, those that were silent for longest are given up."""
MOST_AHEAD = 1 << 17
"""Octets that may wait for a segment before them: twice the longest message."""
MOST_WAITING = 256
"""Segments that may: of usual ones, that is more octets."""


@dataclass(slots=True)
class _Stream:
    """One direction of a connection: what has come of the next message."""

    next: int
    """The sequence number that follows."""
    gathered: bytearray = field(default_factory=bytearray)
    ahead: dict[int, bytes] = field(default_factory=dict)

    def put(self, number: int, data: bytes) -> bool:
        """Take a segment; False where the stream can be followed no longer."""
        if self._distance(number) > 0:
            self.ahead[number] = max(data, self.ahead.get(number, b""), key=len)
            if len(self.ahead) > MOST_WAITING:
                return False
            waiting = sum(map(len, self.ahead.values()))
            return max(waiting, self._distance(number)) <= MOST_AHEAD
        self._append(number, data)
        for each in sorted(self.ahead, key=self._distance):
            if self._distance(each) > 0:
                break
            self._append(each, self.ahead.pop(each))
        return True

    def messages(self) -> list[bytes]:
        """Take out what is complete."""
        found = []
        while len(self.gathered) >= 2:
            end = 2 + int.from_bytes(self.gathered[:2], "big")
            if len(self.gathered) < end:
                break
            found.append(bytes(self.gathered[2:end]))
            del self.gathered[:end]
        return found

    def _append(self, number: int, data: bytes) -> None:
        new = data[-self._distance(number) :]  # what has come before comes again
        self.gathered += new
        self.next = (self.next + len(new)) & 0xFFFFFFFF

    def _distance(self, number: int) -> int:
        """How far ahead a sequence number is; they go in a circle (RFC 9293, 3.4)."""
        return ((number - self.next + 0x80000000) & 0xFFFFFFFF) - 0x80000000


class Streams:
    """Follows streams, as many as are allowed at once."""

    def __init__(self) -> None:
        self._streams: OrderedDict[Flow, _Stream] = OrderedDict()

    def take(self, flow: Flow, segment: bytes) -> list[bytes]:
        """Look at a segment, its header first. Gives the messages that it completes."""
        if len(segment) < HEADER:
            return []
        number, flags = int.from_bytes(segment[4:8], "big"), segment[13]
        data = segment[(segment[12] >> 4) * 4 :]
        if flags & SYN:
            number = (number + 1) & 0xFFFFFFFF
            self.forget(flow)
        elif not data:
            return []
        stream = self._streams.setdefault(flow, _Stream(number))
        self._streams.move_to_end(flow)
        if len(self._streams) > MOST_STREAMS:
            self._streams.popitem(last=False)
        if not stream.put(number, data):
            self.forget(flow)
        return stream.messages()

    def forget(self, flow: Flow) -> None:
        """Begin anew with the next segment: this one says what is no message."""
        self._streams.pop(flow, None)
