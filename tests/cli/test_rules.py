"""`stile rules`, `allow`, `deny`, `drop` and `forget`, against a played helper."""

import json
import time
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from stile import contract
from stile.applications import EVERYBODY, KERNEL, Application, Kind
from stile.rules import Action, Lifetime, Origin, Rule, RuleId
from stile.scopes import Scope

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run

CURL = Application(Kind.PATH, "/usr/bin/curl")
OTHER_CURL = Application(Kind.PATH, "/opt/curl/curl")


def rule(
    application: Application, name: str, action: Action = Action.ALLOW, origin: Origin = Origin.USER
) -> tuple[Rule, bool]:
    return Rule(application, action, id=RuleId(name), origin=origin), True


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Make a file that passes for a program."""
    file = tmp_path.resolve() / "prog"
    file.write_bytes(b"\x7fELF")
    file.chmod(0o755)
    return file


# -- rules -----------------------------------------------------------------------------


def test_rules_are_shown_as_a_table(helper: "Helper", stile: "Run") -> None:
    helper.rules = [
        rule(CURL, "curl"),
        (Rule(KERNEL, Action.DENY, Lifetime.REBOOT, "why", RuleId("k"), Origin.SHIPPED), False),
    ]

    shown = stile("rules")

    assert shown.returncode == 0
    assert shown.stderr == ""
    assert shown.stdout.splitlines() == [
        "VERDICT  APPLICATION         COVERS    HOLDS                  FROM                  RULE  "
        "NOTE",
        "allow    path:/usr/bin/curl  anything  forever                user                  curl",
        "deny     kernel              anything  until the next reboot  shipped (overridden)  k     "
        "why",
    ]


def test_rules_are_one_object_a_line_for_programs(helper: "Helper", stile: "Run") -> None:
    helper.rules = [rule(CURL, "curl"), rule(KERNEL, "kernel", origin=Origin.SHIPPED)]

    for order in (("rules", "--json"), ("--json", "rules")):
        first, second = map(json.loads, stile(*order).stdout.splitlines())

        assert first == {
            "id": "curl",
            "application": "path:/usr/bin/curl",
            "action": "allow",
            "lifetime": "forever",
            "origin": "user",
            "note": "",
            "children": False,
            "scope": {},
            "until": 0.0,
            "enabled": True,
            "in_force": True,
        }
        assert second["application"] == "kernel"


@pytest.mark.parametrize("app", ["path:/usr/bin/curl", "/usr/bin/../bin/curl", "curl"])
def test_rules_of_one_application_by_any_of_its_names(
    helper: "Helper", stile: "Run", app: str
) -> None:
    helper.rules = [rule(CURL, "curl"), rule(KERNEL, "kernel")]

    shown = stile("rules", app, "--json")

    assert [json.loads(line)["id"] for line in shown.stdout.splitlines()] == ["curl"]


def test_a_users_own_program_is_named_as_the_table_shows_it(helper: "Helper", stile: "Run") -> None:
    own = replace(CURL, owner=1000)
    helper.rules = [rule(CURL, "curl"), rule(own, "own")]

    shown = stile("rules", str(own), "--json")
    stile("deny", str(own))
    stile("forget", str(own))

    assert [json.loads(line)["id"] for line in shown.stdout.splitlines()] == ["own"]
    assert [each.application for each in helper.added] == [own]
    assert helper.removed == ["own"]


def test_a_name_that_fits_several_applications_lists_them(helper: "Helper", stile: "Run") -> None:
    helper.rules = [rule(CURL, "one"), rule(OTHER_CURL, "two")]

    for verb in ("rules", "allow", "forget"):
        refused = stile(verb, "curl")

        assert refused.returncode == 1
        assert refused.stderr == (
            "stile: 'curl' fits several applications, say which: "
            "path:/opt/curl/curl, path:/usr/bin/curl\n"
        )
    assert (helper.added, helper.removed) == ([], [])


def test_no_rules_is_no_failure_but_no_rule_about_somebody_is(
    helper: "Helper", stile: "Run"
) -> None:
    none = stile("rules")
    about = stile("rules", "curl")

    assert (none.returncode, none.stdout) == (0, "")
    assert about.returncode == 1
    assert about.stderr == "stile: no rule is about 'curl' (stile rules lists all)\n"


def test_what_a_note_says_cannot_steer_the_terminal(helper: "Helper", stile: "Run") -> None:
    helper.rules = [(Rule(CURL, Action.ALLOW, note="\x1b[2J\n\u202efake", id=RuleId("x")), True)]

    shown = stile("rules").stdout

    assert "\\x1b[2J\\x0a\\u202efake" in shown
    assert len(shown.splitlines()) == 2


# -- allow, deny, drop -----------------------------------------------------------------


@pytest.mark.parametrize("action", ["allow", "deny", "drop"])
def test_a_decision_becomes_a_rule(helper: "Helper", stile: "Run", action: str) -> None:
    done = stile(action, "path:/usr/bin/env", "--for", "reboot")

    assert done.returncode == 0
    assert helper.added == [
        Rule(Application(Kind.PATH, "/usr/bin/env"), Action(action), Lifetime.REBOOT)
    ]


def test_a_decision_says_what_it_did(helper: "Helper", stile: "Run", program: Path) -> None:
    said = stile("allow", str(program))
    written = stile("allow", str(program), "--json")

    assert said.stdout == f"prog is allowed, forever: path:{program} (rule the-id)\n"
    assert json.loads(written.stdout) == {
        "id": "the-id",
        "application": f"path:{program}",
        "action": "allow",
        "lifetime": "forever",
        "children": False,
        "note": "",
        "scope": {},
        "until": 0.0,
        "enabled": True,
    }


def test_a_decision_can_be_about_the_programs_it_starts_too(
    helper: "Helper", stile: "Run", program: Path
) -> None:
    said = stile("deny", str(program), "--and-children")

    assert helper.added == [Rule(Application(Kind.PATH, str(program)), Action.DENY, children=True)]
    assert said.stdout.startswith("prog is denied, forever, and so are the programs it starts: ")
    helper.rules = [(helper.added[0], True)]
    assert "deny, and children  path:" in stile("rules").stdout
    assert json.loads(stile("rules", "--json").stdout)["children"] is True


def test_a_symlink_is_followed_to_the_program_that_runs(
    helper: "Helper", stile: "Run", program: Path
) -> None:
    link = program.with_name("link")
    link.symlink_to(program)

    done = stile("allow", str(link))

    assert done.stderr == f"stile: {link} is {program}\n"
    assert helper.added[0].application.name == str(program)


def test_a_relative_path_is_one_from_here(helper: "Helper", stile: "Run", program: Path) -> None:
    stile("allow", "./prog", cwd=program.parent)

    assert helper.added[0].application.name == str(program)


def test_a_name_is_first_that_of_a_rule(helper: "Helper", stile: "Run") -> None:
    helper.rules = [rule(OTHER_CURL, "mine")]

    stile("deny", "curl")

    assert helper.added[0].application == OTHER_CURL


def test_a_name_without_a_rule_is_a_program_on_path(
    helper: "Helper", stile: "Run", program: Path, environment: dict[str, str]
) -> None:
    environment["PATH"] = str(program.parent)

    found, missing = stile("deny", "prog"), stile("deny", "nowhere")

    assert found.returncode == 0
    assert [rule.application.name for rule in helper.added] == [str(program)]
    assert missing.returncode == 1
    assert missing.stderr == (
        "stile: 'nowhere' fits no rule and no program on PATH: say its path\n"
    )


def test_a_program_that_is_not_there_yet_is_warned_about(
    helper: "Helper", stile: "Run", tmp_path: Path
) -> None:
    missing = tmp_path.resolve() / "missing"

    done = stile("allow", str(missing))

    assert done.returncode == 0
    assert done.stderr == f"stile: there is no {missing} so far\n"
    assert helper.added[0].application.name == str(missing)


def test_strange_bytes_in_a_path_are_spelled_as_the_helper_spells_them(
    helper: "Helper", stile: "Run", tmp_path: Path
) -> None:
    stile("allow", str(tmp_path.resolve()) + "/a\\b\udcff\n")

    assert helper.added[0].application.name == f"{tmp_path.resolve()}/a\\\\b\\xff\\x0a"


def test_a_directory_is_no_program(helper: "Helper", stile: "Run", tmp_path: Path) -> None:
    refused = stile("allow", str(tmp_path))

    assert refused.returncode == 1
    assert "is a directory, no program" in refused.stderr
    assert helper.added == []


def test_what_is_a_script_is_warned_about(helper: "Helper", stile: "Run", program: Path) -> None:
    program.write_bytes(b"#!/bin/sh\n")

    assert "is a script" in stile("allow", str(program)).stderr


def test_no_rule_can_be_about_what_will_not_be_recognised(helper: "Helper", stile: "Run") -> None:
    refused = stile("allow", "deleted:/usr/bin/curl")

    assert refused.returncode == 1
    assert "will not be recognised again" in refused.stderr
    assert helper.added == []


@pytest.mark.parametrize(
    ("limit", "scope"),
    [
        (("--to", "192.0.2.1"), {"to": "192.0.2.1"}),
        (("--to", "2001:db8::/32"), {"to": "2001:db8::/32"}),
        (("--to", "*.Example.org"), {"to": "*.example.org"}),
        (("--to", "list:ads"), {"to": "list:ads"}),
        (("--port", "443"), {"port": "443"}),
        (("--port", "8000-8100"), {"port": "8000-8100"}),
        (("--port", "web", "--proto", "udp"), {"port": "web", "protocol": "udp"}),
        (("--direction", "in", "--to", "local"), {"direction": "in", "to": "local"}),
        (("--user", "root"), {"user": "0"}),
    ],
)
def test_a_rule_covers_what_the_line_says(
    helper: "Helper", stile: "Run", limit: tuple[str, ...], scope: dict[str, str]
) -> None:
    done = stile("allow", "/usr/bin/env", *limit, "--note", "why")

    assert done.returncode == 0, done.stderr
    (added,) = helper.added
    assert (added.scope.words, added.note) == (scope, "why")


def test_a_duration_begins_now(helper: "Helper", stile: "Run") -> None:
    before = time.time()
    done = stile("deny", "everybody", "--to", "192.0.2.0/24", "--for", "15m")

    (added,) = helper.added
    assert added.application == EVERYBODY
    assert added.lifetime is Lifetime.UNTIL
    assert before + 900 <= added.until <= time.time() + 900
    assert done.stdout.startswith("Everybody (192.0.2.0/24) is denied, until ")


def test_all_that_can_be_said_of_a_rule_fits_on_one_line(helper: "Helper", stile: "Run") -> None:
    done = stile(
        *("allow", "/usr/bin/env", "--to", "192.0.2.0/24", "--port", "web", "--proto", "tcp"),
        *("--for", "15m", "--note", "x"),
    )

    (added,) = helper.added
    assert added.scope.words == {"to": "192.0.2.0/24", "port": "web", "protocol": "tcp"}
    assert (added.action, added.lifetime, added.note) == (Action.ALLOW, Lifetime.UNTIL, "x")
    assert done.stdout.startswith("env (192.0.2.0/24, port web, tcp) is allowed, until ")
    assert done.stdout.endswith(": path:/usr/bin/env (rule the-id)\n")


def test_each_rule_of_an_application_is_a_line_with_what_it_covers_and_its_end(
    helper: "Helper", stile: "Run"
) -> None:
    scope = Scope.parse({"to": "*.example.org", "port": "443", "protocol": "tcp"})
    reached = Scope.parse({"direction": "in", "to": "local", "user": "1000"})
    end = datetime(2031, 1, 2, 3, 4).timestamp()  # as people see it
    until = Rule(
        CURL, Action.DENY, Lifetime.UNTIL, id=RuleId("curl@:2"), origin=Origin.TIMED, until=end
    )
    helper.rules = [
        rule(CURL, "curl"),
        (Rule(CURL, Action.DENY, id=RuleId("curl:1"), scope=scope, enabled=False), False),
        (replace(until, scope=reached), True),
    ]

    lines = [line.split(maxsplit=2)[2] for line in stile("rules").stdout.splitlines()[1:]]

    assert [" ".join(line.split()) for line in lines] == [
        "anything forever user curl",
        "reached from local, user 1000 until Thu 2 Jan 03:04 timed curl@:2",
        "*.example.org, port 443, tcp forever user (off) curl:1",
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        ("why", "curl", "192.0.2.0/24:80"),
        ("why", "curl", "2001:db8::/32"),
        ("why", "curl", "list:ads"),
        ("why", "curl", "local"),
        ("why", "curl", "*.example.org"),
        ("why", "curl", "*.example.org:99999"),
        ("why", "curl", ""),
        ("allow", "curl", "--to", ""),
        ("allow", "curl", "--user", "nobody-of-this-name"),
        ("allow", "curl", "--direction", "up"),
        ("allow", "curl", "--to", "a" * 250 + "!"),
    ],
)
def test_a_place_that_is_none_is_one_line(
    helper: "Helper", stile: "Run", wrong: tuple[str, ...]
) -> None:
    helper.rules = [rule(CURL, "curl")]

    refused = stile(*wrong)

    assert refused.returncode == 2
    assert refused.stderr.startswith("stile: ")
    assert refused.stderr.count("\n") == 1
    assert helper.added == []


def test_a_host_that_cannot_be_looked_up_is_one_line(helper: "Helper", stile: "Run") -> None:
    helper.rules = [rule(CURL, "curl")]
    refused = stile("why", "curl", "nowhere.invalid:443")
    assert refused.returncode == 1
    assert refused.stderr.startswith("stile: nowhere.invalid cannot be looked up: ")
    assert refused.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "place", "action"),
    [
        ((), "192.0.2.1:53", "deny"),
        (("--proto", "udp"), "192.0.2.1:53", "allow"),
        (("--direction", "in"), "192.0.2.1:22", "drop"),
        (("--user", "4242"), "192.0.2.1:53", "ask"),
        ((), "192.0.2.1", "deny"),
        ((), "2001:db8::1", "deny"),
    ],
)
def test_why_asks_about_protocol_direction_and_user(
    helper: "Helper", stile: "Run", options: tuple[str, ...], place: str, action: str
) -> None:
    helper.rules = [
        rule(CURL, "curl", Action.DENY),
        *(
            (Rule(CURL, Action(what), id=RuleId(what), scope=Scope.parse(words)), True)
            for what, words in (
                ("allow", {"protocol": "udp"}),
                ("drop", {"direction": "in", "port": "22"}),
                ("ask", {"user": "4242"}),
            )
        ),
    ]

    said = json.loads(stile("--json", "why", "curl", place, *options).stdout)

    assert said["action"] == action


def test_what_does_not_fit_together_is_one_error(helper: "Helper", stile: "Run") -> None:
    refused = stile("allow", "/usr/bin/env", "--port", "80", "--proto", "icmp")

    assert (refused.returncode, refused.stderr) == (1, "stile: icmp has no ports\n")
    assert helper.added == []


def test_why_names_the_rule_that_decides_and_those_below_it(helper: "Helper", stile: "Run") -> None:
    near = Scope.parse({"to": "192.0.2.0/24", "port": "80"})
    helper.rules = [
        rule(CURL, "curl"),
        (Rule(CURL, Action.DENY, id=RuleId("curl:near"), scope=near), True),
        (Rule(EVERYBODY, Action.DROP, id=RuleId("all"), scope=Scope.parse({"to": "local"})), True),
    ]

    assert stile("why", "curl", "192.0.2.1:80").stdout.splitlines() == [
        "192.0.2.1: deny, by rule curl:near (curl, 192.0.2.0/24, port 80)",
        "    it stands over allow by rule curl (curl, anything)",
    ]
    assert stile("why", "curl", "192.0.2.1:443").stdout.startswith("192.0.2.1: allow, by rule curl")
    assert stile("why", "curl", "[fe80::1]:80").stdout.startswith("fe80::1: drop, by rule all")
    said = json.loads(stile("--json", "why", "/usr/bin/env", "192.0.2.1:22").stdout)
    assert (said["action"], said["rule"]) == ("ask", None)


def test_why_goes_by_the_names_and_block_lists_that_the_helper_knows(
    helper: "Helper", stile: "Run"
) -> None:
    def about(to: str, action: Action, name: str) -> tuple[Rule, bool]:
        return Rule(CURL, action, id=RuleId(name), scope=Scope.parse({"to": to})), True

    helper.rules = [
        rule(CURL, "curl"),
        about("good.example", Action.ALLOW, "good"),
        about("bad.example", Action.DENY, "bad"),
        about("list:ads", Action.DROP, "ads"),
    ]
    helper.knows = {
        "192.0.2.1": {"names": ["good.example", "bad.example"], "lists": []},
        "192.0.2.2": {"names": [], "lists": ["ads"]},
    }

    shared = stile("why", "curl", "192.0.2.1:443").stdout.splitlines()
    assert shared[0].startswith("192.0.2.1 (bad.example) (good.example): deny, by rule bad")
    assert stile("why", "curl", "192.0.2.2:443").stdout.startswith("192.0.2.2: drop, by rule ads")
    assert stile("why", "curl", "192.0.2.3:443").stdout.startswith("192.0.2.3: allow, by rule curl")


def test_why_does_without_them_where_they_are_not_for_who_asks(
    helper: "Helper", stile: "Run"
) -> None:
    helper.rules = [rule(CURL, "curl")]
    helper.refusals["Known"] = (contract.ACCESS_DENIED, "this is not for you")

    done = stile("why", "curl", "192.0.2.1:443")

    assert done.stdout.startswith("192.0.2.1: allow, by rule curl")
    assert "are left out" in done.stderr


def test_why_says_what_becomes_of_what_would_be_asked_about_while_locked_down(
    helper: "Helper", stile: "Run"
) -> None:
    helper.rules = [rule(CURL, "curl")]
    helper.status_words["lockdown"] = True

    assert "lockdown is on" in stile("why", "/usr/bin/env", "192.0.2.1:22").stdout
    assert "lockdown is on" not in stile("why", "curl", "192.0.2.1:22").stdout


@pytest.mark.parametrize(
    "wrong",
    [
        ("--to", "192.0.2.1/8"),
        ("--to", "what?"),
        ("--port", "0"),
        ("--port", "65536"),
        ("--port", "9-5"),
        ("--port", "http"),
        ("--proto", "smoke"),
        ("--for", "15q"),
        ("--for", ""),
        ("--loud",),
    ],
)
def test_what_makes_no_sense_is_a_usage_error(
    helper: "Helper", stile: "Run", wrong: tuple[str, ...]
) -> None:
    refused = stile("allow", "/usr/bin/env", *wrong)

    assert refused.returncode == 2
    assert refused.stderr.startswith("stile: ")
    assert refused.stderr.count("\n") == 1
    assert helper.added == []


def test_a_rule_cannot_hold_once(helper: "Helper", stile: "Run") -> None:
    refused = stile("deny", "/usr/bin/env", "--for", "once")

    assert refused.returncode == 1
    assert (
        refused.stderr == "stile: a rule cannot be once: say a duration (15m), reboot or forever\n"
    )


def test_a_rule_cannot_hold_until_a_process_quits(helper: "Helper", stile: "Run") -> None:
    refused = stile("allow", "/usr/bin/env", "--for", "quit")

    assert refused.returncode == 1
    assert refused.stderr == (
        "stile: until it quits is said about a running process, in answer to its question: "
        "a rule says 15m, 2h, reboot or forever\n"
    )
    assert helper.added == []


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (contract.ACCESS_DENIED, "access denied: because (root may, or whom polkit lets)"),
        (contract.NOT_KEPT, "because"),
        (contract.INVALID_ARGS, "because"),
    ],
)
def test_a_refusal_is_one_line(helper: "Helper", stile: "Run", error: str, said: str) -> None:
    helper.refusals["AddRule"] = (error, "because")

    refused = stile("allow", "kernel")

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"stile: {said}\n"


# -- forget ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["rule-7", "curl", "/usr/bin/curl", "path:/usr/bin/curl"])
def test_a_rule_is_forgotten_by_its_name_or_its_application(
    helper: "Helper", stile: "Run", name: str
) -> None:
    helper.rules = [rule(CURL, "rule-7"), rule(KERNEL, "kernel")]

    done = stile("forget", name)

    assert done.stdout == "forgot rule rule-7: allow path:/usr/bin/curl\n"
    assert helper.removed == ["rule-7"]


def test_forgetting_leaves_the_shipped_rule_under_the_users(helper: "Helper", stile: "Run") -> None:
    helper.rules = [
        rule(CURL, "shipped", origin=Origin.SHIPPED),
        rule(CURL, "mine"),
        rule(CURL, "now", origin=Origin.TEMPORARY),
    ]

    done = stile("forget", "curl", "--json")

    assert helper.removed == ["mine", "now"]
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == ["mine", "now"]


def test_a_shipped_rule_alone_can_be_forgotten(helper: "Helper", stile: "Run") -> None:
    helper.rules = [rule(CURL, "shipped", origin=Origin.SHIPPED)]

    assert stile("forget", "curl").returncode == 0
    assert helper.removed == ["shipped"]


def test_what_has_no_rule_cannot_be_forgotten(helper: "Helper", stile: "Run") -> None:
    refused = stile("forget", "nothing")

    assert refused.returncode == 1
    assert refused.stderr == "stile: no rule is about 'nothing' (stile rules lists all)\n"


def test_a_rule_that_is_gone_meanwhile_is_a_plain_error(helper: "Helper", stile: "Run") -> None:
    helper.rules = [rule(CURL, "mine")]
    helper.refusals["RemoveRule"] = (contract.NO_SUCH_RULE, "there is no rule 'mine'")

    refused = stile("forget", "mine")

    assert refused.returncode == 1
    assert refused.stderr == "stile: there is no rule 'mine'\n"
