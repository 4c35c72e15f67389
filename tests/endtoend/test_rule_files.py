"""Rules on disk: many, broken, edited by hand, shipped and overridden."""

import json
import shutil
from pathlib import Path

from worlds import World, until


def test_a_thousand_files_load_and_a_broken_one_is_named(guarded: World) -> None:
    for number in range(1000):
        guarded.rule(f"rule{number}", f"path:/opt/app{number}", "allow" if number % 2 else "deny")
    client = guarded.client()
    guarded.rule("client", client.identity)
    guarded.listener()
    (guarded.rules / "broken.toml").write_text("application = 'path:/x'\ndefault = allow\n")

    guarded.stiled()

    assert client.does("tcp") is None
    status = json.loads(guarded.stile("status", "--json"))
    assert status["rules"] == 1001
    (problem,) = status["problems"]
    assert str(guarded.rules / "broken.toml") in problem
    assert "line 2" in problem
    assert (guarded.rules / "broken.toml").exists()


def test_an_edit_by_hand_is_in_force_at_once(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()

    guarded.rule("mine", client.identity, "allow")
    until(lambda: "mine" in guarded.stile("rules"), "the new file is read")
    assert client.does("tcp") is None

    guarded.rule("mine", client.identity, "deny")
    until(lambda: "deny" in guarded.stile("rules"), "the edit is read")
    until(lambda: client.does("tcp") == "ECONNREFUSED", "the kernel knows")

    (guarded.rules / "mine.toml").unlink()
    until(lambda: "mine" not in guarded.stile("rules"), "the file is gone")
    agent = guarded.agent()
    client.begin("tcp")
    agent.answer(agent.next())
    assert client.end() is None


def test_a_broken_edit_leaves_the_others_and_is_reported(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.rule("good", client.identity, "allow")
    (guarded.rules / "bad.toml").write_text("defualt = 1\n")

    until(lambda: "bad.toml" in guarded.stile("status"), "the problem is named")
    until(lambda: "good" in guarded.stile("rules"), "the other is read")
    assert client.does("tcp") is None


def test_a_forgotten_application_is_asked_about_again(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.stile("deny", str(client.path))
    assert client.does("tcp") == "ECONNREFUSED"

    guarded.stile("forget", str(client.path))

    agent = guarded.agent()
    client.begin("tcp")
    agent.answer(agent.next())
    assert client.end() is None


def test_a_shipped_rule_is_in_force_and_can_be_overridden(guarded: World) -> None:
    client = guarded.client()
    shipped = guarded.home / "usr" / "shipped.toml"
    shipped.write_text(f'application = "{client.identity}"\ndefault = "allow"\nnote = "x"\n')
    guarded.listener()
    guarded.stiled()
    assert client.does("tcp") is None

    guarded.stile("forget", str(client.path))
    assert shipped.exists()
    assert "ask" in (guarded.rules / "shipped.toml").read_text()
    agent = guarded.agent()
    client.begin("tcp")
    agent.answer(agent.next())
    assert client.end() is None


def test_the_rules_that_come_with_stile_load(guarded: World) -> None:
    for path in sorted(Path("packaging/rules.d").glob("*.toml")):
        shutil.copy(path, guarded.home / "usr")
    guarded.stiled()
    rules = [json.loads(line) for line in guarded.stile("rules", "--json").splitlines()]
    assert {"kernel"} <= {rule["application"] for rule in rules}
    assert all(rule["note"] for rule in rules), "each says why"
    assert json.loads(guarded.stile("status", "--json"))["problems"] == []


def test_a_rule_that_cannot_be_written_is_in_force_all_the_same_and_said_so(guarded: World) -> None:
    guarded.stiled()
    guarded.listener()
    client = guarded.client()
    shutil.rmtree(guarded.rules)  # as good as a disk that takes no more

    out = guarded.stile("allow", str(client.path), check=False)

    assert client.does("tcp") is None
    assert "not on disk" in guarded.stile("status")
    assert "allowed" not in out


def test_a_rule_that_could_not_be_written_is_when_it_can_be(guarded: World) -> None:
    helper = guarded.stiled()
    guarded.listener()
    client = guarded.client()
    guarded.rules.rmdir()
    guarded.stile("allow", str(client.path), check=False)

    guarded.rules.mkdir()

    until(lambda: [*guarded.rules.iterdir()], "its file is there")
    until(lambda: "not on disk" not in guarded.stile("status"), "nothing is wrong any more")
    helper.kill()
    guarded.stiled()
    assert client.does("tcp") is None
