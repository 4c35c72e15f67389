"""What it takes to change one rule of one application among many, with the real helper.

    sudo .venv/bin/python tests/bench/changed_rule.py [APPLICATIONS...]

For 1, 100, 1,000 and 10,000 applications that have three rules each, a rule of one of them is
changed: over the bus by somebody who is on it already, and by the command `stile`, which is
compared with how long `stile status` takes. The helper answers when the rule is in force.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Callable

import worlds
from worlds import World, world

from stile.applications import Application, Kind
from stile.client import Firewall
from stile.rules import Action, Rule
from stile.scopes import Scope

SIZES = (1, 100, 1000, 10000)
CHANGES = 9
PATIENCE = 300.0
"""Seconds that a helper may take to read so many files."""
FILE = """application = "path:{path}"
default = "deny"

[[rule]]
action = "allow"
to = "10.78.0.0/24"
port = "80"

[[rule]]
action = "allow"
to = "192.0.2.0/24"
"""


def main(sizes: list[int]) -> None:
    worlds.PATIENCE = PATIENCE
    print("| applications | the helper starts | a rule over the bus | by the command | status |")
    print("|---|---|---|---|---|")
    for size in sizes or SIZES:
        with world() as made:
            print(measured(made, size), flush=True)


def measured(made: World, size: int) -> str:
    for number in range(size):
        text = FILE.format(path=f"{made.home}/{number}")
        (made.rules / f"{number}.toml").write_text(text)
    one = made.home / "0"
    one.touch(mode=0o755)
    start = time.perf_counter()
    made.stiled("--gate", str(made.home))
    started = time.perf_counter() - start
    over_bus = asyncio.run(changed(made.bus, Application(Kind.PATH, str(one))))
    scopes = (f"192.0.2.{number}" for number in range(1, 255))
    command = median(lambda: made.stile("allow", f"path:{one}", "--to", next(scopes)))
    status = median(lambda: made.stile("status"))
    times = " | ".join(f"{each * 1000:.0f} ms" for each in (over_bus, command, status))
    return f"| {size:,} | {started:.1f} s | {times} |"


async def changed(bus: str, application: Application) -> float:
    firewall = Firewall(bus)
    await firewall.open()
    times = []
    for number in range(CHANGES):
        action = Action.DENY if number % 2 else Action.ALLOW
        rule = Rule(application, action, scope=Scope.parse({"to": "198.51.100.7"}))
        start = time.perf_counter()
        await firewall.add_rule(rule)
        times.append(time.perf_counter() - start)
        await asyncio.sleep(0.5)  # a change by itself, and not while the last one is looked after
    firewall.close()
    return statistics.median(times)


def median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(CHANGES):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
        time.sleep(0.5)
    return statistics.median(times)


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]])
