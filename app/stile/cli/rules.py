"""`stile rules`, `allow`, `deny`, `drop`, `ask` and `forget`."""

import time
from dataclasses import dataclass

from stile import sentences
from stile.applications import Application
from stile.cli import applications
from stile.cli.failures import Failed
from stile.cli.show import Output, judged, remark
from stile.client import Firewall
from stile.rules import Action, Origin, Rule, Term
from stile.scopes import WHOLE, Scope

Listed = tuple[Rule, bool]
"""A rule, and whether it is in force."""


async def listing(firewall: Firewall, out: Output, app: str | None) -> None:
    """Show every rule, or those about one application."""
    listed = sorted(await firewall.rules(), key=_order)
    if app is not None:
        meant = applications.with_rules(app, [rule for rule, _ in listed])
        listed = [one for one in listed if one[0] in meant]
    if out.as_json:
        for rule, in_force in listed:
            out.record(_words(rule) | {"in_force": in_force})
    elif listed:
        rows = [
            (
                judged(str(rule.action), and_more=", and children" if rule.children else ""),
                str(rule.application),
                sentences.covered(rule.scope) or "anything",
                sentences.span(rule.lifetime, rule.until),
                str(rule.origin) + _state(rule, in_force=in_force),
                rule.id,
                rule.note,
            )
            for rule, in_force in listed
        ]
        out.table(("VERDICT", "APPLICATION", "COVERS", "HOLDS", "FROM", "RULE", "NOTE"), rows)
    else:
        remark("there are no rules so far")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule shall say about an application."""

    action: Action
    term: Term
    scope: Scope = WHOLE
    note: str = ""
    children: bool = False

    def about(self, application: Application) -> Rule:
        """Make the rule. Raises Failed for what no rule can say."""
        try:
            return Rule(
                application,
                self.action,
                self.term.lifetime,
                self.note,
                children=self.children,
                scope=self.scope,
                until=self.term.until(time.time()),
            )
        except ValueError as error:
            raise Failed(str(error)) from None


async def decide(firewall: Firewall, out: Output, app: str, wanted: Wanted) -> None:
    """Add a rule, in the place of a former one about the same."""
    listed = await firewall.rules() if applications.is_name(app) else []
    application = applications.to_decide_about(app, [rule for rule, _ in listed], remark)
    rule = wanted.about(application)
    rule_id = await firewall.add_rule(rule)
    if out.as_json:
        words = _words(rule)
        del words["origin"]
        out.record(words | {"id": rule_id})
        return
    where = f" ({sentences.covered(rule.scope)})" if not rule.scope.is_whole else ""
    done = f"{sentences.verb(rule.action)}, {sentences.span(rule.lifetime, rule.until)}"
    done += ", and so are the programs it starts" if rule.children else ""
    out.line(f"{application.title}{where} is {done}: {application} (rule {rule_id})")


async def forget(firewall: Firewall, out: Output, name: str) -> None:
    """Remove the rule called *name*, or what was decided about the application called so."""
    rules = [rule for rule, _ in await firewall.rules()]
    for rule in _to_forget(name, rules):
        await firewall.remove_rule(rule.id)
        if out.as_json:
            out.record(_words(rule))
        else:
            covered = sentences.covered(rule.scope)
            where = f", {covered}" if covered else ""
            out.line(f"forgot rule {rule.id}: {rule.action} {rule.application}{where}")


def _to_forget(name: str, rules: list[Rule]) -> list[Rule]:
    """Choose what goes: shipped rules only where nothing of the user's stands over them."""
    by_id = [rule for rule in rules if rule.id == name]
    try:
        by_application = applications.with_rules(name, rules)
    except Failed:
        if not by_id:
            raise
        by_application = []
    about = {rule.application for rule in (*by_id, *by_application)}
    if len(about) > 1:
        listed = ", ".join(map(str, sorted(about)))
        raise Failed(f"'{name}' fits several applications, say which: {listed}")
    found = by_id or by_application
    return [rule for rule in found if rule.origin is not Origin.SHIPPED] or found


def _state(rule: Rule, *, in_force: bool) -> str:
    if not rule.enabled:
        return " (off)"
    if in_force:
        return ""
    return " (not on this network)" if rule.scope.network else " (overridden)"


def _order(listed: Listed) -> tuple[str, str, bool, str]:
    rule, in_force = listed
    return rule.application.title.casefold(), str(rule.application), not in_force, rule.id


def _words(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "application": str(rule.application),
        "action": str(rule.action),
        "lifetime": str(rule.lifetime),
        "origin": str(rule.origin),
        "note": rule.note,
        "children": rule.children,
        "scope": rule.scope.words,
        "until": rule.until,
        "enabled": rule.enabled,
    }
