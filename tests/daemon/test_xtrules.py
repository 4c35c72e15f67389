"""What iptables and ipset are told, as text."""

from dataclasses import replace
from ipaddress import ip_address, ip_network

import pytest

from stile.applications import EVERYBODY, Application
from stile.connections import ICMP, TCP, UDP, Flow, Protocol, Uid
from stile.rules import Action, Lifetime, Policy, Rule
from stile.scopes import Scope
from stiled.chains import Chain, chain_of, everybody_chain, shared_chains
from stiled.classes import ClassId
from stiled.xtrules import (
    LONGEST_SET,
    SHARED_CLASSES,
    Frame,
    chain_rules,
    fixed_sets,
    frame_rules,
    listed,
    network_set,
    numbered,
    own_sets,
    parts,
    refuses_inbound,
    remembered,
    restored,
)

APP = Application.parse("path:/usr/bin/app")
NOON = 1893499200.0  # 2030-01-01 12:00:00 UTC
FRAME = Frame(7, bypass=False, ask_in=False)


def chain(*said: tuple[Action, dict[str, str]], who: Application = APP, until: float = 0) -> Chain:
    lifetime = Lifetime.UNTIL if until else Lifetime.FOREVER
    policy = Policy.of(
        Rule(who, action, lifetime, scope=Scope.parse(words), until=until) for action, words in said
    )
    if who == EVERYBODY:
        return everybody_chain(policy)
    return chain_of(policy, who, "app1", ask_in=False)


def rules(of: Chain, version: int = 4, clock: float = 0.0) -> list[str]:
    """The rules of a chain for what begins a conversation."""
    written = chain_rules(of, version, lambda pair: numbered(pair, 5), clock)
    return [rule for rule in written["STILE-app1"] if "--tcp-flags" not in rule]


def test_a_rule_is_written_with_all_that_it_matches() -> None:
    words = {"to": "192.0.2.0/24", "port": "443", "protocol": "tcp", "user": "1000"}

    assert rules(chain((Action.DENY, words)))[0] == (
        "-p tcp -m multiport --dports 443 -d 192.0.2.0/24 -m owner --uid-owner 1000 -g STILE-deny"
    )


def test_ports_without_a_protocol_are_those_of_all_that_have_ports() -> None:
    found = rules(chain((Action.ALLOW, {"port": "80,443"})))

    assert [rule.split(" -m ")[0] for rule in found[:-1]] == [
        "-p tcp",
        "-p udp",
        "-p 132",
        "-p 136",
    ]
    assert all("--dports 80,443 -j RETURN" in rule for rule in found[:-1])


def test_more_ports_than_fit_into_a_match_are_several_rules() -> None:
    many = ",".join(str(port) for port in range(1000, 1040, 2))

    found = rules(chain((Action.ALLOW, {"port": many, "protocol": "tcp"})))[:-1]

    lengths = [len(rule.split("--dports ")[1].split()[0].split(",")) for rule in found]
    assert lengths == [15, 5]


def test_a_range_takes_two_places_in_a_match() -> None:
    many = ",".join(f"{port}-{port + 5}" for port in range(1000, 1100, 10))

    found = rules(chain((Action.ALLOW, {"port": many, "protocol": "tcp"})))[:-1]

    assert [rule.count(":") for rule in found] == [7, 3]


def test_a_family_has_no_rules_about_the_addresses_of_the_other() -> None:
    of = chain((Action.DENY, {"to": "2001:db8::/32"}), (Action.ALLOW, {"to": "192.0.2.1"}))

    assert [rule for rule in rules(of, 4) if "-d" in rule] == ["-d 192.0.2.1/32 -j RETURN"]
    assert [rule for rule in rules(of, 6) if "-d" in rule] == ["-d 2001:db8::/32 -g STILE-deny"]


def test_all_addresses_of_a_family_take_no_match() -> None:
    of = chain((Action.DENY, {"to": "0.0.0.0/0"}))

    assert rules(of, 4)[0] == "-g STILE-deny"
    assert rules(of, 6) == ["-g STILE-unanswered"]


def test_a_range_that_is_no_network_is_written_as_a_range() -> None:
    of = chain((Action.DENY, {"to": "192.0.2.1-192.0.2.9"}))

    assert rules(of)[0] == "-m iprange --dst-range 192.0.2.1-192.0.2.9 -g STILE-deny"


@pytest.mark.parametrize(
    ("until", "last"),
    [(NOON, "11:59:59"), (NOON + 0.1, "12:00:00"), (NOON + 1, "12:00:00")],
)
def test_a_rule_ends_with_the_second_before_its_time(until: float, last: str) -> None:
    of = chain((Action.ALLOW, {"port": "80", "protocol": "tcp"}), until=until)

    assert f"-m time --datestop 2030-01-01T{last} -j RETURN" in rules(of)[0]


def test_a_rule_whose_time_is_over_is_not_written() -> None:
    of = chain((Action.ALLOW, {"port": "80", "protocol": "tcp"}), until=NOON)

    assert rules(of, clock=NOON) == ["-g STILE-unanswered"]


def test_protocol_0_matches_nothing_for_iptables_takes_it_for_all() -> None:
    assert rules(chain((Action.ALLOW, {"protocol": "ip-0"}))) == ["-g STILE-unanswered"]


def test_a_chain_has_the_parts_that_it_says() -> None:
    for words in ({}, {"port": "80"}, {"direction": "in", "port": "80"}, {"to": "example.org"}):
        for who in (APP, EVERYBODY):
            of = chain((Action.DENY, words), (Action.ALLOW, {"to": "192.0.2.1"}), who=who)
            written = chain_rules(of, 4, lambda pair: numbered(pair, 5), 0.0)
            assert sorted(parts(of)) == sorted(written)


def test_what_everybodys_rules_leave_open_goes_on_where_the_packet_came_from() -> None:
    of = chain((Action.DENY, {"to": "192.0.2.1"}), who=EVERYBODY)

    written = chain_rules(of, 4, lambda pair: pair, 0.0)

    assert written["STILE-everybody"][-1] == "-g STILE-open"
    assert written["STILE-everybody_j"][-1] == "-g STILE-again"


def test_each_class_is_looked_at_by_a_rule_and_the_shared_ones_first() -> None:
    classes = {**{each: name for name, each in SHARED_CLASSES.items()}, ClassId(0x57130001): "app1"}

    root = frame_rules(4, classes, FRAME, hold_answers=False)["STILE"]

    assert [rule.split()[-1] for rule in root if "--cgroup" in rule] == [
        "STILE-allowed",
        "STILE-denied",
        "STILE-dropped",
        "STILE-app1",
    ]
    assert root[0] == "-o lo -j RETURN"
    assert root[-1] == "-g STILE-undecided"


def test_answers_to_a_syn_are_held_only_where_somebody_may_not_be_reached() -> None:
    def opened(*, hold: bool) -> list[str]:
        rules = frame_rules(4, {}, FRAME, hold_answers=hold)
        return [rule for rule in rules["STILE-open"] if "SYN,ACK SYN,ACK" in rule]

    assert [rule.split()[-1] for rule in opened(hold=True)] == ["STILE-answers"]
    assert [rule.split()[-1] for rule in opened(hold=False)] == ["RETURN"]
    assert not any(refuses_inbound(each) for each in shared_chains(Policy())[:1])
    assert refuses_inbound(chain((Action.DENY, {"direction": "in"})))
    assert not refuses_inbound(chain((Action.DENY, {"to": "192.0.2.1"})))


def test_with_the_helper_away_listeners_are_reached_unless_they_are_asked_about() -> None:
    def ends(frame: Frame) -> str:
        rules = frame_rules(4, {}, frame, hold_answers=True)
        return " ".join(rules[rules["STILE-answers"][1].split()[-1]])

    assert "--queue-bypass" in ends(FRAME)
    assert "--queue-bypass" not in ends(replace(FRAME, ask_in=True))
    assert "--queue-bypass" in ends(replace(FRAME, ask_in=True, bypass=True))


def test_a_change_fills_chains_then_moves_the_hook_then_removes_what_is_gone() -> None:
    text = restored({"STILE": ["-o lo -j RETURN"]}, ["STILE-app1"], ["-I OUTPUT 1 -j STILE"])

    assert text.splitlines() == [
        "*filter",
        ":STILE - [0:0]",
        "-A STILE -o lo -j RETURN",
        "-I OUTPUT 1 -j STILE",
        "-F STILE-app1",
        "-X STILE-app1",
        "COMMIT",
    ]


def flow(protocol: Protocol) -> Flow:
    near, far = ip_address("10.0.0.1"), ip_address("10.0.0.2")
    ports = (4000, 53) if protocol in (TCP, UDP) else (0, 0)
    return Flow(protocol, near, ports[0], far, ports[1])


def test_a_flow_is_remembered_by_both_of_its_ports_and_one_verdict_takes_the_place_of_others() -> (
    None
):
    lines = remembered(flow(UDP), Action.DENY)

    assert [line for line in lines if line.startswith("add")] == [
        "add stile_refuseds_4 10.0.0.1,17:4000,10.0.0.2",
        "add stile_refusedd_4 10.0.0.1,17:53,10.0.0.2",
    ]
    gone = {line.split()[1] for line in lines if line.startswith("del")}
    assert gone == {"stile_onces_4", "stile_onced_4", "stile_silenceds_4", "stile_silencedd_4"}


def test_a_flow_without_ports_is_remembered_by_its_protocol() -> None:
    assert "add stile_onces_4 10.0.0.1,99:0,10.0.0.2" in remembered(
        flow(Protocol(99)), Action.ALLOW
    )
    assert "add stile_onces_4 10.0.0.1,icmp:8/0,10.0.0.2" in remembered(flow(ICMP), Action.ALLOW)


def test_names_of_sets_fit_and_stay_apart() -> None:
    names = [
        *fixed_sets(),
        *(f"{listed(f'list_{letter * 60}')}_4" for letter in "ab"),
        *(f"{listed(f'networks_{letter * 60}~new')}_6" for letter in "ab"),
        f"{numbered('judged_everybody', 0xFFFFF)}_6",
        f"{numbered('names123_everybody', 0xFFFFF)}_6",
    ]

    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= LONGEST_SET
    assert all(name.startswith("stile") for name in names)


def test_all_addresses_are_two_networks_in_a_set() -> None:
    lines = network_set("x", {4: [ip_network("0.0.0.0/0")], 6: []})

    assert [line for line in lines if line.startswith("add")] == [
        "add x_4 0.0.0.0/1",
        "add x_4 128.0.0.0/1",
    ]


def test_a_chain_by_name_looks_at_sets_of_its_own() -> None:
    of = chain((Action.ALLOW, {"to": "example.org"}))

    assert own_sets(of) == ["names0_app1", "judged_app1"]
    assert "-m set --match-set stile5_names0_app1_4 dst -g STILE-remember" in rules(of)
    assert "-m set ! --match-set stile5_judged_app1_4 dst -g STILE-held" in rules(of)


def test_a_user_is_matched_by_its_number() -> None:
    scope = replace(Scope(), uid=Uid(0))

    assert rules(chain((Action.DENY, scope.words)))[0] == "-m owner --uid-owner 0 -g STILE-deny"
