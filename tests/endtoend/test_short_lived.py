"""A program that sends one packet and ends at once is named, and judged by its own rule."""

import pytest
from crowds import Crowd, Figures, Reports, hold_many, other_work, without_notes
from worlds import World, run

from stile.rules import Action, Lifetime

SIZE = 120
WAYS = ("udp", "connected", "udp6", "tcp", "tcp6")


@pytest.fixture
def crowd(guarded: World) -> Crowd:
    """Programs at paths of their own."""
    hold_many(guarded)
    return Crowd.of(guarded, SIZE)


@pytest.mark.parametrize("at_a_time", [1, 4])
def test_each_of_many_programs_that_end_at_once_is_named(crowd: Crowd, at_a_time: int) -> None:
    crowd.world.stiled()
    reports = Reports(crowd)

    truth = crowd.launch("udp", at_a_time)

    assert reports.named(truth) == Figures(SIZE, 0, 0)


def test_so_it_is_whatever_they_send_and_while_others_start_programs(crowd: Crowd) -> None:
    crowd.world.stiled()
    reports = Reports(crowd)

    with other_work(crowd.world):
        for way in WAYS:
            assert reports.named(crowd.launch(way, 4)) == Figures(SIZE, 0, 0), way


def test_a_program_that_is_gone_has_the_rule_of_its_own(crowd: Crowd) -> None:
    allowed = crowd.paths[::2]
    for number, path in enumerate(crowd.paths):
        crowd.world.rule(f"r{number}", f"path:{path}", "allow" if path in allowed else "deny")
    crowd.world.stiled()
    receiver = crowd.world.receiver()
    last = crowd.another("last")
    crowd.world.stile("allow", str(last))
    expected = {str(path) for path in (*allowed, last)}

    crowd.launch("udp", 4)
    run(*crowd.world.near(last))

    arrived = {receiver.recv(4096).decode() for _ in expected}
    assert arrived == expected


def test_without_notes_the_doctor_says_what_is_lost_and_why(crowd: Crowd) -> None:
    without_notes(crowd.world)
    crowd.world.stiled()
    reports = Reports(crowd)

    figures = reports.named(crowd.launch("udp", 4))

    assert figures.wrong == 0
    assert figures.not_at_all > 0
    assert (
        "programs that send and end at once are not named: another BPF program has the priority -1"
        in crowd.world.stile("doctor")
    )


def test_who_closes_its_socket_at_once_is_asked_about_once(guarded: World) -> None:
    guarded.stiled()
    agent, receiver = guarded.agent(), guarded.receiver()
    client = guarded.client()
    assert client.does("udp", port=9, data="hello") == 5
    assert client.does("close") is None

    question = agent.next()
    assert str(question.connection.application) == client.identity
    assert agent.answer(question)

    assert receiver.recv(64) == b"hello"
    assert agent.is_quiet


@pytest.mark.parametrize("lifetime", [Lifetime.FOREVER, Lifetime.QUIT])
def test_who_closes_its_socket_while_it_is_asked_about_is_asked_about_once(
    guarded: World, lifetime: Lifetime
) -> None:
    guarded.stiled()
    agent, receiver = guarded.agent(), guarded.receiver()
    client = guarded.client()
    assert client.does("udp", port=9, data="hello") == 5
    question = agent.next()
    assert client.does("close") is None

    assert agent.answer(question, Action.ALLOW, lifetime)

    assert receiver.recv(64) == b"hello"
    assert agent.is_quiet
