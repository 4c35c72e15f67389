"""DNS answers as a real kernel shows them: by what it notes of questions, and without that."""

import asyncio
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path

import pytest

from stile.connections import Address
from stiled import dnswire
from stiled.dnswire import DnsWire
from stiled.hostnames import Answer
from stiled.senders import NoSenders, Senders

NAME = b"\1a\7example\0"
HERE = {4: "127.0.0.1", 6: "::1"}
FAMILY = {4: socket.AF_INET, 6: socket.AF_INET6}
FOUND = ip_address("192.0.2.7")
ASKS = """
import socket, struct, sys
where, number = sys.argv[1], int(sys.argv[2])
made = socket.socket(socket.AF_INET6 if ":" in where else socket.AF_INET, socket.SOCK_DGRAM)
made.settimeout(5)
made.bind((where, 0))
made.sendto(struct.pack(">6H", number, 0x100, 1, 0, 0, 0) + {name} + b"\\0\\1\\0\\1", (where, 53))
print(made.recv(4096)[:2].hex())
"""


def answer(question: bytes, flags: int = 0x8180) -> bytes:
    """Say that the name has an address."""
    record = b"\xc0\x0c" + struct.pack(">HHIH4s", 1, 1, 60, 4, FOUND.packed)
    head = struct.pack(">HHHHHH", int.from_bytes(question[:2], "big"), flags, 1, 1, 0, 0)
    return head + question[12:] + record


@pytest.fixture(params=["noted", "not noted"])
def wire(own_namespace: None, request: pytest.FixtureRequest) -> Iterator[DnsWire]:
    """A wire, where the kernel notes what is asked, and where it does not."""
    servers = {ip_address(each) for each in HERE.values()}
    if request.param == "not noted":
        yield DnsWire(lambda: servers)
        return
    try:
        senders = Senders.open()
    except NoSenders as error:
        pytest.skip(str(error))
    yield DnsWire(lambda: servers, senders.was_asked)
    senders.close()


@pytest.fixture
def learned(wire: DnsWire) -> Iterator["Learned"]:
    """What is learned from the wire."""
    made = Learned(wire)
    yield made
    made.end()


class Learned:
    """A loop in a thread that listens to a wire."""

    def __init__(self, wire: DnsWire) -> None:
        self.answers: list[Answer] = []
        self._loop = asyncio.new_event_loop()
        wire.open()
        self._loop.call_soon(wire.listen, self._loop, self.answers.append)
        self._wire = wire
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    def addresses(self) -> list[set[Address]]:
        """Give what the answers say, once all that has come was looked at."""
        for _ in range(3):
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05), self._loop).result(5)
        return [set(each.addresses) for each in self.answers]

    def end(self) -> None:
        self._loop.call_soon_threadsafe(self._wire.close)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def asked(version: int = 4, flags: int = 0x8180, *, times: int = 1) -> None:
    """Have another program ask a server here, which answers so many times."""
    where = HERE[version]
    with socket.socket(FAMILY[version], socket.SOCK_DGRAM) as server:
        server.bind((where, 53))
        server.settimeout(5)
        words = [sys.executable, "-c", ASKS.format(name=NAME), where, "7"]
        with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as program:
            question, asker = server.recvfrom(4096)
            for _ in range(times):
                server.sendto(answer(question, flags), asker)
            assert program.stdout
            assert program.stdout.read() == "0007\n"


@pytest.mark.parametrize("version", [4, 6])
def test_an_answer_counts(learned: Learned, version: int) -> None:
    asked(version)

    assert learned.addresses() == [{FOUND}]


def test_an_answer_that_nobody_asked_for_does_not_count(learned: Learned) -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as program,
    ):
        program.bind((HERE[4], 0))
        server.bind((HERE[4], 53))
        question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + NAME + b"\0\1\0\1"
        server.sendto(answer(question), program.getsockname())
        assert program.recv(4096)

    assert learned.addresses() == []


def test_an_answer_of_a_server_that_the_system_does_not_ask_does_not_count(
    learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HERE, 4, "127.0.0.2")
    asked()

    assert learned.addresses() == []


def test_an_answer_counts_once(learned: Learned) -> None:
    asked(times=3)

    assert learned.addresses() == [{FOUND}]


def test_tcp_is_looked_at_while_something_was_cut_short(
    wire: DnsWire, learned: Learned, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dnswire, "TCP_SECONDS", 0.5)
    always = packet_sockets()
    asked(flags=0x8180 | 0x0200)
    learned.addresses()

    assert packet_sockets() == 1
    end = time.monotonic() + 5
    while packet_sockets() != always and time.monotonic() < end:
        time.sleep(0.05)
    assert packet_sockets() == always


def packet_sockets() -> int:
    """How many packet sockets there are in this network namespace: a line each."""
    return len(Path("/proc/thread-self/net/packet").read_text().splitlines()) - 1
