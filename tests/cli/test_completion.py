"""What shells offer when Tab is pressed in a line of `stile`: bash, zsh and fish, each for real."""

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from terminal import Terminal, terminal

from stile.applications import EVERYBODY, Application, Kind
from stile.cli import grammar
from stile.cli.completion import COMPLETERS
from stile.rules import Action, Rule, RuleId
from stile.settings import Settings

if TYPE_CHECKING:
    from tests.cli.conftest import Helper

GLUE = Path(__file__).parents[2] / "packaging" / "completion"
WIDE = (250, 24)
"""Columns and lines: no path is so long that it breaks a line."""
Offered = Callable[[str], list[str]]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Make a place where `stile` is this one, whatever is installed."""
    program = tmp_path / "bin" / "stile"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m stile.cli "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.fixture
def environment(home: Path) -> dict[str, str]:
    """Give what the shells find; no system bus, for the machine's own is none of ours."""
    return {
        "PATH": f"{home}/bin:{os.environ['PATH']}",
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={home}/no-bus",
    }


@pytest.fixture
def offered(environment: dict[str, str]) -> Offered:
    """Ask as a shell does that quotes by itself."""

    def words(line: str) -> list[str]:
        done = subprocess.run(
            ["sh", "-c", "stile 8>&1 9>/dev/null >/dev/null 2>&1 </dev/null"],
            env={
                **environment,
                "_ARGCOMPLETE": "1",
                "_ARGCOMPLETE_SHELL": "fish",
                "_ARGCOMPLETE_IFS": "\n",
                "_ARGCOMPLETE_SUPPRESS_SPACE": "1",
                "COMP_LINE": line,
                "COMP_POINT": str(len(line)),
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        assert done.stderr == ""
        return done.stdout.split("\n") if done.stdout else []

    return words


# -- what is offered -----------------------------------------------------------------------


def test_all_commands_are_offered_and_no_option_unless_a_dash_is_typed(offered: Offered) -> None:
    assert offered("stile ") == [*grammar.verbs(grammar.parser())]
    assert offered("stile lo") == ["lockdown"]
    assert offered("stile lists --r") == ["--refresh"]


def test_where_nothing_else_fits_the_options_are_offered(offered: Offered) -> None:
    assert {"--to", "--port", "--for"} <= set(offered("stile allow curl "))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("stile lockdown ", ["on", "off"]),
        ("stile allow curl --port ", ["any", "web", "mail", "dns", "ssh", "print", "time"]),
        ("stile allow curl --direction ", ["out", "in"]),
        ("stile allow curl --proto t", ["tcp"]),
        ("stile allow curl --for 1", ["15m", "1h", "1d"]),
        ("stile agent --for o", ["once"]),
        ("stile allow curl --for o", []),
        ("stile learn on --for r", []),
        ("stile agent --answer ", ["allow", "deny", "drop"]),
        ("stile allow curl --user roo", ["root"]),
        ("stile allow curl --network type:w", ["type:wifi", "type:wired"]),
        ("stile import --from ", ["stile", "opensnitch"]),
        ("stile setup --accept ", ["all"]),
        ("stile settings ", [*Settings().values]),
        ("stile settings when_daemon_is_away ", ["deny", "allow"]),
        ("stile settings ask_about_inbound ", ["true", "false"]),
        ("stile settings question_timeout ", ["60"]),
        ("stile settings no_such_key x", []),
        ("stile --bus s", ["system", "session"]),
        ("stile why curl exam", []),
        ("stile allow curl --note some", []),
        ("stile nonsense x", []),
    ],
)
def test_the_words_are_those_of_the_grammar(offered: Offered, line: str, words: list[str]) -> None:
    assert offered(line) == words


def test_what_is_offered_is_understood(offered: Offered) -> None:
    for line in (
        *("stile allow curl --to ", "stile allow curl --proto ", "stile allow curl --direction "),
        *("stile allow curl --port ", "stile allow curl --user ", "stile allow curl --for "),
        *("stile allow curl --network type:", "stile learn on --for ", "stile agent --answer "),
        *("stile import x --from ", "stile lockdown ", "stile settings question_timeout "),
    ):
        words = offered(line)
        assert words
        for word in words:
            written = line + word if line.endswith(" ") else line.rpartition(" ")[0] + " " + word
            grammar.read(shlex.split(written)[1:])


def test_each_completer_is_for_words_that_there_are() -> None:
    parser = grammar.parser()
    known = {action.dest for action in parser._actions}
    for verb, each in grammar.verbs(parser).items():
        known |= {action.dest for action in each._actions}
        known |= {f"{verb} {action.dest}" for action in each._actions}
    assert COMPLETERS.keys() <= known


def test_files_are_offered_where_a_path_is_meant(offered: Offered, home: Path) -> None:
    (home / "rules.toml").touch()
    (home / "rules").mkdir()
    (home / ".hidden").touch()
    for begin in ("stile export ", "stile import ", "stile allow "):
        assert sorted(offered(f"{begin}{home}/ru")) == [f"{home}/rules.toml", f"{home}/rules/"]
    assert f"{home}/.hidden" not in offered(f"stile export {home}/")
    assert offered(f"stile export {home}/.h") == [f"{home}/.hidden"]
    assert offered(f"stile deny path:{home}/rules.") == [f"path:{home}/rules.toml"]
    assert offered("stile export ~/rules.") == ["~/rules.toml"]
    assert offered("stile export /nowhere/at/all/") == []


def test_programs_are_offered_once_a_letter_says_which(offered: Offered) -> None:
    assert offered("stile allow ") == ["everybody", "kernel"]
    assert "stile" in offered("stile allow stil")


# -- what the helper knows -----------------------------------------------------------------


def about(path: str, action: Action = Action.ALLOW, name: str = "") -> tuple[Rule, bool]:
    return Rule(Application(Kind.PATH, path), action, id=RuleId(name or path[1:])), True


def test_applications_with_rules_are_offered_by_name(
    offered: Offered, helper: "Helper", bus_address: str
) -> None:
    helper.rules = [
        *(about("/usr/bin/curl"), about("/opt/a/tool"), about("/opt/b/tool")),
        *(about("/opt/My Editor"), about('/opt/odd"name'), (Rule(EVERYBODY, Action.ASK), True)),
    ]
    stile = f"stile --bus {bus_address}"

    assert offered(f"{stile} rules ") == [
        *("everybody", "path:/opt/My Editor", "path:/opt/a/tool", "path:/opt/b/tool"),
        *('odd"name', "curl"),
    ]
    assert offered(f"{stile} rules path:/usr") == ["path:/usr/bin/curl"]
    assert offered(f"{stile} why cur")[0] == "curl"


def test_rules_are_offered_to_be_forgotten(
    offered: Offered, helper: "Helper", bus_address: str
) -> None:
    helper.rules = [about("/usr/bin/curl", name="my-rule:1a2b"), about("/usr/bin/wget")]
    assert offered(f"stile --bus {bus_address} forget ") == ["curl", "wget"]
    assert offered(f"stile --bus {bus_address} forget my") == ["my-rule:1a2b"]


def test_block_lists_are_offered_as_destinations(
    offered: Offered, helper: "Helper", bus_address: str
) -> None:
    words = {"source": "/l", "action": "deny", "entries": 1, "skipped": 0, "problem": "", "hits": 0}
    helper.lists = [{"name": "adverts", "updated": 0.0, **words}]
    line = f"stile --bus {bus_address} allow curl --to "
    assert offered(line) == ["any", "local", "list:adverts"]


def test_a_helper_that_is_away_or_refuses_is_silence(
    offered: Offered, helper: "Helper", bus_address: str
) -> None:
    helper.refusals["ListLearned"] = ("org.freedesktop.DBus.Error.AccessDenied", "no")
    assert offered(f"stile --bus {bus_address} learn accept x") == []
    helper.go()
    assert offered(f"stile --bus {bus_address} rules x") == []
    assert offered("stile --bus unix:path=/nowhere rules x") == []


def test_a_helper_that_thinks_too_long_is_not_waited_for(
    offered: Offered, bus_address: str
) -> None:
    # somebody has the name, and never says a word
    mute = subprocess.Popen(
        [sys.executable, "-c", MUTE, bus_address], stdout=subprocess.PIPE, text=True
    )
    assert mute.stdout is not None
    with mute:
        mute.stdout.readline()
        begun = time.monotonic()
        assert offered(f"stile --bus {bus_address} rules x") == []
        took = time.monotonic() - begun
        mute.kill()
    assert took < 5, "it was not waited for the 25 s that dbus-send has by itself"


MUTE = """
import asyncio, sys
from dbus_next.aio.message_bus import MessageBus
from stile import contract

async def be_mute():
    bus = await MessageBus(bus_address=sys.argv[1]).connect()
    await bus.request_name(contract.BUS_NAME)
    bus.add_message_handler(lambda message: True)
    print("there", flush=True)
    await asyncio.sleep(60)

asyncio.run(be_mute())
"""


def test_without_argcomplete_nothing_is_said_and_nothing_done(environment: dict[str, str]) -> None:
    script = (
        "import sys; sys.modules['argcomplete'] = None; sys.path_importer_cache.clear();"
        "from importlib import util; found = util.find_spec;"
        "util.find_spec = lambda name: None if name == 'argcomplete' else found(name);"
        "from stile.cli.start import main; sys.exit(main(['lockdown', 'on']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**environment, "_ARGCOMPLETE": "1", "COMP_LINE": "stile ", "COMP_POINT": "6"},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")


def test_what_is_imported_for_it_is_not_the_world(environment: dict[str, str]) -> None:
    """It is imports that make Tab slow: none of asyncio, the bus and what stands on them."""
    script = (
        "import sys, stile.cli.start, stile.cli.completion;"
        "print(*{'asyncio', 'dbus_next', 'tomlkit', 'stile.client', 'stile.wire', 'ssl',"
        "'prompt_toolkit', 'http', 'stile.cli.main'} & sys.modules.keys())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


# -- the shells ----------------------------------------------------------------------------


def needs(shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"needs {shell}")


@pytest.fixture
def bash(environment: dict[str, str]) -> Iterator[Terminal]:
    needs("bash")
    with terminal(["bash", "--norc", "--noprofile", "-i"], environment, WIDE) as shown:
        shown.types(f"PS1='> '; source {GLUE}/stile.bash; echo be''gun\r")
        shown.until("begun\n>")
        yield shown


@pytest.fixture
def zsh(environment: dict[str, str]) -> Iterator[Terminal]:
    needs("zsh")
    with terminal(["zsh", "-f", "-i"], environment, WIDE) as shown:
        shown.types(f"PROMPT='> '; fpath=({GLUE} $fpath); autoload -Uz compinit; compinit -u -D\r")
        shown.types("echo be''gun\r")
        shown.until("begun\n>")
        yield shown


@pytest.fixture(params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest) -> Terminal:
    started: Terminal = request.getfixturevalue(request.param)
    return started


def test_tab_ends_a_word_and_a_space_follows(shell: Terminal) -> None:
    shell.types("stile lockd\to\t")
    shell.until("> stile lockdown o")
    shell.types("n")
    shell.until("> stile lockdown on")


def test_tab_leaves_no_space_where_a_word_goes_on(shell: Terminal) -> None:
    shell.types("stile allow curl --network not\tHome")
    shell.until("> stile allow curl --network not:Home")


def test_tab_takes_a_path_with_a_kind_before_it(shell: Terminal, home: Path) -> None:
    (home / "a program").touch()
    shell.types(f"stile deny path:{home}/a\t--note x")
    shell.until(f"> stile deny path:{home}/a\\ program --note x")


def test_two_tabs_show_what_there_is(shell: Terminal) -> None:
    shell.types("stile agent --answer \t\t")
    shell.until("allow", "deny", "drop")


def test_bash_offers_its_own_where_argcomplete_is_not_there(bash: Terminal, home: Path) -> None:
    (home / "bin" / "stile").write_text("#!/bin/sh\nexit 1\n")
    (home / "some-file").touch()
    bash.types(f"stile {home}/some\t")
    bash.until(f"stile {home}/some-file")


def test_zsh_says_what_a_command_is_for(zsh: Terminal) -> None:
    zsh.types("stile lock\t--al\t\x15stile d\t")
    zsh.until("doctor -- say which features the system has, and what follows")


def fish(environment: dict[str, str], line: str) -> dict[str, str]:
    """Give what fish offers for a line, each with what it says of it."""
    needs("fish")
    quoted = shlex.quote(line)
    done = subprocess.run(
        ["fish", "--no-config", "-c", f"source {GLUE}/stile.fish; complete -C {quoted}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert done.stderr == ""
    lines = (each.partition("\t") for each in done.stdout.splitlines())
    return {word: says for word, _, says in lines}


def test_fish_offers_words_and_says_what_they_are_for(environment: dict[str, str]) -> None:
    assert fish(environment, "stile lock") == {
        "lockdown": "let only allowed applications through, without questions"
    }
    assert fish(environment, "stile agent --answer ").keys() == {"allow", "deny", "drop"}
    assert "--port" in fish(environment, "stile allow curl --po")


def test_fish_offers_files_with_spaces(environment: dict[str, str], home: Path) -> None:
    (home / "a file").touch()
    assert fish(environment, f"stile export {home}/a").keys() == {f"{home}/a file"}
