"""What rules cost: a connect() of a decided application, and a change of one rule among many.

    sudo .venv/bin/python tests/bench/policy.py

In a network namespace of its own. For 1, 100, 1,000 and 10,000 applications, each with a chain of
its own of three rules, connect() + close() is measured against no firewall at all, A and B in
turns in one run; then one rule of one application is changed, through what the helper does.
"""

import ctypes
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
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
ROUNDS, CONNECTS, CHANGES = 11, 300, 9
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


@contextmanager
def cable() -> Iterator[None]:
    """Be in a namespace with a cable to another one, in which a server listens."""
    name = f"stb{os.getpid()}"
    run("ip", "netns", "add", name)
    ctypes.CDLL(None).unshare(0x40000000)
    server = None
    try:
        run("ip", "link", "add", "near", "type", "veth", "peer", "name", "far", "netns", name)
        run("ip", "addr", "add", "10.78.0.1/24", "dev", "near")
        run("ip", "link", "set", "near", "up")
        run("ip", "-n", name, "addr", "add", "10.78.0.2/24", "dev", "far")
        run("ip", "-n", name, "link", "set", "far", "up")
        command = ["nsenter", f"--net=/run/netns/{name}", sys.executable, "-c", SERVER]
        server = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert server.stdout
        server.stdout.readline()
        yield
    finally:
        if server:
            server.kill()
            server.communicate()
        run("ip", "netns", "del", name)


def applications(count: int) -> list[Application]:
    return [Application(Kind.PATH, f"/opt/{number}") for number in range(count)]


def policy_of(everybody: list[Application], action: Action = Action.ALLOW) -> Policy:
    rules = [Rule(each, Action.ALLOW) for each in everybody]
    rules += [Rule(each, Action.ALLOW, scope=scope) for each in everybody for scope in SCOPES[:2]]
    rules += [Rule(each, Action.ALLOW, scope=SCOPES[2]) for each in everybody[1:]]
    return Policy.of([*rules, Rule(everybody[0], action, scope=SCOPES[2])])


def connects() -> float:
    """The median of connect() + close(), in microseconds."""
    times = []
    for _ in range(CONNECTS):
        start = time.perf_counter_ns()
        with socket.create_connection(("10.78.0.2", 80)):
            pass
        times.append(time.perf_counter_ns() - start)
    return statistics.median(times) / 1000


def main() -> None:
    with cable(), tempfile.TemporaryDirectory() as folder:
        groups = NetCls(netcls.find_or_mount(Path(folder)), f"stile-tests/bench{os.getpid()}")
        groups.claim()
        try:
            print("| applications | connect() against none | change of a rule | load |")
            print("|---|---|---|---|")
            for count in SIZES:
                print(measured(count, groups), flush=True)
        finally:
            netfilter.clear()
            groups.clear()
            groups.release()
            netcls.unmount(Path(folder))


def measured(count: int, groups: NetCls) -> str:
    table = Netfilter(Queue(7, netfilter.has_native_queue(), "deny"))
    classes, everybody = Classes(), applications(count)
    enforcement = Enforcement(classes, table, groups, Owners())
    policies = [policy_of(everybody, action) for action in (Action.ALLOW, Action.DENY)]
    class_id = classes.of(everybody[0])
    start = time.perf_counter()
    enforcement.load(policies[0])
    loaded = time.perf_counter() - start
    group = groups.ensure(label(everybody[0]), class_id)
    groups.move(Pid(os.getpid()), group)
    ratios = []
    try:
        for _ in range(ROUNDS):
            enforcement.load(policies[0])
            guarded = connects()
            netfilter.clear()
            ratios.append(guarded / connects())
        enforcement.load(policies[0])
        changes = []
        for number in range(CHANGES):
            start = time.perf_counter()
            enforcement.teach(policies[(number + 1) % 2], {everybody[0]})
            changes.append(time.perf_counter() - start)
    finally:
        groups.expel(Pid(os.getpid()))
    ratio, change = statistics.median(ratios), statistics.median(changes) * 1000
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    return f"| {count:,} | {ratio:.3f} ({spread}) | {change:.1f} ms | {loaded * 1000:.0f} ms |"


if __name__ == "__main__":
    main()
