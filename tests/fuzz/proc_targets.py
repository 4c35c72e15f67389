"""What processes are called, and what else /proc, sandboxes and desktops tell of them."""

from random import Random
from typing import Any

from file_targets import write
from fuzzing import Target, WrongGrant, octets, spoilt, spoilt_text, word

from stile.applications import Application, Kind, spelled
from stiled import (
    births,
    deployed,
    desktop_entries,
    gatetable,
    interpreters,
    mounts,
    netcls,
    networks,
)
from stiled.deployed import SYSTEM

PLACES = (
    *(
        b"/usr/bin/a",
        b"/snap/lxd/77/bin/x",
        b"/snap/a_b/x1/y",
        b"/nix/store/" + b"0" * 32 + b"-a-1.2/b",
    ),
    *(b"/var/lib/flatpak/app/org.a.B/x86_64/stable/0/files/bin/a", b"/var/lib/flatpak/app/"),
    *(
        b"/var/lib/flatpak/runtime/org.a.P/x/1/2/files/lib/w",
        b"/home/a/.local/share/flatpak/app/o.a/x/y/z/files/b",
    ),
)


def name(random: Random) -> bytes:
    """What somebody may call a file: anything but a slash and a zero."""
    text = spoilt_text(random, random.choice(("a", "b c", "x - y", "1:net_cls:", "0::", "ü")))
    data = spoilt(random, text.encode("utf-8", "surrogatepass"))
    return data.replace(b"/", b"").replace(b"\0", b"")[:255] or b"x"


def mangled(path: bytes) -> bytes:
    """As the kernel writes a path into a mount table: mangle() in fs/proc_namespace.c."""
    return b"".join(b"\\%03o" % each if each in b" \t\n\\#" else bytes([each]) for each in path)


def table_of_mounts(random: Random) -> list[tuple[int, bytes, bytes]]:
    return [
        (
            number,
            b"/" + b"/".join(name(random) for _ in range(random.randint(0, 2))),
            b"/" + name(random),
        )
        for number in range(1, random.randint(2, 5))
    ]


def check_mounts(wanted: list[tuple[int, bytes, bytes]]) -> None:
    table = b"".join(
        b"%d 1 8:%d %s %s rw,nosuid shared:1 - fuse.x /dev/sda rw,user_id=7\n"
        % (number, number, mangled(root), mangled(point))
        for number, root, point in wanted
    )
    found = [(each.id, each.root, each.point) for each in mounts.parsed(table)]
    if found != wanted:
        raise WrongGrant(f"{wanted} was read as {found}")
    assert netcls.mounted(mounts.parsed(table)) is None
    (first, *_) = mounts.parsed(table)
    inner = first.path_within(first.point.rstrip(b"/") + b"/x")
    assert inner == first.root.rstrip(b"/") + b"/x"


def cgroups(random: Random) -> tuple[str | None, str]:
    """Which group of ours a process is in, and its /proc/PID/cgroup with names of anybody's."""
    depth = range(random.randint(0, 3))
    own = b"/".join((b"", *(name(random).replace(b"\n", b"") for _ in depth)))
    own = random.choice((own, own + "\u20281:net_cls:/stile/curl-allow".encode()))
    group = random.choice((None, None, "curl-1", "a~quit~allow~7", "~exits"))
    line = f"/stile/{group}" if group else random.choice(("/", "/other", "/stilex/curl-1"))
    first = "5:memory:/x\n" if random.choice((True, False)) else ""
    text = f"{first}3:net_cls,net_prio:{line}\n0::".encode() + own.replace(b"\n", b"") + b"\n"
    return group, text.decode("utf-8", "replace")


def check_cgroups(read: tuple[str | None, str]) -> None:
    group, text = read
    if (found := gatetable.group_of(text, "/stile")) != group:
        raise WrongGrant(f"{found!r} instead of {group!r} in {text!r}")


def info(random: Random) -> str:
    text = "[Application]\nname=org.a.B\nruntime=x\n[Instance]\nname=org.evil.C\n"
    return spoilt_text(random, text)


def check_info(text: str) -> None:
    found = deployed.flatpak_info_name(text)
    if found and found.split()[0][:2] not in text:
        raise WrongGrant(f"{found!r} of {text!r}")


def path(random: Random) -> tuple[bytes, bytes]:
    where = random.choice(PLACES)
    where = spoilt(random, where) if random.choice((True, False)) else where + b"/" + name(random)
    return where, random.choice((b"snap.lxd.daemon (enforce)\n", b"unconfined\n", octets(random)))


def check_path(read: tuple[bytes, bytes]) -> None:
    where, label = read
    for found in (
        deployed.flatpak_of(where, 0, SYSTEM),
        deployed.flatpak_of(where, 1000, SYSTEM),
        deployed.nix_of(where, SYSTEM),
    ):
        if found and not SYSTEM.near(where):
            raise WrongGrant(f"{where!r} is {found}")
        if found and found.kind is Kind.FLATPAK and not where.startswith(SYSTEM.flatpak + b"/"):
            assert found.owner == 1000
    if snap := deployed.snap_mount(where, SYSTEM):
        point, snap_name = snap
        assert where.startswith(point + b"/")
        named = deployed.snap_of(snap_name, label)
        if named and named.name.partition(".")[0] != snap_name.decode():
            raise WrongGrant(f"{snap_name!r} is {named}")
    assert Application(Kind.DELETED, "/" + spelled(where)).title is not None


def command(random: Random) -> tuple[bytes, list[bytes]]:
    which = random.choice(
        (b"python3", b"python3.11", b"bash", b"perl", b"java", b"node", b"busybox", b"php")
    )
    options = (
        b"-c",
        b"-m",
        b"-",
        b"--",
        b"-e",
        b"a.py",
        b"-jar",
        b"",
        b"--x=y",
        b"-Wd",
        b"/a",
        b"-xyz",
    )
    words = [spoilt(random, random.choice(options)) for _ in range(random.randint(0, 6))]
    return spoilt(random, which) if random.randint(0, 4) == 0 else which, [which, *words]


def check_command(read: tuple[bytes, list[bytes]]) -> None:
    match interpreters.script_of(*read):
        case interpreters.Script(found) | interpreters.Module(found):
            if not any(found in each for each in read[1][1:]):
                raise WrongGrant(f"{found!r} of {read}")
        case None:
            pass


def raw_name(random: Random) -> bytes:
    return spoilt(random, name(random))


def check_spelled(raw: bytes) -> None:
    said = spelled(raw)
    assert not any(each in said for each in ("\n", "\x1b", "\u2028", "\u202e", "\x85"))
    other = raw + b"x"
    assert spelled(other) != said


def status(random: Random) -> tuple[bytes, bytes]:
    """The file of a process with a name of its own choice, and its parent."""
    comm = name(random)[:15]
    parent = b"%d" % random.choice((1, 2, 4194304))
    rest = b" ".join(b"%d" % random.randint(0, 2**31) for _ in range(48))
    return b"7 (" + comm + b") S " + parent + b" " + rest + b"\n", parent


def check_status(read: tuple[bytes, bytes]) -> None:
    found = births.fields_in(read[0].decode("utf-8", "replace"))
    if found[1].encode() != read[1]:
        raise WrongGrant(f"a parent {found[1]} of {read}")


def entry(random: Random) -> bytes:
    lines = [
        "[Desktop Entry]",
        f"Name={word(random)}",
        f"Icon={word(random)}",
        random.choice(
            ("Exec=/bin/true %u", "Exec='", "Exec=", "Exec=sh -c x", "Exec=nothing-there")
        ),
        random.choice(
            ("X-Flatpak=org.a.B", "X-SnapInstanceName=lxd", "X-Flatpak=", "Hidden=true", "")
        ),
    ]
    text = spoilt_text(random, "\n".join(lines) + "\n")
    return spoilt(random, text.encode("utf-8", "surrogatepass"))


def check_entry(data: bytes) -> None:
    path = write("applications/a.desktop", data)
    found = desktop_entries.DesktopEntries([str(path.parent)])._read()
    for application, said in found:
        assert application.can_have_rules
        assert 0 < len(said.name) <= desktop_entries.LONGEST


def active(random: Random) -> list[dict[str, Any]]:
    value: Any = random.choice(
        (2, "2", True, None, "type:vpn", "Home", "not:Home", "802-11-wireless", [], {})
    )
    return [
        {
            "State": random.choice((2, 2, 1, "x")),
            "Id": random.choice((spoilt_text(random, "Home"), "type:vpn", "not:x", value)),
            "Uuid": random.choice(("0f4e7d1c-6a5e-4a8e-9b7b-1c2d3e4f5a6b", value)),
            "Type": random.choice(
                ("802-11-wireless", "vpn", value if not isinstance(value, list | dict) else 5)
            ),
            "Vpn": random.choice((True, False, "x", 1)),
            random.choice(("Id", "x")): value,
        }
        for _ in range(random.randint(0, 3))
    ]


def check_active(said: list[dict[str, Any]]) -> None:
    found = networks.named(said)
    if found and not any(each["State"] == 2 for each in said):
        raise WrongGrant(f"{found} of {said}")
    for each in said:
        told = str(each.get("Id", ""))
        if told.startswith(("type:", "not:")) and told in found and told != "type:vpn":
            raise WrongGrant(f"a name passes for {told!r}")


TARGETS = (
    Target("mount-tables", table_of_mounts, check_mounts, known=[[(1, b"/", b"/a\rb#c")]]),
    Target(
        "cgroup-files",
        cgroups,
        check_cgroups,
        known=[(None, "3:net_cls:/\n0::/user/x\u20281:net_cls:/stile/curl-allow\n")],
    ),
    Target("flatpak-info", info, check_info),
    Target("paths", path, check_path),
    Target("command-lines", command, check_command),
    Target("names", raw_name, check_spelled),
    Target("stat-files", status, check_status),
    Target("desktop-entries", entry, check_entry, part=0.1),
    Target("networks", active, check_active),
)
