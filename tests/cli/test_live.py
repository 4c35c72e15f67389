"""`stile connections` and `stile traffic`, against a played helper."""

import json
from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from stile import contract
from stile.applications import Application, Kind
from stile.cli.live import octets
from stile.connections import TCP, Direction, Uid
from stile.rules import Action
from stile.traffic import OpenConnection, State, Traffic

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run

CURL = Application(Kind.PATH, "/usr/bin/curl")
OWN = OpenConnection(
    *(1, CURL, Uid(1000), TCP, ip_address("2001:db8::1"), 443, 40000, ""),
    *(Direction.OUT, Action.ALLOW, State.OPEN, 1234, None),
)
THEIRS = OpenConnection(
    *(2, CURL, Uid(0), TCP, ip_address("192.0.2.1"), 80, 40001, "example.org"),
    *(None, Action.DENY, State.CLOSING, 0, 5_600_000),
)


def test_what_is_open_is_a_table_and_of_all_if_that_is_asked_for(
    helper: "Helper", stile: "Run"
) -> None:
    helper.open = [OWN, THEIRS]

    own = stile("connections").stdout.splitlines()
    both = stile("connections", "--all").stdout.splitlines()

    assert [line.split() for line in own[1:]] == [
        ["allow", "curl", "tcp", "[2001:db8::1]:443", "open", "1.2", "kB", "-"]
    ]
    assert len(both) == 3
    assert "example.org:80" in "".join(both)


def test_for_programs_each_is_an_object(helper: "Helper", stile: "Run") -> None:
    helper.open = [OWN]
    helper.passed = [Traffic(CURL, Uid(1000), 10.0, 1, 2, 3, 4)]

    (one,) = map(json.loads, stile("--json", "connections").stdout.splitlines())
    (passed,) = map(json.loads, stile("--json", "traffic").stdout.splitlines())

    assert (one["application"], one["sent"], "received" in one) == (str(CURL), 1234, False)
    assert (passed["sent"], passed["received"], passed["since"]) == (2, 4, 10.0)


def test_nothing_is_said_to_be_nothing(helper: "Helper", stile: "Run") -> None:
    assert stile("connections").stderr == "stile: nothing is open\n"
    assert stile("traffic").stderr == "stile: nothing was counted so far\n"


def test_who_has_moved_the_most_comes_first(helper: "Helper", stile: "Run") -> None:
    wget = Application(Kind.PATH, "/usr/bin/wget")
    helper.passed = [
        Traffic(CURL, Uid(1000), 10.0, 1, 2, 3, 4),
        Traffic(wget, Uid(1000), 10.0, 1, 2_000_000, 3, 4),
    ]

    lines = stile("traffic").stdout.splitlines()

    assert [line.split()[0] for line in lines[1:]] == ["wget", "curl"]
    assert "2.0 MB" in lines[1]


def test_where_nothing_can_be_counted_that_is_said(helper: "Helper", stile: "Run") -> None:
    helper.refusals["Traffic"] = (contract.NOT_COUNTED, "iptables does not count")

    done = stile("traffic")

    assert (done.returncode, done.stderr) == (1, "stile: iptables does not count\n")


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (None, "-"),
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (12_345, "12 kB"),
        (10**15, "1.0 PB"),
    ],
)
def test_octets_are_said_shortly(count: int | None, said: str) -> None:
    assert octets(count) == said
