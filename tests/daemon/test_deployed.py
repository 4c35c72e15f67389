"""What the paths of packaging systems say, and what they do not."""

import pytest

from stile.applications import Application
from stiled.deployed import (
    SYSTEM,
    flatpak_info_name,
    flatpak_of,
    is_part_of_runtime,
    nix_of,
    snap_mount,
    snap_of,
)

DEPLOYED = b"app/org.mozilla.firefox/x86_64/stable/0a1b/files/bin/firefox"
RUNTIME = b"/var/lib/flatpak/runtime/org.gnome.Platform/x86_64/45/0a1b/files/"
HASH = b"/nix/store/0123456789abcdfghijklmnpqrsvwxyz-"
ROOT, USER = 0, 1000


@pytest.mark.parametrize(
    ("path", "owner", "identity"),
    [
        (b"/var/lib/flatpak/" + DEPLOYED, ROOT, "flatpak:org.mozilla.firefox"),
        (
            b"/home/u/.local/share/flatpak/" + DEPLOYED,
            USER,
            "flatpak@1000:org.mozilla.firefox",
        ),
    ],
)
def test_a_flatpak_is_known_by_where_it_is_deployed(path: bytes, owner: int, identity: str) -> None:
    assert flatpak_of(path, owner, SYSTEM) == Application.parse(identity)


@pytest.mark.parametrize(
    "path",
    [
        b"/opt/var/lib/flatpak/" + DEPLOYED,
        b"/var/lib/flatpak-fake/" + DEPLOYED,
        b"/var/lib/flatpak/app/org.mozilla.firefox/x86_64/stable/0a1b/export/x",
        b"/var/lib/flatpak/app/notanid/x86_64/stable/0a1b/files/x",
        RUNTIME + b"bin/bash",
    ],
)
def test_what_is_not_deployed_is_no_flatpak(path: bytes) -> None:
    assert flatpak_of(path, ROOT, SYSTEM) is None


@pytest.mark.parametrize(
    ("path", "is_part"),
    [
        (RUNTIME + b"libexec/webkit2gtk-4.1/WebKitNetworkProcess", True),
        (RUNTIME + b"bin/bash", False),
        (RUNTIME + b"sbin/ip", False),
        (b"/var/lib/flatpak/" + DEPLOYED, False),
        (b"/home/u" + RUNTIME + b"libexec/x", False),
    ],
)
def test_tools_of_a_runtime_are_not_its_application(path: bytes, *, is_part: bool) -> None:
    assert is_part_of_runtime(path, SYSTEM) is is_part


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("[Application]\nname=org.example.A\n", "org.example.A"),
        ("# c\n[Instance]\nx=1\n[Application]\nname = org.example.A\n", "org.example.A"),
        ("[Runtime]\nname=org.example.A\n", None),
        ("[Application]\n", None),
        ("name=org.example.A", None),
        ("", None),
    ],
)
def test_a_sandbox_says_whose_it_is(text: str, name: str | None) -> None:
    assert flatpak_info_name(text) == name


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (b"/snap/hello/42/bin/hello", (b"/snap/hello/42", b"hello")),
        (b"/snap/hello/x1/bin/hello", (b"/snap/hello/x1", b"hello")),
        (b"/var/lib/snapd/snap/hello/42/a", (b"/var/lib/snapd/snap/hello/42", b"hello")),
        (b"/snap/hello/current/bin/hello", None),
        (b"/snap/hello/42", None),
        (b"/home/snap/hello/42/bin/hello", None),
    ],
)
def test_a_snap_lies_below_its_revision(path: bytes, found: tuple[bytes, bytes] | None) -> None:
    assert snap_mount(path, SYSTEM) == found


@pytest.mark.parametrize(
    ("name", "label", "identity"),
    [
        (b"lxd", b"snap.lxd.daemon (enforce)\n", "snap:lxd.daemon"),
        (b"firefox", b"snap.firefox.firefox (enforce)\n", "snap:firefox"),
        (b"hello", b"unconfined\n", "snap:hello"),
        (b"hello", b"", "snap:hello"),
        (b"hello", b"snap.other.app (enforce)", "snap:hello"),
        (b"hello", b"snap.hello.a:b (enforce)", "snap:hello"),
    ],
)
def test_a_label_names_an_application_of_its_own_snap_only(
    name: bytes, label: bytes, identity: str
) -> None:
    assert snap_of(name, label) == Application.parse(identity)


@pytest.mark.parametrize(
    ("path", "identity"),
    [
        (HASH + b"firefox-121.0/bin/firefox", "nix:firefox/bin/firefox"),
        (HASH + b"gtk+3-3.24.38/bin/demo", "nix:gtk+3/bin/demo"),
        (HASH + b"x-prefix-tool-1.0/lib/tool-2", "nix:x-prefix-tool/lib/tool-2"),
        (HASH + b"tool/bin/tool", "nix:tool/bin/tool"),
    ],
)
def test_two_versions_of_a_store_path_are_one_application(path: bytes, identity: str) -> None:
    assert nix_of(path, SYSTEM) == Application.parse(identity)


@pytest.mark.parametrize(
    "path",
    [b"/nix/store/short-firefox-1/bin/x", HASH + b"firefox-1", b"/opt" + HASH + b"a-1/bin/a"],
)
def test_what_does_not_look_like_a_store_path_is_none(path: bytes) -> None:
    assert nix_of(path, SYSTEM) is None
