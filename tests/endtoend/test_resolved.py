"""A real systemd-resolved: programs ask it, not the network, and rules about names hold."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from nameserver import MANY, MANY_ADDRESSES, ONE, SHARED, TWO, name_server
from worlds import FAR, World, run, settled, until, wakeups

UNSEEN = 5353
"""The port of the name server: on another than 53 the wire shows nothing, like over TLS."""
UNPACKED = Path(sys.prefix, "systemd-resolved")
"""Where packaging/setup puts one: installed it would take over the machine's resolv.conf."""
START = """
set -e
mount -t tmpfs none /run
mkdir -p /run/systemd/resolve /run/systemd/resolved.conf.d
mount --bind "$1/resolve" /run/systemd/resolve
mount --bind "$1/passwd" /etc/passwd
mount --bind "$1/nothing" /etc/resolv.conf
cp "$1/resolved.conf" /run/systemd/resolved.conf.d/
exec "$2"
"""
PROGRAM = """
import json, socket, sys
def look_up(name):
    with socket.socket(socket.AF_UNIX) as made:
        made.connect(sys.argv[1])
        asked = {"name": name, "family": 2}
        call = {"method": "io.systemd.Resolve.ResolveHostname", "parameters": asked}
        made.sendall(json.dumps(call).encode() + b"\\0")
        said = b""
        while not said.endswith(b"\\0"):
            said += made.recv(65536)
    found = json.loads(said[:-1])["parameters"]["addresses"]
    return [".".join(map(str, each["address"])) for each in found]
for line in sys.stdin:
    verb, where, port = json.loads(line)
    try:
        if verb == "look up":
            out = sorted(look_up(where))
        else:
            place = where if verb == "connect" else look_up(where)[0]
            with socket.create_connection((place, port), 5):
                out = "connected"
    except (OSError, KeyError) as error:
        out = type(error).__name__
    print(json.dumps(out), flush=True)
"""


def found() -> tuple[Path, dict[str, str]]:
    """Give the program, and the environment that it takes."""
    for place in (Path("/usr/lib/systemd"), Path("/lib/systemd")):
        if (place / "systemd-resolved").exists():
            return place / "systemd-resolved", {}
    for program in UNPACKED.glob("**/systemd-resolved"):
        if program.is_file() and os.access(program, os.X_OK):
            libraries = ":".join(str(each.parent) for each in UNPACKED.glob("**/libsystemd-*.so"))
            return program, {"LD_LIBRARY_PATH": libraries}
    pytest.skip("needs systemd-resolved: packaging/setup unpacks one where there is apt")


@dataclass
class Resolved:
    """systemd-resolved in the guarded namespace, with a /run and users of its own."""

    world: World
    program: Path
    environment: dict[str, str]

    def __post_init__(self) -> None:
        home = self.world.home
        (home / "nothing").touch()
        (home / "passwd").write_text("root:x:0:0::/:/bin/sh\nsystemd-resolve:x:0:0::/:/bin/sh\n")
        (home / "resolved.conf").write_text(
            f"[Resolve]\nDNS={FAR}:{UNSEEN}\nFallbackDNS=\nLLMNR=no\nMulticastDNS=no\nDNSSEC=no\n"
        )
        self.start()

    def start(self) -> None:
        unshare = ("unshare", "--mount", "--propagation", "private", "sh", "-c", START, "sh")
        self._process = self.world.start(
            *self.world.near(*unshare, self.world.home, self.program),
            env={**os.environ, **self.environment},
        )

    def stop(self) -> None:
        self._process.kill()
        self._process.wait()


class Program:
    """A program that asks systemd-resolved about names, over varlink, and connects."""

    def __init__(self, world: World, name: str) -> None:
        self.path = world.program(name)
        environment = {**os.environ, "PYTHONHOME": sys.base_prefix}
        place = world.resolved.with_name("io.systemd.Resolve")
        command = world.near(self.path, "-S", "-c", PROGRAM, place)
        self._process = world.start(*command, env=environment)

    @property
    def identity(self) -> str:
        return f"path:{self.path}"

    def does(self, verb: str, where: str, port: int = 80) -> object:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps([verb, where, port]) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@pytest.fixture
def resolved(guarded: World) -> Iterator[Resolved]:
    """systemd-resolved, and a helper that came before it."""
    program, environment = found()
    with name_server(guarded, UNSEEN):
        run("ip", "-n", f"{guarded.name}n", "route", "add", "default", "via", FAR)
        guarded.helper = guarded.stiled()
        guarded.listener()
        guarded.stile("allow", f"path:{program}")
        made = Resolved(guarded, program, environment)
        until(lambda: is_heard(guarded) or None, "it is heard")
        yield made


def is_heard(world: World) -> bool:
    found = [json.loads(line) for line in world.stile("--json", "doctor").splitlines()]
    return any("looks up is heard" in each.get("means", "") for each in found)


def test_rules_about_names_hold_for_who_asks_systemd_resolved(resolved: Resolved) -> None:
    world = resolved.world
    program = Program(world, "browser")
    world.stile("deny", program.identity)
    world.stile("allow", program.identity, "--to", "*.example.org")
    world.stile("allow", program.identity, "--to", "alias.example.net")

    assert program.does("look up", "many.example.org") == [ONE, TWO]
    assert program.does("connect", ONE) == "connected"
    assert program.does("connect", TWO) == "connected"
    assert program.does("connect", SHARED) == "ConnectionRefusedError"


def test_what_comes_from_the_cache_counts_as_well(resolved: Resolved) -> None:
    world = resolved.world
    program = Program(world, "browser")
    world.stile("deny", program.identity)
    world.stile("allow", program.identity, "--to", "steady.example.com")
    assert program.does("look up", "steady.example.com") == [SHARED]
    world.helper.stop()
    world.helper = world.stiled()
    until(lambda: is_heard(world) or None, "it is heard")
    assert program.does("connect", SHARED) == "ConnectionRefusedError", (
        "a new helper knows no names"
    )
    arrived = world.capture("udp", "port", str(UNSEEN))

    assert program.does("look up", "steady.example.com") == [SHARED]
    assert program.does("connect", SHARED) == "connected"
    assert arrived.packets() == [], "the name server was not asked again"


def test_a_denied_name_is_denied_whatever_else_is_allowed(resolved: Resolved) -> None:
    program = Program(resolved.world, "browser")
    resolved.world.stile("allow", program.identity)
    resolved.world.stile("deny", "everybody", "--to", "ads.example.net")

    assert program.does("reach", "ads.example.net") == "ConnectionRefusedError"
    assert program.does("reach", "many.example.org") == "connected"


def test_who_connects_at_once_is_not_too_quick(resolved: Resolved) -> None:
    world = resolved.world
    run("ip", "-n", f"{world.name}f", "route", "add", "local", MANY_ADDRESSES, "dev", "lo")
    program = Program(world, "browser")
    world.stile("deny", program.identity)
    world.stile("allow", program.identity, "--to", "*.many.example")

    became = [program.does("reach", f"n{each}.many.example") for each in range(1, MANY)]
    assert became == ["connected"] * len(became)


def test_it_is_heard_again_after_its_restart_and_wakes_nobody_until_then(
    resolved: Resolved,
) -> None:
    world = resolved.world
    program = Program(world, "browser")
    world.stile("deny", program.identity)
    world.stile("allow", program.identity, "--to", "many.example.org")
    resolved.stop()
    until(lambda: "is not heard" in world.helper.log.read_text() or None, "it is given up")
    assert not is_heard(world)
    pid = world.helper.process.pid
    before = settled(pid)
    run("sleep", "2")
    assert wakeups(pid) == before, "nobody looks whether it has come back"

    resolved.start()
    until(lambda: is_heard(world) or None, "it is heard again")
    assert program.does("look up", "many.example.org") == [ONE, TWO]
    assert program.does("connect", ONE) == "connected"
    before = settled(pid)
    run("sleep", "2")
    assert wakeups(pid) == before, "and nobody is woken by its being there"
