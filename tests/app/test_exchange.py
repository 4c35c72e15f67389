"""Rules that are written come back as they were; what cannot be read is named."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.applications import EVERYBODY, Application
from stile.exchange import Unreadable, read_rules, write_rules
from stile.rules import Action, Lifetime, Origin, Rule
from stile.scopes import Scope

CURL = Application.parse("path:/usr/bin/curl")
NOW = 1e9
RULES = [
    Rule(CURL, Action.ALLOW, note='with "quotes"\nand lines', children=True),
    Rule(CURL, Action.DENY, scope=Scope.parse({"to": "*.example.org", "port": "web"})),
    Rule(CURL, Action.ASK, scope=Scope.parse({"to": "192.0.2.1", "user": "1000"}), enabled=False),
    Rule(
        Application.parse("path:/opt/ü b/thing"),
        Action.DROP,
        Lifetime.UNTIL,
        until=4e9,
        origin=Origin.TIMED,
    ),
    Rule(EVERYBODY, Action.ALLOW, scope=Scope.parse({"direction": "in", "port": "22"})),
]


def content(rule: Rule) -> Rule:
    return replace(rule, origin=Origin.USER)


@pytest.mark.parametrize("is_folder", [True, False])
def test_what_is_written_is_what_is_read(tmp_path: Path, is_folder: bool) -> None:  # noqa: FBT001
    place = tmp_path if is_folder else tmp_path / "all.toml"
    assert write_rules(place, RULES) == len(RULES)
    read = read_rules(place, NOW)
    assert set(map(content, read.rules)) == set(map(content, RULES))
    assert read.remarks == ()
    assert len(list(tmp_path.iterdir())) == (3 if is_folder else 1)


@given(
    st.lists(
        st.builds(
            Rule,
            application=st.sampled_from([CURL, EVERYBODY, Application.parse("flatpak:org.a.B")]),
            action=st.sampled_from(Action),
            note=st.text(max_size=20),
            enabled=st.booleans(),
            scope=st.sampled_from([rule.scope for rule in RULES]),
        ),
        unique_by=lambda rule: (rule.application, rule.scope),
        max_size=8,
    )
)
def test_whatever_is_written_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory, rules: list[Rule]
) -> None:
    place = tmp_path_factory.mktemp("rules") / "all.toml"
    write_rules(place, rules)
    assert set(read_rules(place, NOW).rules) == set(rules)


def test_what_does_not_last_and_what_is_shipped_stays_here(tmp_path: Path) -> None:
    place = tmp_path / "all.toml"
    rules = [
        Rule(CURL, Action.ALLOW, Lifetime.REBOOT, origin=Origin.TEMPORARY),
        Rule(CURL, Action.ALLOW, origin=Origin.SHIPPED),
    ]
    assert write_rules(place, rules) == 0
    assert read_rules(place, NOW).rules == ()


def test_what_is_over_does_not_come_back(tmp_path: Path) -> None:
    place = tmp_path / "all.toml"
    write_rules(place, RULES)
    late = read_rules(place, 5e9)
    assert (len(late.rules), late.lost) == (len(RULES) - 1, 1)


def test_a_file_as_it_stands_on_disk_is_read(tmp_path: Path) -> None:
    file = tmp_path / "curl.toml"
    file.write_text('application = "path:/usr/bin/curl"\ndefault = "allow"\n')
    assert read_rules(file, NOW).rules == (Rule(CURL, Action.ALLOW),)


def test_a_lone_carriage_return_ends_no_line_as_for_the_helper(tmp_path: Path) -> None:
    lines = 'application = "path:/a"', 'default = "allow"'
    path = tmp_path / "rules.toml"
    path.write_bytes("\r\n".join(lines).encode())
    assert read_rules(path, NOW).rules
    path.write_bytes("\r".join(lines).encode())
    (remark,) = read_rules(path, NOW).remarks
    assert remark.lost
    assert "line 1" in remark.text


def test_of_several_tables_the_wrong_one_is_named_and_the_others_are_read(tmp_path: Path) -> None:
    file = tmp_path / "all.toml"
    file.write_text(
        '[[rules]]\napplication = "path:/a"\ndefault = "perhaps"\n'
        '[[rules]]\napplication = "path:/b"\ndefault = "deny"\n'
    )
    read = read_rules(file, NOW)
    assert [str(each.application) for each in read.rules] == ["path:/b"]
    assert [(each.source, each.text) for each in read.remarks] == [
        ("path:/a", "'perhaps' is not an action: allow, deny, drop, ask")
    ]


def test_nothing_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No such file"):
        read_rules(tmp_path / "nowhere.toml", NOW)
    with pytest.raises(Unreadable, match="no toml file"):
        read_rules(tmp_path, NOW)
