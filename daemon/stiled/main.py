"""The helper `stiled`: builds every object and passes it on; `_serve` is the architecture."""

import argparse
import asyncio
import fcntl
import logging
import os
import re
import signal
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from stile import __version__
from stile.client import Away
from stile.rules import Policy
from stile.settings import Settings
from stiled import (
    collecting,
    features,
    glancer,
    netcls,
    netfilter,
    resolvedmonitor,
    ruleset,
    systemd,
)
from stiled.backends import Backend, NotLoaded
from stiled.boottable import BootTable
from stiled.btf import Layouts
from stiled.bus import Bus, NoName
from stiled.catalogue import Catalogue
from stiled.classes import Classes
from stiled.desk import Desk
from stiled.dnswire import DnsWire, NoWire
from stiled.endings import Endings
from stiled.enforcement import Enforcement
from stiled.execevents import NoEvents
from stiled.execnotes import ExecNotes
from stiled.executions import Executions
from stiled.execwatch import ExecWatch
from stiled.firewall import Firewall
from stiled.gatekeeper import Gatekeeper, end_gates
from stiled.glancer import NoGlance
from stiled.hostnames import Hostnames
from stiled.learning import Learning
from stiled.lent import LentSockets
from stiled.lessons import Lessons
from stiled.lists import Lists
from stiled.liststore import ListStore
from stiled.liveview import LiveView
from stiled.lockstate import LockState
from stiled.loop import Loop
from stiled.netcls import InUse, NetCls, NoNetCls
from stiled.netfilter import Netfilter
from stiled.networks import NetworkWatch
from stiled.nfqueue import NoQueue, Queue
from stiled.owners import Owners
from stiled.placing import Placing
from stiled.resolvedmonitor import ResolvedMonitor
from stiled.resolvers import Resolvers
from stiled.senders import NoSenders, Senders
from stiled.settingsfile import SettingsFile, Unreadable
from stiled.store import Store
from stiled.wallclock import WallClock
from stiled.xtables import Xtables

log = logging.getLogger(__name__)

AUTO, NFTABLES, IPTABLES = "auto", "nftables", "iptables"
THREADS = 4
URGENT = -10
"""Priority (setpriority(2)): held packets wait for us, and all of our threads for one lock. While
others kept every processor busy, the last of twenty waited 8.1 ms, and 1.4 ms with this (measured).
"""
LONGEST_WAIT = 30.0
"""Seconds between two tries to come back to a bus that is gone."""
KERNEL_QUEUE = 2048
"""Packets that the kernel's queue takes beyond those that we hold."""


class CannotStart(Exception):
    """Something that the helper needs is not there; the text names it, and the mend."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; by default, the system's places."""

    config: Path
    state: Path
    runtime: Path
    shipped: Path
    bus: str
    cgroup: str
    queue: int
    gate: str
    backend: str
    resolved: Path
    clear: bool


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the helper until it is told to end. Gives the exit code."""
    options = _parsed(arguments)
    systemd.log_where_it_is_read()
    try:
        _check_root()
        with _only_one(options.runtime):
            if options.clear:
                _clear(options)
            else:
                asyncio.run(_serve(options))
    except (CannotStart, Away, NoName, InUse, NoNetCls, NotLoaded, NoQueue) as error:
        print(f"stiled: {error}", file=sys.stderr)  # noqa: T201 # the one line that a user gets
        return 1
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        print(f"stiled: {where}{error.strerror or error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


async def _serve(options: Options) -> None:
    """Build everything, guard until a signal comes, and leave the table in force."""
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, URGENT)  # before there are threads: they inherit it
    file = SettingsFile(options.config / "stile.toml")
    settings = _settings(file)
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS))
    store = Store(
        options.shipped,
        *(each / "rules.d" for each in (options.config, options.state, options.runtime)),
    )
    store.make_folders()

    with ExitStack() as undo:
        bus = await Bus.join(options.bus)
        undo.callback(bus.leave)
        queue = Queue(options.queue, settings.held_in_all + KERNEL_QUEUE)
        queue.open()
        undo.callback(queue.close)
        table = _backend(options, settings, queue.allowed_mark)
        if not netcls.is_mounted(options.runtime):
            undo.callback(netcls.unmount, options.runtime)
        mount = netcls.find_or_mount(options.runtime, quick=settings.quick_moves)
        groups = NetCls(mount, options.cgroup)
        undo.callback(groups.release)
        groups.claim()

        layouts = cache(Layouts.of_kernel)  # both programs need it, and it is large: not kept
        senders, lost = _senders(layouts)
        if senders:
            undo.callback(senders.close)
        notes = _exec_notes(layouts)
        if notes:
            undo.callback(notes.close)
        looks = None if options.gate == "none" else _glance(layouts)
        del layouts
        owners = Owners(senders)
        resolvers = Resolvers(settings.servers)
        names, (wire, unseen) = Hostnames(), _wire(resolvers, senders)
        resolved = ResolvedMonitor(options.resolved)
        undo.callback(wire.close)
        lists = Lists(ListStore(options.config, options.state))
        placing = Placing(options.runtime)
        undo.callback(placing.close)
        enforcement = Enforcement(
            Classes(groups.groups()), table, groups, owners, names, lists, placing
        )
        lessons, networks = Lessons(), NetworkWatch()
        desk = Desk(Policy(), settings, judges_answers=table.judges_answers, lessons=lessons)
        gatekeeper = Gatekeeper(options.runtime, groups, options.gate, looks)
        execs = ExecWatch(gatekeeper, Executions(enforcement, groups), notes)
        endings = Endings(enforcement, groups, owners, names, lists)
        loop = Loop(
            desk,
            queue,
            owners,
            enforcement,
            store,
            execs,
            Catalogue(),
            WallClock(),
            names,
            wire,
            table.watch(),
            lists,
            resolvers,
            LockState(options.state),
            endings,
            resolved,
            LiveView(enforcement, owners, names, lists),
            Learning(options.state, lessons, WallClock()),
            networks,
            BootTable(options.config, table),
            LentSockets(senders.lent if senders else None, groups, enforcement),
        )
        found = features.found(mount, table.name, no_senders=lost, no_names=unseen)
        firewall = Firewall(
            loop,
            lambda: [*found, resolved.feature, endings.feature(), *execs.features()],
            table.name,
            file,
        )
        await networks.join(bus)

        firewall.joined(bus)
        await bus.claim(firewall)
        with collecting.loading():
            loop.start(firewall)
        _leave_to(table)
        undo.pop_all()

    log.info("guarding: %d rules, held by %s %d", len(loop.rules), table.name, options.queue)
    await _until_told(loop, firewall, bus, options.bus)
    systemd.notify("STOPPING=1")
    log.info("the helper ends; what is decided stays decided")
    await loop.stop()


async def _until_told(loop: Loop, firewall: Firewall, bus: Bus, address: str) -> None:
    """Stay on the bus and feed the watchdog, until SIGTERM or SIGINT; SIGHUP reads the rules."""
    told = asyncio.Event()
    running = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        running.add_signal_handler(number, told.set)
    running.add_signal_handler(signal.SIGHUP, loop.edited)
    others = [
        asyncio.create_task(_stay(loop, firewall, bus, address)),
        asyncio.create_task(systemd.feed_watchdog()),
    ]
    systemd.notify("READY=1")
    await told.wait()
    for other in others:
        other.cancel()


async def _stay(loop: Loop, firewall: Firewall, bus: Bus, address: str) -> None:
    """Come back to the bus whenever it goes; what is held waits meanwhile."""
    while True:
        await bus.lost()
        loop.networks.lost()
        log.warning("the bus is gone; what is decided stays decided")
        wait = 1.0
        while True:
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_WAIT)
            try:
                bus = await Bus.join(address)
                firewall.joined(bus)
                await bus.claim(firewall)
                await loop.networks.join(bus)
            except (Away, NoName) as error:
                log.info("%s", error)
            else:
                log.info("on the bus again")
                break


def _backend(options: Options, settings: Settings, allowed_mark: int) -> Backend:
    """Take the packet filter that is asked for, or nftables where that is. Raises NotLoaded.

    *allowed_mark* is that of the queue.
    """
    away, ask_in = settings.when_daemon_is_away, settings.ask_about_inbound
    if options.backend == IPTABLES:
        return Xtables(options.queue, away, ask_in=ask_in)
    if options.backend == AUTO and (lost := netfilter.why_not()):
        log.warning("%s; iptables is tried", lost)
        try:
            return Xtables(options.queue, away, ask_in=ask_in)
        except NotLoaded as error:
            raise CannotStart(f"{lost}; {error}") from None
    queue = ruleset.Queue(options.queue, netfilter.has_native_queue(), away, allowed_mark)
    return Netfilter(queue, ask_in=ask_in)


def _leave_to(table: Backend) -> None:
    """Take away what a helper with another packet filter has left behind: two would both judge."""
    for other in (Netfilter, Xtables):
        if not isinstance(table, other) and other.is_there():
            log.info("the rules of an earlier helper in another packet filter are taken away")
            other.clear()


def _clear(options: Options) -> None:
    """Take everything out of the kernel that a helper with these options ever put there."""
    end_gates(options.runtime)
    for other in (Netfilter, Xtables):
        if other.is_there():
            other.clear()
    try:
        NetCls(netcls.find_or_mount(options.runtime, quick=False), options.cgroup).clear()
    finally:
        netcls.unmount(options.runtime)


def _check_root() -> None:
    if os.geteuid() != 0:
        raise CannotStart("holding packets takes root: run it with sudo, or as a system service")


def _only_one(runtime: Path) -> ExitStack:
    """Keep a second helper with the same places from starting."""
    runtime.mkdir(parents=True, exist_ok=True, mode=0o755)
    stack = ExitStack()
    lock = stack.enter_context((runtime / "stiled.lock").open("w"))
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        stack.close()
        raise CannotStart(
            f"another helper runs in {runtime}: end it (systemctl stop stiled), or give this one "
            "places of its own (--runtime, --config, --bus, --cgroup, --queue)"
        ) from None
    return stack


def _senders(layouts: Callable[[], Layouts]) -> tuple[Senders | None, str]:
    """Have the kernel note who sends; where it cannot, say why, and go without."""
    try:
        return Senders.open(layouts), ""
    except NoSenders as error:
        log.warning("programs that send and end at once will not be named: %s", error)
        return None, str(error)


def _exec_notes(layouts: Callable[[], Layouts]) -> ExecNotes | None:
    """Have the kernel tell of execs that concern us alone; else it tells of all."""
    try:
        return ExecNotes.open(layouts)
    except NoEvents as error:
        log.info("the kernel tells of every exec: %s", error)
        return None


def _glance(layouts: Callable[[], Layouts]) -> int | None:
    """Have a program by which the exec gate looks at processes; else it looks into /proc."""
    try:
        return glancer.loaded(layouts)
    except NoGlance as error:
        log.info("the exec gate looks into /proc: %s", error)
        return None


def _wire(resolvers: Resolvers, senders: Senders | None) -> tuple[DnsWire, str]:
    """See DNS answers; where that cannot be, say why, and go without."""
    wire = DnsWire(resolvers, senders.was_asked if senders else None)
    try:
        wire.open()
    except NoWire as error:
        log.warning("%s", error)
        return wire, str(error)
    return wire, ""


def _settings(file: SettingsFile) -> Settings:
    try:
        return file.read()
    except Unreadable as error:
        raise CannotStart(str(error)) from None


# -- the command line --------------------------------------------------------------------


def parser() -> argparse.ArgumentParser:
    """Say what `stiled` understands."""
    whole = argparse.ArgumentParser(
        prog="stiled",
        description="Stile's helper: holds the first packets of applications it does not know, "
        "asks, and lets the kernel decide from then on.",
        epilog="Manual pages: stiled(8); stile.toml(5) for settings, stile-rules(5) for rules.",
    )
    places = whole.add_argument_group("places (several helpers run side by side with their own)")
    for name, default, meaning in (
        ("config", "/etc/stile", "stile.toml and rules.d"),
        ("state", "/var/lib/stile", "what is kept beside the rules"),
        ("runtime", "/run/stile", "what lasts until the reboot: temporary rules, the mount"),
        ("shipped", "/usr/lib/stile/rules.d", "rules that come with packages"),
    ):
        places.add_argument(
            f"--{name}",
            type=Path,
            default=Path(default),
            metavar="DIR",
            help=f"{meaning} [{default}]",
        )
    places.add_argument(
        "--bus", default="system", metavar="ADDRESS", help="system, session or an address [system]"
    )
    places.add_argument(
        "--cgroup", type=_group, default="stile", metavar="NAME", help="net_cls group [stile]"
    )
    places.add_argument(
        "--queue", type=_number, default=5713, metavar="N", help="netfilter queue [5713]"
    )
    whole.add_argument(
        "--gate",
        type=_gate,
        default="auto",
        metavar="auto|none|PATH,...",
        help="the exec gate: over all local file systems, none, or those below folders [auto]",
    )
    whole.add_argument(
        "--backend",
        choices=(AUTO, NFTABLES, IPTABLES),
        default=AUTO,
        help="which packet filter decides: nftables, iptables, or nftables where there is one "
        "[auto]",
    )
    whole.add_argument(
        "--resolved",
        type=Path,
        default=resolvedmonitor.PLACE,
        metavar="SOCKET",
        help=f"the monitor of systemd-resolved, where that runs [{resolvedmonitor.PLACE}]",
    )
    whole.add_argument(
        "--clear", action="store_true", help="take everything of Stile's out of the kernel, and end"
    )
    whole.add_argument("--version", action="version", version=f"stiled {__version__}")
    return whole


def _parsed(arguments: Sequence[str] | None) -> Options:
    return Options(**vars(parser().parse_args(arguments)))


def _group(text: str) -> str:
    parts = text.split("/")
    if not all(re.fullmatch(r"[A-Za-z0-9_.-]+", part) and part.strip(".") for part in parts):
        raise argparse.ArgumentTypeError(f"'{text}' is not the name of a group, like stile")
    return text


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) >= ruleset.NOBODY:
        raise argparse.ArgumentTypeError(f"'{text}' is not a queue: 0 to {ruleset.NOBODY - 1}")
    return int(text)


def _gate(text: str) -> str:
    if text in ("auto", "none"):
        return text
    for place in text.split(","):
        if not Path(place).is_dir() or not Path(place).is_absolute():
            raise argparse.ArgumentTypeError(
                f"'{place}' is no folder: say auto, none, or the absolute paths of folders on the "
                "file systems whose programs are to be asked about"
            )
    return text


if __name__ == "__main__":
    sys.exit(main())
