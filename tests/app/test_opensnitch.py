"""OpenSnitch's rules, as its daemon writes them and its window exports them, in our words."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from stile.arrivals import Arrivals
from stile.exchange import read_rules
from stile.opensnitch import translated
from stile.rules import Action, Lifetime, Rule

NOW = 1_700_000_000.0
WRITTEN = Path(__file__).parent / "opensnitch"
"""Rule files that opensnitchd 1.5.8 and 1.6.9 wrote; what told it to spoke as their window does."""
CURL = ("simple", "process.path", "/usr/bin/curl")
Condition = tuple[str, str, str]


def theirs(*conditions: Condition, name: str = "a-rule", **more: Any) -> dict[str, Any]:  # noqa: ANN401 # JSON
    """A rule file as the daemon writes it."""
    operators = [
        {"operand": operand, "data": data, "type": kind, "list": None, "sensitive": False}
        for kind, operand, data in conditions
    ]
    whole = {"operand": "list", "data": "", "type": "list", "list": operators, "sensitive": False}
    return {
        "created": "2023-10-03T18:06:52.209804547+01:00",
        "updated": "2023-10-03T18:06:52.209857713+01:00",
        "name": name,
        "description": "",
        "action": "allow",
        "duration": "always",
        "operator": operators[0] if len(operators) == 1 else whole,
        "enabled": True,
        "precedence": False,
        "nolog": False,
    } | more


def carried(*rules: dict[str, Any]) -> Arrivals:
    return translated([(f"{n}.json", each) for n, each in enumerate(rules)], NOW)


def said(rule: Rule) -> str:
    return f"{rule.action} {rule.application} {rule.scope}"


SAYABLE = [
    ([CURL], ["path:/usr/bin/curl anything"]),
    ([("simple", "process.path", "Kernel connection")], ["kernel anything"]),
    ([("simple", "dest.host", "example.org")], ["everybody to example.org"]),
    ([CURL, ("simple", "dest.port", "443")], ["path:/usr/bin/curl port 443"]),
    ([CURL, ("regexp", "dest.port", "^(80|443)$")], ["path:/usr/bin/curl port 80,443"]),
    ([CURL, ("simple", "dest.ip", "192.0.2.1")], ["path:/usr/bin/curl to 192.0.2.1"]),
    ([CURL, ("network", "dest.network", "192.0.2.7/24")], ["path:/usr/bin/curl to 192.0.2.0/24"]),
    ([CURL, ("simple", "user.id", "1000")], ["path:/usr/bin/curl user 1000"]),
    (
        [CURL, ("simple", "protocol", "tcp")],
        ["path:/usr/bin/curl to 0.0.0.0/0 protocol tcp"],
    ),
    (
        [CURL, ("simple", "protocol", "udp6"), ("simple", "dest.ip", "2001:db8::1")],
        ["path:/usr/bin/curl to 2001:db8::1 protocol udp"],
    ),
    (
        [CURL, ("regexp", "dest.host", r"^(|.*\.)example\.org$")],
        ["path:/usr/bin/curl to *.example.org"],
    ),
    (
        [CURL, ("regexp", "dest.host", r"^(a\.example\.org|b\.example\.org)$")],
        ["path:/usr/bin/curl to a.example.org", "path:/usr/bin/curl to b.example.org"],
    ),
    (
        [CURL, ("regexp", "dest.host", r"^ads.*\.example\.org$")],
        ["path:/usr/bin/curl to ads*.example.org"],
    ),
    ([CURL, ("regexp", "dest.host", "doubleclick")], ["path:/usr/bin/curl to *doubleclick*"]),
    (
        [CURL, ("regexp", "dest.ip", r"^192\.168\.1\..*")],
        ["path:/usr/bin/curl to 192.168.1.0/24"],
    ),
    (
        [("regexp", "process.path", "^(/usr/bin/curl|/usr/bin/wget)$")],
        ["path:/usr/bin/curl anything", "path:/usr/bin/wget anything"],
    ),
    (
        [CURL, ("network", "dest.network", "LAN")],
        [
            f"path:/usr/bin/curl to {network}"
            for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
        ],
    ),
]


@pytest.mark.parametrize(("conditions", "rules"), SAYABLE)
def test_what_can_be_said_is_said(conditions: list[Condition], rules: list[str]) -> None:
    arrivals = carried(theirs(*conditions))
    assert [said(each) for each in arrivals.rules] == [f"allow {rule}" for rule in rules]
    assert not arrivals.lost


AS_WRITTEN = {
    "000-allow-curl": ["allow path:/usr/bin/curl anything"],
    "002-user": ["allow path:/usr/bin/curl user 1000"],
    "003-host": ["allow path:/usr/bin/curl to example.org"],
    "004-domain-by-prompt": ["drop path:/usr/bin/curl to *.example.net"],
    "005-ip": ["allow path:/usr/bin/curl to 192.0.2.1"],
    "006-ip-by-prompt": ["allow path:/usr/bin/curl to 192.168.1.0/24"],
    "007-net": ["allow path:/usr/bin/curl to 198.51.100.0/24"],
    "008-lan": [
        f"allow path:/usr/bin/ssh to {network}"
        for network in (
            *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"),
            *("169.254.0.0/16", "fe80::/10"),
        )
    ],
    "009-port": ["deny path:/usr/bin/curl port 25"],
    "010-ports": ["allow path:/usr/bin/curl port 80,443"],
    "011-proto": ["allow path:/usr/bin/curl to 0.0.0.0/0 protocol udp"],
    "012-protos": [
        "allow path:/usr/bin/curl to 0.0.0.0/0 protocol tcp",
        "allow path:/usr/bin/curl to 0.0.0.0/0 protocol udp",
    ],
    "013-path-regexp": ["allow path:/usr/bin/wget anything", "allow path:/usr/bin/aria2c anything"],
    "019-off": ["allow path:/usr/bin/telnet anything"],
    "020-first": ["drop path:/usr/bin/nc anything"],
    "025-everything": ["allow everybody anything"],
    "026-kernel": ["allow kernel anything"],
    "027-sensitive": ["allow path:/opt/Tool/Tool anything"],
    "029-domain-anchored": ["drop everybody to *.example.com"],
    "030-quotes": ['allow path:/opt/my "tool" \\ ä/x anything'],
    "036-two-octets": ["drop path:/usr/bin/ftp to 10.1.0.0/16"],
}
"""What becomes of each; of what is not here, nothing, and a reason is told."""
THEIRS = sorted(WRITTEN.glob("*/*.json"))


@pytest.mark.parametrize("file", THEIRS, ids=lambda file: f"{file.parent.name} {file.stem}")
def test_files_that_their_daemon_wrote(file: Path) -> None:
    arrivals = read_rules(file, NOW, theirs=True)
    assert sorted(map(said, arrivals.rules)) == sorted(AS_WRITTEN.get(file.stem, []))
    assert arrivals.lost == (file.stem not in AS_WRITTEN)
    enabled = json.loads(file.read_text())["enabled"]
    assert all(rule.enabled is enabled for rule in arrivals.rules)


def test_a_folder_as_it_stands_in_etc() -> None:
    """Together some would stand over a deny that wins there: those come in switched off."""
    for version in ("1.5.8", "1.6.9"):
        arrivals = read_rules(WRITTEN / version, NOW)
        assert len(arrivals.rules) == 27
        assert arrivals.lost == 14
        off = {rule.note for rule in arrivals.rules if not rule.enabled}
        assert "003-host (OpenSnitch)" in off
        assert "010-ports (OpenSnitch)" not in off


def test_what_their_prompt_means_is_said() -> None:
    texts = [
        remark.text
        for name in ("004-domain-by-prompt", "006-ip-by-prompt")
        for remark in read_rules(WRITTEN / "1.6.9" / f"{name}.json", NOW).remarks
    ]
    assert texts == [
        r"'^(|.*\.)example\.net' is taken for a domain, and all that is below it",
        r"'192\.168\.1\..*' is taken for the beginning of an address",
    ]


UNTOLD = [
    [CURL, ("regexp", "process.command", "--insecure")],
    [CURL, ("simple", "process.env.HOME", "/root")],
    [CURL, ("simple", "process.hash.md5", "0123")],
    [CURL, ("simple", "iface.out", "tun0")],
    [CURL, ("simple", "source.port", "1024")],
    [CURL, ("simple", "process.id", "4711")],
    [CURL, ("lists", "lists.domains", "/etc/lists")],
    [CURL, ("simple", "something.new", "x")],
    [CURL, ("simple", "dest.host", "example.org"), ("simple", "dest.ip", "192.0.2.1")],
    [CURL, ("regexp", "dest.host", "^[a-z]+[.]example[.]org$")],
    [CURL, ("regexp", "dest.host", r"^a\.org|b\.org$")],
    [CURL, ("regexp", "dest.ip", r"^192\.168\.1")],
    [CURL, ("regexp", "dest.port", "^80")],
    [CURL, ("network", "dest.network", "MY_ALIAS")],
    [("regexp", "process.path", "^/usr/bin/python.*$")],
    [("simple", "process.path", "/snap/firefox/4711/usr/lib/firefox/firefox")],
    [("simple", "process.path", "/tmp/.mount_ThingAbc/thing")],  # noqa: S108 # as theirs say
    [CURL, ("regexp", "dest.ip", r"^(127\.0\.0\.1|::1)$")],
]


@pytest.mark.parametrize("conditions", UNTOLD)
@pytest.mark.parametrize("action", ["allow", "deny"])
def test_what_cannot_be_said_is_left_out_with_a_reason(
    conditions: list[Condition], action: str
) -> None:
    arrivals = carried(theirs(*conditions, action=action))
    assert arrivals.rules == ()
    assert arrivals.lost == 1
    assert all(each.text for each in arrivals.remarks)


def test_a_deny_may_cover_more_and_says_so_and_an_allow_may_not() -> None:
    conditions = [CURL, ("simple", "dest.host", "example.org"), ("simple", "protocol", "tcp")]
    assert carried(theirs(*conditions)).lost == 1
    arrivals = carried(theirs(*conditions, action="reject"))
    assert [said(each) for each in arrivals.rules] == [
        "deny path:/usr/bin/curl to example.org protocol tcp"
    ]
    assert arrivals.remarks[0].text == "it holds for example.org over IPv4 and IPv6"


@pytest.mark.parametrize(
    ("word", "action"), [("allow", Action.ALLOW), ("deny", Action.DROP), ("reject", Action.DENY)]
)
def test_actions_mean_the_same(word: str, action: Action) -> None:
    assert [each.action for each in carried(theirs(CURL, action=word)).rules] == [action]


def test_what_the_window_exports_leaves_out_what_is_false() -> None:
    exported = {
        "created": "1696352812",
        "name": "allow-telnet-53",
        "action": "allow",
        "duration": "always",
        "operator": {
            "type": "list",
            "operand": "list",
            "data": json.dumps(
                [
                    {"type": "simple", "operand": "process.path", "data": "/usr/bin/telnet"},
                    {"type": "simple", "operand": "dest.port", "data": "53"},
                ]
            ),
        },
    }
    (off,) = carried(exported).rules
    assert (said(off), off.enabled) == ("allow path:/usr/bin/telnet port 53", False)
    assert carried(exported | {"enabled": True}).rules[0].enabled


def test_durations() -> None:
    assert carried(theirs(CURL, duration="until restart")).rules[0].lifetime is Lifetime.REBOOT
    begun = datetime.fromtimestamp(NOW - 600, UTC).isoformat()
    (timed,) = carried(theirs(CURL, duration="1h30m", created=begun, updated=begun)).rules
    assert timed.until == pytest.approx(NOW - 600 + 5400)
    over = carried(theirs(CURL, duration="5m", created=begun, updated=begun))
    assert over.remarks[0].text == "it held for 5m, and is over"
    assert carried(theirs(CURL, duration="once")).lost == 1
    assert carried(theirs(CURL, duration="sometimes")).lost == 1


def test_an_allow_that_would_stand_over_a_deny_comes_in_switched_off() -> None:
    allow = theirs(CURL, ("simple", "dest.host", "example.org"), name="a")
    deny = theirs(CURL, ("simple", "dest.port", "80"), name="b", action="reject")
    arrivals = carried(allow, deny)
    assert {said(each): each.enabled for each in arrivals.rules} == {
        "allow path:/usr/bin/curl to example.org": False,
        "deny path:/usr/bin/curl port 80": True,
    }
    assert "there 'b' wins" in arrivals.remarks[0].text


def test_an_allow_that_stood_over_the_deny_stays_on() -> None:
    allow = theirs(CURL, ("simple", "dest.host", "example.org"), name="a", precedence=True)
    deny = theirs(CURL, name="b", action="reject")
    assert all(each.enabled for each in carried(allow, deny).rules)


def test_a_deny_that_is_lost_is_named_as_such() -> None:
    deny = theirs(CURL, ("simple", "iface.out", "tun0"), action="deny")
    assert carried(deny).remarks[0].text.endswith("(so it refuses nothing here)")


@pytest.mark.parametrize(
    "nonsense", [None, [], {}, {"operator": 5}, {"action": "allow", "operator": {"type": "list"}}]
)
def test_nonsense_is_a_remark(nonsense: object) -> None:
    arrivals = translated([("x.json", nonsense)], NOW)
    assert arrivals.rules == ()


def test_a_folder_is_read_and_what_is_broken_in_it_is_named(tmp_path: Path) -> None:
    (tmp_path / "000-curl.json").write_text(json.dumps(theirs(CURL, name="curl")))
    (tmp_path / "001-many.json").write_text(
        json.dumps([theirs(("simple", "process.path", f"/usr/bin/p{n}")) for n in range(3)])
    )
    (tmp_path / "002-broken.json").write_text('{"name": ')
    (tmp_path / "README").write_text("not a rule")
    arrivals = read_rules(tmp_path, NOW)
    assert len(arrivals.rules) == 4
    assert [each.source for each in arrivals.remarks if each.lost] == ["002-broken.json"]
