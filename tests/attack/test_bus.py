"""The bus in the hands of an account without rights: agents, the helper's name, activation."""

import json
import subprocess
import sys
from collections.abc import Awaitable
from pathlib import Path

import pytest
from accounts import ATTACKER, Account
from other_users import done_as
from worlds import FAR, STARTING_BUS, World, run

from stile import contract
from stile.client import Firewall
from stile.questions import Question, QuestionId, Why
from stile.rules import Action, Choice, Lifetime
from stile.served import Refused

NOBODY, SERVICE, OTHER = 65534, 2, 1000
"""The first one tries; the bus lets only those in who stand in passwd(5)."""
SENDS = f"""
import socket, time
made = socket.socket(2, 2)
made.sendto(b"asked", ("{FAR}", 9))
time.sleep(60)
"""
WHO_MAY = """
import asyncio, sys
from dbus_next import Message, Variant
from stile.client import connect
POLKIT, LOGIN = "org.freedesktop.PolicyKit1", "org.freedesktop.login1"
uid = int(sys.argv[2])
def answer(call):
    match call.member, call.body:
        case "CheckAuthorization", _:
            return Message.new_method_return(call, "(bba{ss})", [[True, False, {}]])
        case "GetUser", [known] if known == uid:
            return Message.new_method_return(call, "o", ["/user"])
        case "GetUser", _:
            return Message.new_error(call, f"{LOGIN}.NoSuchUser", "not logged in")
        case "Get", [_, "Display"]:
            return Message.new_method_return(call, "v", [Variant("(so)", ["1", "/session"])])
        case "Get", [_, "Active"]:
            return Message.new_method_return(call, "v", [Variant("b", True)])
async def main():
    bus = await connect(sys.argv[1])
    bus.add_message_handler(answer)
    for name in (POLKIT, LOGIN):
        await bus.request_name(name)
    print("ready", flush=True)
    await bus.wait_for_disconnect()
asyncio.run(main())
"""
"""polkit lets everybody; one user has a session, which is the active one."""


def session_of(world: World, uid: int) -> None:
    """Have polkit and logind on the bus."""
    process = world.start(sys.executable, "-c", WHO_MAY, world.bus, str(uid))
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"


class Shown:
    """The questions that an agent is asked."""

    def __init__(self) -> None:
        self.numbers: list[int] = []

    def ask(self, question: Question) -> None:
        self.numbers.append(question.id)

    def withdraw(self, question: QuestionId, why: Why) -> None:
        """It is of no use to who pries."""


async def pries(bus: str, number: int) -> str:
    """Be an agent, and do all that one can do with a question; what was shown, and what went."""
    firewall, shown, question = Firewall(bus), Shown(), QuestionId(number)
    await firewall.open()
    firewall.offer_agent(shown)
    await firewall.register_agent()
    tries = (
        firewall.details(question),
        firewall.stop_clock(question, on=True),
        firewall.answer(question, Choice(Action.ALLOW, Lifetime.FOREVER)),
        firewall.take_back(question),
    )
    went = [await _goes(each) for each in tries]
    firewall.close()
    return json.dumps([shown.numbers, went])


async def _goes(deed: Awaitable[object]) -> bool:
    try:
        return bool(await deed)
    except Refused:
        return False


def pried(world: World, owner: int, session: int) -> tuple[int, list[int], list[bool]]:
    """Have a user's program ask, and an account pry: the question, what was shown, what went."""
    world.stiled()
    session_of(world, session)
    agent, receiver = world.agent(), world.receiver(port=9)
    Account(world, owner).start(world.program("asks"), "-S", "-c", SENDS)
    question = agent.next()
    assert question.connection.process.uid == owner

    shown, went = json.loads(done_as(NOBODY, pries(world.bus, question.id)))

    if not any(went):
        receiver.settimeout(0.3)
        with pytest.raises(TimeoutError):
            receiver.recv(9)
        assert agent.answer(question, Action.ALLOW, Lifetime.ONCE), "it is root's to answer still"
        receiver.settimeout(10)
    assert receiver.recv(9) == b"asked"
    return question.id, shown, went


@pytest.mark.parametrize("owner", [0, SERVICE, ATTACKER], ids=["root", "service", "person"])
def test_an_agent_is_shown_nothing_of_anothers_and_can_do_nothing_with_it(
    guarded: World, owner: int
) -> None:
    """Nor while somebody else sits at the machine."""
    _, shown, went = pried(guarded, owner, session=OTHER)

    assert (shown, went) == ([], [False] * 4)


def test_who_sits_at_the_machine_is_asked_for_services(guarded: World) -> None:
    question, shown, went = pried(guarded, SERVICE, session=NOBODY)

    assert ({*shown}, went) == ({question}, [True] * 4)


# -- the name, and who is started to have it ---------------------------------------------------


START = ["--dest=org.freedesktop.DBus", "/", "org.freedesktop.DBus.StartServiceByName"]


def bus_that_starts(world: World, place: Path, marker: Path) -> str:
    """A bus on which asking for the helper starts somebody else."""
    command = f'/bin/sh -c "touch {marker}; exit 1"'
    service = f"[D-BUS Service]\nName={contract.BUS_NAME}\nExec={command}\n"
    (place / f"{contract.BUS_NAME}.service").write_text(service)
    (place / "bus.conf").write_text(STARTING_BUS.format(place=place))
    words = (f"--config-file={place}/bus.conf", "--nofork", "--print-address")
    daemon = world.start("dbus-daemon", *words)
    assert daemon.stdout is not None
    return str(daemon.stdout.readline()).strip()


@pytest.mark.parametrize("words", [["status"], ["rules"], ["allow", "/usr/bin/curl"]])
def test_asking_for_the_helper_starts_nobody_in_its_place(
    guarded: World, tmp_path: Path, words: list[str]
) -> None:
    marker = tmp_path / "started"
    address = bus_that_starts(guarded, tmp_path, marker)
    stile = Path(sys.executable).parent / "stile"

    done = subprocess.run(
        [stile, "--bus", address, *words], capture_output=True, timeout=20, check=False
    )

    assert done.returncode
    assert not marker.exists()
    run("dbus-send", f"--bus={address}", "--print-reply", *START, *named(), check=False)
    assert marker.exists(), "who asks otherwise starts it"


def named() -> list[str]:
    return [f"string:{contract.BUS_NAME}", "uint32:0"]
