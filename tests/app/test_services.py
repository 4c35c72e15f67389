"""The catalogue of services, and what is proposed of it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stile import services
from stile.applications import Application
from stile.connections import TCP, UDP, Uid
from stile.learned import Running
from stile.rules import Action, Rule
from stile.services import Kind, proposals

CHRONY, RESOLVED = (
    Application.parse(f"path:{path}")
    for path in ("/usr/sbin/chronyd", "/usr/lib/systemd/systemd-resolved")
)


def there(*paths: str) -> Callable[[str], str]:
    return lambda path: path if path in paths else ""


def test_every_proposal_is_narrow_and_about_the_systems_own_files() -> None:
    for service in services.catalogue():
        assert service.applications
        for scope in service.scopes:
            assert scope.ports.ranges or scope.protocol not in (None, TCP, UDP), service
            assert not scope.ports.ranges or scope.ports.size < 10, service
        for application in service.applications:
            assert application.name.startswith(("/usr/", "/sbin/")), application


def test_every_kind_of_service_is_there_and_has_words() -> None:
    assert {service.kind for service in services.catalogue()} == set(Kind)
    for kind in Kind:
        assert services.purpose(kind)
    for service in services.catalogue():
        assert "port" not in services.reach(service), "it is said in words"


def test_what_is_installed_or_runs_is_proposed_in_the_order_of_kinds() -> None:
    running = [Running(CHRONY, Uid(0))]
    found = proposals(running, [], real=there(RESOLVED.name))
    assert [(each.application, each.is_running) for each in found] == [
        (RESOLVED, False),
        (CHRONY, True),
    ]
    assert proposals([], [], real=there()) == []


def test_what_has_a_rule_is_decided_unless_that_is_switched_off() -> None:
    denied = Rule(CHRONY, Action.DENY)
    for rule, decided in ((denied, True), (replace(denied, enabled=False), False)):
        (found,) = proposals([Running(CHRONY, Uid(0))], [rule], real=there())
        assert found.is_decided is decided


def test_a_link_is_followed_to_the_file_by_which_the_helper_knows_it(tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.touch()
    link = tmp_path / "link"
    link.symlink_to(real)
    table = {"kind": "time", "name": "x", "programs": [str(link)], "reaches": [{"port": "123"}]}

    (found,) = proposals([], [], services.parsed({"service": [table]}))

    assert found.application == Application.parse(f"path:{real}")
    assert [rule.application for rule in found.rules] == [found.application]


@pytest.mark.parametrize("wrong", [{"kind": "x"}, {"reaches": [{"port": "x"}]}])
def test_a_catalogue_that_is_wrong_is_refused(wrong: dict[str, object]) -> None:
    table = {"kind": "time", "name": "x", "programs": [], "reaches": [{"port": "1"}], **wrong}
    with pytest.raises(ValueError, match="x"):
        services.parsed({"service": [table]})
