"""What decides nothing, to be measured beside what decides: the least that its work can cost.

    bare.py queue [SECONDS]     let all of queue 7 go, after a trip to a thread that works so long
    bare.py gate FOLDER [PROCS] let all execs go; before it, see which class and which sockets who
                                executes has, and write it into a cgroup.procs
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

from stiled import badge, fanotify, glancer
from stiled.btf import Layouts
from stiled.desk import PacketId, Verdict
from stiled.execevents import ExecEvents, NoEvents, Source
from stiled.execgate import URGENT
from stiled.execnotes import ExecNotes
from stiled.fanotify import DESCRIPTOR, EVENT, FAN_ALLOW, PID
from stiled.glance import Glance
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
        case ["gate", folder, *procs]:
            _gate(folder, *procs)
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


def _gate(folder: str, procs: str = "") -> None:
    group = fanotify.begin()
    fanotify.mark(group, os.fsencode(folder))
    os.setpriority(os.PRIO_PROCESS, 0, URGENT)
    leave = os.open(procs, os.O_WRONLY | os.O_CLOEXEC) if procs else -1
    event, looks = memoryview(bytearray(EVENT.size)).cast("i"), _looks()
    _say_there()
    while True:
        os.readv(group, [event])
        if leave >= 0:
            looks(event[PID])
            os.write(leave, b"%d" % event[PID])
        fanotify.answer(group, event[DESCRIPTOR], FAN_ALLOW)
        os.close(event[DESCRIPTOR])


def _looks() -> Callable[[int], object]:
    """Give what sees class and sockets of a process, in the quickest way that there is."""
    try:
        return Glance(glancer.loaded(Layouts.of_kernel)).at
    except NoGlance:
        return _look_into_proc


def _look_into_proc(pid: int) -> None:
    with open(f"/proc/{pid}/cgroup", "rb", buffering=0) as cgroups:
        cgroups.read()
    for name in os.listdir(f"/proc/{pid}/fd"):
        os.readlink(f"/proc/{pid}/fd/{name}")


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
