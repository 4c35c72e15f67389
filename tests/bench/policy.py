"""What rules cost: a connect() of a decided application, and a change of one rule among many.

    sudo .venv/bin/python tests/bench/policy.py

In network namespaces of its own. For 1, 100, 1,000 and 10,000 applications connect() + close() of
one is measured against no firewall at all, A and B in turns in one run: first where each is simply
allowed, then where each has a chain of its own of three rules. Then one rule of one application is
changed, through what the helper does.
"""

import ctypes
import os
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from stile.applications import Application, Kind
from stile.connections import Pid
from stile.rules import Action, Policy, Rule
from stile.scopes import Scope
from stiled import netcls, netfilter
from stiled.classes import Classes, label
from stiled.enforcement import Enforcement
from stiled.netcls import NetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.ruleset import Queue

SIZES = (1, 100, 1000, 10000)
ROUNDS, CONNECTS, CHANGES = 60, 100, 9
CLONE_NEWNET = 0x40000000
SCOPES = [
    Scope.parse(words)
    for words in ({"to": "10.78.0.0/24", "port": "80"}, {"to": "192.0.2.0/24"}, {"port": "web"})
]
SERVER = """
import socket
listener = socket.create_server(("10.78.0.2", 80), backlog=4096)
print("there", flush=True)
while True:
    listener.accept()[0].close()
"""


def run(*words: str) -> None:
    subprocess.run(words, check=True)


class Lane:
    """A network namespace with a cable to another one, in which a server listens."""

    def __init__(self, name: str) -> None:
        self.name = name
        for space in (name, f"{name}f"):
            run("ip", "netns", "add", space)
        ends = ["type", "veth", "peer", "name", "far", "netns", f"{name}f"]
        run("ip", "-n", name, "link", "add", "near", *ends)
        for space, device, address in ((name, "near", "1"), (f"{name}f", "far", "2")):
            run("ip", "-n", space, "addr", "add", f"10.78.0.{address}/24", "dev", device)
            run("ip", "-n", space, "link", "set", device, "up")
        command = [
            "taskset",
            "-c",
            "1",
            "nsenter",
            f"--net=/run/netns/{name}f",
            sys.executable,
            "-c",
            SERVER,
        ]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._server.stdout
        self._server.stdout.readline()

    def enter(self) -> None:
        """Be in it from now on."""
        with Path(f"/run/netns/{self.name}").open() as there:
            if ctypes.CDLL(None).setns(there.fileno(), CLONE_NEWNET):
                raise OSError("setns")

    def close(self) -> None:
        self._server.kill()
        self._server.communicate()
        for space in (self.name, f"{self.name}f"):
            run("ip", "netns", "del", space)


def applications(count: int) -> list[Application]:
    return [Application(Kind.PATH, f"/opt/{number}") for number in range(count)]


def policy_of(everybody: list[Application], action: Action = Action.ALLOW) -> Policy:
    rules = [Rule(each, Action.DENY) for each in everybody]
    rules += [Rule(each, Action.ALLOW, scope=scope) for each in everybody for scope in SCOPES[:2]]
    rules += [Rule(each, Action.ALLOW, scope=SCOPES[2]) for each in everybody[1:]]
    return Policy.of([*rules, Rule(everybody[0], action, scope=SCOPES[2])])


def connects() -> list[int]:
    """Times of connect() + close(), in nanoseconds."""
    times = []
    for _ in range(CONNECTS):
        with socket.socket() as made:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            start = time.perf_counter_ns()
            made.connect(("10.78.0.2", 80))
            made.close()
            times.append(time.perf_counter_ns() - start)
    return times


def main() -> None:
    os.sched_setaffinity(0, {0})
    with tempfile.TemporaryDirectory() as folder, ExitStack() as ends:
        lanes = [Lane(f"stb{os.getpid()}{letter}") for letter in "ab"]
        for lane in lanes:
            ends.callback(lane.close)
        mount = netcls.find_or_mount(Path(folder))
        ends.callback(netcls.unmount, Path(folder))
        groups = NetCls(mount, f"stile-tests/bench{os.getpid()}")
        groups.claim()
        ends.callback(groups.release)
        ends.callback(groups.clear)
        print("| applications | connect(), allowed | with three rules | change of a rule | load |")
        print("|---|---|---|---|---|")
        for count in SIZES:
            print(measured(count, groups, *lanes), flush=True)


def measured(count: int, groups: NetCls, guarded: Lane, free: Lane) -> str:
    guarded.enter()
    table = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
    classes, everybody = Classes(), applications(count)
    enforcement = Enforcement(classes, table, groups, Owners())
    policies = [policy_of(everybody, action) for action in (Action.ALLOW, Action.DENY)]
    group = groups.ensure(label(everybody[0]), classes.of(everybody[0]))
    enforcement.load(Policy.of(Rule(each, Action.ALLOW) for each in everybody))
    groups.move(Pid(os.getpid()), group)
    plain = compared(guarded, free)
    guarded.enter()
    start = time.perf_counter()
    enforcement.load(policies[0])
    loaded = time.perf_counter() - start
    limited = compared(guarded, free)
    groups.expel(Pid(os.getpid()))
    guarded.enter()
    changes = []
    for number in range(CHANGES):
        start = time.perf_counter()
        enforcement.teach(policies[(number + 1) % 2], {everybody[0]})
        changes.append(time.perf_counter() - start)
    change = statistics.median(changes) * 1000
    times = f"{change:.1f} ms | {loaded * 1000:.0f} ms"
    return f"| {count:,} | {plain} | {limited} | {times} |"


def compared(guarded: Lane, free: Lane) -> str:
    """Connect with and without a firewall, in turns, and say how the medians compare."""
    times: dict[Lane, list[int]] = {guarded: [], free: []}
    for number in range(ROUNDS):
        for lane in (guarded, free) if number % 2 else (free, guarded):
            lane.enter()
            times[lane] += connects()
    with_it, without = (statistics.median(times[lane]) / 1000 for lane in (guarded, free))
    return f"{with_it:.1f} / {without:.1f} us = {with_it / without:.3f}"


if __name__ == "__main__":
    main()
