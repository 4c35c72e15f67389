"""The command line: what can be said, read into the words of `stile`."""

import argparse
import pwd
import re
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from stile import __version__, scopes
from stile.applications import Application
from stile.cli import applications
from stile.cli.failures import Failed, Misused
from stile.learned import DEFAULT_SECONDS, LONGEST_SECONDS
from stile.rules import ABOUT_PROCESSES, Action, Lifetime, Term
from stile.scopes import GROUPS, Scope, Span

T = TypeVar("T")

PAGE = "Manual page: stile(1)."
ABOUT_RULES = "Manual pages: stile(1); stile-rules(5) for what rules can say and which one wins."
EPILOGS = {
    **dict.fromkeys(("allow", "deny", "drop", "ask", "why", "rules", "lists"), ABOUT_RULES),
    "settings": "Manual pages: stile(1); stile.toml(5) for what each setting means.",
}
"""What stands below the help of a command; `PAGE` where nothing is said."""


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
        epilog="stile COMMAND --help says more. Manual page: stile(1).",
        parents=[anywhere],
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"stile {__version__}")
    verbs = whole.add_subparsers(dest="verb", metavar="COMMAND", required=True)

    def verb(name: str, text: str) -> argparse.ArgumentParser:
        return verbs.add_parser(
            name,
            help=text,
            description=text,
            epilog=EPILOGS.get(name, PAGE),
            parents=[anywhere],
            allow_abbrev=False,
        )

    verb("status", "say what runs")
    verb("doctor", "say which features the system has, and what follows")
    _app(verb("rules", "list the rules, of one application or all"), nargs="?")
    _deciding(verb("allow", "let an application use the network"))
    _deciding(verb("deny", "refuse an application the network; it hears of it at once"))
    _deciding(verb("drop", "throw away silently what an application sends"))
    _deciding(verb("ask", "ask about what an application sends, also where a rule would decide"))
    _why(verb("why", "say which rule decides about a connection, and why"))
    _app(verb("forget", "remove a rule"), metavar="APP|RULE")
    _agent(verb("agent", "answer questions in the terminal, or without a person"))
    lists = verb("lists", "list the block lists")
    lists.add_argument("--refresh", action="store_true", help="fetch those from the web first")
    lockdown = verb("lockdown", "let only allowed applications through, without questions")
    words = "switch it on or off; without a word, say which it is"
    lockdown.add_argument("state", nargs="?", choices=("on", "off"), help=words)
    for name, text in (
        ("connections", "list what is open now, of your own programs"),
        ("traffic", "say how much has passed of each of your applications, as the kernel counts"),
    ):
        live = verb(name, text)
        live.add_argument("--all", action="store_true", help="of all users, and of the system")
    _learn(verb("learn", "let unknown applications through, record what they do, review it"))
    setup = verb("setup", "propose rules for the services of this system, and say what runs")
    setup.add_argument(
        "--accept", metavar="all|NAME,...", help="add the rules that are proposed, without asking"
    )
    settings = verb("settings", "list the settings of the helper, say one, or change it")
    settings.add_argument("key", metavar="KEY", nargs="?", help="one of those that are listed")
    settings.add_argument("value", metavar="VALUE", nargs="?", help="what it shall be")
    _moving(verb)
    verb("watch", "show decisions as they happen")
    return whole


def verbs(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    """Give the commands that a parser knows, each with what it understands."""
    (found,) = (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))
    return dict(found.choices)


def read(arguments: list[str] | None) -> argparse.Namespace:
    """Read a command line. Raises Misused, or SystemExit once help or version is printed."""
    given = parser().parse_args(arguments)
    given.bus = getattr(given, "bus", "system")
    given.json = getattr(given, "json", False)
    return given


def _moving(verb: Callable[[str, str], argparse.ArgumentParser]) -> None:
    export = verb("export", "write the rules of this machine into a file or a folder")
    export.add_argument("path", metavar="FILE|DIR", type=Path)
    incoming = verb("import", "add the rules of a file or a folder, Stile's or OpenSnitch's")
    incoming.add_argument("path", metavar="FILE|DIR", type=Path)
    incoming.add_argument(
        "--from", dest="source", choices=("stile", "opensnitch"), help="whose rules they are"
    )
    incoming.add_argument(
        "--dry-run", action="store_true", help="say what would be added, and add nothing"
    )


def _app(verb: argparse.ArgumentParser, metavar: str = "APP", nargs: str | None = None) -> None:
    text = "path:/usr/bin/curl, a path, or a name that fits one application"
    verb.add_argument("app", metavar=metavar, nargs=nargs, type=_checked(application), help=text)


def _deciding(verb: argparse.ArgumentParser) -> None:
    _app(verb)
    for option, metavar, key, text in (
        ("--to", "DEST", "to", "any, local, an address, a network, a range, a host or *.domain"),
        ("--port", "N[-M],...", "port", f"ports, ranges, or one of {', '.join(GROUPS)}"),
        ("--proto", "P", "protocol", "tcp, udp, icmp, ip-47 ..."),
        ("--direction", "out|in", "direction", "who begins: the application, or the other side"),
        ("--user", "USER", "user", "for the programs of one user only"),
        (
            "--network",
            "NAME|UUID",
            "network",
            "only while this connection of NetworkManager is active; type:wifi, type:wired, "
            "type:vpn; not:A,B where none of these is",
        ),
    ):
        verb.add_argument(option, dest=key, metavar=metavar, type=_word(key), help=text)
    verb.add_argument("--note", default="", help="a remark that stands with the rule")
    _lifetime(verb, "a duration (15m, 2h, 7d), reboot or forever (the default)")
    verb.add_argument(
        "--and-children",
        dest="children",
        action="store_true",
        help="the same for the programs that it starts, where they have no rules of their own",
    )


def _why(verb: argparse.ArgumentParser) -> None:
    _app(verb)
    verb.add_argument(
        "place", metavar="DEST:PORT", type=_checked(place), help="192.0.2.1:443, example.org:443"
    )
    for option, metavar, key, text in (
        ("--proto", "P", "protocol", "tcp (the default where there is a port), udp ..."),
        ("--direction", "out|in", "direction", "who begins [out]"),
        ("--user", "USER", "user", "whose program it is [yours]"),
    ):
        verb.add_argument(option, dest=key, metavar=metavar, type=_word(key), help=text)


def _learn(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "deed",
        nargs="?",
        choices=("on", "off", "review", "accept", "deny", "forget"),
        help="switch it; list what was learned; make rules of it or forget it; without a word, "
        "say which it is",
    )
    verb.add_argument("apps", metavar="APP", nargs="*", help="what is accepted, denied, forgotten")
    verb.add_argument("--all", action="store_true", help="accept, deny or forget all of it")
    verb.add_argument(
        "--only-reached",
        action="store_true",
        help="accept what an application has reached, and nothing else",
    )
    verb.add_argument(
        "--for",
        dest="lasting",
        metavar="DURATION",
        type=_checked(lifetime),
        help="how long it lasts: 15m, 2h, at most 7d (1h where nothing is said)",
    )


def _agent(verb: argparse.ArgumentParser) -> None:
    verb.add_argument(
        "--lines",
        action="store_true",
        help="ask line by line, also where the whole terminal could be used (prompt-toolkit)",
    )
    actions = [Action.ALLOW, Action.DENY, Action.DROP]
    verb.add_argument(
        "--answer",
        metavar="ACTION",
        type=_checked(_one_of(actions)),
        help="answer every question so, without a person: allow, deny or drop",
    )
    _lifetime(
        verb,
        "once, quit (until the program quits), a duration (15m), reboot or forever (the default "
        "with --answer)",
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


def lifetime(text: str) -> Term:
    """Read how long something holds: once, 15m, 2h, quit, reboot or forever."""
    return Term.parse(text)


def place(text: str) -> tuple[str, int]:
    """Read DEST:PORT, [ADDRESS]:PORT or a destination alone."""
    read = re.fullmatch(r"\[(?P<v6>[^]]+)\](:(?P<p6>\d+))?|(?P<host>[^:]+)(:(?P<port>\d+))?", text)
    where, port = text, 0  # an IPv6 address without brackets
    if read:
        where, port = read["v6"] or read["host"], int(read["p6"] or read["port"] or 0)
    found = scopes.destination(where)
    is_address = isinstance(found, Span) and found.size == 1
    if not (is_address or scopes.host(where)) or port > 0xFFFF:
        raise ValueError(f"'{text}' is not one place: say 192.0.2.1:443 or example.org:443")
    return str(found), port


def _word(key: str) -> Callable[[str], str]:
    """Check one word of a scope."""

    def word(text: str) -> str:
        said = _user(text) if key == "user" else text
        Scope.parse({key: said})
        return said

    return _checked(word)


def _user(text: str) -> str:
    if text.isdecimal():
        return text
    try:
        return str(pwd.getpwnam(text).pw_uid)
    except KeyError:
        raise ValueError(f"there is no user '{text}'") from None


def scope(given: argparse.Namespace) -> Scope:
    """Say what the rule asked for covers. Raises Failed where the words do not fit together."""
    words = {key: word for key in scopes.KEYS if (word := getattr(given, key)) is not None}
    try:
        return Scope.parse(words)
    except ValueError as error:
        raise Failed(str(error)) from None


def learning_seconds(given: argparse.Namespace) -> int:
    """Say for how long to learn; 0 ends it. Raises Misused for what is no such time."""
    term: Term = given.lasting or Term(Lifetime.UNTIL, DEFAULT_SECONDS)
    if given.deed == "off":
        return 0
    if not 0 < term.seconds <= LONGEST_SECONDS:
        raise Misused("learning opens the machine: say for how long, at most 7d")
    return term.seconds


def rule_lifetime(given: argparse.Namespace) -> Term:
    """Say how long the rule asked for holds. Raises Failed for what no rule can be."""
    term: Term = given.lifetime or Term(Lifetime.FOREVER)
    if term.lifetime is Lifetime.ONCE:
        raise Failed("a rule cannot be once: say a duration (15m), reboot or forever")
    if term.lifetime is Lifetime.QUIT:
        raise Failed(ABOUT_PROCESSES)
    return term
