"""Rule files, real ones, in folders of their own: reading them."""

import os
from pathlib import Path

import pytest

from stile.applications import Application
from stile.rules import Action, Lifetime, Origin, Policy, Rule, RuleId
from stiled.store import Loaded, Store

CURL = Application.parse("path:/usr/bin/curl")


class Folders:
    """Four folders and a store over them."""

    def __init__(self, root: Path) -> None:
        self.shipped, self.user, self.timed, self.temporary = (
            root / name for name in ("usr", "etc", "var", "run")
        )
        self.shipped.mkdir()
        self.store = Store(self.shipped, self.user, self.timed, self.temporary)
        self.store.make_folders()

    def load(self) -> Loaded:
        return self.store.load()

    def actions(self) -> list[tuple[str, Action]]:
        return [(rule.id, rule.action) for rule in self.load().rules]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def written(
    folder: Path, name: str, application: str = "path:/usr/bin/curl", action: str = "allow"
) -> Path:
    path = folder / f"{name}.toml"
    path.write_text(f'application = "{application}"\ndefault = "{action}"\n')
    return path


def test_a_rule_is_read_from_its_file(folders: Folders) -> None:
    (folders.user / "curl.toml").write_text(
        'application = "path:/usr/bin/curl"\ndefault = "drop"\nnote = "noisy"\n'
    )

    rule = Rule(CURL, Action.DROP, note="noisy", id=RuleId("curl"), origin=Origin.USER)
    assert folders.load() == Loaded((rule,), ())


def test_the_folder_says_how_long_a_rule_lives_and_whose_it_is(folders: Folders) -> None:
    for folder, name in ((folders.shipped, "a"), (folders.user, "b"), (folders.temporary, "c")):
        written(folder, name, f"path:/{name}")

    assert [(rule.origin, rule.lifetime, rule.id) for rule in folders.load().rules] == [
        (Origin.SHIPPED, Lifetime.FOREVER, "a"),
        (Origin.USER, Lifetime.FOREVER, "b"),
        (Origin.TEMPORARY, Lifetime.REBOOT, "c~"),
    ]


def test_the_users_rule_is_stronger_than_the_shipped_and_a_temporary_one_than_both(
    folders: Folders,
) -> None:
    written(folders.shipped, "shipped", action="allow")
    written(folders.user, "mine", action="deny")
    assert Policy.of(folders.load().rules).rules[CURL][0].action is Action.DENY

    written(folders.temporary, "now", action="drop")
    assert Policy.of(folders.load().rules).rules[CURL][0].action is Action.DROP


def test_a_users_file_takes_the_place_of_a_shipped_one_of_the_same_name(folders: Folders) -> None:
    written(folders.shipped, "curl", action="allow")
    written(folders.user, "curl", "path:/opt/curl", "deny")

    (rule,) = folders.load().rules
    assert (str(rule.application), rule.origin) == ("path:/opt/curl", Origin.USER)


@pytest.mark.parametrize("content", ["", "# not here\n"])
def test_an_empty_file_switches_a_shipped_rule_off(folders: Folders, content: str) -> None:
    written(folders.shipped, "curl")
    (folders.user / "curl.toml").write_text(content)

    assert folders.load() == Loaded((), ())


def test_of_two_files_about_one_application_the_first_counts_and_the_other_is_named(
    folders: Folders,
) -> None:
    written(folders.user, "a", action="deny")
    second = written(folders.user, "b", action="allow")

    assert folders.actions() == [("a", Action.DENY)]
    reason = f"{second}: path:/usr/bin/curl has its rules in a.toml already"
    assert folders.load().problems == (reason,)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('application = "path:/a"\ndefault = allow\n', "line 2"),
        ("application = \n", "line 1"),
        ('application = "path:/a"\n', "'default' is missing"),
        ('default = "allow"\n', "'application' is missing"),
        (
            'application = "path:/a"\ndefault = "allow"\n\nport = "1"\n',
            "there is no 'port' in a rule file: application, default, note, children, until, "
            "enabled, rule "
            "(at line 4)",
        ),
        (
            '# one\napplication = "path:/a"\ndefault = 1\n',
            "'default' is text in quotes (at line 3)",
        ),
        ('application = ["path:/a"]\ndefault = "ask"\n', "'application' is text in quotes"),
        (
            'application = "path:/a"\ndefault = "maybe"\n',
            "'maybe' is not an action: allow, deny, drop, ask (at line 2)",
        ),
        ('default = "allow"\napplication = "/a"\n', "starts with none of"),
        ('default = "allow"\napplication = "path:a"\n', "has no absolute path (at line 2)"),
        ('default = "allow"\napplication = "unknown:x"\n', "(at line 2)"),
        ('default = "ask"\napplication = "kernel"\n', "the kernel cannot be asked about"),
        (
            'application = "path:/a"\ndefault = "allow"\nchildren = "true"\n',
            "'children' is true or false (at line 3)",
        ),
        (
            'application = "path:/a"\ndefault = "ask"\nchildren = true\n',
            "can hold for children too",
        ),
        (
            'default = "allow"\nchildren = true\napplication = "kernel"\n',
            "can hold for children too, and neither the kernel nor everybody has any (at line 2)",
        ),
        ('[application]\ndefault = "allow"\n', "'application' is text in quotes (at line 1)"),
    ],
)
def test_a_file_that_is_wrong_is_skipped_and_named_with_the_reason(
    folders: Folders, text: str, reason: str
) -> None:
    wrong = folders.user / "wrong.toml"
    wrong.write_text(text)
    written(folders.user, "right")

    loaded = folders.load()

    assert [rule.id for rule in loaded.rules] == ["right"], "the others are not harmed"
    (problem,) = loaded.problems
    assert problem.startswith(f"{wrong}: ")
    assert reason in problem
    assert "\n" not in problem


def test_a_line_number_is_that_of_the_key_itself(folders: Folders) -> None:
    (folders.user / "a.toml").write_text(
        'application = "path:/a"\ndefault = "allow"\ndefaults = "deny"\nnote = 1\n'
    )
    (problem,) = folders.load().problems
    assert "'defaults'" in problem
    assert problem.endswith("(at line 3)")


def test_an_unknown_key_that_begins_like_another_is_found_on_its_own_line(folders: Folders) -> None:
    (folders.user / "a.toml").write_text(
        'application_name = "x"\napplication = "curl"\ndefault = "allow"\n'
    )
    (folders.user / "b.toml").write_text('notes = "x"\nnote = 1\n')
    assert [problem.rpartition("(")[2] for problem in folders.load().problems] == [
        "at line 1)",
        "at line 1)",
    ]


def test_octets_that_are_no_text_are_a_problem_and_no_crash(folders: Folders) -> None:
    (folders.user / "a.toml").write_bytes(b'application = "path:/\xff"\ndefault = "allow"\n')

    (problem,) = folders.load().problems
    assert "utf-8" in problem


def test_a_file_that_others_may_change_is_refused(folders: Folders) -> None:
    written(folders.user, "curl").chmod(0o646)

    loaded = folders.load()
    assert loaded.rules == ()
    assert "others may change this file" in loaded.problems[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: gives a file to somebody else")
def test_a_file_of_somebody_elses_is_refused(folders: Folders) -> None:
    os.chown(written(folders.user, "curl"), 65534, 65534)

    assert "others may change this file" in folders.load().problems[0]


def test_what_is_no_rule_file_is_not_read(folders: Folders) -> None:
    for name in ("curl.toml~", ".curl.toml", ".abc.new", "README"):
        (folders.user / name).write_text("nonsense")

    assert folders.load() == Loaded((), ())


def test_a_link_to_nothing_and_a_folder_are_problems(folders: Folders) -> None:
    (folders.user / "gone.toml").symlink_to("nowhere")
    (folders.user / "folder.toml").mkdir()

    assert [problem.rpartition(": ")[2] for problem in folders.load().problems] == [
        "Is a directory",
        "No such file or directory",
    ]


def test_no_folders_are_no_rules(tmp_path: Path) -> None:
    store = Store(*(tmp_path / name for name in "abcd"))
    assert store.load() == Loaded((), ())


def test_an_edit_is_noticed_whatever_was_read_before(folders: Folders) -> None:
    file = written(folders.user, "curl", action="allow")
    assert folders.actions() == [("curl", Action.ALLOW)]
    assert folders.actions() == [("curl", Action.ALLOW)]

    written(folders.user, "curl", action="deny")
    assert folders.actions() == [("curl", Action.DENY)]
    file.write_text("broken")
    assert len(folders.load().problems) == 1
    file.unlink()
    assert folders.load() == Loaded((), ())


def test_a_file_that_is_made_safe_is_read_again(folders: Folders) -> None:
    file = written(folders.user, "curl")
    file.chmod(0o666)
    assert folders.actions() == []

    file.chmod(0o644)
    assert folders.actions() == [("curl", Action.ALLOW)]
    file.chmod(0o666)
    assert folders.actions() == [], "and one that is made unsafe is not trusted any more"
