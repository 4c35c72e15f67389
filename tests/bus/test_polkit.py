"""What polkit says counts: a real polkitd on the world's own bus, with our actions."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from other_users import done_as
from worlds import FAR, World, until

from stile import contract
from stile.applications import Application
from stile.client import Firewall
from stile.rules import Action, Rule
from stile.served import Refused

POLKITD = Path("/usr/lib/polkit-1/polkitd")
ROOT = Path(__file__).parents[2]
POLICY = ROOT / "packaging" / "org.stile.firewall.policy"
EXAMPLE = ROOT / "docs" / "examples" / "49-stile.rules"
"""What the administrator's guide proposes, for members of the group "stile"."""
MEMBER = pwd.getpwnam("backup")
NOBODY, WATCHER = 65534, pwd.getpwnam("games").pw_uid
DAEMON = 1
CONNECTS = f"exec 3<>/dev/tcp/{FAR}/80; echo there; read"
WHO_MAY = """
polkit.addRule(function(action, subject) {
    if (action.id == "org.stile.firewall.change-rules" && subject.user == "nobody") {
        return polkit.Result.YES;
    }
    if (action.id == "org.stile.firewall.watch" && subject.user == "daemon") {
        return polkit.Result.YES;
    }
});
"""
MAY_WATCH = """
polkit.addRule(function(action, subject) {
    if (action.id == "org.stile.firewall.watch" && subject.user == "games") {
        return polkit.Result.YES;
    }
});
"""
DENIED = contract.ACCESS_DENIED
WITH_OUR_ACTIONS = """
mount --bind "$0/actions" /usr/share/polkit-1/actions || exit
mount --bind "$0/rules" /etc/polkit-1/rules.d || exit
mount --bind "$0/group" /etc/group || exit
exec "$1" --no-debug
"""


@pytest.fixture(scope="module")
def asked(helped: World) -> Iterator[World]:
    """A world on whose bus polkit answers."""
    if not POLKITD.exists():
        pytest.skip("needs polkitd")
    for folder in ("actions", "rules"):
        (helped.home / folder).mkdir(mode=0o755, exist_ok=True)
    shutil.copy(POLICY, helped.home / "actions")
    (helped.home / "rules" / "50-nobody.rules").write_text(WHO_MAY + MAY_WATCH)
    shutil.copy(EXAMPLE, helped.home / "rules")
    groups = Path("/etc/group").read_text()
    (helped.home / "group").write_text(f"{groups}stile:x:4711:{MEMBER.pw_name}\n")
    polkit = subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", WITH_OUR_ACTIONS, str(helped.home), str(POLKITD)],
        env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": helped.bus},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield helped
    polkit.kill()
    polkit.wait()


def test_who_may_is_for_polkit_to_say(asked: World) -> None:
    until(lambda: as_nobody(asked.bus, "add_rule") == "done", "polkit lets nobody change rules")

    assert "/nobodys" in asked.stile("rules")
    members = "watch running pause lockdown learn learned register_agent change_settings"
    for member in members.split():
        assert as_nobody(asked.bus, member) == DENIED


def test_the_rules_of_the_guide_let_a_group_change_rules_and_no_more(asked: World) -> None:
    def said(member: str) -> str:
        return said_to(MEMBER.pw_uid, asked.bus, member)[0]

    until(lambda: said("add_rule") == "done", "polkit lets the member change rules")
    assert said("running") == "done"
    for member in ("pause", "lockdown", "learn", "change_settings"):
        assert said(member) == DENIED
        action = f"org.stile.firewall.{member.replace('_', '-')}"
        log = (asked.home / "stiled.log").read_text()
        assert f"stiled: warning: user {MEMBER.pw_uid} may not {action}\n" in log


def test_who_may_watch_sees_the_own_connections_and_traffic_and_no_others(asked: World) -> None:
    until(lambda: seen_by(asked.bus, DAEMON, "traffic") == "set()", "polkit lets daemon watch")
    asked.stile("allow", "path:/usr/bin/bash")
    listener = asked.listener()
    for uid in (0, DAEMON):
        connected = asked.start(*asked.near("setpriv", *as_user(uid), "bash", "-c", CONNECTS))
        asked.accepted(listener)
        assert connected.stdout is not None
        assert connected.stdout.readline() == "there\n"

    for member in ("connections", "traffic"):
        assert seen_by(asked.bus, DAEMON, member) == "{1}"
        assert seen_by(asked.bus, 0, member, everybody=True) == "{0, 1}"
        assert seen_by(asked.bus, DAEMON, member, everybody=True) == DENIED
        assert seen_by(asked.bus, NOBODY, member) == DENIED
    listener.close()


def as_user(uid: int) -> list[str]:
    return ["--reuid", str(uid), "--clear-groups"]


def seen_by(bus: str, uid: int, member: str, *, everybody: bool = False) -> str:
    """Ask as a user, and say whose connections or traffic that shows."""
    return done_as(uid, _seen(bus, member, everybody=everybody))


async def _seen(bus: str, member: str, *, everybody: bool) -> str:
    firewall = Firewall(bus)
    await firewall.open()
    try:
        found = await getattr(firewall, member)(everybody=everybody)
    except Refused as error:
        return error.name
    return str({int(each.uid) for each in found})


def as_nobody(bus: str, member: str) -> str:
    """Call a method from a process of user nobody; gives `done`, or the name of the error."""
    return said_to(NOBODY, bus, member)[0]


def said_to(uid: int, bus: str, member: str) -> list[str]:
    """Call a method from a process of a user; gives `done` and what was said, or an error."""
    return done_as(uid, _call(bus, member)).split("\n")


async def _call(bus: str, member: str) -> str:
    firewall = Firewall(bus)
    await firewall.open()
    rule = Rule(Application.parse("path:/nobodys"), Action.ALLOW)
    arguments: dict[str, dict[str, object]] = {
        "add_rule": {"rule": rule},
        "pause": {"seconds": 5},
        "lockdown": {"on": True},
        "learn": {"seconds": 60},
        "change_settings": {"changes": {"question_timeout": 5.0}},
    }
    try:
        said = await getattr(firewall, member)(**arguments.get(member, {}))
    except Refused as error:
        return error.name
    found = said if member == "running" else ()
    return "\n".join(("done", *(str(each.application) for each in found)))


def test_who_watches_is_told_of_the_system_and_of_his_own_programs_alone(asked: World) -> None:
    listener, system = asked.listener(), asked.client("system")
    asked.stile("allow", system.identity)
    assert system.does("tcp") is None
    asked.accepted(listener)
    own, others = connected(asked, "own", WATCHER), connected(asked, "others", 2000)

    def seen() -> list[str]:
        return said_to(WATCHER, asked.bus, "running")

    until(lambda: "path:" in "".join(seen()), "polkit lets somebody watch")
    assert {system.identity, own} <= set(seen())
    assert others not in seen()
    assert {system.identity, own, others} <= set(said_to(0, asked.bus, "running"))


def connected(world: World, name: str, uid: int) -> str:
    """Start somebody's program that stays connected, and give its identity."""
    path = world.home / "programs" / name
    shutil.copy(shutil.which("curl") or "/usr/bin/curl", path)
    world.stile("allow", str(path))
    ids = (f"--reuid={uid}", f"--regid={uid}", "--clear-groups")
    listener = world.listener(port=0)
    port = listener.getsockname()[1]
    world.start(*world.near("setpriv", *ids, path, "--silent", f"http://{FAR}:{port}/"))
    world.accepted(listener)
    return f"path:{path}"
