"""A real NetworkManager: rules for a network hold while it is active, and no longer."""

import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from worlds import BACKENDS, Client, World, run, until, wakeups

pytestmark = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)

UNPACKED = Path(sys.prefix, "network-manager")
"""Where packaging/setup puts one: installed it would take over the machine's network."""
START = """
set -e
mount -t tmpfs none /run
mount -t sysfs -o ro none /sys
mkdir -p /run/NetworkManager
exec "$2" --no-daemon --config="$1/nm/nm.conf" --config-dir="$1/nm/none" --log-level=INFO \
    --system-config-dir="$1/nm/none" --intern-config="$1/nm/intern.conf" \
    --state-file="$1/nm/state" --pid-file="$1/nm/pid"
"""
CONFIG = """
[main]
plugins=keyfile
auth-polkit=false
dns=none
no-auto-default=*
configure-and-quit=no
systemd-resolved=false
[keyfile]
path={home}/nm/connections
unmanaged-devices=*,except:interface-name:home0,except:interface-name:cafe0
[connectivity]
enabled=false
"""
CONNECTION = """
[connection]
id={name}
uuid={uuid}
type=ethernet
interface-name={device}
autoconnect=false
[ipv4]
method=manual
address1={address}
[ipv6]
method=disabled
"""
HOME, CAFE = "2ce33a3e-0001-4a4a-8a8a-000000000001", "2ce33a3e-0001-4a4a-8a8a-000000000002"


def found() -> tuple[Path, Path, dict[str, str]]:
    """Give NetworkManager, nmcli, and the environment that they take."""
    if Path("/usr/sbin/NetworkManager").exists():
        return Path("/usr/sbin/NetworkManager"), Path("/usr/bin/nmcli"), {}
    if (UNPACKED / "usr/sbin/NetworkManager").exists():
        libraries = next(UNPACKED.glob("usr/lib/*/libnm.so.0")).parent
        environment = {"LD_LIBRARY_PATH": str(libraries)}
        return UNPACKED / "usr/sbin/NetworkManager", UNPACKED / "usr/bin/nmcli", environment
    pytest.skip("needs NetworkManager: packaging/setup unpacks one where there is apt")


@dataclass
class Manager:
    """NetworkManager in the guarded namespace, with two connections that can be made active."""

    world: World

    def __post_init__(self) -> None:
        self.program, self._nmcli, self._environment = found()
        home = self.world.home
        (home / "nm" / "connections").mkdir(parents=True)
        (home / "nm" / "none").mkdir()
        (home / "nm" / "nm.conf").write_text(CONFIG.format(home=home))
        for name, uuid, device, address in (
            ("Home", HOME, "home0", "10.91.0.1/24"),
            ("Cafe", CAFE, "cafe0", "10.92.0.1/24"),
        ):
            file = home / "nm" / "connections" / f"{name}.nmconnection"
            link = ("link", "add", device, "type", "veth", "peer", "name", f"{device}-far")
            run("ip", "-n", f"{self.world.name}n", *link)
            run("ip", "-n", f"{self.world.name}n", "link", "set", f"{device}-far", "up")
            words = {"name": name, "uuid": uuid, "device": device, "address": address}
            file.write_text(CONNECTION.format(**words).lstrip())
            file.chmod(0o600)
        self.start()

    def start(self) -> None:
        unshare = ("unshare", "--mount", "--propagation", "private", "sh", "-c", START, "sh")
        environment = {
            **os.environ,
            **self._environment,
            "DBUS_SYSTEM_BUS_ADDRESS": self.world.bus,
        }
        command = self.world.near(*unshare, self.world.home, self.program)
        self.process = self.world.start(*command, env=environment)
        until(lambda: "Home" in self.tells("connection", "show"), "NetworkManager is there")

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)

    def tells(self, *words: str) -> str:
        """Run nmcli."""
        bus = f"DBUS_SYSTEM_BUS_ADDRESS={self.world.bus}"
        others = [f"{key}={value}" for key, value in self._environment.items()]
        command: tuple[str | Path, ...] = ("env", bus, *others, self._nmcli, "--terse", *words)
        return run(*self.world.near(*command), check=False)

    def up(self, name: str) -> None:
        assert "success" in self.tells("connection", "up", name)

    def down(self, name: str) -> None:
        assert "success" in self.tells("connection", "down", name)


@pytest.fixture
def manager(guarded: World) -> Iterator[Manager]:
    """NetworkManager, and a helper that came after it, with a listener outside."""
    made = Manager(guarded)
    guarded.helper = guarded.stiled()
    guarded.listener()
    yield made
    made.stop()


def networks(world: World) -> tuple[bool, set[str]]:
    words = json.loads(world.stile("status", "--json"))
    return words["networks-known"], set(words["networks"])


def is_active(world: World, name: str) -> bool:
    return name in networks(world)[1]


def passes(client: Client) -> bool:
    """Whether it connects; there is nobody to be asked, and everybody is denied otherwise."""
    out = client.does("tcp", name=os.urandom(4).hex())
    assert out in (None, "ECONNREFUSED"), out
    return out is None


def sleeps(pid: int) -> bool:
    before = wakeups(pid)
    run("sleep", "2")
    return wakeups(pid) == before


def test_an_allow_rule_holds_on_its_network_and_on_no_other(manager: Manager) -> None:
    world, client = manager.world, manager.world.client()
    world.stile("deny", client.identity)
    world.stile("allow", client.identity, "--network", "Home")
    assert networks(world) == (True, set())
    assert not passes(client)

    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")
    assert networks(world) == (True, {"Home", HOME, "type:wired"})
    assert passes(client)

    manager.up("Cafe")
    manager.down("Home")
    until(lambda: not is_active(world, "Home"), "the helper hears of it")
    assert not passes(client)


def test_a_rule_for_a_network_that_is_active_already_is_in_force_at_once(
    manager: Manager,
) -> None:
    world, client = manager.world, manager.world.client()
    world.stile("deny", client.identity)
    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")

    world.stile("allow", client.identity, "--network", "Home")

    assert passes(client)


def test_a_uuid_names_a_network_too_and_several_may_be_active(manager: Manager) -> None:
    world, client = manager.world, manager.world.client()
    world.stile("deny", client.identity)
    world.stile("allow", client.identity, "--network", HOME, "--port", "80")
    manager.up("Cafe")
    manager.up("Home")
    until(lambda: is_active(world, HOME), "the helper hears of it")

    assert passes(client)
    world.stile("deny", client.identity, "--network", "Cafe", "--port", "80")
    assert not passes(client), "of two that are active the more cautious decides"
    manager.down("Cafe")
    until(lambda: not is_active(world, CAFE), "the helper hears of it")
    assert passes(client)


def test_a_network_that_is_not_known_can_be_closed_to_all_who_have_no_rule(
    manager: Manager,
) -> None:
    world, known, unknown = manager.world, manager.world.client("known"), manager.world.client()
    world.stile("allow", known.identity)
    world.stile("deny", "everybody", "--network", "not:Home")
    manager.up("Cafe")
    until(lambda: is_active(world, "Cafe"), "the helper hears of it")
    assert (passes(known), passes(unknown)) == (True, False)

    agent = world.agent()
    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")
    unknown.begin("tcp")
    assert agent.next(), "at home it is asked about"
    assert passes(known)


def test_while_networkmanager_is_away_only_what_refuses_holds(manager: Manager) -> None:
    world, client, other = manager.world, manager.world.client(), manager.world.client("other")
    world.stile("deny", client.identity)
    world.stile("allow", client.identity, "--network", "Home")
    world.stile("allow", other.identity)
    world.stile("deny", other.identity, "--network", "Cafe")
    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")
    assert (passes(client), passes(other)) == (True, True)

    manager.stop()
    until(lambda: not networks(world)[0], "the helper hears of it")
    assert (passes(client), passes(other)) == (False, False)

    manager.start()
    until(lambda: networks(world)[0], "the helper hears of it")
    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")
    assert (passes(client), passes(other)) == (True, True)


def test_what_is_open_ends_when_its_network_does(manager: Manager) -> None:
    world, client = manager.world, manager.world.client()
    listener = world.listener(port=81)
    world.stile("deny", client.identity)
    world.stile("allow", client.identity, "--network", "Home", "--port", "81")
    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")
    assert client.does("tcp", port=81, name="open") is None
    made = world.accepted(listener)

    manager.down("Home")
    until(lambda: not is_active(world, "Home"), "the helper hears of it")

    made.sendall(b"x")
    assert client.does("recv", name="open") in ("ECONNABORTED", "ECONNRESET", "ETIMEDOUT", 1)
    assert client.does("recv", name="open") != 1


def test_the_helper_sleeps_while_nothing_changes_and_starts_with_what_is_active(
    manager: Manager,
) -> None:
    world = manager.world
    manager.up("Home")
    until(lambda: is_active(world, "Home"), "the helper hears of it")
    world.helper.stop()

    helper = world.stiled()

    assert is_active(world, "Home"), "known from the beginning"
    until(lambda: sleeps(helper.process.pid), "two seconds without a wake-up")
