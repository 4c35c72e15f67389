"""What keeps a helper from starting is said in one line, and nothing is changed."""

import os
import signal
import socket
import subprocess

import pytest
from worlds import World, until


def test_a_second_helper_with_the_same_places(guarded: World) -> None:
    guarded.stiled()
    said = guarded.refused()
    assert said.startswith("stiled: another helper runs in")
    assert "--runtime" in said


def test_a_queue_that_is_in_use(guarded: World) -> None:
    helper = guarded.stiled()
    said = guarded.refused("--runtime", str(guarded.home / "run2"), "--bus", guarded.bus)
    assert f"queue {guarded.queue} is in use by process {helper.process.pid}" in said
    assert "--queue" in said


def test_a_group_that_is_in_use(guarded: World) -> None:
    guarded.stiled()
    said = guarded.refused("--runtime", str(guarded.home / "run2"), "--queue", "8")
    assert "another helper works below" in said
    assert "--cgroup" in said
    assert not (guarded.home / "run2/net_cls").exists()


def test_no_bus(guarded: World) -> None:
    said = guarded.refused("--bus", "unix:path=/nowhere/bus")
    assert said.startswith("stiled: no bus at")
    assert guarded.table() == ""


def test_a_name_that_is_taken(guarded: World) -> None:
    guarded.stiled()
    before = guarded.table()
    said = guarded.refused(
        *("--runtime", str(guarded.home / "run2"), "--queue", "8"),
        *("--cgroup", f"stile-tests/{guarded.name}b"),
    )
    assert "another helper runs on this bus" in said
    assert guarded.table() == before
    assert not (guarded.home / "run2/net_cls").exists()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('when_daemon_is_away = "maybe"', ["when_daemon_is_away", "deny or allow"]),
        ("question_timeout = 0", ["question_timeout", "1 to 86400"]),
        ("colour = 1", ["colour"]),
        ("x = = 1", ["line 1"]),
    ],
)
def test_broken_settings(guarded: World, text: str, words: list[str]) -> None:
    (guarded.home / "etc/stile.toml").write_text(text + "\n")
    said = guarded.refused()
    assert all(word in said for word in ["stile.toml", *words]), said
    assert "\n" not in said
    assert guarded.table() == ""


BARE = """
for place in $(awk '$3 == "cgroup" && $4 ~ /net_cls/ {print $2}' /proc/mounts); do
    umount "$place"
done
exec capsh --drop=cap_sys_admin -- -c 'exec "$0" "$@"' "$@"
"""


def test_no_net_cls_in_a_container(guarded: World) -> None:
    """Where it is not mounted, and may not be: a mount namespace without the right to mount."""
    stiled = guarded.near("stiled", *guarded.options())[2:]
    done = subprocess.run(
        guarded.near("unshare", "--mount", "sh", "-c", BARE, "sh", *stiled),
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("stiled: net_cls cannot be mounted here")
    assert done.stderr.count("\n") == 1
    assert guarded.table() == ""


def test_hangup_reads_the_rules_and_the_helper_goes_on(guarded: World) -> None:
    helper = guarded.stiled()
    os.kill(helper.process.pid, signal.SIGHUP)
    assert "guarding" in guarded.stile("status")


def test_the_watchdog_of_systemd_is_fed(guarded: World) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        address = guarded.home / "notify"
        systemd.bind(str(address))
        systemd.settimeout(20)
        environment = {"NOTIFY_SOCKET": str(address), "WATCHDOG_USEC": "200000"}
        helper = guarded.start(
            *guarded.near("stiled", *guarded.options()), env={**os.environ, **environment}
        )
        heard = [systemd.recv(64) for _ in range(4)]
        helper.terminate()
        helper.wait()
        until(lambda: systemd.recv(64) == b"STOPPING=1", "the goodbye")

    assert sorted(heard) == [b"READY=1", *[b"WATCHDOG=1"] * 3]
