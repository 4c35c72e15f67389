"""Who appears in the plays: applications, questions and rules."""

from ipaddress import ip_address

from stile.applications import Application, Kind
from stile.connections import TCP, Connection, Flow, Pid, Process, Protocol, Uid
from stile.questions import UNKNOWN, About, Question, QuestionId
from stile.rules import Action, Lifetime, Origin, Rule, RuleId


def path(name: str) -> Application:
    """A program by its file."""
    return Application(Kind.PATH, name)


CURL, WGET = path("/usr/bin/curl"), path("/usr/bin/wget")


def question(
    number: int = 1,
    application: Application = CURL,
    command: tuple[str, ...] = ("curl", "https://example.org/"),
    *,
    to: str = "192.0.2.80",
    port: int = 443,
    protocol: Protocol = TCP,
    waiting: int = 1,
    inferred: bool = False,
    seconds: float = 60.0,
    about: About = UNKNOWN,
) -> Question:
    """An application that wants to connect."""
    process = Process(Pid(4711), Uid(0), application, command)
    address = ip_address(to)
    source = ip_address("192.0.2.7" if address.version == 4 else "2001:db8::7")
    flow = Flow(protocol, source, 40000, address, port)
    connection = Connection(process, flow, inferred)
    return Question(QuestionId(number), connection, waiting, seconds, about)


def rule(application: Application, action: Action, note: str = "", *, here: str = "user") -> Rule:
    """A rule as the helper has it."""
    origin = Origin(here)
    lifetime = Lifetime.REBOOT if origin is Origin.TEMPORARY else Lifetime.FOREVER
    name = RuleId(f"{application.title}-{origin}")
    return Rule(application, action, lifetime, note, name, origin)
