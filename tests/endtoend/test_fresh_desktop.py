"""How many questions does a fresh desktop ask? Counted, against the real helper.

The programs of a desktop are played: copies of Python under names of their own that send what those
send. The rules are the real ones: those that are shipped, and those that the catalogue proposes,
for the files of this world in the place of the system's.
"""

import asyncio
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from worlds import BACKENDS, FAR, Agent, Client, World

from stile import services
from stile.applications import Application, Kind
from stile.client import Firewall
from stile.questions import Question, QuestionId
from stile.rules import Action, Choice, Lifetime
from stile.services import Proposal, Service

pytestmark = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)

SHIPPED = Path(__file__).parents[2] / "packaging" / "rules.d"
MULTICAST = "224.0.0.251"
Deed = tuple[str, str, int]
"""tcp or udp, where to, which port."""
WEB: Sequence[Deed] = [("udp", FAR, 53), ("tcp", FAR, 443), ("tcp", FAR, 80)]


@dataclass(frozen=True)
class Part:
    """A program of the desktop, by the file that it is on a real one, and what it does."""

    path: str
    deeds: Sequence[Deed]

    @property
    def name(self) -> str:
        """What the file is called in the world."""
        return self.path.strip("/").replace("/", "-")


SYSTEM = [
    Part("/usr/lib/systemd/systemd-resolved", [("udp", FAR, 53), ("udp", MULTICAST, 5353)]),
    Part("/usr/lib/systemd/systemd-timesyncd", [("udp", FAR, 123)]),
    Part("/usr/sbin/NetworkManager", [("udp", FAR, 67), ("udp", FAR, 53), ("tcp", FAR, 80)]),
    Part("/usr/lib/apt/methods/http", WEB),
    Part("/usr/libexec/packagekitd", WEB),
    Part("/usr/libexec/fwupd/fwupd", [("udp", FAR, 53), ("tcp", FAR, 443)]),
    Part("/usr/lib/snapd/snapd", [("udp", FAR, 53), ("tcp", FAR, 443)]),
    Part("/usr/bin/flatpak", [("udp", FAR, 53), ("tcp", FAR, 443)]),
    Part("/usr/sbin/avahi-daemon", [("udp", MULTICAST, 5353)]),
    Part("/usr/sbin/cupsd", [("udp", FAR, 53), ("tcp", FAR, 631)]),
]
PEOPLES = [
    Part("/usr/lib/firefox/firefox", [*WEB, ("udp", FAR, 443)]),
    Part("/usr/bin/thunderbird", [("udp", FAR, 53), ("tcp", FAR, 993), ("tcp", FAR, 465)]),
    Part("/usr/bin/curl", WEB),
    Part("/usr/bin/git", [("udp", FAR, 53), ("tcp", FAR, 22)]),
    Part("/usr/bin/ssh", [("udp", FAR, 53), ("tcp", FAR, 22)]),
]


class Person(Agent):
    """Somebody who allows all that an application does, for ever, and counts the questions."""

    def __init__(self, bus: str) -> None:
        self.asked: set[QuestionId] = set()
        self._answering: set[asyncio.Future[bool]] = set()
        super().__init__(bus)

    def ask(self, question: Question) -> None:
        if question.id not in self.asked:  # otherwise it is shown anew
            self.asked.add(question.id)
            choice = Choice(Action.ALLOW, Lifetime.FOREVER)
            self._answering.add(asyncio.ensure_future(self.firewall.answer(question.id, choice)))


@dataclass
class Desktop:
    """The programs, running, and whoever sits before them."""

    world: World
    person: Person
    clients: Mapping[str, Client]

    def goes_on(self) -> int:
        """Let everybody do everything, and count what was asked."""
        for part in (*SYSTEM, *PEOPLES):
            client = self.clients[part.path]
            for number, (kind, where, port) in enumerate(part.deeds):
                done = client.does(kind, where, port, name=f"socket{number}")
                assert done in (None, 1), (part.path, kind, where, port, done)
        return len(self.person.asked)


def program(world: World, path: str) -> Path:
    """Where a program of a real desktop stands in the world."""
    return world.home / "programs" / path.strip("/").replace("/", "-")


@pytest.fixture
def desktop(guarded: World) -> Callable[..., Desktop]:
    """Make a desktop, with the rules that are shipped or without."""

    def made(*, shipped: bool) -> Desktop:
        for file in SHIPPED.glob("*.toml") if shipped else ():
            words = tomllib.loads(file.read_text())
            path = words["application"].partition(":")[2]
            text = file.read_text()
            moved = text.replace(path, str(program(guarded, path))) if path else text
            (guarded.home / "usr" / file.name).write_text(moved)
        guarded.stiled()
        for port in (22, 80, 443, 465, 631, 993):
            guarded.listener(port=port)
        clients = {part.path: guarded.client(part.name) for part in (*SYSTEM, *PEOPLES)}
        person = Person(guarded.bus)
        guarded.ends.callback(person.leave)
        return Desktop(guarded, person, clients)

    return made


def accept(desktop: Desktop) -> list[Proposal]:
    """Go through the first run, and accept all that is checked there."""

    def here(service: Service) -> Service:
        moved = [program(desktop.world, each.name) for each in service.applications]
        return replace(
            service, applications=tuple(Application(Kind.PATH, str(path)) for path in moved)
        )

    async def story() -> list[Proposal]:
        firewall = Firewall(desktop.world.bus)
        await firewall.open()
        rules = [rule for rule, _ in await firewall.rules()]
        catalogue = [here(each) for each in services.catalogue()]
        proposed = services.proposals(await firewall.running(), rules, catalogue)
        for each in proposed:
            for rule in each.rules if not each.is_decided else ():
                await firewall.add_rule(rule)
        firewall.close()
        return proposed

    return desktop.person.call(story())


def test_without_any_rules_everybody_is_asked_about_once(
    desktop: Callable[..., Desktop],
) -> None:
    assert desktop(shipped=False).goes_on() == len(SYSTEM) + len(PEOPLES)


def test_with_what_is_shipped_the_network_itself_works_unasked(
    desktop: Callable[..., Desktop],
) -> None:
    assert desktop(shipped=True).goes_on() == len(SYSTEM) + len(PEOPLES) - 3


def test_after_the_first_run_only_peoples_own_programs_are_asked_about(
    desktop: Callable[..., Desktop],
) -> None:
    made = desktop(shipped=True)
    proposed = accept(made)
    assert sum(not each.is_decided for each in proposed) == len(SYSTEM) - 3

    assert made.goes_on() == len(PEOPLES)

    assert made.goes_on() == len(PEOPLES), "and nobody twice"


def test_what_was_accepted_is_narrow(desktop: Callable[..., Desktop]) -> None:
    made = desktop(shipped=True)
    accept(made)
    made.world.listener(port=8443)
    assert made.clients["/usr/lib/apt/methods/http"].does("tcp", FAR, 8443) is None
    assert len(made.person.asked) == 1, "another port is asked about"


def test_while_learning_nobody_is_asked_about(desktop: Callable[..., Desktop]) -> None:
    made = desktop(shipped=True)
    made.world.stile("learn", "on")
    assert made.goes_on() == 0
    assert len(made.world.stile("learn", "review", "--json").splitlines()) == 12
