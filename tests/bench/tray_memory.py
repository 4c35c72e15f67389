"""What an hour of 10 decisions a second does to the memory of the tray, played faster.

    .venv/bin/python tests/bench/tray_memory.py [DECISIONS] [A_SECOND]

The real stile-tray on a screen of its own, with a helper that is played; half of the connections
are the same ones again and again, half are new. Resident memory is printed as it goes.
"""

import random
import sys
import time
from ipaddress import ip_address
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "stage")]

from cast import path  # noqa: E402
from past import open_now, passed  # noqa: E402
from played_helper import PlayedHelper  # noqa: E402
from private_bus import private_bus  # noqa: E402
from screen import running, screen, wait_for  # noqa: E402

from stile.connections import TCP, Connection, Flow, Pid, Process, Uid  # noqa: E402
from stile.decisions import Decision, Outcome, Reason  # noqa: E402
from stile_ui import history_file  # noqa: E402

AN_HOUR = 36_000
A_SECOND = 400
A_STEP = 20
"""Parts of the whole after which memory is printed."""
LIMIT = 120.0


def main(count: int, a_second: int) -> None:
    chance = random.Random(7)  # noqa: S311 # a play
    with screen() as stage, private_bus() as bus, PlayedHelper(bus) as helper:
        helper.open, helper.passed = open_now(), passed(time.time())
        tray = [sys.executable, "-m", "stile_ui.main", "--bus", bus]
        with running(tray, stage.environment) as process:
            helper.wait_for("Watch")
            at = Path(stage.environment["XDG_DATA_HOME"]) / "stile" / "history.db"
            print("| decisions | resident memory (MB) | seconds |\n|---|---|---|")
            start, seen = time.monotonic(), []
            for number in range(count + 1):
                if number % (count // A_STEP) == 0:
                    seen.append(resident(process.pid))
                    print(f"| {number:,} | {seen[-1]:.1f} | {time.monotonic() - start:.0f} |")
                helper.decide(decision(number, chance))
                time.sleep(max(0.0, start + number / a_second - time.monotonic()))
            wait_for(lambda: written(at) >= count, "all to be written")
            print(f"all {count:,} are in the history: {at.stat().st_size / 1e6:.1f} MB")
            end = resident(process.pid)
            print(
                f"at the end {end:.1f} MB; in the second half {seen[-1] - seen[A_STEP // 2]:+.1f}"
            )
    assert end <= LIMIT, f"{end:.1f} MB"


def decision(number: int, chance: random.Random) -> Decision:
    """One of a few things that happen all the time, or something new."""
    who = path(f"/usr/bin/program{chance.randrange(60)}")
    is_new = chance.random() < 0.5
    place = number if is_new else chance.randrange(40)
    address = ip_address("10.0.0.0") + place
    flow = Flow(TCP, ip_address("192.0.2.7"), 40000, address, 443)
    process = Process(Pid(4711), Uid(1000), who, ("program",))
    connection = Connection(process, flow, name=f"host{place}.example.org")
    return Decision(time.time(), connection, Outcome.ALLOW, Reason.RULE)


def resident(pid: int) -> float:
    """Megabytes of a process (proc_pid_status(5))."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


def written(at: Path) -> int:
    """How many decisions are in the history."""
    link = history_file.reading(at)
    try:
        ((count,),) = link.execute(
            "SELECT coalesce(sum(count), 0) FROM entries WHERE port = 443"
        ).fetchall()
    finally:
        link.close()
    return int(count)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    main(*(given + [AN_HOUR, A_SECOND][len(given) :]))
