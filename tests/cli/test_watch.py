"""`stile watch`, against a played helper."""

import json
import os
import signal
from datetime import datetime
from ipaddress import ip_address
from typing import TYPE_CHECKING

from stile import contract
from stile.applications import Application, Kind
from stile.connections import ICMPV6, TCP, Connection, Flow, Pid, Process, Protocol, Uid
from stile.decisions import Decision, Outcome, Reason

if TYPE_CHECKING:
    from tests.cli.conftest import Helper, Run, Start

NOON = datetime(2024, 5, 1, 12, 0, 0).timestamp()


def decision(
    outcome: Outcome = Outcome.HELD,
    reason: Reason = Reason.ASKED,
    *,
    protocol: Protocol = TCP,
    inferred: bool = False,
) -> Decision:
    process = Process(Pid(7), Uid(1000), Application(Kind.PATH, "/usr/bin/curl"))
    port = 443 if protocol.has_ports else 0
    flow = Flow(protocol, ip_address("2001:db8::9"), port, ip_address("2001:db8::1"), port)
    return Decision(NOON, Connection(process, flow, inferred), outcome, reason)


def test_each_decision_is_a_line(helper: "Helper", start: "Start") -> None:
    watch = start("watch")
    watcher = helper.watchers.get(timeout=30)

    helper.tell_of(watcher, decision())
    helper.tell_of(watcher, decision(Outcome.DENY, Reason.ANSWER, protocol=ICMPV6, inferred=True))
    helper.tell_of(watcher, decision(Outcome.DENY, Reason.LOCKDOWN))

    assert [watch.line().split() for _ in range(3)] == [
        ["12:00:00", "held", "curl", "tcp", "[2001:db8::1]:443", "asked"],
        ["12:00:00", "deny", "curl", "icmpv6", "2001:db8::1", "answer", "(inferred)"],
        ["12:00:00", "deny", "curl", "tcp", "[2001:db8::1]:443", "lockdown"],
    ]


def test_a_decision_is_an_object_for_programs(helper: "Helper", start: "Start") -> None:
    watch = start("--json", "watch")

    helper.tell_of(helper.watchers.get(timeout=30), decision(Outcome.DROP, Reason.RULE))

    assert json.loads(watch.line()) == {
        "time": NOON,
        "application": "path:/usr/bin/curl",
        "pid": 7,
        "uid": 1000,
        "protocol": "tcp",
        "address": "2001:db8::1",
        "port": 443,
        "host": "",
        "verdict": "drop",
        "reason": "rule",
        "inferred": False,
        "inbound": False,
        "own-port": 443,
    }


def test_watching_goes_on_after_a_restart_of_the_helper(helper: "Helper", start: "Start") -> None:
    watch = start("watch", "--json")
    helper.watchers.get(timeout=30)

    helper.go()
    assert watch.remark() == "stile: the helper went away; waiting for it to come back"
    helper.come()
    helper.tell_of(helper.watchers.get(timeout=30), decision())

    assert json.loads(watch.line())["verdict"] == "held"


def test_ctrl_c_ends_watching_quietly(helper: "Helper", start: "Start") -> None:
    watch = start("watch")
    helper.watchers.get(timeout=30)

    watch.process.send_signal(signal.SIGINT)

    assert watch.ended() == 130
    assert watch.err.to_the_end() == ""


def test_a_reader_that_leaves_ends_watching_quietly(helper: "Helper", start: "Start") -> None:
    reading, writing = os.pipe()
    watch = start("watch", stdout=writing)
    os.close(writing)
    os.close(reading)

    helper.tell_of(helper.watchers.get(timeout=30), decision())

    assert watch.ended() == 141
    assert watch.err.to_the_end() == ""


def test_who_may_not_watch_is_told_so(helper: "Helper", stile: "Run") -> None:
    helper.refusals["Watch"] = (contract.ACCESS_DENIED, "not you")

    refused = stile("watch")

    assert refused.returncode == 1
    assert refused.stderr == "stile: access denied: not you (root may, or whom polkit lets)\n"
