"""Names that are not one's own, tried by an account without rights."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from accounts import IN_A_NAMESPACE, Account
from crowds import SOURCE
from families import Datagrams, Family
from worlds import FAR, Agent, World, run

from stile.applications import Kind
from stile.rules import Action, Lifetime

SENDS = f"""
import socket, time
made = socket.socket(2, 2)
made.sendto(b"evil", ("{FAR}", 9))
time.sleep(60)
"""
IN_MEMORY = """
import os, sys
made = os.memfd_create("curl", 0)
os.write(made, open(sys.argv[1], "rb").read())
os.execv(f"/proc/self/fd/{made}", [sys.argv[2], "-S", "-c", sys.argv[3]])
"""
CALLS_ITSELF = """
import ctypes, os, sys
ctypes.CDLL(None).prctl(15, os.path.basename(sys.argv[2]).encode())
os.execv(sys.argv[1], [sys.argv[2], "-S", "-c", sys.argv[3]])
"""
Way = Callable[[Account, Path, Path], list[str]]
"""How a program passes itself off as a known one: the command."""


def mounted_over(_account: Account, evil: Path, known: Path) -> list[str]:
    script = f'mount --bind {evil} {known} && exec {known} -S -c "$0"'
    return [*IN_A_NAMESPACE, "--mount", "sh", "-c", script, SENDS]


def in_memory(_account: Account, evil: Path, known: Path) -> list[str]:
    return ["/usr/bin/python3", "-c", IN_MEMORY, str(evil), str(known), SENDS]


def by_its_words(_account: Account, evil: Path, known: Path) -> list[str]:
    return ["/usr/bin/python3", "-c", CALLS_ITSELF, str(evil), str(known), SENDS]


def by_a_link(account: Account, evil: Path, known: Path) -> list[str]:
    link = evil.with_name(known.name + "2")
    link.symlink_to(evil)
    os.lchown(link, account.uid, account.uid)
    return [str(link), "-S", "-c", SENDS]


def in_a_root_of_its_own(_account: Account, evil: Path, known: Path) -> list[str]:
    """The same path, and beside it what a Flatpak has."""
    root = evil.parent / "root"
    there = root / str(known).lstrip("/")
    there.parent.mkdir(parents=True)
    run("gcc", "-Os", "-static", "-s", "-o", there, SOURCE)
    (root / ".flatpak-info").write_text("[Application]\nname=org.known.App\n")
    return [*IN_A_NAMESPACE, f"--root={root}", str(known)]


def as_a_snap(_account: Account, evil: Path, _known: Path) -> list[str]:
    root = evil.parent / "snaproot"
    there = root / "snap/known/1/known"
    there.parent.mkdir(parents=True)
    run("gcc", "-Os", "-static", "-s", "-o", there, SOURCE)
    return [*IN_A_NAMESPACE, f"--root={root}", "/snap/known/1/known"]


@pytest.mark.parametrize(
    "way", [mounted_over, in_memory, by_its_words, by_a_link, in_a_root_of_its_own, as_a_snap]
)
def test_nobody_is_taken_for_an_allowed_program(guarded: World, way: Way) -> None:
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, evil = guarded.program("known"), account.program("evil")
    for name in (str(known), "flatpak:org.known.App", "snap:known", "script:/usr/bin/known"):
        guarded.stile("allow", name)

    account.start(*way(account, evil, known))

    question = agent.next()
    application = question.connection.application
    assert str(application) != f"path:{known}"
    assert application.kind not in (Kind.FLATPAK, Kind.SNAP)
    receiver.settimeout(0.3)
    with pytest.raises(TimeoutError):
        receiver.recv(9)
    agent.answer(question, Action.DENY, Lifetime.ONCE)


@pytest.mark.parametrize(
    "name", ["kernel", "everybody", "path:", "evil\n\nallow = true", "\u202egnp.exe", "x" * 200]
)
def test_a_strange_name_is_only_a_name(guarded: World, name: str) -> None:
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    program = account.program(name)

    account.start(program, "-S", "-c", SENDS)

    question = agent.next()
    application = question.connection.application
    assert application.kind is Kind.PATH
    assert application.name.startswith(str(program.parent))
    assert application.name.isprintable()
    agent.answer(question, Action.ALLOW, Lifetime.FOREVER)
    assert receiver.recv(9) == b"evil"
    (file,) = guarded.rules.iterdir()
    assert len(guarded.stile("rules", "--json").splitlines()) == 1, file.read_text()


def test_octets_that_are_no_text_are_spelled(guarded: World) -> None:
    guarded.stiled()
    account, agent = Account(guarded), guarded.agent()
    evil = account.program("evil")
    strange = os.fsencode(evil) + b"\xff\xfe"
    evil.rename(os.fsdecode(strange))

    guarded.start(*account.command(os.fsdecode(strange), "-S", "-c", SENDS))

    question = agent.next()
    assert question.connection.application.name.endswith("evil\\xff\\xfe")
    agent.answer(question, Action.DENY, Lifetime.ONCE)


def test_an_entry_in_a_home_names_nobody(guarded: World) -> None:
    account, agent = Account(guarded), None
    evil = account.program("evil")
    entries = evil.parent / "applications"
    entries.mkdir()
    entry = f"[Desktop Entry]\nType=Application\nName=Firefox\nIcon=firefox\nExec={evil}\n"
    (entries / "firefox.desktop").write_text(entry)
    guarded.stiled()
    agent = guarded.agent()

    places = [f"XDG_DATA_DIRS={evil.parent}", f"XDG_DATA_HOME={evil.parent}"]
    account.start("env", *places, evil, "-S", "-c", SENDS)

    question = agent.next()
    assert "irefox" not in question.about.name
    agent.answer(question, Action.DENY, Lifetime.ONCE)


def first_questions(agent: Agent, count: int) -> list[str]:
    return [str(agent.next().connection.application) for _ in range(count)]


def test_hundreds_of_programs_of_one_account_do_not_keep_anothers_from_being_asked_about(
    guarded: World,
) -> None:
    guarded.rules.parent.joinpath("stile.toml").write_text("questions_in_all = 8\n")
    guarded.stiled()
    account, agent = Account(guarded), guarded.agent()
    own = account.program("evil0")
    for number in range(1, 20):
        os.link(own, own.with_name(f"evil{number}"))
    many = [own] + [shutil.copy(own, own.with_name(f"copy{number}")) for number in range(20)]
    for program in many:
        account.start(program, "-S", "-c", SENDS)
    assert len(set(first_questions(agent, 4))) == 4

    other = guarded.client("other")
    other.begin("udp", FAR, 9)

    assert str(agent.next().connection.application) == other.identity


# -- the exec gate -----------------------------------------------------------------------------


@pytest.fixture
def family(guarded: World) -> Family:
    return Family.of(guarded)


def test_a_lower_limit_and_a_higher_one_afterwards_do_not_lead_past_the_gate(
    family: Family,
) -> None:
    """The gate knows at a glance who may be in a class by a limit: nobody may take it off."""
    family.stiled()
    datagrams = Datagrams(family.world)
    account = Account(family.world)
    family.copy("friend", of="parent")
    family.world.stile("allow", str(family.folder / "friend"))
    words = account.command("prlimit", "--locks=5:unlimited", family.folder / "friend")
    process = family.world.start(*words)

    def says(*told: object) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(" ".join(map(str, told)) + "\n")
        process.stdin.flush()
        process.stdout.readline()

    says("say", "hello")
    datagrams.wait_for("hello")
    raised = ["prlimit", "--locks=unlimited:unlimited", "--pid", str(process.pid)]
    run(*account.command(*raised), check=False)

    says("start", "fork", 100, family.folder / "child", "evil")
    says("say", "end")

    datagrams.wait_for("end")
    assert datagrams.counts["evil"] == 0


BECOMES_KNOWN = f"""
import os, socket, sys
for number in range(50):
    made = socket.socket(2, 2)
    made.set_inheritable(number % 2 == 0)
    if not os.fork():
        made.sendto(b"evil", ("{FAR}", 9))
        os.execv(sys.argv[1], [sys.argv[1], "-S", "-c", "import time; time.sleep(3)"])
    os.wait3(os.WNOHANG)
import time
time.sleep(60)
"""


def test_nobody_sends_and_becomes_an_allowed_program_before_it_is_looked_at(
    guarded: World,
) -> None:
    guarded.stiled()
    account, agent, receiver = Account(guarded), guarded.agent(), guarded.receiver(port=9)
    known, evil = guarded.program("known"), account.program("evil")
    guarded.stile("allow", str(known))

    account.start(evil, "-S", "-c", BECOMES_KNOWN, known)

    assert str(known) != agent.next().connection.application.name
    receiver.settimeout(2)
    with pytest.raises(TimeoutError):
        receiver.recv(9)
