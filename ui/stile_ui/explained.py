"""A rule in words: what it does, to whom, for how long."""

import pwd
from datetime import datetime

from stile.applications import EVERYBODY
from stile.language import translate
from stile.lint import Finding, Problem
from stile.rules import Action, Lifetime, Origin, Rule
from stile.scopes import Anywhere, Listed, LocalNetwork, Name, Ports, Scope, Span, Way
from stile_ui import words


def verdict(action: Action) -> str:
    """Name a verdict."""
    match action:
        case Action.ALLOW:
            return translate("Explained", "Allow")
        case Action.DENY:
            return translate("Explained", "Deny")
        case Action.DROP:
            return translate("Explained", "Drop")
        case Action.ASK:
            return translate("Explained", "Ask")


def origin(where: Origin) -> str:
    """Name where a rule stands."""
    match where:
        case Origin.SHIPPED:
            return translate("Explained", "Shipped")
        case Origin.USER:
            return translate("Explained", "Yours")
        case Origin.TIMED:
            return translate("Explained", "Timed")
        case Origin.TEMPORARY:
            return translate("Explained", "Temporary")


def lifetime(rule: Rule) -> str:
    """Say how long a rule holds: "Always", "Until Tue 24 Nov 12:30"."""
    match rule.lifetime:
        case Lifetime.FOREVER:
            return translate("Explained", "Always")
        case Lifetime.REBOOT:
            return translate("Explained", "Until reboot")
        case Lifetime.QUIT:
            return translate("Explained", "Until it quits")
        case Lifetime.UNTIL:
            end = datetime.fromtimestamp(rule.until)
            return translate("Explained", "Until {time}").format(time=f"{end:%-d %b %Y %H:%M}")
        case Lifetime.ONCE:
            return translate("Explained", "Once")


def covered(scope: Scope) -> str:
    """Say in short what a rule covers: "example.org, port 443, tcp"."""
    said = scope.words
    parts = [_place(scope) if not isinstance(scope.destination, Anywhere) else ""]
    if "port" in said:
        parts.append(translate("Explained", "port {port}").format(port=_port(scope.ports)))
    parts.append(said.get("protocol", "").upper())
    if scope.way is Way.IN:
        parts.insert(0, translate("Explained", "from outside"))
    elif said.get("direction") == Way.OUT:
        parts.insert(0, translate("Explained", "only outward"))
    if scope.uid is not None:
        parts.append(translate("Explained", "user {user}").format(user=_user(scope.uid)))
    if scope.network:
        parts.append(translate("Explained", "on {network}").format(network=scope.network))
    listed = ", ".join(part for part in parts if part)
    return words.safe(listed) or translate("Explained", "Everything")


def _place(scope: Scope) -> str:
    match scope.destination:
        case Anywhere():
            return translate("Explained", "anywhere")
        case LocalNetwork():
            return translate("Explained", "the local network")
        case Name() as name if name.pattern.startswith("*.") and "*" not in name.pattern[2:]:
            said = translate("Explained", "{domain} and all below it")
            return said.format(domain=name.pattern[2:])
        case Listed() as listed:
            said = translate("Explained", "the block list {name}")
            return said.format(name=listed.name)
        case Name() | Span() as other:
            return str(other)


def sentence(rule: Rule) -> str:
    """Say what a rule does, in whole sentences."""
    who = translate("Explained", "Every application")
    if rule.application != EVERYBODY:
        who = words.safe(rule.application.title)
    parts = [_deed(rule).format(who=who, what=_what(rule.scope)), _when(rule)]
    if rule.children:
        parts.append(
            translate("Explained", "So may programs that it starts, if they have no rules.")
            if rule.action is Action.ALLOW
            else translate("Explained", "The same goes for programs that it starts.")
        )
    if not rule.enabled:
        parts.append(translate("Explained", "It is switched off now."))
    return " ".join(part for part in parts if part)


def _deed(rule: Rule) -> str:
    """The sentence of a verdict, with room for who and what."""
    if rule.scope.is_whole:
        return _whole_deed(rule.action)
    if rule.scope.way is Way.IN:
        return _inward_deed(rule.action)
    match rule.action:
        case Action.ALLOW:
            return translate("Explained", "{who} may reach {what}.")
        case Action.DENY:
            return translate("Explained", "{who} is refused {what}, and hears of it at once.")
        case Action.DROP:
            return translate("Explained", "{who} gets no answer from {what}: all is thrown away.")
        case Action.ASK:
            return translate("Explained", "You are asked when {who} wants to reach {what}.")


def _whole_deed(action: Action) -> str:
    match action:
        case Action.ALLOW:
            return translate("Explained", "{who} may use {what}.")
        case Action.DENY:
            return translate("Explained", "{who} is refused {what}, and hears of it at once.")
        case Action.DROP:
            return translate("Explained", "All that {who} sends is thrown away silently.")
        case Action.ASK:
            return translate("Explained", "You are asked whenever {who} reaches for the network.")


def _inward_deed(action: Action) -> str:
    match action:
        case Action.ALLOW:
            return translate("Explained", "{who} may be reached from {what}.")
        case Action.DENY:
            return translate("Explained", "{who} may not be reached from {what}.")
        case Action.DROP:
            return translate("Explained", "What reaches {who} from {what} gets no answer.")
        case Action.ASK:
            return translate("Explained", "You are asked when {who} is reached from {what}.")


def _what(scope: Scope) -> str:
    if scope.is_whole:
        return translate("Explained", "the whole network")
    what = words.safe(_place(scope))
    if scope.ports.ranges:
        ports = _numbers(scope.ports)
        single = ports.isdecimal()
        own = scope.way is Way.IN
        said = {
            (True, False): translate("Explained", "{what} at port {ports}"),
            (False, False): translate("Explained", "{what} at the ports {ports}"),
            (True, True): translate("Explained", "{what} at its own port {ports}"),
            (False, True): translate("Explained", "{what} at its own ports {ports}"),
        }[single, own]
        what = said.format(what=what, ports=ports)
    if scope.protocol is not None:
        said = translate("Explained", "{what} over {protocol}")
        what = said.format(what=what, protocol=str(scope.protocol).upper())
    if scope.uid is not None:
        said = translate("Explained", "{what} when {user} runs it")
        what = said.format(what=what, user=_user(scope.uid))
    if scope.network:
        said = translate("Explained", "{what} while on the network {network}")
        what = said.format(what=what, network=words.safe(scope.network))
    return what


def _numbers(ports: Ports) -> str:
    ranges = (str(low) if low == high else f"{low}-{high}" for low, high in ports.ranges)
    return ", ".join(ranges)


def _port(ports: Ports) -> str:
    """Say ports in short: those of a group of several by its name."""
    return _numbers(ports) if len(ports.ranges) == 1 else str(ports)


def _when(rule: Rule) -> str:
    match rule.lifetime:
        case Lifetime.REBOOT:
            return translate("Explained", "That holds until the next reboot.")
        case Lifetime.UNTIL:
            end = datetime.fromtimestamp(rule.until)
            said = translate("Explained", "That holds until {time}.")
            return said.format(time=f"{end:%-d %b %Y %H:%M}")
        case Lifetime.QUIT:
            return translate("Explained", "That holds until it quits.")
    return ""


def _user(uid: int) -> str:
    try:
        return words.safe(pwd.getpwuid(uid).pw_name)
    except (KeyError, OverflowError):
        return str(uid)


def finding(found: Finding) -> str:
    """Say what is wrong with a rule."""
    by = f"{verdict(found.by.action)}: {covered(found.by.scope)}" if found.by else ""
    if found.by is not None and found.by.application != found.rule.application:
        whose = translate("Explained", "{rule} (everybody)")
        by = whose.format(rule=by)
    match found.problem:
        case Problem.NEVER:
            return translate("Explained", "Never decides: “{other}” wins always.").format(other=by)
        case Problem.COVERED:
            said = translate("Explained", "Says nothing new: “{other}” covers it.")
            return said.format(other=by)
        case Problem.GONE:
            return translate("Explained", "Its program is not there any more.")
        case Problem.OVER:
            return translate("Explained", "Its time is over.")
        case Problem.LEFT:
            return translate("Explained", "It was for a while only, and is switched off.")
