"""The command line: what can be said, read into the words of `stile`."""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_network
from typing import NoReturn, TypeVar

from stile import __version__
from stile.applications import Application
from stile.cli import applications
from stile.cli.failures import Failed, Misused
from stile.connections import Protocol
from stile.rules import ABOUT_PROCESSES, Action, Lifetime, NotYet

T = TypeVar("T")
HOST = re.compile(r"(?=.{1,253}$)(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.?)+", re.I)
"""A host name, or a domain with its subdomains: the letters of RFC 1123, 2.1, and underscores."""


@dataclass(frozen=True, slots=True)
class Later:
    """What was understood, but cannot be done so far."""

    text: str


class Parser(argparse.ArgumentParser):
    """argparse, but whatever is wrong with the line is one sentence, said by `main`."""

    def error(self, message: str) -> NoReturn:
        """Raise Misused, where argparse would print and leave."""
        raise Misused(f"{message} ({self.prog} --help)")


def parser() -> Parser:
    """Say what `stile` understands; the chosen subcommand is `verb`."""
    anywhere = Parser(add_help=False, allow_abbrev=False)
    anywhere.add_argument(
        "--bus",
        metavar="ADDRESS",
        default=argparse.SUPPRESS,
        help="where the helper is: system (the default), session or a D-Bus address",
    )
    anywhere.add_argument(
        "--json",
        action="store_true",
        default=argparse.SUPPRESS,
        help="print JSON, one object a line",
    )
    whole = Parser(
        prog="stile",
        description="See and decide which applications may use the network.",
        parents=[anywhere],
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"stile {__version__}")
    verbs = whole.add_subparsers(dest="verb", metavar="COMMAND", required=True)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name, help=text, description=text, parents=[anywhere], allow_abbrev=False
        )

    verb("status", "say what runs")
    verb("doctor", "say which features the system has, and what follows")
    _app(verb("rules", "list the rules, of one application or all"), nargs="?")
    _deciding(verb("allow", "let an application use the network"))
    _deciding(verb("deny", "refuse an application the network; it hears of it at once"))
    _deciding(verb("drop", "throw away silently what an application sends"))
    _app(verb("forget", "remove a rule"), metavar="APP|RULE")
    _agent(verb("agent", "answer questions in the terminal, or without a person"))
    verb("watch", "show decisions as they happen")
    return whole


def read(arguments: list[str] | None) -> argparse.Namespace:
    """Read a command line. Raises Misused, or SystemExit once help or version is printed."""
    given = parser().parse_args(arguments)
    given.bus = getattr(given, "bus", "system")
    given.json = getattr(given, "json", False)
    return given


def _app(verb: argparse.ArgumentParser, metavar: str = "APP", nargs: str | None = None) -> None:
    text = "path:/usr/bin/curl, a path, or a name that fits one application"
    verb.add_argument("app", metavar=metavar, nargs=nargs, type=_checked(application), help=text)


def _deciding(verb: argparse.ArgumentParser) -> None:
    _app(verb)
    verb.add_argument("--to", metavar="DEST", type=_checked(destination), help="(not yet)")
    verb.add_argument("--port", metavar="N[-M]", type=_checked(ports), help="(not yet)")
    verb.add_argument("--proto", metavar="P", type=_checked(Protocol.parse), help="(not yet)")
    _lifetime(verb, "reboot or forever (the default)")
    verb.add_argument(
        "--and-children",
        dest="children",
        action="store_true",
        help="the same for the programs that it starts, where they have no rules of their own",
    )


def _agent(verb: argparse.ArgumentParser) -> None:
    actions = [Action.ALLOW, Action.DENY, Action.DROP]
    verb.add_argument(
        "--answer",
        metavar="ACTION",
        type=_checked(_one_of(actions)),
        help="answer every question so, without a person: allow, deny or drop",
    )
    _lifetime(
        verb, "once, quit (until the program quits), reboot or forever (the default with --answer)"
    )


def _lifetime(verb: argparse.ArgumentParser, text: str) -> None:
    verb.add_argument(
        "--for", dest="lifetime", metavar="LIFETIME", type=_checked(lifetime), help=text
    )


# -- the words of the line -------------------------------------------------------------


def _checked(reader: Callable[[str], T]) -> Callable[[str], T]:
    """Have argparse say what *reader* says is wrong."""

    def read(text: str) -> T:
        try:
            return reader(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return read


def _one_of(actions: list[Action]) -> Callable[[str], Action]:
    def action(text: str) -> Action:
        if text not in actions:
            raise ValueError(f"'{text}' is none of {', '.join(actions)}")
        return Action(text)

    return action


def application(text: str) -> str:
    """Check what names an application; which one, the rules and the file system say later."""
    if not text or "\0" in text:
        raise ValueError("an application has a name")
    found: Application | None = applications.identity(text)
    return str(found) if found else text


def lifetime(text: str) -> Lifetime | Later:
    """Read how long something holds: once, 15m, 2h, quit, reboot or forever."""
    try:
        return Lifetime.parse(text)
    except NotYet:
        return Later(text)


def ports(text: str) -> Later:
    """Read a port, or a range of ports."""
    first, dash, last = text.partition("-")
    numbers = [first, last] if dash else [first]
    if not all(number.isascii() and number.isdecimal() and len(number) < 6 for number in numbers):
        raise ValueError(f"'{text}' is not a port (443) or a range of ports (8000-8100)")
    low, high = int(numbers[0]), int(numbers[-1])
    if not 0 < low <= high <= 0xFFFF:
        raise ValueError(f"'{text}' is not within 1-65535, the smaller number first")
    return Later(text)


def destination(text: str) -> Later:
    """Read a destination: any, local, an address, a network, a host, or *.domain."""
    looks_like_numbers = ":" in text or re.fullmatch(r"[0-9./]+", text) or "/" in text
    if looks_like_numbers:
        try:
            ip_network(text)
        except ValueError as error:
            raise ValueError(f"'{text}' is not a destination: {error}") from None
    elif not HOST.fullmatch(text):
        raise ValueError(f"'{text}' is not a destination: an address, a network or a host name")
    return Later(text)


def rule_lifetime(given: argparse.Namespace) -> Lifetime:
    """Say how long the rule asked for holds. Raises Failed for what is not there yet."""
    for name in ("to", "port", "proto"):
        if getattr(given, name) is not None:
            raise Failed(f"--{name} is not there yet: a rule is about all that an application does")
    lifetime = _there(given.lifetime, "say reboot or forever") or Lifetime.FOREVER
    if lifetime is Lifetime.ONCE:
        raise Failed("a rule cannot be once: say reboot or forever")
    if lifetime is Lifetime.QUIT:
        raise Failed(ABOUT_PROCESSES)
    return lifetime


def answer_lifetime(given: argparse.Namespace) -> Lifetime | None:
    """Say how long an agent's answers hold, where the line says so."""
    return _there(given.lifetime, "say once, quit, reboot or forever")


def _there(lifetime: Lifetime | Later | None, mend: str) -> Lifetime | None:
    if isinstance(lifetime, Later):
        raise Failed(f"--for {lifetime.text} is not there yet: {mend}")
    return lifetime
