"""What decides nothing, to be measured beside what decides: the least that its work can cost.

    bare.py queue [SECONDS]     let all of queue 7 go, after a trip to a thread that works so long
    bare.py gate GATE FOLDER [PROCS]
                                let all execs go by a GATE (`gate.c`); before it, have BPF see which
                                class and which sockets who executes has, and move it by PROCS
    bare.py notes               have the kernel note who sends
    bare.py execs               whenever a line is read: begin, or stop, to be told of execs

It says `there` when it has begun, and ends when somebody ends it.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache, partial

from stiled import badge, glancer
from stiled.btf import Layouts
from stiled.desk import PacketId, Verdict
from stiled.execevents import ExecEvents, NoEvents, Source
from stiled.execnotes import ExecNotes
from stiled.glancer import NoGlance
from stiled.lookups import Lookups
from stiled.nfqueue import Queue
from stiled.procevents import Connector
from stiled.senders import Senders

LONGEST = 3600
"""Seconds after which it ends by itself, whatever becomes of those who measure."""


def main() -> None:
    """Begin, say so, and go on."""
    signal.alarm(LONGEST)
    match sys.argv[1:]:
        case ["queue", *seconds]:
            asyncio.run(_queue(float(seconds[0]) if seconds else 0.0))
        case ["gate", gate, folder, *procs]:
            moves = [str(_glance()), *procs] if procs else []
            os.execv(gate, [gate, folder, *moves])  # noqa: S606 # no shell wanted
        case ["notes"]:
            senders = Senders.open()
            _say_there()
            signal.pause()
            senders.close()
        case ["execs"]:
            _execs()
        case _:
            sys.exit(__doc__)


def _say_there() -> None:
    print("there", flush=True)


async def _queue(seconds: float) -> None:
    queue, running, lookups = Queue(7, 1024), asyncio.get_running_loop(), Lookups()

    def arrived(packet: PacketId, *_: object) -> None:
        lookups.begin(partial(_work, seconds), lambda _: queue.release(packet, Verdict.REPEAT))

    queue.open()
    lookups.listen(running)
    queue.listen(running, arrived)
    _say_there()
    await asyncio.Event().wait()


def _work(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def _glance() -> int:
    """Load the program that looks at who executes; -1 where it cannot be. It stays open."""
    try:
        program = glancer.loaded(Layouts.of_kernel)
    except NoGlance:
        return -1
    os.set_inheritable(program, True)  # noqa: FBT003 # it has no name
    return program


def _execs() -> None:
    layouts, events = cache(Layouts.of_kernel), None
    _say_there()
    for _ in sys.stdin:
        if events is None:
            events = ExecEvents(_source(layouts), _executed, lambda: None)
        else:
            events.close()
            events = None
        print("done", flush=True)


def _source(layouts: Callable[[], Layouts]) -> Source:
    try:
        return ExecNotes.open(layouts)
    except NoEvents:
        return Connector.open()


def _executed(pid: int) -> None:
    with suppress(ProcessLookupError):
        badge.is_worn(pid)


if __name__ == "__main__":
    main()
