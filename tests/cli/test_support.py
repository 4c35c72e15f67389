"""`stile support`: the report says what helps, nothing of anybody's, and is there in any case."""

import json
import socket
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stile.applications import Application
from stile.cli.evidence import skeleton
from stile.rules import Action, Rule
from stile.scopes import Scope
from stile.settings import Settings, Stated

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run

SECTIONS = [
    *("versions", "system", "helper", "problems", "features", "settings that differ", "rules"),
    *("block lists", "units", "net_cls", "kernel table", "processes"),
    *("others who judge packets", "journal"),
]
CURL, TOOL = (Application.parse(f"path:{path}") for path in ("/usr/bin/curl", "/home/jonas/bin/a"))


def somebodys(helper: "Helper") -> None:
    """Give the helper things to say that are nobody else's business."""
    helper.status_words = {
        "version": "0.1.0",
        "rules": 3,
        "networks": ["Bergs Wi-Fi", "00f3a8d8-1c4c-4d0c-9a1b-2c3d4e5f6071", "type:wifi"],
        "networks-known": 1,
        "problems": [
            "/etc/stile/rules.d/acme vpn.toml: line 3: 'vault.acme.example' is decided twice",
            "name server 203.0.113.7 of Bergs Wi-Fi does not answer",
        ],
    }
    helper.findings = [{"name": "net_cls", "state": "ok", "means": "at /run/stile/net_cls"}]
    settings = Settings(question_timeout=90, name_servers="203.0.113.7")
    helper.stated = Stated(settings, "/etc/stile/stile.toml")
    scopes = [Scope(), Scope.parse({"to": "vault.acme.example", "network": "Office"})]
    helper.rules = [(Rule(CURL, Action.ALLOW, scope=each), True) for each in scopes]
    helper.rules.append((replace(Rule(TOOL, Action.DENY), enabled=False), False))
    helper.lists = [
        {
            "name": "acme-adverts",
            "source": "https://lists.acme.example/hosts",
            "action": "deny",
            "entries": 12,
            "skipped": 1,
            "updated": 0.0,
            "hits": 3,
            "problem": "acme-adverts: lists.acme.example cannot be reached",
        }
    ]


def test_it_says_what_helps_and_nothing_of_anybodys(stile: "Run", helper: "Helper") -> None:
    somebodys(helper)
    done = stile("support", env={"PATH": "/usr/sbin:/usr/bin:/bin", "USER": "jonas"})
    assert (done.returncode, done.stderr) == (0, "")
    said = done.stdout
    for helpful in (
        "question_timeout = 90.0",
        "name_servers = <private IPv4 address #1>",
        "name server <private IPv4 address #1> of <network #",
        "/etc/stile/rules.d/<file #1>: line 3: '<host name #1>' is decided twice",
        "path, allow: 2",
        "path, deny: 1",
        "switched off: 1",
        "for a network: 1",
        "active: type:wifi",
        "net_cls: ok: at /run/stile/net_cls",
        "deny, 12 entries, 1 skipped, from the web",
        "Read it before you send it",
    ):
        assert helpful in said
    for secret in ("acme", "Bergs", "Office", "jonas", "203.0.113", "00f3a8d8", "vault"):
        assert secret not in said
    assert f" {socket.gethostname()} " not in said


def test_as_json_a_section_is_a_line(stile: "Run", helper: "Helper") -> None:
    somebodys(helper)
    records = [json.loads(line) for line in stile("--json", "support").stdout.splitlines()]
    assert [each["section"] for each in records[:-1]] == SECTIONS
    assert all(each["lines"] for each in records[:-1])
    assert records[-1]["removed"]["private IPv4 address"] >= 1


def test_a_file_is_new_and_its_owners_alone(stile: "Run", helper: "Helper", tmp_path: Path) -> None:
    somebodys(helper)
    path = tmp_path / "report.txt"
    done = stile("support", str(path))
    assert done.stdout == f"the report is in {path}\n"
    assert "Read it before" in done.stderr
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "== journal" in path.read_text()

    again = stile("support", str(path))
    assert (again.returncode, again.stdout) == (1, "")
    assert "is there already" in again.stderr
    record = json.loads(stile("--json", "support", str(tmp_path / "other")).stdout)
    assert record["sections"] == len(SECTIONS)


def test_a_file_that_cannot_be_written(stile: "Run", helper: "Helper", tmp_path: Path) -> None:
    done = stile("support", str(tmp_path / "nowhere/report"))
    assert done.returncode == 1
    assert done.stderr.startswith("stile: ")
    assert done.stderr.count("\n") == 1


def test_without_a_helper_it_says_so_and_the_rest(stile: "Run") -> None:
    done = stile("support")
    assert (done.returncode, done.stderr) == (0, "")
    assert "== helper\ncannot be said: there is no helper on the bus" in done.stdout
    assert "\nkernel: " in done.stdout


def test_without_a_bus_it_says_so_and_the_rest(stile: "Run", tmp_path: Path) -> None:
    done = stile("--bus", f"unix:path={tmp_path}/bus", "support")
    assert (done.returncode, done.stderr) == (0, "")
    assert "cannot be said: no bus at '<path #" in done.stdout
    assert str(tmp_path) not in done.stdout


def test_without_any_program_of_the_system(stile: "Run", helper: "Helper") -> None:
    done = stile("support", env={"PATH": "/nowhere"})
    assert (done.returncode, done.stderr) == (0, "")
    assert "== units\ncannot be said: there is no systemctl" in done.stdout
    assert "== journal\ncannot be said: there is no journalctl" in done.stdout


def test_a_helper_that_refuses_or_is_of_another_version(stile: "Run", helper: "Helper") -> None:
    helper.refusals = {
        "Status": ("org.freedesktop.DBus.Error.UnknownMethod", "no such thing"),
        "Doctor": ("org.freedesktop.DBus.Error.UnknownMethod", "no such thing"),
    }
    done = stile("support")
    assert (done.returncode, done.stderr) == (0, "")
    assert "== features\ncannot be said: no such thing" in done.stdout


def test_the_skeleton_of_a_table_has_counts_and_no_elements() -> None:
    entries: list[dict[str, Any]] = [
        {"table": {"family": "inet", "name": "stile"}},
        {"map": {"name": "verdicts", "elem": [[1, 2], [3, 4]]}},
        {"set": {"name": "names0_app1_4", "elem": ["192.0.2.7"]}},
        {"set": {"name": "list_acme_4", "elem": ["192.0.2.7", "192.0.2.8"]}},
        {"chain": {"name": "output", "hook": "output", "prio": 0}},
        {"chain": {"name": "app1"}},
        {"rule": {"chain": "output", "expr": []}},
        {"rule": {"chain": "app1", "expr": [{"match": "192.0.2.7"}]}},
    ]
    assert skeleton(entries) == [
        "map verdicts: 2 elements",
        "chain output: 1 rules, hook output priority 0",
        "elements in other sets: 3",
        "other chains: 1",
        "other sets: 2",
        "rules in other chains: 1",
    ]
