"""What people read."""

from dataclasses import replace
from ipaddress import ip_address

import pytest

from stile import sentences
from stile.applications import Application
from stile.connections import Connection, Flow, Pid, Process, Protocol, Uid
from stile.rules import Action, Choice, Lifetime, Reach


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


@pytest.mark.parametrize(
    ("choice", "said"),
    [
        (Choice(Action.ALLOW, Lifetime.FOREVER), "prog may use the network, forever."),
        (
            Choice(Action.DENY, Lifetime.REBOOT, reach=Reach.NETWORK),
            "prog may not reach 192.0.2.0/24, until the next reboot.",
        ),
        (
            Choice(Action.DROP, Lifetime.FOREVER, this_port=True),
            "prog may not reach anywhere, port 443, tcp, and is not told so, forever.",
        ),
        (
            Choice(Action.ALLOW, Lifetime.QUIT),
            "prog may use the network, until it quits. Another prog is asked about.",
        ),
    ],
)
def test_an_answer_is_said_before_it_is_given(choice: Choice, said: str) -> None:
    assert sentences.follows(connection("tcp", port=443), choice) == said


def test_an_answer_about_who_is_reached_is_said_so() -> None:
    asked = connection("tcp", port=50000)
    inward = replace(asked, flow=replace(asked.flow, inbound=True, source_port=22))
    choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST, this_port=True)
    said = "prog may be reached from 192.0.2.1, port ssh, tcp, forever."
    assert sentences.follows(inward, choice) == said
    assert sentences.place(inward) == "port 22 from 192.0.2.1"


def test_before_a_button_is_chosen_it_stays_open_which() -> None:
    choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST)
    said = sentences.follows(connection("tcp", port=443), choice, decided=False)
    assert said == "You decide whether prog may reach 192.0.2.1, forever."


@pytest.mark.parametrize(
    ("parents", "said"),
    [
        ((), ""),
        (("systemd",), "systemd"),
        (("bash", "systemd"), "bash"),
        (("make", "bash", "xterm", "systemd"), "make, in xterm"),
    ],
)
def test_what_started_a_process_is_said_in_short(parents: tuple[str, ...], said: str) -> None:
    assert sentences.started_by(parents) == said


@pytest.mark.parametrize(
    ("name", "lookup", "said"),
    [
        ("", False, "192.0.2.1, port 53"),
        ("ns.example.org", False, "ns.example.org, port 53"),
        ("www.example.org", True, "name www.example.org"),
    ],
)
def test_a_place_is_said_in_a_few_words(name: str, lookup: bool, said: str) -> None:  # noqa: FBT001 # a case
    asked = replace(connection("udp", port=53), name=name, lookup=lookup)
    assert sentences.place(asked) == said
