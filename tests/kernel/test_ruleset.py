"""What we compile, read back from a real kernel."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest

from stile.applications import KERNEL
from stile.rules import Action, Policy, Rule
from stile.settings import Away
from stiled import netfilter
from stiled.chains import ALLOWED, DENIED, DROPPED, common_chains
from stiled.classes import ClassId
from stiled.ruleset import (
    BEGUN,
    FLOOD,
    LEAVING,
    LOCKED,
    NOBODY,
    ONCE,
    PAUSED,
    REFUSED,
    SETTLED,
    Queue,
    compiled,
)

CLASSES = {
    ClassId(0x5713_0001): ALLOWED,
    ClassId(0x5713_0002): DENIED,
    ClassId(0x5713_0003): DROPPED,
}


def table(
    queue: Queue,
    classes: Mapping[ClassId, str] = CLASSES,
    *rules: Rule,
    locked: bool = False,
) -> str:
    """The table of those who have no rules of their own but one about all they do."""
    policy = Policy.of(rules)
    chains = common_chains(policy)
    return compiled(classes, chains, queue, ask_in=False, locked=locked)


@pytest.fixture(params=["native", "compat"])
def native(request: pytest.FixtureRequest) -> bool:
    """Both ways to write the table; what nft's own `queue` takes is tried."""
    if request.param == "native" and not netfilter.has_native_queue():
        pytest.skip("this kernel has no queue expression of nft's (CONFIG_NFT_QUEUE)")
    return bool(request.param == "native")


def load(text: str) -> None:
    done = subprocess.run(
        ["nft", "--file", "-"], input=text, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def listed(what: str) -> list[dict[str, Any]]:
    done = subprocess.run(
        ["nft", "--json", "list", what, "inet"], capture_output=True, text=True, check=True
    )
    kind = what.rstrip("s")
    return [entry[kind] for entry in json.loads(done.stdout)["nftables"] if kind in entry]


def plain() -> str:
    command = ["nft", "list", "table", "inet", "stile"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("away", ["deny", "allow"])
def test_the_kernel_takes_what_we_compile_and_takes_it_again(*, native: bool, away: Away) -> None:
    text = table(Queue(7, native, away))

    load(text)
    once = plain()
    load(text)

    assert plain() == once, "it replaced itself, and nothing is there twice"


def test_an_empty_policy_loads_too(*, native: bool) -> None:
    load(table(Queue(7, native, "deny"), {}))

    (verdicts,) = (each for each in listed("maps") if each["name"] == "verdicts")
    assert "elem" not in verdicts


def test_each_class_has_its_verdict(*, native: bool) -> None:
    load(table(Queue(7, native, "deny"), CLASSES, Rule(KERNEL, Action.DROP)))

    found = {each["name"]: each for each in listed("maps")}
    verdicts = {key: verdict for key, verdict in found["verdicts"]["elem"]}
    assert verdicts == {
        class_id: {"goto": {"target": chain}} for class_id, chain in CLASSES.items()
    }
    assert "chain kernel {\n\t\tgoto silence\n" in plain()


def test_the_sets_of_single_flows_are_there_for_each_shape(*, native: bool) -> None:
    load(table(Queue(7, native, "deny")))

    sets = {each["name"] for each in listed("sets")}
    assert sets == {
        "ported",
        "ported_not_tcp",
        "local_4",
        "local_6",
        PAUSED,
        FLOOD,
        SETTLED,
        *(each.name for each in ONCE),
    }
    maps = {each["name"] for each in listed("maps")}
    assert maps == {"verdicts", LEAVING, *(each.name for each in REFUSED)}


@pytest.mark.parametrize(("away", "stands"), [("deny", "drop"), ("allow", "accept")])
def test_without_the_queue_expression_the_fallback_stands_until_the_target_does(
    away: Away, stands: str
) -> None:
    load(table(Queue(7, native=False, away=away), {}))

    assert f"chain ask {{\n\t\t{stands}\n" in plain()
    assert "chain silence {\n\t\tdrop\n" in plain()


@pytest.mark.parametrize(
    ("away", "ask"), [("deny", "queue to 7"), ("allow", "queue flags bypass to 7")]
)
def test_with_the_queue_expression_only_what_is_asked_may_pass_by_the_helper(
    away: Away, ask: str
) -> None:
    queue = Queue(7, native=True, away=away)
    assert (queue.ask, queue.silence) == (ask, f"queue to {NOBODY}")


# -- while locked down -------------------------------------------------------------------------


@pytest.mark.parametrize("away", ["deny", "allow"])
def test_locked_down_nothing_passes_by_the_helper_whatever_the_settings_say(
    *, native: bool, away: Away
) -> None:
    load(table(Queue(7, native, away), locked=True))

    assert "bypass" not in plain()
    assert f"chain ask {{\n\t\t{'queue to 7' if native else 'drop'}\n" in plain()
    assert LOCKED in {each["name"] for each in listed("sets")}


def chain(text: str, name: str) -> list[str]:
    """The lines of a chain as we write them."""
    _, _, rest = text.partition(f"\tchain {name} {{\n")
    return [line.strip() for line in rest.partition("\t}\n")[0].splitlines()]


def test_locked_down_what_goes_on_and_who_answers_is_judged_as_what_begins_is() -> None:
    queue = Queue(7, native=True, away="allow")
    free, locked = table(queue), table(queue, locked=True)

    assert chain(free, "undecided")[0] == f"{BEGUN} accept"
    assert chain(locked, "undecided") == [
        "jump exits",
        "jump everybody",
        "jump single",
        "meta skuid 0-4294967295 goto held",
        "meta cgroup 0-4294967295 goto kernel",
    ]
    assert chain(locked, "unanswered") == ["jump single", "meta skuid 0-4294967295 goto held"]
    assert f"meta nfproto @{PAUSED} accept" in chain(free, "held")
    assert f"meta nfproto @{PAUSED} accept" not in chain(locked, "held"), "there is no pause"


def test_locked_down_the_kernels_own_and_loopback_are_as_they_were() -> None:
    queue = Queue(7, native=True, away="allow")
    free, locked = table(queue), table(queue, locked=True)

    for name in ("kernel", "output", "judged", "exits", "everybody", "allowed", "denied"):
        assert chain(locked, name) == chain(free, name) != []


def test_other_tables_are_left_alone(*, native: bool) -> None:
    load("table inet theirs { chain c { accept; }; }")

    load(table(Queue(7, native, "deny")))
    netfilter.Netfilter.clear()

    tables = [(each["family"], each["name"]) for each in listed("tables")]
    assert tables == [("inet", "theirs")]


def test_the_probe_for_the_queue_expression_leaves_no_table() -> None:
    netfilter.has_native_queue()
    assert listed("tables") == []
