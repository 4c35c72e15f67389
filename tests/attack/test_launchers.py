"""Programs that others start at a stranger's word: the bus, systemd's sockets, what runs jobs.

The launcher is allowed, and stays so; what it starts is not the launcher.
"""

import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from accounts import Account
from families import Datagrams, Family, group_of
from worlds import FAR, STARTING_BUS, World, run, until

from stile.rules import Action, Lifetime

NOBODY = 65534
"""A bus lets only those in who stand in passwd(5)."""
SENDS = ("evil", "2000")
"""What `child.c` is told: datagrams that say so, for two seconds."""
NAME = "org.known.Service"
JOBS = f"""
import os, socket, sys
socket.socket(2, 2).sendto(b"job", ("{FAR}", 9))
for line in sys.stdin:
    uid, command = line.split(maxsplit=1)
    if not os.fork():
        os.setgroups([])
        os.setresgid(*[int(uid)] * 3)
        os.setresuid(*[int(uid)] * 3)
        os.execv(sys.argv[1], ["sh", "-c", command])
    os.wait()
"""
"""As cron, at and `systemd-run` of root do: a process of the user, and a shell in it.

It sends something first: what an interpreter runs is not known before.
"""
Launcher = tuple[Path, "subprocess.Popen[str]", Callable[[], object]]
"""Its file, where it runs, and how it is made to start the program."""


@pytest.fixture
def family(guarded: World) -> Family:
    return Family.of(guarded)


def allowed(family: Family, name: str, of: str | Path) -> Path:
    """A copy of a launcher, which may do everything; the gate is asked about what it starts."""
    path = family.folder / name
    shutil.copy(of, path)
    family.world.stile("allow", str(path))
    return path


def found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        pytest.skip(f"needs {program}")
    return path


def by_the_bus(family: Family, account: Account, evil: Path) -> Launcher:
    """A file for activation, in a place that the account writes."""
    daemon = allowed(family, "dbus-daemon", found("dbus-daemon"))
    place = account.program("own").parent
    service = f"[D-BUS Service]\nName={NAME}\nExec={evil} {' '.join(SENDS)}\n"
    (place / f"{NAME}.service").write_text(service)
    (place / "bus.conf").write_text(STARTING_BUS.format(place=place))
    words = (f"--config-file={place}/bus.conf", "--nofork", "--print-address")
    process = account.start(daemon, *words)
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    call = ("dbus-send", f"--bus={address}", "--type=method_call", f"--dest={NAME}", "/", "a.b.C")
    return daemon, process, lambda: run(*account.command(*call))


def by_a_socket(family: Family, account: Account, evil: Path) -> Launcher:
    """Socket activation, by the program of systemd's that tries it."""
    daemon = allowed(family, "activate", found("systemd-socket-activate"))
    place = account.program("own").with_name("socket")
    process = account.start(daemon, "--accept", "--listen", place, evil, *SENDS)
    until(place.exists, "it listens")

    def knock() -> None:
        with socket.socket(socket.AF_UNIX) as made:
            made.connect(str(place))

    return daemon, process, knock


def by_a_job(family: Family, account: Account, evil: Path) -> Launcher:
    """A job of the account's, which root's daemon starts for it."""
    daemon = allowed(family, "jobs", Path(sys.executable).resolve())
    shell = family.folder / "sh"
    shutil.copy(found("dash"), shell)
    process = family.world.start(*family.world.near(daemon, "-S", "-c", JOBS, shell))

    def ask() -> None:
        assert process.stdin is not None
        process.stdin.write(f"{account.uid} exec {evil} {' '.join(SENDS)}\n")
        process.stdin.flush()

    return daemon, process, ask


@pytest.mark.parametrize("way", [by_the_bus, by_a_socket, by_a_job])
def test_what_an_allowed_launcher_starts_is_itself_and_its_users(
    family: Family, way: Callable[[Family, Account, Path], Launcher]
) -> None:
    family.stiled()
    datagrams, agent = Datagrams(family.world), family.world.agent()
    evil = family.copy("evil")
    launcher, process, start = way(family, Account(family.world, NOBODY), evil)
    until(lambda: launcher.name in group_of(process.pid), "the launcher has its class")

    start()

    question = agent.next()
    assert str(question.connection.application) == f"path:{evil}"
    assert question.connection.process.uid == NOBODY
    assert launcher.name in group_of(process.pid), "and the launcher keeps it"
    agent.answer(question, Action.DENY, Lifetime.FOREVER)
    family.world.end_programs()
    assert datagrams.read()["evil"] == 0
