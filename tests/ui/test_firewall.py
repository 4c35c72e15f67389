"""The helper as Qt sees it, against a played helper on a real bus."""

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from cast import CURL, WGET, question, rule
from played_helper import PlayedHelper
from private_bus import private_bus
from pytestqt.qtbot import QtBot

from stile.questions import QuestionId, Why
from stile.rules import Action, Choice, Lifetime
from stile_ui.changes import Change, Step
from stile_ui.firewall import Firewall

ALWAYS = Choice(Action.ALLOW, Lifetime.FOREVER)


@pytest.fixture
def helper(bus: str) -> Iterator[PlayedHelper]:
    with PlayedHelper(bus, kept=[rule(CURL, Action.DENY)]) as played:
        yield played


@pytest.fixture
def firewall(bus: str) -> Iterator[Firewall]:
    """Give the client, not started yet."""
    client = Firewall(bus)
    yield client
    client.close()


def test_it_offers_itself_as_agent_and_lists_what_is(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    with qtbot.waitSignals([firewall.present, firewall.shelves, firewall.status]):
        firewall.start()
    assert helper.wait_for("RegisterAgent") == ("/org/stile/Agent",)


def test_a_question_arrives_and_its_answer_goes_back(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    firewall.start()
    helper.wait_for("RegisterAgent")
    asked = question(2**40)
    with qtbot.waitSignal(firewall.asked) as caught:
        helper.ask(asked)
    assert caught.args == [asked]

    with qtbot.waitSignals([firewall.answered, firewall.shelves]):
        firewall.answer(asked.id, ALWAYS)
    assert helper.wait_for("Answer") == (asked.id, ALWAYS)


def test_an_open_question_is_shown_to_an_agent_that_comes_later(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    helper.ask(question(7))
    with qtbot.waitSignal(firewall.asked) as caught:
        firewall.start()
    assert caught.args == [question(7)]


def test_a_withdrawal_says_why(qtbot: QtBot, helper: PlayedHelper, firewall: Firewall) -> None:
    firewall.start()
    helper.wait_for("RegisterAgent")
    helper.ask(question(7))
    with qtbot.waitSignal(firewall.withdrawn) as caught:
        helper.withdraw(QuestionId(7), Why.EXPIRED)
    assert caught.args == [7, Why.EXPIRED]


def test_a_refused_answer_leaves_the_question_and_says_why(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    helper.refuses.add("Answer")
    firewall.start()
    helper.wait_for("RegisterAgent")
    with qtbot.waitSignal(firewall.unanswered) as caught:
        firewall.answer(QuestionId(7), ALWAYS)
    assert caught.args == [7, "You may not do this: the played helper refuses"]


def test_a_refused_change_is_told_in_a_sentence(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    helper.refuses |= {"RemoveRule", "ApplyRules"}
    firewall.start()
    helper.wait_for("RegisterAgent")
    with qtbot.waitSignal(firewall.failed) as caught:
        firewall.remove_rule(helper.kept[0].id)
    assert caught.args == ["You may not do this: the played helper refuses"]
    change = Change("for the test", tuple(helper.kept))
    with qtbot.waitSignal(firewall.refused) as caught:
        firewall.apply(change, Step.DO, [helper.kept[0].id])
    assert caught.args == [change, Step.DO, "You may not do this: the played helper refuses"]


def test_what_is_done_elsewhere_is_shown_here(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    with qtbot.waitSignal(firewall.shelves):
        firewall.start()
    with qtbot.waitSignal(firewall.shelves) as caught:
        helper.change(rule(WGET, Action.ALLOW))
    shelves = caught.args[0]
    assert {who: shelf.listed for who, shelf in shelves.items()} == {
        CURL: (),
        WGET: ((rule(WGET, Action.ALLOW), True),),
    }


def test_only_what_changed_is_listed_anew(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    with qtbot.waitSignal(firewall.shelves) as caught:
        firewall.start()
    assert [*caught.args[0]] == [CURL]
    assert helper.wait_for("ListRulesOf") == ({str(CURL)},)
    with qtbot.waitSignal(firewall.shelves) as caught:
        helper.change(*helper.kept, rule(WGET, Action.ALLOW))
    assert [*caught.args[0]] == [WGET]
    assert helper.wait_for("ListRulesOf") == ({str(WGET)},)
    with qtbot.waitSignal(firewall.shelves) as caught:
        helper.change(rule(WGET, Action.ALLOW))
    ((who, shelf),) = caught.args[0].items()
    assert (who, shelf.listed) == (CURL, ()), "it has no rules any more"


def test_every_command_reaches_the_helper(
    qtbot: QtBot, helper: PlayedHelper, firewall: Firewall
) -> None:
    firewall.start()
    helper.wait_for("RegisterAgent")
    curls = helper.kept[0]
    with qtbot.waitSignal(firewall.shelves, check_params_cb=lambda shelves: WGET in shelves):
        firewall.add_rule(rule(WGET, Action.ALLOW, "by hand"))
    change = Change("for the test", (curls,), (rule(CURL, Action.DROP),))
    with qtbot.waitSignal(firewall.applied) as caught:
        firewall.apply(change, Step.DO, [curls.id])
    assert caught.args == [change, Step.DO]
    with qtbot.waitSignal(firewall.status, check_params_cb=lambda status: status["paused"] == 300):
        firewall.pause(300)
    with qtbot.waitSignal(firewall.status, check_params_cb=lambda status: status["lockdown"]):
        firewall.lock_down(True)  # noqa: FBT003 # as Qt calls it
    (added,) = helper.wait_for("AddRule")
    assert (added.application, added.action, added.note) == (WGET, Action.ALLOW, "by hand")
    removed, (new,) = helper.wait_for("ApplyRules")
    assert (removed, new.action) == ([curls.id], Action.DROP)


def test_a_helper_that_comes_back_gets_its_agent_back(
    qtbot: QtBot, bus: str, firewall: Firewall
) -> None:
    with PlayedHelper(bus) as first:
        firewall.start()
        first.wait_for("RegisterAgent")
        leaving = qtbot.waitSignal(firewall.present, check_params_cb=lambda here: not here)
    with leaving:
        pass
    with PlayedHelper(bus) as second:
        second.wait_for("RegisterAgent")


def test_commands_while_nobody_is_there_fail_in_a_sentence(
    qtbot: QtBot, firewall: Firewall
) -> None:
    with qtbot.waitSignal(firewall.present) as caught:
        firewall.start()
    assert caught.args == [False]
    with qtbot.waitSignal(firewall.failed) as caught:
        firewall.pause(300)
    assert caught.args == ["Stile's helper is not running (systemctl start stiled)"]


def test_another_agent_in_the_session_is_named(
    qtbot: QtBot, bus: str, helper: PlayedHelper, firewall: Firewall
) -> None:
    first = Firewall(bus)
    first.start()
    helper.wait_for("RegisterAgent")
    with qtbot.waitSignal(firewall.failed) as caught:
        firewall.start()
    assert caught.args[0].startswith("Another program shows Stile's questions")
    first.close()


def test_no_bus_at_the_start_is_final(qtbot: QtBot) -> None:
    firewall = Firewall("unix:path=/nowhere/at/all")
    with qtbot.waitSignal(firewall.unreachable) as caught:
        firewall.start()
    assert caught.args[0].startswith("no bus at 'unix:path=/nowhere/at/all'")
    firewall.close()


def test_a_bus_that_is_restarted_is_found_again(
    qtbot: QtBot, tmp_path_factory: pytest.TempPathFactory
) -> None:
    address = f"unix:path={tmp_path_factory.mktemp('bus')}/dbus-socket"
    firewall = Firewall(address)
    with ExitStack() as first:
        first.enter_context(private_bus(address))
        with qtbot.waitSignal(firewall.present):
            firewall.start()
        with qtbot.waitSignal(firewall.present, check_params_cb=lambda here: not here):
            first.close()
    with private_bus(address), PlayedHelper(address) as helper:
        helper.wait_for("RegisterAgent")
        firewall.close()


def test_closing_leaves_the_bus(helper: PlayedHelper, bus: str, firewall: Firewall) -> None:
    firewall.start()
    helper.wait_for("RegisterAgent")
    firewall.close()
    bus_itself = ["--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]
    names = subprocess.check_output(
        [
            "dbus-send",
            f"--bus={bus}",
            "--print-reply",
            *bus_itself,
            "org.freedesktop.DBus.ListNames",
        ],
        text=True,
    )
    assert names.count('string ":') == 2  # the helper, and dbus-send itself
