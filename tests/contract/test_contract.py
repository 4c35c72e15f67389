"""The contract as text: it parses, and everything in it is explained."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from dbus_next import introspection
from dbus_next.signature import SignatureTree

from stile import contract

PACKAGING = Path(__file__).parents[2] / "packaging"
NAMES = [contract.FIREWALL, contract.AGENT]


@pytest.mark.parametrize("name", NAMES)
def test_the_contract_parses_and_says_what_it_is_named_after(name: str) -> None:
    (interface,) = introspection.Node.parse(contract.interface(name)).interfaces

    assert interface.name == name
    for method in interface.methods:
        SignatureTree(method.in_signature)
        assert len(method.out_args) <= 1  # Served hands back one value, or none


@pytest.mark.parametrize("name", NAMES)
def test_every_method_and_signal_has_prose(name: str) -> None:
    text = contract.interface(name)
    members = re.findall(r'<(?:method|signal) name="(\w+)"', text)
    explained = re.findall(r'-->\s*<(?:method|signal) name="(\w+)"', text)

    assert members
    assert explained == members


def test_polkit_knows_every_action_that_the_contract_names() -> None:
    named = set(re.findall(r"Polkit: ([\w.-]+\w)", contract.interface(contract.FIREWALL)))
    actions = ElementTree.parse(PACKAGING / "org.stile.firewall.policy").findall("action")  # noqa: S314 - ours

    assert {action.get("id") for action in actions} == named
    assert all(action.findtext("message") for action in actions)
