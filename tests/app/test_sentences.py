"""What people read."""

from ipaddress import ip_address

import pytest

from stile import sentences
from stile.applications import Application
from stile.connections import Connection, Flow, Pid, Process, Protocol, Uid
from stile.rules import Action, Choice, Lifetime


def connection(protocol: str, address: str = "192.0.2.1", port: int = 0) -> Connection:
    process = Process(Pid(7), Uid(0), Application.parse("path:/usr/bin/prog"))
    source = ip_address("::1" if ":" in address else "127.0.0.1")
    flow = Flow(Protocol.parse(protocol), source, 0, ip_address(address), port)
    return Connection(process, flow)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        (("tcp", "192.0.2.1", 443), "prog wants to connect to 192.0.2.1, port 443 (https)"),
        (("tcp", "2001:db8::1", 64999), "prog wants to connect to 2001:db8::1, port 64999"),
        (("udp", "192.0.2.1", 53), "prog wants to send UDP packets to 192.0.2.1, port 53 (domain)"),
        (("icmp",), "prog wants to ping 192.0.2.1"),
        (("icmpv6", "2001:db8::1"), "prog wants to ping 2001:db8::1"),
        (("ip-47",), "prog wants to send IP-47 packets to 192.0.2.1"),
    ],
)
def test_a_question_says_who_wants_what(wanted: tuple[str, str, int], said: str) -> None:
    assert sentences.asked(connection(*wanted)) == said


@pytest.mark.parametrize("action", [Action.ALLOW, Action.DENY, Action.DROP])
@pytest.mark.parametrize("lifetime", Lifetime)
def test_every_choice_can_be_said(action: Action, lifetime: Lifetime) -> None:
    choice = Choice(action, lifetime, 1.0 if lifetime is Lifetime.UNTIL else 0.0)

    assert sentences.chosen(choice).startswith(sentences.verb(action))
    assert sentences.answered(connection("icmp"), choice).endswith(": prog wants to ping 192.0.2.1")
