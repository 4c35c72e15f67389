"""Rule files with several rules in them, real ones: reading and writing."""

import time
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stile.applications import Application
from stile.connections import Uid
from stile.rules import Action, Lifetime, Origin, Policy, Rule
from stile.scopes import Ports, Scope, Way, destination
from stiled.store import Store

CURL = Application.parse("path:/usr/bin/curl")
TEXT = """\
# for the backup
application = "path:/usr/bin/curl"
default = "deny"  # for now

# the printer
[[rule]]
action = "allow"
to = "192.0.2.9"
port = 631

# those who spy
[[rule]]
action = "drop"  # silently
to = "*.example.org"
port = "web"
protocol = "tcp"
note = "ads"
enabled = false

[[rule]]
action = "deny"
direction = "in"
user = 1000
until = 2999-01-01T12:00:00Z
"""
PRINTER = Scope.parse({"to": "192.0.2.9", "port": "631"})
SPIES = Scope.parse({"to": "*.example.org", "port": "web", "protocol": "tcp"})
REACHED = Scope.parse({"direction": "in", "user": "1000"})


class Folders:
    """Four folders, and a store over them."""

    def __init__(self, root: Path) -> None:
        self.shipped, self.user, self.timed, self.temporary = (
            root / name for name in ("usr", "etc", "var", "run")
        )
        self.shipped.mkdir()
        self.store = Store(self.shipped, self.user, self.timed, self.temporary)
        self.store.make_folders()
        self.file = self.user / "curl.toml"

    def rules(self) -> dict[Scope, Rule]:
        loaded = self.store.load()
        assert loaded.problems == ()
        return {rule.scope: rule for rule in loaded.rules}

    def problem(self, text: str) -> str:
        self.file.write_text(text)
        loaded = self.store.load()
        assert loaded.rules == ()
        (problem,) = loaded.problems
        return problem

    def keep(self, rule: Rule) -> Rule:
        self.store.load()
        return self.store.keep(rule)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


@pytest.fixture
def written(folders: Folders) -> Folders:
    folders.file.write_text(TEXT)
    return folders


# -- reading ---------------------------------------------------------------------------------


def test_each_table_is_a_rule_beside_the_default(written: Folders) -> None:
    rules = written.rules()

    assert set(rules) == {Scope(), PRINTER, SPIES, REACHED}
    assert rules[Scope()].action is Action.DENY
    assert rules[PRINTER].action is Action.ALLOW
    spies = rules[SPIES]
    assert (spies.action, spies.note, spies.enabled) == (Action.DROP, "ads", False)
    reached = rules[REACHED]
    assert (reached.lifetime, reached.until) == (Lifetime.UNTIL, 32472187200.0)
    assert {rule.application for rule in rules.values()} == {CURL}
    assert REACHED.way is Way.IN
    assert REACHED.uid == Uid(1000)


def test_a_file_may_have_rules_and_no_default(folders: Folders) -> None:
    folders.file.write_text('application = "everybody"\n[[rule]]\naction = "deny"\nto = "local"\n')
    (rule,) = folders.rules().values()
    assert str(rule.application) == "everybody"


def test_rules_of_a_file_have_ids_that_stay_when_others_come_and_go(written: Folders) -> None:
    before = {scope: rule.id for scope, rule in written.rules().items()}
    assert before[Scope()] == "curl"
    assert len(set(before.values())) == 4
    assert all(each == "curl" or each.startswith("curl:") for each in before.values())

    written.store.remove(written.rules()[PRINTER])
    written.keep(Rule(CURL, Action.ALLOW, scope=Scope.parse({"to": "local"})))

    after = {scope: rule.id for scope, rule in written.rules().items()}
    assert {after[scope] for scope in (Scope(), SPIES, REACHED)} == {
        before[scope] for scope in (Scope(), SPIES, REACHED)
    }


BEGIN = 'application = "path:/a"\n[[rule]]\naction = "deny"\nto = "local"\n\n'


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('action = "deny"\nports = "1"\n', "there is no 'ports' in a rule file: action, to, port"),
        ('action = "maybe"\nport = 1\n', "'maybe' is not an action"),
        ('action = "deny"\nport = 0\n', "is not within 1-65535"),
        ('action = "deny"\nto = "a b"\n', "'a b' is not a destination"),
        ('action = "deny"\ndirection = "up"\n', "'up' is not a direction"),
        ('action = "deny"\nuser = "me"\n', "'me' is not a user id"),
        ('action = "deny"\nport = true\n', "'port' is a number, or text in quotes"),
        ('action = "deny"\nuntil = "soon"\nport = 1\n', "'until' is a time like"),
        ('action = "deny"\nenabled = 1\n', "'enabled' is true or false"),
        ('action = "deny"\nchildren = true\n', "there is no 'children'"),
        ('action = "deny"\nnote = 1\n', "'note' is text in quotes"),
    ],
)
def test_what_is_wrong_in_the_second_rule_is_named_with_its_line(
    folders: Folders, table: str, reason: str
) -> None:
    text = f"{BEGIN}[[rule]]\n{table}"
    line = 8 if table.startswith('action = "deny"') else 7

    problem = folders.problem(text)

    assert reason in problem
    assert problem.endswith(f"(at line {line})")


def test_a_rule_that_says_no_action_or_covers_everything_is_named(folders: Folders) -> None:
    assert folders.problem(f'{BEGIN}[[rule]]\nto = "local"\n').endswith(
        "'action' is missing (at line 6)"
    )
    assert "is the 'default' of the file" in folders.problem(f'{BEGIN}[[rule]]\naction = "deny"\n')
    twice = folders.problem(f'{BEGIN}[[rule]]\naction = "allow"\nto = "LOCAL"\n')
    assert "'to local' is decided twice (at line 7)" in twice
    pair = 'application = "path:/a"\n[[rule]]\naction = "deny"\nport = 1\nprotocol = "icmp"\n'
    assert folders.problem(pair).endswith("icmp has no ports (at line 3)")


@pytest.mark.parametrize(
    "text",
    [
        'application = "path:/a"\nrule = [{ action = "deny", to = "x y" }]\n',
        'application = "path:/a"\n[[ "rule" ]]\naction = "deny"\nto = "x y"\n',
        'application = "path:/a"\nrule = { action = "deny" }\n',
        'application = "path:/a"\nrule = [1]\n',
        'application = "path:/a"\ndefault = "allow"\nuntil = 2030-01-01\n',
        'application = "path:/a"\ndefault = "allow"\nuntil = 0001-01-01T00:00:00\n',
    ],
)
def test_another_notation_that_is_wrong_is_a_problem_and_no_crash(
    folders: Folders, text: str
) -> None:
    assert folders.problem(text).startswith(f"{folders.file}: ")


def test_an_end_at_the_beginning_of_time_is_an_end(folders: Folders) -> None:
    folders.file.write_text(
        'application = "path:/a"\ndefault = "allow"\nuntil = 1970-01-01T00:00:00Z\n'
    )
    assert folders.rules() == {}


# -- writing ---------------------------------------------------------------------------------


@settings(deadline=None)  # it writes files, and waits for the disk
@given(
    st.sampled_from(["any", "local", "192.0.2.0/24", "*.example.org", "list:ads", "2001:db8::1"]),
    st.sampled_from(["any", "443", "web", "8000-8100"]),
    st.sampled_from(Way),
    st.sampled_from([None, 0, 1000]),
    st.booleans(),
)
def test_what_is_kept_is_what_is_read(
    tmp_path_factory: pytest.TempPathFactory,
    to: str,
    ports: str,
    way: Way,
    uid: int | None,
    enabled: bool,  # noqa: FBT001 # drawn
) -> None:
    folders = Folders(tmp_path_factory.mktemp("rules"))
    user = None if uid is None else Uid(uid)
    scope = Scope(destination(to), Ports.parse(ports), None, way, user)
    wanted = Rule(CURL, Action.DENY, note='a "note"', scope=scope, enabled=enabled)

    kept = folders.keep(wanted)

    assert kept == replace(wanted, id=kept.id, origin=Origin.USER)
    assert folders.store.load().rules == (kept,)


def test_a_rule_is_changed_in_its_place_and_the_others_stay(written: Folders) -> None:
    before = written.rules()

    written.keep(replace(before[SPIES], action=Action.ALLOW, enabled=True))

    assert written.rules() == {
        **before,
        SPIES: replace(before[SPIES], action=Action.ALLOW, enabled=True),
    }
    changed = TEXT.replace('"drop"  # silently', '"allow"  # silently')
    assert written.file.read_text() == changed.replace("enabled = false\n", "")


def test_a_rule_that_is_added_leaves_every_line_of_the_file(written: Folders) -> None:
    kept = written.keep(Rule(CURL, Action.ALLOW, scope=Scope.parse({"to": "local"})))

    assert written.rules()[kept.scope] == kept
    text = written.file.read_text()
    assert set(TEXT.splitlines()) <= set(text.splitlines())


@pytest.mark.parametrize("gone", [Scope(), PRINTER, SPIES, REACHED])
def test_a_rule_that_is_removed_leaves_the_others(written: Folders, gone: Scope) -> None:
    before = written.rules()

    written.store.remove(before[gone])

    assert written.rules() == {scope: rule for scope, rule in before.items() if scope != gone}


def test_the_comments_of_the_others_stay_too(written: Folders) -> None:
    written.store.remove(written.rules()[PRINTER])

    text = written.file.read_text()
    assert "# for the backup" in text
    assert "# for now" in text
    assert "# those who spy" in text
    assert "# silently" in text


def test_the_last_rule_takes_the_file_with_it(written: Folders) -> None:
    for rule in written.rules().values():
        written.store.load()
        written.store.remove(rule)
    assert not written.file.exists()


@pytest.mark.parametrize("end", ["", "\n", "\n\n", "\n# the end"])
def test_a_file_that_ends_anyhow_is_written_to_soundly(folders: Folders, end: str) -> None:
    folders.file.write_text(TEXT.rstrip() + end)
    folders.keep(Rule(CURL, Action.ALLOW, scope=Scope.parse({"to": "local"})))
    folders.store.remove(folders.rules()[REACHED])
    folders.keep(Rule(CURL, Action.ALLOW))
    assert set(folders.rules()) == {Scope(), PRINTER, SPIES, Scope.parse({"to": "local"})}


def test_rules_in_another_notation_of_toml_are_kept(folders: Folders) -> None:
    folders.file.write_text(
        'application = "path:/usr/bin/curl"\n'
        'rule = [{ action = "deny", to = "local" }, { action = "allow", port = 53 }]\n'
        'default = "ask"\n'
    )
    before = folders.rules()
    kept = folders.keep(Rule(CURL, Action.ALLOW, scope=PRINTER))
    assert folders.rules() == {**before, PRINTER: kept}
    folders.store.remove(before[Scope.parse({"port": "53"})])
    assert set(folders.rules()) == {Scope(), Scope.parse({"to": "local"}), PRINTER}


@pytest.mark.parametrize(
    "harm", ["oops\n", "unknown = 1\n", '[[rule]]\naction = "perhaps"\nto = "local"\n']
)
def test_a_file_that_cannot_be_read_is_put_aside_before_it_is_written_over(
    folders: Folders, harm: str
) -> None:
    kept = folders.keep(Rule(CURL, Action.ALLOW, scope=PRINTER))
    (file,) = folders.user.iterdir()
    broken = file.read_text() + harm
    file.write_text(broken)

    again = folders.keep(Rule(CURL, Action.DENY))

    assert folders.rules() == {Scope(): again}
    assert file.with_name(file.name + ".broken").read_text() == broken
    assert kept.scope == PRINTER


# -- rules that end ----------------------------------------------------------------------------


def test_a_timed_rule_ends_and_its_file_goes_with_it(folders: Folders) -> None:
    soon = Rule(CURL, Action.ALLOW, Lifetime.UNTIL, until=time.time() + 3600, scope=PRINTER)
    kept = folders.keep(soon)
    assert (kept.origin, kept.id.partition(":")[0][-1]) == (Origin.TIMED, "@")
    assert len(list(folders.timed.iterdir())) == 1
    assert folders.rules() == {PRINTER: kept}

    folders.keep(replace(soon, until=time.time() - 1))

    assert folders.rules() == {}
    assert list(folders.timed.iterdir()) == []


def test_of_several_timed_rules_only_that_one_goes_which_is_over(folders: Folders) -> None:
    later = Rule(CURL, Action.ALLOW, Lifetime.UNTIL, until=time.time() + 3600)
    folders.keep(later)
    folders.keep(replace(later, scope=PRINTER, until=time.time() - 1))

    assert set(folders.rules()) == {Scope()}
    (file,) = folders.timed.iterdir()
    assert "[[rule]]" not in file.read_text()


def test_a_rule_of_the_users_that_ends_stays_in_the_file_and_counts_no_more(
    folders: Folders,
) -> None:
    folders.file.write_text(TEXT.replace("2999", "2001"))
    assert REACHED not in folders.rules()
    assert "2001-01-01" in folders.file.read_text(), "what a person wrote is not taken away"


def test_the_later_word_about_the_same_ends_the_one_before(folders: Folders) -> None:
    timed = Rule(CURL, Action.ALLOW, Lifetime.UNTIL, until=time.time() + 3600, scope=PRINTER)
    folders.keep(timed)
    folders.keep(Rule(CURL, Action.DENY, Lifetime.REBOOT, scope=PRINTER))
    assert folders.rules()[PRINTER].action is Action.DENY
    assert list(folders.timed.iterdir()) == []

    kept = folders.keep(Rule(CURL, Action.DROP, scope=PRINTER))

    assert list(folders.temporary.iterdir()) == []
    assert Policy.of(folders.store.load().rules).about(CURL) == (kept,)


def test_a_timed_rule_leaves_the_lasting_one_below_it_alone(written: Folders) -> None:
    before = written.rules()
    timed = written.keep(
        replace(
            before[PRINTER], action=Action.DENY, lifetime=Lifetime.UNTIL, until=time.time() + 60
        )
    )

    assert written.file.read_text() == TEXT
    assert timed in Policy.of(written.store.load().rules)
    written.store.remove(timed)
    assert written.rules() == before
    assert list(written.timed.iterdir()) == []
