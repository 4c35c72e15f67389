"""The page "History" over many lines: what a person waits for, and what the screen waits for.

    .venv/bin/python tests/bench/history.py [LINES]

A file of 1,000,000 lines is written, as the tray would, in bigger batches. Then the real page is
opened, narrowed, sorted and scrolled. Of each: how long until the first rows are there, until all
of them are counted, and the longest time for which Qt's own thread did nothing else meanwhile.
"""

import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent / "stage")]
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, Qt, QTimer  # noqa: E402
from PySide6.QtWidgets import QApplication, QLabel, QStackedWidget  # noqa: E402

from stile.applications import Application, Kind  # noqa: E402
from stile_ui import history_file  # noqa: E402
from stile_ui.firewall import Firewall  # noqa: E402
from stile_ui.history import History  # noqa: E402
from stile_ui.history_model import COLUMNS, ENTRY  # noqa: E402
from stile_ui.history_page import HistoryPage  # noqa: E402
from stile_ui.history_settings import HistorySettings  # noqa: E402
from stile_ui.history_writer import Event, Writer  # noqa: E402

A_MILLION = 1_000_000
A_BATCH = 50_000
PROGRAMS, PLACES = 300, 20_000
LONGEST_TURN = 100.0
"""Milliseconds for which Qt's thread may do one thing."""
PATIENCE = 60_000


class Turns:
    """How long Qt's thread has been busy with one thing: a clock that should ring at once."""

    def __init__(self) -> None:
        self._clock = QTimer(interval=0)
        self._clock.timeout.connect(self._rang)
        self._clock.start()
        self.begin()

    def begin(self) -> None:
        self.longest, self.busiest = 0.0, 0.0
        self._last, self._worked = time.perf_counter(), time.thread_time()

    def _rang(self) -> None:
        now, worked = time.perf_counter(), time.thread_time()
        self.longest = max(self.longest, (now - self._last) * 1000)
        self.busiest = max(self.busiest, (worked - self._worked) * 1000)
        self._last, self._worked = now, worked

    def __str__(self) -> str:
        return f"{self.longest:.0f} ({self.busiest:.0f})"


def main(count: int) -> None:
    application = QApplication(["bench", "-style", "Fusion"])
    with tempfile.TemporaryDirectory() as folder:
        at = Path(folder) / "history.db"
        start = time.perf_counter()
        fill(at, count)
        print(f"{count:,} lines, {at.stat().st_size / 1e6:.0f} MB,", end=" ")
        print(f"written in {time.perf_counter() - start:.0f} s\n")
        history = History(Firewall("unix:path=/nowhere"), HistorySettings(days=3650), at)
        history.start()
        history.flush()
        measure(application, history)
        history.close()


def measure(application: QApplication, history: History) -> None:
    turns = Turns()
    before = resident()
    page = HistoryPage(history)
    model, table = page._model, page._table
    worst = 0.0
    print("| what | first rows (ms) | all rows (ms) | lines | longest turn (ms) |")
    print("|---|---|---|---|---|")

    def row(what: str, deed: Callable[[], None]) -> None:
        nonlocal worst
        first, whole = timed(page, turns, deed)
        worst = max(worst, turns.busiest)
        lines = f"{model.rowCount():,}"
        print(f"| {what} | {first:.0f} | {whole:.0f} | {lines} | {turns} |", flush=True)

    window = QStackedWidget()
    window.addWidget(QLabel("another page"))
    window.addWidget(page)
    window.resize(1100, 660)
    window.show()
    application.processEvents()
    row("open", lambda: window.setCurrentWidget(page))
    for typed in ("host19", "program7", "nothing has that", "host1"):
        row(f"type “{typed}”", lambda typed=typed: page.show_only(typed))  # type: ignore[misc]
    row("clear what is typed", lambda: page.show_only(""))
    row("only what is denied", lambda: page._verdict.setCurrentIndex(2))
    row("of the last week", lambda: page._since.setCurrentIndex(3))
    page._since.setCurrentIndex(0)
    row("all verdicts", lambda: page._verdict.setCurrentIndex(0))
    for number, column in enumerate(COLUMNS):
        way = Qt.SortOrder.DescendingOrder if number else Qt.SortOrder.AscendingOrder
        row(
            f"sort by {column.title()}",
            lambda number=number, way=way: table.sortByColumn(number, way),  # type: ignore[misc]
        )
    worst = max(worst, scroll(application, page, turns))
    print(f"\nmemory: {before:.0f} MB before the page, {resident():.0f} MB after all of it")
    assert worst < LONGEST_TURN, f"Qt's thread was busy for {worst:.0f} ms"


def timed(page: HistoryPage, turns: Turns, deed: Callable[[], None]) -> tuple[float, float]:
    """Do something, and say when the first rows came, and when all were counted; in ms."""
    times: list[float] = []
    loop, model = QEventLoop(), page._model
    QTimer.singleShot(PATIENCE, loop, lambda: sys.exit("it takes too long"))

    def came() -> None:
        page._table.viewport().repaint()
        times.append(time.perf_counter())

    def done() -> None:
        times.append(time.perf_counter())
        loop.quit()

    reset = model.modelReset.connect(came)
    counted = model.counted.connect(done)
    turns.begin()
    start = time.perf_counter()
    deed()
    loop.exec()
    model.modelReset.disconnect(reset)
    model.counted.disconnect(counted)
    return (times[0] - start) * 1000, (times[-1] - start) * 1000


def scroll(application: QApplication, page: HistoryPage, turns: Turns) -> float:
    """Jump to places all over the table, and see how long until their rows are there."""
    model, bar, waits = page._model, page._table.verticalScrollBar(), []
    turns.begin()
    chance = random.Random(2)  # noqa: S311 # a play
    for _ in range(60):
        bar.setValue(chance.randrange(bar.maximum()))
        start = time.perf_counter()
        page._table.viewport().repaint()
        top = page._table.rowAt(1)
        while model.index(top, 0).data(ENTRY) is None:
            application.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)
        page._table.viewport().repaint()
        waits.append((time.perf_counter() - start) * 1000)
        application.processEvents()
    waits.sort()
    middle, last = waits[len(waits) // 2], waits[-1]
    print(f"| scroll anywhere (60 times) | {middle:.0f}, at most {last:.0f} | | ", end="")
    print(f"{model.rowCount():,} | {turns} |")
    return turns.busiest


def fill(at: Path, count: int) -> None:
    link = history_file.opened(at)
    writer, events = Writer(link), drawn(count)
    for _ in range(-(-count // A_BATCH)):
        writer.write(islice(events, A_BATCH))
    writer.tidy()
    link.close()


def drawn(count: int) -> Iterator[Event]:
    """Draw what happened: few programs and places are met often, many seldom."""
    chance = random.Random(1)  # noqa: S311 # a play
    programs = [Application(Kind.PATH, f"/usr/bin/program{number}") for number in range(PROGRAMS)]
    now = time.time()
    for number in range(count):
        place = int(chance.random() ** 2 * PLACES)
        yield Event(
            now - (count - number) * 2,
            programs[int(chance.random() ** 2 * PROGRAMS)],
            f"host{place}.example{place % 97}.org",
            f"198.18.{place >> 8}.{place & 255}",
            "tcp",
            chance.choice((443, 443, 80, 22)),
            "out",
            chance.choice(("allow", "allow", "allow", "deny")),
            chance.choice(("rule", "rule", "answer")),
        )


def resident() -> float:
    """Megabytes of this process (proc_pid_status(5))."""
    lines = Path("/proc/self/status").read_text().splitlines()
    (line,) = [each for each in lines if each.startswith("VmRSS")]
    return int(line.split()[1]) / 1000


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else A_MILLION)
