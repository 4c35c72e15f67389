"""What polkit says counts: a real polkitd on the world's own bus, with our actions."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from worlds import World, until

from stile.applications import Application
from stile.client import Firewall
from stile.rules import Action, Rule
from stile.served import Refused

POLKITD = Path("/usr/lib/polkit-1/polkitd")
POLICY = Path(__file__).parents[2] / "packaging" / "org.stile.firewall.policy"
NOBODY = 65534
MAY_CHANGE_RULES = """
polkit.addRule(function(action, subject) {
    if (action.id == "org.stile.firewall.change-rules" && subject.user == "nobody") {
        return polkit.Result.YES;
    }
});
"""
WITH_OUR_ACTIONS = """
mount --bind "$0/actions" /usr/share/polkit-1/actions || exit
mount --bind "$0/rules" /etc/polkit-1/rules.d || exit
exec "$1" --no-debug
"""


@pytest.fixture
def asked(helped: World) -> Iterator[World]:
    """A world on whose bus polkit answers."""
    if not POLKITD.exists():
        pytest.skip("needs polkitd")
    for folder in ("actions", "rules"):
        (helped.home / folder).mkdir(mode=0o755)
    shutil.copy(POLICY, helped.home / "actions")
    (helped.home / "rules" / "50-nobody.rules").write_text(MAY_CHANGE_RULES)
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
    for member in ("watch", "pause", "lockdown", "register_agent", "change_settings"):
        assert as_nobody(asked.bus, member) == "org.freedesktop.DBus.Error.AccessDenied"


def as_nobody(bus: str, member: str) -> str:
    """Call a method from a process of user nobody; gives `done`, or the name of the error."""
    reading, writing = os.pipe()
    if not (child := os.fork()):
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        os.write(writing, asyncio.run(_call(bus, member)).encode())
        os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as answer:
        return answer.read()


async def _call(bus: str, member: str) -> str:
    firewall = Firewall(bus)
    await firewall.open()
    rule = Rule(Application.parse("path:/nobodys"), Action.ALLOW)
    arguments: dict[str, dict[str, object]] = {
        "add_rule": {"rule": rule},
        "pause": {"seconds": 5},
        "lockdown": {"on": True},
        "change_settings": {"changes": {"question_timeout": 5.0}},
    }
    try:
        await getattr(firewall, member)(**arguments.get(member, {}))
    except Refused as error:
        return error.name
    return "done"
