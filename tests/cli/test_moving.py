"""`stile export` and `stile import`, the real command against a played helper."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from stile.applications import Application
from stile.rules import Action, Lifetime, Origin, Rule, RuleId

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run

CURL = Application.parse("path:/usr/bin/curl")
ALLOW = Rule(CURL, Action.ALLOW, id=RuleId("curl"), note="for the backup")
OPERATOR = {"type": "simple", "operand": "process.path", "data": "/usr/bin/wget"}
WGET = {"name": "wget", "enabled": True, "action": "deny", "duration": "always"}


def test_what_is_exported_comes_in_again(helper: "Helper", stile: "Run", tmp_path: Path) -> None:
    temporary = Rule(CURL, Action.DENY, Lifetime.REBOOT, origin=Origin.TEMPORARY)
    helper.rules = [(ALLOW, False), (temporary, True)]
    file = tmp_path / "rules.toml"
    done = stile("export", str(file))
    assert (done.returncode, done.stdout) == (0, f"1 of 2 rules are in {file}\n")
    assert done.stderr == (
        "stile: 1 that do not outlast a reboot, or are overridden, are left out\n"
    )

    done = stile("import", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("1 rules came in\n")
    assert "replaces one" in done.stdout
    assert [(each.application, each.note) for each in helper.added] == [(CURL, "for the backup")]


def test_a_folder_of_opensnitch_comes_in_and_says_what_does_not(
    helper: "Helper", stile: "Run", tmp_path: Path
) -> None:
    untold = OPERATOR | {"operand": "process.command"}
    (tmp_path / "wget.json").write_text(json.dumps(WGET | {"operator": OPERATOR}))
    (tmp_path / "a.json").write_text(json.dumps(WGET | {"name": "a", "operator": untold}))

    done = stile("import", str(tmp_path), "--from", "opensnitch", "--dry-run")
    assert done.returncode == 0
    assert done.stdout.endswith("1 rules would come in, 1 not\n")
    assert done.stderr.startswith("stile: a: not carried over: it is about a command line")
    assert helper.added == []

    assert stile("import", str(tmp_path)).stdout.endswith("1 rules came in, 1 not\n")
    assert [(str(each.application), each.action) for each in helper.added] == [
        ("path:/usr/bin/wget", Action.DROP)
    ]


def test_json_is_an_object_for_each_rule_and_remark(
    helper: "Helper", stile: "Run", tmp_path: Path
) -> None:
    (tmp_path / "wget.json").write_text(json.dumps(WGET | {"operator": OPERATOR}))
    (tmp_path / "broken.json").write_text("{")
    done = stile("import", "--json", "--dry-run", str(tmp_path))
    rule, remark = map(json.loads, done.stdout.splitlines())
    assert (rule["application"], rule["replaces"]) == ("path:/usr/bin/wget", False)
    assert (remark["source"], remark["lost"]) == ("broken.json", True)
    assert helper.added == []


def test_what_cannot_be_read_or_written_is_one_sentence(
    helper: "Helper", stile: "Run", tmp_path: Path
) -> None:
    helper.rules = [(ALLOW, True)]
    nowhere = tmp_path / "nowhere"
    done = stile("import", str(nowhere))
    assert (done.returncode, done.stderr) == (
        1,
        f"stile: {nowhere}: No such file or directory\n",
    )
    done = stile("export", str(nowhere / "rules.toml"))
    assert done.returncode == 1
    assert done.stderr.endswith("could not be written: No such file or directory\n")
