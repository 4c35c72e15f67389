"""What rules cost: a connect() of a decided application, and a change of one rule among many.

    sudo .venv/bin/python tests/bench/policy.py [nftables|iptables ...]

In network namespaces of its own. For 1, 100, 1,000 and 10,000 applications connect() + close() of
the last of them is measured against no firewall at all, A and B in turns in one run: first where
each is simply allowed, then where each has a chain of its own of three rules. Then a verdict, and
one rule of one application are changed, through what the helper does.
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
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from stile.applications import Application, Kind
from stile.connections import Pid
from stile.rules import Action, Policy, Rule
from stile.scopes import Scope
from stiled import netcls, netfilter
from stiled.backends import Backend
from stiled.classes import Classes, label
from stiled.enforcement import Enforcement
from stiled.netcls import NetCls
from stiled.netfilter import Netfilter
from stiled.owners import Owners
from stiled.ruleset import Queue
from stiled.xtables import Xtables

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
    rules += [Rule(each, Action.ALLOW, scope=SCOPES[2]) for each in everybody[:-1]]
    return Policy.of([*rules, Rule(everybody[-1], action, scope=SCOPES[2])])


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
        titles = ("", "applications", "connect(), allowed", "with three rules")
        print(f"| {' | '.join((*titles, 'change of a verdict', 'of a rule', 'load'))} |")
        print(f"|{'---|' * 7}")
        for backend in sys.argv[1:] or BACKENDS:
            for count in SIZES:
                print(measured(backend, count, groups, *lanes), flush=True)
            lanes[0].enter()
            BACKENDS[backend]().clear()


def nftables() -> Backend:
    return Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))


def iptables() -> Backend:
    return Xtables(7, "deny")


BACKENDS: dict[str, Callable[[], Backend]] = {"nftables": nftables, "iptables": iptables}


def measured(backend: str, count: int, groups: NetCls, guarded: Lane, free: Lane) -> str:
    guarded.enter()
    everybody = applications(count)
    enforcement = Enforcement(Classes(), BACKENDS[backend](), groups, Owners())
    policies = [policy_of(everybody, action) for action in (Action.ALLOW, Action.DENY)]
    one = everybody[-1]
    others = [Rule(each, Action.ALLOW) for each in everybody[:-1]]
    simple = [Policy.of([*others, Rule(one, each)]) for each in (Action.ALLOW, Action.DENY)]
    enforcement.load(simple[0])
    groups.move(Pid(os.getpid()), groups.ensure(label(one), enforcement.class_of(one)))
    plain = compared(guarded, free)
    guarded.enter()
    verdict = changed(enforcement, simple, one)
    start = time.perf_counter()
    enforcement.load(policies[0])
    loaded = time.perf_counter() - start
    limited = compared(guarded, free)
    groups.expel(Pid(os.getpid()))
    guarded.enter()
    rule = changed(enforcement, policies, one)
    times = f"{verdict:.1f} ms | {rule:.1f} ms | {loaded * 1000:.0f} ms"
    return f"| {backend} | {count:,} | {plain} | {limited} | {times} |"


def changed(enforcement: Enforcement, policies: list[Policy], one: Application) -> float:
    """Change from one policy to the other and back, and give the median time, in ms."""
    times = []
    for number in range(2 * (CHANGES // 2)):
        start = time.perf_counter()
        enforcement.teach(policies[(number + 1) % 2], {one})
        times.append(time.perf_counter() - start)
    return statistics.median(times) * 1000


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
