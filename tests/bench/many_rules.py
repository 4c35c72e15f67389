"""How long the page with the rules keeps people waiting with 10,000 rules, and the helper packets.

    QT_QPA_PLATFORM=offscreen python tests/bench/many_rules.py [RULES]

Two shapes: each rule of another application, and all of one. For each: the first list (also the
longest time for which Qt's thread did nothing else), a search a letter at a time, scrolling by
pages, each application opened, and one rule changed; and the lint of all. Then the bus: how long a
played helper is busy with a page of a listing, against a listing of all at once.
"""

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from ipaddress import IPv4Address
from typing import NamedTuple

from PySide6.QtWidgets import QApplication, QLineEdit

from stile import wire
from stile.applications import Application
from stile.lint import lint
from stile.rules import Action, Policy, Rule, RuleId
from stile.scopes import Scope
from stile_ui.applications_view import ApplicationsView
from stile_ui.rulebook import Listed, Shelf, shelved
from stile_ui.rules_page import RulesPage
from stile_ui.rules_view import RulesView

PAGE = 100
SEARCHED = "program-42"


def spread(count: int) -> Iterator[Listed]:
    """Each rule is of another application."""
    for number in range(count):
        application = Application.parse(f"path:/usr/bin/program-{number:05}")
        action = Action.ALLOW if number % 3 else Action.DENY
        yield Rule(application, action, id=RuleId(f"p-{number}"), note="of many"), True


def heaped(count: int) -> Iterator[Listed]:
    """All are of one application: addresses, names, networks and one about everything."""
    application = Application.parse("path:/usr/bin/program-42")
    for number in range(count - 1):
        address = IPv4Address(0x0B000000 + 977 * number)
        kinds = (str(address), f"host-{number}.example.org", f"{address}/32", f"*.d{number}.org")
        scope = Scope.parse({"to": kinds[number % 4], "port": "443"})
        action = Action.ALLOW if number % 5 else Action.DENY
        yield Rule(application, action, id=RuleId(f"p-{number}"), scope=scope), True
    yield Rule(application, Action.ALLOW, id=RuleId("p")), True


class Took(NamedTuple):
    """Milliseconds of a deed, and of all that Qt draws for it: by the clock, and of this thread."""

    clock: float
    thread: float

    def __str__(self) -> str:
        return f"{self.clock:7.1f} ms ({self.thread:6.1f} of this thread)"


def took(deed: Callable[..., object], *words: object) -> Took:
    """Measure a deed."""
    clock, thread = time.perf_counter(), time.thread_time()
    deed(*words)
    QApplication.processEvents()
    return Took((time.perf_counter() - clock) * 1000, (time.thread_time() - thread) * 1000)


def worst(times: Sequence[Took]) -> str:
    """Say the median and the longest."""
    ordered = sorted(times, key=lambda each: each.thread)
    return f"{ordered[len(ordered) // 2]} median, {ordered[-1]} longest"


def page_with(listed: Sequence[Listed]) -> None:
    """Measure the page."""
    shelves = shelved(listed)
    page = RulesPage()
    page.resize(1100, 700)
    page.show()
    page.show_presence(present=True)
    QApplication.processEvents()
    print(f"  open           {took(page.show_shelves, shelves)}")
    (field,) = (w for w in page.findChildren(QLineEdit) if w.placeholderText())
    letters = [SEARCHED[: n + 1] for n in range(len(SEARCHED))] + ["", "deny", "no such thing", ""]
    print(f"  a letter       {worst([took(field.setText, each) for each in letters])}")
    view = page.findChildren(ApplicationsView if len(shelves) > 1 else RulesView)[0]
    bar = view.verticalScrollBar()
    step = max(1, bar.maximum() // 200)
    places = range(0, bar.maximum() + 1, step)
    print(f"  scroll         {worst([took(bar.setValue, each) for each in places])}")
    rows = range(0, view.model().rowCount(), max(1, view.model().rowCount() // 500))
    model = view.model()
    opened = [took(view.setCurrentIndex, model.index(row, 0)) for row in rows]
    print(f"  select         {worst(opened)}")
    others = [_other(shelf) for shelf in [*shelves.values()][:20]]
    changed = [took(page.show_shelves, {each.application: each}) for each in others]
    print(f"  one changed    {worst(changed)}")
    start = time.perf_counter()
    found = [lint(shelf.rules) for shelf in shelves.values()]
    seconds = time.perf_counter() - start
    print(f"  lint           {seconds * 1000:7.1f} ms, in a thread ({sum(map(len, found))} found)")
    page.close()
    page.deleteLater()


def _other(shelf: Shelf) -> Shelf:
    rule, *rest = shelf.rules
    return replace(shelf, rules=(replace(rule, note="another"), *rest))


def listing(listed: Sequence[Listed]) -> None:
    """Measure what the helper does for a list: all at once, and a page."""
    policy = Policy.of(rule for rule, _ in listed)
    rules = [rule for rule, _ in listed]
    for what, some in (("all at once", rules), (f"a page of {PAGE}", rules[:PAGE])):
        start = time.perf_counter()
        [wire.rule_dict(rule, in_force=rule in policy) for rule in some]
        print(f"  {what:14} {(time.perf_counter() - start) * 1000:7.1f} ms")


def main() -> None:
    """Measure both shapes."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    application = QApplication(["bench", "-style", "Fusion"])
    for name, shape in (("an application each", spread), ("all of one application", heaped)):
        print(f"{count} rules, {name}")
        page_with(list(shape(count)))
    print(f"the helper lists {count} rules")
    listing(list(spread(count)))
    application.quit()


if __name__ == "__main__":
    main()
