"""What all subcommands share: status and doctor, options, exit codes, and a helper that is away."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run, Start

VERBS = [
    ["status"],
    ["doctor"],
    ["rules"],
    ["allow", "kernel"],
    ["deny", "kernel"],
    ["drop", "kernel"],
    ["forget", "kernel"],
    ["lockdown"],
    ["lockdown", "on"],
    ["watch"],
    ["agent", "--answer", "deny"],
]


def test_status_says_what_runs(helper: "Helper", stile: "Run") -> None:
    helper.status_words = {
        "version": "0.1.0",
        "paused": 0,
        "queue": "nft queue",
        "rules": 12,
        "agents": 0,
        "away": "deny",
        "problems": ["rules.d/x.toml: line 3: no"],
    }

    assert stile("status").stdout.splitlines() == [
        "Stile 0.1.0 is guarding",
        "  held packets come by  nft queue",
        "  rules                 12",
        "  who can be asked      nobody (start stile-tray or 'stile agent')",
        "  without the helper    unknown applications get deny",
        "problem: rules.d/x.toml: line 3: no",
    ]
    assert json.loads(stile("status", "--json").stdout) == helper.status_words


def test_status_says_how_long_a_pause_lasts(helper: "Helper", stile: "Run") -> None:
    helper.status_words = {"version": "0.1.0", "paused": 3725}

    assert stile("status").stdout == (
        "Stile 0.1.0 is paused for 1 h 2 min 5 s: unknown applications pass\n"
    )


def test_status_says_that_it_is_locked_down(helper: "Helper", stile: "Run") -> None:
    helper.status_words = {"version": "0.1.0", "paused": 0, "lockdown": True}

    assert stile("status").stdout == (
        "Stile 0.1.0 is locked down: only applications with an allow rule reach the network\n"
    )


def test_doctor_says_what_follows(helper: "Helper", stile: "Run") -> None:
    helper.findings = [
        {"name": "net_cls", "state": "ok", "means": "applications are told apart"},
        {"name": "nft queue", "state": "limited", "means": "the compat target does it"},
    ]

    assert stile("doctor").stdout.splitlines() == [
        "FEATURE    STATE    WHAT FOLLOWS",
        "net_cls    ok       applications are told apart",
        "nft queue  limited  the compat target does it",
    ]
    lines = stile("doctor", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == helper.findings


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb[0])
def test_without_a_helper_every_command_says_so(stile: "Run", verb: list[str]) -> None:
    refused = stile(*verb)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == "stile: Stile's helper is not running (systemctl start stiled)\n"


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("unix:path=/nowhere", "no bus at 'unix:path=/nowhere': No such file or directory"),
        (
            "nonsense",
            "no bus at 'nonsense': say system, session or an address like unix:path=/PATH",
        ),
    ],
)
def test_without_a_bus_the_address_is_named(stile: "Run", address: str, said: str) -> None:
    refused = stile("status", "--bus", address)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == f"stile: {said}\n"


def test_a_bus_that_goes_ends_a_command_that_stays(
    helper: "Helper", start: "Start", bus_pid: int
) -> None:
    watch = start("watch")
    helper.watchers.get(timeout=30)

    os.kill(bus_pid, 9)

    assert watch.ended() == 1
    assert "went away\n" in watch.err.to_the_end()


@pytest.mark.parametrize("wrong", [[], ["dance"], ["status", "more"], ["forget"], ["--bus"]])
def test_a_line_that_makes_no_sense_is_a_usage_error(stile: "Run", wrong: list[str]) -> None:
    refused = stile(*wrong)

    assert (refused.returncode, refused.stdout) == (2, "")
    assert refused.stderr.startswith("stile: ")
    assert refused.stderr.count("\n") == 1


def test_version_and_help_need_no_helper(stile: "Run") -> None:
    assert stile("--version").stdout == "stile 0.1.0\n"
    for verb in ([], *([verb[0]] for verb in VERBS)):
        helped = stile(*verb, "--help")
        assert (helped.returncode, helped.stderr) == (0, "")


def test_a_reader_that_leaves_early_is_no_trouble(helper: "Helper", stile: "Run") -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody:
        cut = stile("status", stdout=nobody)

    assert cut.returncode == 141


def test_output_that_cannot_be_written_is_a_failure(helper: "Helper", stile: "Run") -> None:
    with Path("/dev/full").open("wb") as full:
        cut = stile("status", stdout=full)

    assert cut.returncode == 1
    assert cut.stderr == "stile: cannot write the output: No space left on device\n"


def test_colour_is_for_terminals_that_want_it(
    helper: "Helper", stile: "Run", environment: dict[str, str]
) -> None:
    def on_a_terminal() -> str:
        screen, terminal = os.openpty()
        stile("status", stdout=terminal)
        os.close(terminal)
        said = os.read(screen, 65536).decode()
        os.close(screen)
        return said

    assert on_a_terminal() == "\x1b[32mStile 0.1.0 is guarding\x1b[0m\r\n"
    assert "\x1b" not in stile("status").stdout
    environment["NO_COLOR"] = "1"
    assert on_a_terminal() == "Stile 0.1.0 is guarding\r\n"
