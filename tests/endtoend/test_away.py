"""What holds while the helper is away, and when it comes back."""

import json
import subprocess

import pytest
from worlds import FAR, Client, World, until

from stile.rules import Lifetime

SETTLED = {"allowed": None, "denied": "ECONNREFUSED"}


def decided(guarded: World) -> dict[str, Client]:
    """Two applications about which somebody has decided, running, and placed."""
    clients = {name: guarded.client(name) for name in SETTLED}
    guarded.stile("allow", str(clients["allowed"].path))
    guarded.stile("deny", str(clients["denied"].path))
    return clients


@pytest.mark.parametrize("away", ["deny", "allow"])
def test_a_killed_helper_leaves_everything_decided_as_it_was(guarded: World, away: str) -> None:
    (guarded.home / "etc/stile.toml").write_text(f'when_daemon_is_away = "{away}"\n')
    helper = guarded.stiled()
    guarded.listener()
    clients, unknown = decided(guarded), guarded.client("unknown")

    helper.kill()
    for name, outcome in SETTLED.items():
        assert clients[name].does("tcp") == outcome
    stranger = unknown.does("tcp", timeout=0.5)
    assert stranger == ("TimeoutError" if away == "deny" else None)

    guarded.stiled()
    agent = guarded.agent()
    for name, outcome in SETTLED.items():
        assert clients[name].does("tcp") == outcome
    unknown.begin("tcp")
    agent.answer(agent.next())
    assert unknown.end() is None


def test_a_stopped_helper_leaves_the_table_and_says_goodbye(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    clients, unknown = decided(guarded), guarded.client("unknown")
    agent = guarded.agent()
    unknown.begin("tcp", timeout=0.5)
    question = agent.next()

    assert helper.stop() == 0

    assert agent.withdrawn()[0] == question.id
    assert unknown.end() == "TimeoutError"
    for name, outcome in SETTLED.items():
        assert clients[name].does("tcp") == outcome


STEADY = f"""
import errno, json, socket, sys, time
counts = {{}}
end = time.monotonic() + 60
import select
while not select.select([sys.stdin], [], [], 0)[0] and time.monotonic() < end:
    start = time.monotonic()
    with socket.socket() as made:
        made.settimeout(5)
        out = made.connect_ex(("{FAR}", 80))
    word = errno.errorcode.get(out, "ok")
    if not counts:
        print("placed", flush=True)
    counts[word] = counts.get(word, 0) + 1
    time.sleep(max(0, start + 0.001 - time.monotonic()))
print(json.dumps(counts), flush=True)
"""


def test_a_restart_takes_over_without_a_gap(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.server()
    programs = {name: guarded.program(name) for name in SETTLED}
    guarded.stile("allow", str(programs["allowed"]))
    guarded.stile("deny", str(programs["denied"]))
    steady = {
        name: guarded.start(*guarded.near(program, "-S", "-c", STEADY))
        for name, program in programs.items()
    }
    for process in steady.values():
        assert process.stdout is not None
        assert process.stdout.readline() == "placed\n"

    for _ in range(3):
        helper.kill()
        helper = guarded.stiled()
    helper.stop()
    guarded.stiled()

    counts = {}
    for name, process in steady.items():
        out, _ = process.communicate("\n")
        counts[name] = json.loads(out)
    assert counts["allowed"].keys() == {"ok"}, counts
    assert counts["denied"].keys() == {"ECONNREFUSED"}, counts
    assert min(counts["allowed"]["ok"], counts["denied"]["ECONNREFUSED"]) > 500, counts


def test_what_was_allowed_once_outlives_a_restart(guarded: World) -> None:
    helper = guarded.stiled()
    receiver, client = guarded.receiver(port=9), guarded.client()
    first = guarded.agent()
    client.does("udp", FAR, 9)
    question = first.next()
    first.answer(question, lifetime=Lifetime.ONCE)
    receiver.recv(9)

    helper.kill()
    guarded.stiled()
    agent = guarded.agent()
    client.does("send")
    assert receiver.recv(9) == b"x"
    assert agent.is_quiet


def test_a_rule_until_reboot_outlives_a_restart_and_is_not_among_the_users(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.stile("allow", str(client.path), "--for", "reboot")
    assert list(guarded.rules.iterdir()) == []

    helper.kill()
    guarded.stiled()

    assert client.does("tcp") is None
    (rule,) = [json.loads(line) for line in guarded.stile("rules", "--json").splitlines()]
    assert (rule["lifetime"], rule["origin"]) == ("reboot", "temporary")


def test_clear_takes_everything_out_of_the_kernel(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    clients, unknown = decided(guarded), guarded.client("unknown")
    helper.stop()
    assert clients["denied"].does("tcp") == "ECONNREFUSED"

    subprocess.run(guarded.near("stiled", *guarded.options(), "--clear"), check=True)

    assert guarded.table() == ""
    assert not (guarded.home / "run/net_cls").exists()
    for client in (*clients.values(), unknown):
        assert client.does("tcp") is None
    assert len(list(guarded.rules.iterdir())) == 2, "the rules stay"


def test_a_bus_that_comes_back_finds_the_question_open(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    first, client = guarded.agent(), guarded.client()
    client.begin("tcp")
    question = first.next()

    guarded.restart_bus()
    agent = until(guarded.try_agent, "the helper is on the new bus")

    assert agent.next().id == question.id
    agent.answer(question)
    assert client.end() is None
