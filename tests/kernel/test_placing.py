"""An exec waits for the helper while that places a process, but not for one that is stopped."""

import threading
import time
from contextlib import closing
from pathlib import Path

from stiled import placing
from stiled.placing import Placing

PATIENCE = 10.0


def test_it_waits_as_long_as_somebody_is_placed(tmp_path: Path) -> None:
    waits = threading.Thread(target=placing.wait, args=[tmp_path])
    with closing(Placing(tmp_path)) as lock:
        with lock:
            began = time.monotonic()
            waits.start()
            waits.join(placing.LONGEST / 10)
            assert waits.is_alive()
        waits.join(PATIENCE)

    assert time.monotonic() - began < placing.LONGEST


def test_it_does_not_wait_for_ever(tmp_path: Path) -> None:
    with closing(Placing(tmp_path)) as lock, lock:
        began = time.monotonic()
        placing.wait(tmp_path)
        assert placing.LONGEST <= time.monotonic() - began < PATIENCE


def test_it_waits_for_nobody_where_there_never_was_a_helper(tmp_path: Path) -> None:
    placing.wait(tmp_path)


def test_nobody_else_can_hold_the_lock(tmp_path: Path) -> None:
    with closing(Placing(tmp_path)):
        assert (tmp_path / placing.NAME).stat().st_mode & 0o077 == 0
