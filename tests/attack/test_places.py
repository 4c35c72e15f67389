"""Files, folders and groups of the helper's, in the hands of an account without rights."""

import os
from pathlib import Path

import pytest
from accounts import IN_A_NAMESPACE, Account
from families import Family
from worlds import World, run

CHANGES = """
import os, sys
def tries(what, place, *arguments):
    try:
        what(*arguments)
    except OSError:
        return
    print(what.__name__, place)
def write(path): os.close(os.open(path, os.O_WRONLY))
def make(path): os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
def enter(path):
    with open(path, "w") as procs:
        procs.write(str(os.getpid()))
os.chdir("/")
own = os.environ["OWN"]
for top in sys.argv[1:]:
    for folder, folders, files in os.walk(top):
        tries(make, folder, f"{folder}/new")
        tries(os.symlink, folder, own, f"{folder}/link")
        tries(os.link, folder, own, f"{folder}/hard")
        tries(os.mkdir, folder, f"{folder}/folder")
        tries(os.rename, folder, own, f"{folder}/moved")
        for name in files + folders:
            path = f"{folder}/{name}"
            tries(os.unlink, path, path)
            tries(os.rename, path, path, f"{path}.old")
            tries(os.rename, path, own, path)
            tries(os.chmod, path, path, 0o777)
            if name in files:
                tries(write, path, path)
                tries(os.truncate, path, path, 0)
                tries(os.link, path, path, f"{own}.{name}")
                if name in ("cgroup.procs", "tasks"):
                    tries(enter, path, path)
print("done")
"""
READS = """
import os, sys
for top in sys.argv[1:]:
    for folder, _, files in os.walk(top):
        for name in files:
            try:
                open(f"{folder}/{name}", "rb").close()
            except OSError:
                continue
            print(name)
"""
PRIVATE = {"gate.table", "boot.nft"}
"""What the kernel and the gate are told; rules and settings are everybody's to read."""


@pytest.fixture
def family(guarded: World) -> Family:
    return Family.of(guarded)


def places(world: World) -> list[Path]:
    """The folders of the helper, and our group in the hierarchy of classes."""
    own = [world.home / name for name in ("etc", "var", "run", "usr")]
    return [*own, world.home / "run/net_cls/stile-tests" / world.name]


def filled(family: Family) -> Account:
    """A helper that has written all that it writes, and an account with a file of its own."""
    family.stiled()
    family.world.stile("allow", str(family.folder / "child"))
    family.world.stile("deny", "/usr/bin/nothing", "--for", "10m")
    family.world.stile("learn", "on")
    family.world.stile("lockdown", "on")
    account = Account(family.world)
    account.program("own")
    return account


@pytest.mark.parametrize("within", [[], [*IN_A_NAMESPACE, "--mount", "--cgroup"]], ids=["", "ns"])
def test_nothing_of_the_helpers_can_be_changed(family: Family, within: list[str]) -> None:
    account = filled(family)
    own = f"OWN={family.world.home}/account/own"

    said = account.tries(CHANGES, *places(family.world), within=["env", own, *within])

    assert said == ["done"]
    if not within:
        assert len(account.tries(CHANGES, family.world.home / "account", within=["env", own])) > 5


def test_the_hierarchy_of_classes_is_roots_as_a_whole(family: Family) -> None:
    filled(family)
    mount = family.world.home / "run/net_cls"
    for group in (mount, mount / "stile-tests", *places(family.world)[-1:]):
        for file in (group, *group.iterdir()):
            status = file.stat()
            assert (status.st_uid, status.st_mode & 0o022) == (0, 0), file


def test_another_mount_of_the_hierarchy_gives_no_right_in_it(family: Family) -> None:
    account = filled(family)
    script = (
        "mount -t tmpfs none /mnt && mount -t cgroup -o net_cls none /mnt 2>/dev/null; "
        f"find /mnt -name cgroup.procs -path '*{family.world.name}*' | while read -r procs; do "
        'echo $$ > "$procs" && echo entered; done; echo done'
    )
    within = [*IN_A_NAMESPACE, "--mount", "--cgroup", "sh", "-c", script]

    said = run(*account.command(*within), check=False)

    assert said == "done\n"


def test_what_the_kernel_and_the_gate_are_told_is_not_for_others_to_read(family: Family) -> None:
    account = filled(family)
    tops = places(family.world)[:4]
    there = {file for top in tops for _, _, files in os.walk(top) for file in files}
    assert there >= PRIVATE, "each of them is there"

    read = set(account.tries(READS, *tops))

    assert not PRIVATE & read
