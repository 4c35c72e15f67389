"""The command `stile`: reads the line, talks to the helper, and says how it ended."""

import argparse
import asyncio
import logging
import os
import sys
from collections.abc import Awaitable, Callable

from stile import contract
from stile.cli import (
    agent,
    grammar,
    learn,
    lists,
    live,
    lockdown,
    moving,
    rules,
    settings,
    setup,
    status,
    watch,
    why,
)
from stile.cli.failures import Failed, Misused, Unread
from stile.cli.show import Output, remark
from stile.cli.together import until_one_ends
from stile.client import Away, Firewall
from stile.learned import Verdict
from stile.rules import Action
from stile.served import Refused

Command = Callable[[Firewall, Output], Awaitable[None]]

PLAIN: dict[str, Command] = {
    "status": status.status,
    "doctor": status.doctor,
    "watch": watch.watch,
}
"""Commands that take no words."""
ALONE = frozenset({"support"})
"""Commands that call the helper by themselves, for they have work without it."""
DONE, FAILED, MISUSED = 0, 1, 2
INTERRUPTED, UNREAD = 130, 141
"""What a shell reports for SIGINT and SIGPIPE."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command line and give back the exit code."""
    _be_plain()
    try:
        given = grammar.read(arguments)
        asyncio.run(_carry_out(given, _chosen(given)))
    except SystemExit:  # argparse has printed the help or the version
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED
    except Unread:
        return UNREAD
    except Misused as error:
        return _say(MISUSED, str(error))
    except (Failed, Away) as error:
        return _say(FAILED, str(error))
    except Refused as error:
        return _say(FAILED, _refusal(error))
    except Exception as error:  # noqa: BLE001 - the last boundary: a person never sees a traceback
        return _say(FAILED, f"this should not happen: {type(error).__name__}: {error}")
    return DONE


async def _carry_out(given: argparse.Namespace, command: Command) -> None:
    firewall = Firewall(given.bus)

    async def work() -> None:
        out = Output(as_json=given.json)
        await command(firewall, out)
        out.flush()

    if given.verb in ALONE:
        try:
            return await work()
        finally:
            firewall.close()
    await firewall.open()

    async def lost() -> None:
        await firewall.lost()
        raise Away(f"the bus at '{given.bus}' went away")

    try:
        await until_one_ends(work(), lost())
    finally:
        firewall.close()


def _chosen(given: argparse.Namespace) -> Command:  # noqa: C901 # one arm a verb
    """Find what the line asks for, before anybody is called."""
    if given.verb in PLAIN:
        return PLAIN[given.verb]
    match given.verb:
        case "rules":
            return lambda firewall, out: rules.listing(firewall, out, given.app)
        case "forget":
            return lambda firewall, out: rules.forget(firewall, out, given.app)
        case "why":
            return _why(given)
        case "lists":
            return lists.refresh if given.refresh else lists.listing
        case "connections" | "traffic":
            show = live.connections if given.verb == "connections" else live.traffic
            return lambda firewall, out: show(firewall, out, everybody=given.all)
        case "lockdown":
            return _lockdown(given)
        case "learn":
            return _learn(given)
        case "setup":
            return lambda firewall, out: setup.setup(firewall, out, accept=given.accept)
        case "settings":
            return _settings(given)
        case "agent":
            return _agent(given)
        case "support":
            return _support(given)
        case _:
            return _moving(given) or _decision(given)


def _decision(given: argparse.Namespace) -> Command:
    term, scope = grammar.rule_lifetime(given), grammar.scope(given)
    wanted = rules.Wanted(Action(given.verb), term, scope, given.note, given.children)
    return lambda firewall, out: rules.decide(firewall, out, given.app, wanted)


def _moving(given: argparse.Namespace) -> Command | None:
    match given.verb:
        case "export":
            return lambda firewall, out: moving.export(firewall, out, given.path)
        case "import":
            wanted = moving.Wanted(given.path, given.source == "opensnitch", given.dry_run)
            return lambda firewall, out: moving.bring_in(firewall, out, wanted)
    return None


def _why(given: argparse.Namespace) -> Command:
    place, port = given.place
    protocol = given.protocol or ("tcp" if port else "icmp")
    about = why.About(
        place, port, protocol, given.direction or "out", int(given.user or os.getuid())
    )
    return lambda firewall, out: why.why(firewall, out, given.app, about)


def _lockdown(given: argparse.Namespace) -> Command:
    if given.state is None:
        return lockdown.say
    return lambda firewall, out: lockdown.switch(firewall, out, on=given.state == "on")


def _learn(given: argparse.Namespace) -> Command:
    match given.deed:
        case None:
            return learn.say
        case "review":
            return learn.review
        case "on" | "off":
            seconds = grammar.learning_seconds(given)
            return lambda firewall, out: learn.switch(firewall, out, seconds)
    verdicts = {"accept": Verdict.ALLOW, "deny": Verdict.DENY, "forget": Verdict.FORGET}
    verdict = Verdict.REACHED if given.only_reached else verdicts[given.deed]
    return lambda firewall, out: learn.judge(
        firewall, out, given.apps, verdict, everything=given.all
    )


def _settings(given: argparse.Namespace) -> Command:
    if given.value is not None:
        return lambda firewall, out: settings.change(firewall, out, given.key, given.value)
    return lambda firewall, out: settings.listing(firewall, out, given.key)


def _agent(given: argparse.Namespace) -> Command:
    if given.answer is not None:
        return lambda firewall, out: agent.by_itself(firewall, out, given.answer, given.lifetime)
    if not (sys.stdin and sys.stdin.isatty()):
        raise Misused("there is no terminal to ask in: say --answer allow, deny or drop")
    if not (given.lines or given.json) and agent.can_use_screen():
        return lambda firewall, _out: agent.on_screen(firewall, given.lifetime)
    return lambda firewall, out: agent.in_terminal(firewall, out, given.lifetime)


def _support(given: argparse.Namespace) -> Command:
    from stile.cli import support  # no other command shall wait for what it needs

    return lambda firewall, out: support.support(firewall, out, given.path)


def _say(code: int, text: str) -> int:
    remark(" ".join(text.split()))
    return code


def _refusal(error: Refused) -> str:
    match error.name:
        case contract.ACCESS_DENIED:
            return f"access denied: {error} (root may, or whom polkit lets)"
        case contract.AGENT_EXISTS:
            return "another agent is running in this session: end it first (stile-tray is one)"
        case "org.freedesktop.DBus.Error.UnknownMethod":
            return f"the helper is of another version: {error}"
    return str(error)


class _OneLine(logging.Formatter):
    """A log record as everything else on stderr: one line, no traceback."""

    def format(self, record: logging.LogRecord) -> str:
        error = record.exc_info[1] if record.exc_info else None
        return f"stile: {record.getMessage()}" + (f": {error}" if error else "")


def _be_plain() -> None:
    """Keep the machinery's words off the screen, whatever the locale and the libraries."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    lines = logging.StreamHandler()
    lines.setFormatter(_OneLine())
    logging.getLogger().addHandler(lines)
