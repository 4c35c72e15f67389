"""Who may ask what of the helper, and what it says to those who may not, or who talk nonsense."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any, TypeAlias

import pytest
from dbus_next.message import Message
from dbus_next.signature import Variant
from other_users import done_as
from worlds import World  # type: ignore[import-not-found,unused-ignore]

from stile import contract
from stile.client import Firewall, connect

Call: TypeAlias = tuple[str, str, list[Any]]
Answer: TypeAlias = tuple[str, Any]
"""The name of an error, or nothing; and what was said."""

NOBODY = 65534
DENIED, INVALID = contract.ACCESS_DENIED, contract.INVALID_ARGS
OBJECT = "/org/stile/Agent"


def text(value: str) -> Variant:
    return Variant("s", value)


RULE = {"application": text("path:/usr/bin/curl"), "action": text("allow")}
CHOICE = {"action": text("allow"), "lifetime": text("once")}


def calls(world: World, uid: int, *wanted: Call) -> list[Answer]:
    """Make calls over one connection, from a process of that user; gives the answers."""
    said = done_as(uid, _told(world.bus, wanted))
    assert said, "the caller broke down"
    return [(error, body) for error, body in json.loads(said)]


async def _told(bus: str, wanted: Sequence[Call]) -> str:
    return json.dumps(await _made(bus, wanted), default=lambda value: value.value)


async def _made(bus: str, wanted: Sequence[Call]) -> list[Answer]:
    joined = await connect(bus)
    answers = [await _answer(joined, *call) for call in wanted]
    joined.disconnect()
    return answers


async def _answer(joined: Any, member: str, signature: str, body: list[Any]) -> Answer:  # noqa: ANN401 # dbus-next's
    message = Message(
        contract.BUS_NAME,
        contract.PATH,
        contract.FIREWALL,
        member,
        signature=signature,
        body=body,
    )
    reply = await asyncio.wait_for(joined.call(message), 10)
    return reply.error_name or "", reply.body[0] if reply.body else None


def state(world: World) -> tuple[Any, Any, list[str]]:
    """What a call could have changed."""
    (_, rules), (_, status) = calls(world, 0, ("ListRules", "", []), ("Status", "", []))
    return rules, status, sorted(f"{path}: {path.read_text()}" for path in world.rules.iterdir())


@pytest.fixture
def kept(helped: World) -> str:
    """The id of a rule that is there."""
    rule = {"application": text("path:/usr/bin/kept"), "action": text("deny")}
    ((error, rule_id),) = calls(helped, 0, ("AddRule", "a{sv}", [rule]))
    assert not error
    return str(rule_id)


def test_who_is_not_root_may_change_nothing_where_no_polkit_lets_him(
    helped: World, kept: str
) -> None:
    before = state(helped)

    answers = calls(
        helped,
        NOBODY,
        ("RegisterAgent", "o", [OBJECT]),
        ("Answer", "ta{sv}", [1, CHOICE]),
        ("AddRule", "a{sv}", [RULE]),
        ("ChangeRule", "sa{sv}", [kept, {"action": text("allow")}]),
        ("RemoveRule", "s", [kept]),
        ("ApplyRules", "asaa{sv}", [[kept], []]),
        ("ApplyRules", "asaa{sv}", [[], [RULE]]),
        ("Pause", "u", [60]),
        ("Pause", "u", [0]),
        ("Lockdown", "b", [True]),
        ("Lockdown", "b", [False]),
        ("Learn", "u", [60]),
        ("Learn", "u", [0]),
        ("ListLearned", "", []),
        ("JudgeLearned", "a(ssu)", [[["path:/usr/bin/curl", "allow", 1]]]),
        ("JudgeLearned", "a(ssu)", [[]]),
        ("Running", "", []),
        ("ChangeSettings", "a{sv}", [{"question_timeout": Variant("d", 5.0)}]),
        ("Watch", "", []),
        ("Known", "ss", ["192.0.2.1", ""]),
        ("TakeBack", "t", [1]),
        ("StopClock", "tb", [1, True]),
        ("Details", "tu", [1, 0]),
        *((member, "b", [all_]) for member in ("Connections", "Traffic") for all_ in (False, True)),
    )

    assert [error for error, _ in answers] == [DENIED] * len(answers)
    assert state(helped) == before


def test_who_is_not_root_is_not_told_which_rules_there_are_by_errors(helped: World) -> None:
    answers = calls(
        helped,
        NOBODY,
        ("RemoveRule", "s", ["no-such-rule"]),
        ("AddRule", "a{sv}", [{"nonsense": text("x")}]),
        ("ApplyRules", "asaa{sv}", [["no-such-rule"], [{}]]),
        ("Pause", "u", [10**6]),
    )
    assert [error for error, _ in answers] == [DENIED] * 4, "may he? is asked first"


def test_everybody_may_read(helped: World, kept: str) -> None:
    rules, status, doctor, settings = calls(
        helped,
        NOBODY,
        ("ListRules", "", []),
        ("Status", "", []),
        ("Doctor", "", []),
        ("Settings", "", []),
    )
    assert [error for error, _ in (rules, status, doctor, settings)] == [""] * 4
    assert settings[1]["question_timeout"] == 60.0
    assert kept in [rule["id"] for rule in rules[1]]
    assert status[1]["agents"] == 0
    assert {"net_cls", "nft queue"} <= {feature["name"] for feature in doctor[1]}


LONG = "x" * 100_000
NONSENSE: list[Call] = [
    ("AddRule", "a{sv}", [{}]),
    ("AddRule", "a{sv}", [{**RULE, "application": Variant("u", 1)}]),
    ("AddRule", "a{sv}", [{**RULE, "application": Variant("as", ["path:/a"])}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("curl")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("path:relative")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("path:/a\nb")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("path:/a\x1b[31mb")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("unknown:already gone")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text("deleted:/a")}]),
    ("AddRule", "a{sv}", [{**RULE, "application": text(LONG)}]),
    ("AddRule", "a{sv}", [{**RULE, "action": text("maybe")}]),
    ("AddRule", "a{sv}", [{**RULE, "action": text(LONG)}]),
    ("AddRule", "a{sv}", [{**RULE, "action": Variant("b", True)}]),  # noqa: FBT003 # a value
    ("AddRule", "a{sv}", [{**RULE, "lifetime": text("once")}]),
    ("AddRule", "a{sv}", [{**RULE, "lifetime": text("eternity")}]),
    ("AddRule", "a{sv}", [{**RULE, "lifetime": text("5m")}]),
    ("AddRule", "a{sv}", [{**RULE, "note": Variant("i", -1)}]),
    ("AddRule", "a{sv}", [{**RULE, "origin": text("shipped")}]),
    ("AddRule", "a{sv}", [{**RULE, "id": text("../../etc/passwd")}]),
    ("AddRule", "a{sv}", [{"application": text("kernel"), "action": text("ask")}]),
    ("AddRule", "s", ["path:/a"]),
    ("AddRule", "", []),
    ("ChangeRule", "sa{sv}", ["KEPT", {"action": text("maybe")}]),
    ("ChangeRule", "sa{sv}", ["KEPT", {"application": text("path:/b")}]),
    ("ChangeRule", "sa{sv}", ["KEPT", {"lifetime": text("once")}]),
    ("ChangeRule", "sa{sv}", ["KEPT", {"note": Variant("t", 1)}]),
    ("RemoveRule", "u", [1]),
    ("ApplyRules", "asaa{sv}", [["KEPT"], [{}]]),
    ("ApplyRules", "asaa{sv}", [[], [RULE, {**RULE, "action": text("maybe")}]]),
    ("ApplyRules", "asaa{sv}", [[], [RULE] * 1001]),
    ("ListRulesOf", "as", [["nonsense"]]),
    ("ListRulesOf", "as", [["path:/a"] * 501]),
    ("Pause", "u", [86401]),
    ("Pause", "u", [2**32 - 1]),
    ("Pause", "i", [-1]),
    ("Learn", "u", [604801]),
    ("Learn", "u", [2**32 - 1]),
    ("Learn", "b", [True]),
    ("JudgeLearned", "a(ssu)", [[["path:/usr/bin/nobody", "allow", 1]]]),
    ("JudgeLearned", "a(ssu)", [[["nonsense", "allow", 1]]]),
    ("JudgeLearned", "a(ssu)", [[["path:/usr/bin/curl", "everything", 1]]]),
    ("JudgeLearned", "s", ["path:/usr/bin/curl"]),
    ("AddRule", "a{sv}", [{**RULE, "scope": Variant("a{ss}", {"network": "a\nb"})}]),
    ("AddRule", "a{sv}", [{**RULE, "scope": Variant("a{ss}", {"network": LONG})}]),
    ("AddRule", "a{sv}", [{**RULE, "scope": Variant("a{ss}", {"network": "type:x"})}]),
    ("Lockdown", "s", ["on"]),
    ("Lockdown", "u", [1]),
    ("Lockdown", "", []),
    ("ChangeSettings", "a{sv}", [{"nonsense": text("x")}]),
    ("ChangeSettings", "a{sv}", [{"question_timeout": text("x")}]),
    ("ChangeSettings", "a{sv}", [{"question_timeout": Variant("d", float("nan"))}]),
    ("ChangeSettings", "a{sv}", [{"held_in_all": Variant("u", 0)}]),
    ("ChangeSettings", "a{sv}", [{"name_servers": Variant("as", ["192.0.2.1"])}]),
    ("ChangeSettings", "a{sv}", [{"name_servers": text("1.1.1.1 " * 20_000)}]),
    ("ChangeSettings", "as", [["question_timeout"]]),
    ("RegisterAgent", "s", ["not an object"]),
    ("Status", "s", ["surplus"]),
]


def test_nonsense_is_refused_with_the_reason_and_changes_nothing(helped: World, kept: str) -> None:
    before = state(helped)
    wanted = [
        (member, types, [kept if each == "KEPT" else each for each in body])
        for member, types, body in NONSENSE
    ]

    answers = calls(helped, 0, *wanted)

    said = [(member, error) for (member, *_), (error, _) in zip(wanted, answers, strict=True)]
    assert said == [(member, INVALID) for member, *_ in wanted]
    assert not [words for _, words in answers if "internal error" in words]
    assert state(helped) == before
    assert "Traceback" not in (helped.home / "stiled.log").read_text()


@pytest.mark.parametrize(
    ("path", "note"),
    [
        ("/" + "x" * 5000, ""),
        ("/a", LONG),
        ("/a", "\x1b\n"),
        ("/ü/'\"\\", ""),
    ],
)
def test_what_is_odd_but_sound_is_kept_and_can_be_removed(
    helped: World, path: str, note: str
) -> None:
    before = state(helped)
    odd = {"application": text(f"path:{path}"), "action": text("deny"), "note": text(note)}

    ((error, rule_id),) = calls(helped, 0, ("AddRule", "a{sv}", [odd]))
    assert not error, rule_id
    ((error, _),) = calls(helped, 0, ("RemoveRule", "s", [rule_id]))

    assert not error
    assert [before[0], before[2]] == [state(helped)[0], state(helped)[2]]


@pytest.mark.parametrize("rule_id", ["no-such-rule", "", "../kept", "/etc/passwd", LONG])
def test_a_rule_that_is_not_there_is_named_so(helped: World, rule_id: str) -> None:
    before = state(helped)

    answers = calls(
        helped, 0, ("RemoveRule", "s", [rule_id]), ("ChangeRule", "sa{sv}", [rule_id, {}])
    )

    assert [error for error, _ in answers] == [contract.NO_SUCH_RULE] * 2
    assert state(helped) == before


def test_a_second_agent_of_a_user_is_refused_and_an_agent_may_leave_and_come_back(
    helped: World,
) -> None:
    register, leave = ("RegisterAgent", "o", [OBJECT]), ("UnregisterAgent", "o", [OBJECT])

    answers = calls(helped, 0, register, register, leave, leave, register)

    assert [error for error, _ in answers] == [
        "",
        contract.AGENT_EXISTS,
        "",
        contract.NOT_AGENT,
        "",
    ]


def test_who_is_no_agent_may_not_answer_nor_take_back_nor_look(helped: World) -> None:
    answers = calls(
        helped,
        0,
        ("Answer", "ta{sv}", [1, CHOICE]),
        ("TakeBack", "t", [1]),
        ("StopClock", "tb", [1, True]),
        ("Details", "tu", [1, 0]),
    )
    assert [error for error, _ in answers] == [contract.NOT_AGENT] * 4


def test_an_answer_to_a_question_that_never_was_is_not_taken(helped: World) -> None:
    _, (error, taken) = calls(
        helped, 0, ("RegisterAgent", "o", [OBJECT]), ("Answer", "ta{sv}", [2**64 - 1, CHOICE])
    )
    assert (error, taken) == ("", False)


def test_of_a_question_that_never_was_nothing_is_told_taken_back_or_stopped(
    helped: World,
) -> None:
    _, undone, stopped, details = calls(
        helped,
        0,
        ("RegisterAgent", "o", [OBJECT]),
        ("TakeBack", "t", [2**64 - 1]),
        ("StopClock", "tb", [7, True]),
        ("Details", "tu", [7, 0]),
    )
    assert (undone, stopped) == (("", False), ("", False))
    assert details == (contract.FAILED, "question 7 is over")


def test_only_who_registered_may_leave(helped: World) -> None:
    ((error, _),) = calls(helped, NOBODY, ("UnregisterAgent", "o", [OBJECT]))
    assert error == contract.NOT_AGENT


def test_a_method_that_is_not_in_the_contract_is_unknown(helped: World) -> None:
    ((error, _),) = calls(helped, 0, ("Shutdown", "", []))
    assert error == "org.freedesktop.DBus.Error.UnknownMethod"


def test_root_locks_down_and_ends_it_and_everybody_is_told(helped: World) -> None:
    async def story() -> None:
        firewall, told = Firewall(helped.bus), asyncio.Event()
        firewall.on_status_changed = told.set
        await firewall.open()
        for on in (True, True, False):
            told.clear()
            await firewall.lockdown(on=on)
            await asyncio.wait_for(told.wait(), 10)
            ((_, status),) = calls(helped, NOBODY, ("Status", "", []))
            assert status["lockdown"] is on
        firewall.close()

    asyncio.run(story())


def test_there_is_no_pause_while_locked_down(helped: World) -> None:
    on, pause, end, off = calls(
        helped,
        0,
        ("Lockdown", "b", [True]),
        ("Pause", "u", [60]),
        ("Pause", "u", [0]),
        ("Lockdown", "b", [False]),
    )

    assert (on[0], end[0], off[0]) == ("", "", "")
    said = "lockdown is on: end it first (stile lockdown off)"
    assert pause == (contract.FAILED, said)


def test_root_lets_it_learn_and_ends_it_and_there_is_none_while_locked_down(
    helped: World,
) -> None:
    on, locked, again, off, end, status = calls(
        helped,
        0,
        ("Learn", "u", [60]),
        ("Lockdown", "b", [True]),
        ("Learn", "u", [60]),
        ("Lockdown", "b", [False]),
        ("Learn", "u", [0]),
        ("Status", "", []),
    )

    assert (on[0], locked[0], off[0], end[0]) == ("", "", "", "")
    assert again == (contract.FAILED, "lockdown is on: end it first (stile lockdown off)")
    assert (status[1]["learning"], status[1]["networks-known"]) == (0, False)


def test_settings_are_changed_in_the_file_and_in_force_and_a_broken_file_stays(
    helped: World,
) -> None:
    file = helped.home / "etc" / "stile.toml"
    file.write_text("# by hand\nquestion_timeout = 50\n")

    def changed(**changes: Variant) -> Answer:
        ((error, late),) = calls(helped, 0, ("ChangeSettings", "a{sv}", [changes]))
        return error, late

    try:
        assert changed(when_daemon_is_away=text("allow"), held_in_all=Variant("u", 99)) == (
            "",
            ["held_in_all"],
        )
        ((_, status),) = calls(helped, NOBODY, ("Status", "", []))
        assert status["away"] == "allow"
        assert file.read_text().startswith("# by hand\nquestion_timeout = 50\n")
        ((_, said),) = calls(helped, NOBODY, ("Settings", "", []))
        assert (said["held_in_all"], said["file"], said["problem"]) == (99, str(file), "")

        file.write_text("question_timeout = soon\n")
        error, why = changed(question_timeout=Variant("d", 5.0))
        assert (error, str(file) in why) == (contract.FAILED, True)
        assert file.read_text() == "question_timeout = soon\n"
        ((_, said),) = calls(helped, NOBODY, ("Settings", "", []))
        assert said["problem"].startswith(f"{file}: ")
        assert said["question_timeout"] == 50.0
    finally:
        file.unlink()
        changed(when_daemon_is_away=text("deny"))
        file.unlink()
