"""The kernel's queue: packets come out of it, verdicts go back in."""

import asyncio
import errno
import socket
from collections.abc import Callable, Collection
from itertools import count
from pathlib import Path

from netfilterqueue import COPY_PACKET, NetfilterQueue, Packet

from stiled.desk import PacketId, Verdict
from stiled.packets import ENOUGH
from stiled.ruleset import JUDGED_BIT, REFUSE_MARK, secret_mark

BURST = 64
"""Packets taken before the loop's other work gets its turn: a flood must not keep answers out."""

QUEUES = Path("/proc/self/net/netfilter/nfnetlink_queue")
"""Who reads which queue of this network namespace (net/netfilter/nfnetlink_queue.c, seq_show)."""


class NoQueue(Exception):
    """The queue cannot be had; the text names the reason and the mend."""


class Queue:
    """The packets that are held, by number.

    `arrived(packet, octets, interface)` is called for each; the packet stays held until `release`.
    """

    def __init__(self, number: int, most: int) -> None:
        self.allowed_mark = secret_mark()
        self._number = number
        self._most = most
        self._held: dict[PacketId, Packet] = {}
        self._numbers = count(1)
        self._queue: NetfilterQueue | None = None
        self._burst: _Burst | None = None
        self._arrived: Callable[[PacketId, bytes, int], None] = lambda *_: None

    def open(self) -> None:
        """Take hold of the queue; packets wait in it until `listen`. Raises NoQueue."""
        try:
            self._queue = NetfilterQueue()
            self._queue.bind(
                self._number, self._came, max_len=self._most, mode=COPY_PACKET, range=ENOUGH
            )
        except OSError as error:
            raise NoQueue(_why_not(self._number, error)) from None

    def listen(
        self,
        loop: asyncio.AbstractEventLoop,
        arrived: Callable[[PacketId, bytes, int], None],
    ) -> None:
        """From now on hand packets to *arrived*, on the loop."""
        self._arrived = arrived
        if self._queue is not None:
            self._burst = _Burst(self._queue.get_fd())
            loop.add_reader(self._queue.get_fd(), self._readable)

    def release(self, packet: PacketId, verdict: Verdict) -> None:
        """Give a held packet back."""
        held = self._held.pop(packet)
        match verdict:
            case Verdict.REPEAT:
                judged = held.mark | JUDGED_BIT  # its own comes back, but where that says more
                is_ours = judged in (REFUSE_MARK, self.allowed_mark)
                held.set_mark(JUDGED_BIT if is_ours else judged)
                held.repeat()
            case Verdict.REFUSE:
                held.set_mark(REFUSE_MARK)
                held.repeat()
            case Verdict.DROP:
                held.drop()

    def allow_once(self, packets: Collection[PacketId]) -> bool:
        """Give held packets of a flow back that is allowed once, from them on.

        False where others have marked one: then nothing was done.
        """
        if any(self._held[packet].mark for packet in packets):
            return False
        for packet in packets:
            held = self._held.pop(packet)
            held.set_mark(self.allowed_mark)
            held.repeat()
        return True

    def close(self) -> None:
        """Let go of the queue; the kernel drops what is held."""
        if self._queue is not None:
            if self._burst:
                self._burst.detach()
            self._queue.unbind()
            self._queue = None

    def _readable(self) -> None:
        if self._queue is not None and self._burst is not None:
            self._burst.begin()
            self._queue.run_socket(self._burst)  # type: ignore[arg-type] # it only calls recv()

    def _came(self, packet: Packet) -> None:
        number = PacketId(next(self._numbers))
        self._held[number] = packet
        self._arrived(number, packet.get_payload(), packet.outdev)


class _Burst:
    """A socket that seems empty after BURST packets; the loop comes back for the rest."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._left = 0

    def begin(self) -> None:
        self._left = BURST

    def recv(self, size: int) -> bytes:
        if not self._left:
            raise BlockingIOError(errno.EAGAIN, "the burst is over")
        self._left -= 1
        return self._socket.recv(size, socket.MSG_DONTWAIT)

    def detach(self) -> None:
        self._socket.detach()


def _why_not(number: int, error: OSError) -> str:
    if error.errno in (errno.EPERM, errno.EACCES):
        return "no permission to hold packets: run stiled as root"
    if not QUEUES.exists():
        return (
            "this kernel cannot hold packets: it lacks nfnetlink_queue (modprobe nfnetlink_queue)"
        )
    readers = {line.split()[0]: line.split()[1] for line in QUEUES.read_text().splitlines()}
    if str(number) in readers:
        return (
            f"queue {number} is in use by process {readers[str(number)]}: end it, or take another "
            "with --queue"
        )
    return f"queue {number} cannot be had: {error}"
