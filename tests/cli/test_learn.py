"""`stile learn` and `stile setup`, against a played helper."""

import json
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from stile import contract
from stile.applications import Application
from stile.connections import TCP, UDP, Uid
from stile.learned import Learned, Place, Running

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run

CURL, AVAHI = map(Application.parse, ("path:/usr/bin/curl", "path:/usr/sbin/avahi-daemon"))
PLACE = Place(TCP, 443, ip_address("192.0.2.1"), "example.org")
LEARNED = Learned(CURL, 3, (PLACE,))


@pytest.mark.parametrize(
    ("words", "seconds"), [(["on"], 3600), (["on", "--for", "15m"], 900), (["off"], 0)]
)
def test_it_is_switched_and_said(
    helper: "Helper", stile: "Run", words: list[str], seconds: int
) -> None:
    helper.status_words["learned"] = 2
    done = stile("learn", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert helper.status_words["learning"] == seconds
    assert done.stdout.startswith("learning for" if seconds else "learning is off")
    assert "2 applications to review" in done.stdout


@pytest.mark.parametrize("wrong", ["forever", "8d", "once"])
def test_it_is_for_a_while_and_never_for_ever(stile: "Run", wrong: str) -> None:
    done = stile("learn", "on", "--for", wrong)
    assert (done.returncode, done.stdout) == (2, "")
    assert "at most 7d" in done.stderr


def test_status_says_that_it_learns(helper: "Helper", stile: "Run") -> None:
    helper.status_words |= {"learning": 90, "learned": 0}
    done = stile("status")
    assert "learns for 1 min 30 s more" in done.stdout
    assert "to review" not in done.stdout


def test_status_names_the_networks_that_are_active(helper: "Helper", stile: "Run") -> None:
    uuid = "2ce33a3e-0001-4a4a-8a8a-000000000001"
    helper.status_words |= {"networks": [uuid, "Home", "type:wifi"]}
    assert "networks  Home, type:wifi\n" in stile("status").stdout
    helper.status_words |= {"networks": []}
    assert "networks" not in stile("status").stdout


def test_the_review_names_places_and_what_would_be_made(helper: "Helper", stile: "Run") -> None:
    helper.learned = [LEARNED]
    said = stile("learn", "review").stdout
    for words in ("curl", "3 connections", "example.org, port 443 (https)", "only what it has"):
        assert words in said
    found = json.loads(stile("learn", "review", "--json").stdout)
    assert found["application"] == "path:/usr/bin/curl"
    assert found["reached"] == [{"to": "example.org", "port": "443", "protocol": "tcp"}]


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        (["accept", "curl"], "allow"),
        (["accept", "path:/usr/bin/curl", "--only-reached"], "reached"),
        (["deny", "/usr/bin/curl"], "deny"),
        (["forget", "--all"], "forget"),
    ],
)
def test_a_verdict_is_about_what_was_listed(
    helper: "Helper", stile: "Run", words: list[str], verdict: str
) -> None:
    helper.learned = [LEARNED]
    done = stile("learn", *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert helper.judged == [("path:/usr/bin/curl", verdict, 1)]


def test_who_is_not_among_it_is_named(helper: "Helper", stile: "Run") -> None:
    helper.learned = [LEARNED]
    done = stile("learn", "accept", "wget")
    assert done.returncode == 1
    assert done.stderr == "stile: nothing was learned of 'wget' (stile learn review)\n"
    assert stile("learn", "accept").returncode == 1
    assert not helper.judged


def test_who_may_not_is_told_so(helper: "Helper", stile: "Run") -> None:
    helper.refusals["Learn"] = (contract.ACCESS_DENIED, "not authorised")
    done = stile("learn", "on")
    assert (done.returncode, done.stdout) == (1, "")
    assert "access denied" in done.stderr


# -- setup -------------------------------------------------------------------------------


def test_setup_shows_services_and_what_runs_and_adds_nothing_by_itself(
    helper: "Helper", stile: "Run"
) -> None:
    helper.runs = [
        Running(AVAHI, Uid(105), (), ((UDP, 5353),)),
        Running(CURL, Uid(1000), (PLACE,)),
    ]
    done = stile("setup")
    assert done.returncode == 0
    assert "Avahi" in done.stdout
    assert "devices (mDNS) on the local network" in done.stdout
    assert "example.org, port 443 (https)" in done.stdout
    assert "no rule was added" in done.stderr
    assert not helper.added


def test_what_is_accepted_by_name_is_added_narrow(helper: "Helper", stile: "Run") -> None:
    helper.runs = [Running(AVAHI, Uid(105))]
    done = stile("setup", "--accept", "avahi")
    assert done.returncode == 0
    (rule,) = helper.added
    assert (rule.application, rule.scope.words) == (
        AVAHI,
        {"to": "local", "port": "5353", "protocol": "udp"},
    )


def test_a_name_that_is_not_proposed_adds_nothing(helper: "Helper", stile: "Run") -> None:
    helper.runs = [Running(AVAHI, Uid(105))]
    done = stile("setup", "--accept", "avahi,nonsense")
    assert done.returncode == 1
    assert done.stderr.endswith("no rule is proposed for 'nonsense'\n")
    assert not helper.added
