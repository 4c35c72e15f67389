"""What desktops and polkit show of Stile: it is valid, and it speaks the languages of the tray."""

import os
import shutil
import subprocess
import time
import tomllib
from collections.abc import Callable, Iterator
from configparser import ConfigParser
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

import pytest

from stile import __version__
from stile_ui.sessionbus import NAME
from stile_ui.translation import ENGLISH, available

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
METAINFO = PACKAGING / "org.stile.Stile.metainfo.xml"
POLICY = PACKAGING / "org.stile.firewall.policy"
ENTRIES = [PACKAGING / "stile-tray.desktop", PACKAGING / "autostart" / "stile-tray.desktop"]
LANGUAGES = set(available()) - {ENGLISH}
LANG = "{http://www.w3.org/XML/1998/namespace}lang"
POLKITD = next(
    (
        path
        for path in map(Path, ("/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd"))
        if path.exists()
    ),
    None,
)
SHOWN = {"summary", "p", "li"}
TRANSLATED = ("GenericName", "Comment", "Keywords")
PATIENCE = 20


def spoken(texts: list[ElementTree.Element]) -> set[str]:
    return {each.get(LANG, ENGLISH) for each in texts}


def xml(path: Path) -> ElementTree.Element:
    return ElementTree.parse(path).getroot()  # noqa: S314 # ours


def checked(*command: object) -> None:
    program = str(command[0])
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")
    done = subprocess.run(
        [*map(str, command)], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


# -- desktop entries and AppStream ---------------------------------------------------------


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.parent.name)
def test_a_desktop_entry_is_valid(path: Path) -> None:
    checked("desktop-file-validate", path)


@pytest.mark.parametrize("path", ENTRIES, ids=lambda path: path.parent.name)
def test_a_desktop_entry_speaks_every_language(path: Path) -> None:
    words = ConfigParser(interpolation=None, delimiters=("=",))
    words.read(path, encoding="utf-8")
    for name, group in words.items():
        translated = TRANSLATED if name == "Desktop Entry" else ("Name",)
        for key in translated:
            if key in group:
                assert all(group.get(f"{key}[{language}]") for language in LANGUAGES), key


def test_the_metainfo_is_valid() -> None:
    checked("appstreamcli", "validate", "--no-net", METAINFO)


def test_the_metainfo_speaks_every_language() -> None:
    for parent in xml(METAINFO).iter():
        texts = [each for each in parent if each.tag in SHOWN]
        for tag in {each.tag for each in texts}:
            same = [each for each in texts if each.tag == tag]
            in_english = [each for each in same if each.get(LANG) is None]
            for language in LANGUAGES:
                said = [each for each in same if each.get(LANG) == language]
                assert len(said) == len(in_english), f"{tag} in {language}"
    assert {each.text for each in xml(METAINFO).iter("lang")} == {ENGLISH, *LANGUAGES}


def test_the_metainfo_says_what_is_there() -> None:
    words = xml(METAINFO)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert words.findtext("id") == METAINFO.name.removesuffix(".metainfo.xml")
    assert (PACKAGING / words.findtext("launchable", "")).exists()
    assert words.findtext("provides/binary") in project["gui-scripts"]
    assert words.findtext("provides/dbus") == NAME
    assert words.findtext("project_license") == project["license"]
    release = words.find("releases/release")
    assert release is not None
    assert release.get("version") == __version__
    icon = words.findtext("icon", "")
    assert (ROOT / "icons" / "hicolor" / "scalable" / "apps" / f"{icon}.svg").exists()


# -- polkit --------------------------------------------------------------------------------


def test_every_action_of_polkit_speaks_every_language() -> None:
    actions = xml(POLICY).findall("action")
    assert actions
    for action in actions:
        for tag in ("description", "message"):
            texts = action.findall(tag)
            assert spoken(texts) == {ENGLISH, *LANGUAGES}, action.get("id")
            assert len({each.text for each in texts}) == len(texts), action.get("id")


@pytest.fixture
def open_to_all() -> Iterator[Path]:
    """Give a folder that other users may look into: polkitd runs as one of its own."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


@pytest.fixture
def polkit(open_to_all: Path) -> Iterator[str]:
    """Give the address of a bus on which polkit knows our actions, and no others."""
    if POLKITD is None or os.geteuid() != 0 or shutil.which("dbus-send") is None:
        pytest.skip("needs polkitd, dbus-send, and root")
    (open_to_all / "actions").mkdir()
    shutil.copy(POLICY, open_to_all / "actions")
    (open_to_all / "bus.conf").write_text(
        f"<busconfig><listen>unix:path={open_to_all}/bus</listen><policy context='default'>"
        "<allow user='*'/><allow own='*'/><allow eavesdrop='true'/>"
        "<allow send_destination='*' eavesdrop='true'/></policy></busconfig>"
    )
    address = f"unix:path={open_to_all}/bus"
    with subprocess.Popen(
        ["dbus-daemon", f"--config-file={open_to_all}/bus.conf", "--nofork"],
        stderr=subprocess.DEVNULL,
    ) as bus:
        until((open_to_all / "bus").exists)
        mounted = f"mount --bind {open_to_all}/actions /usr/share/polkit-1/actions"
        with subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", f"{mounted} && exec {POLKITD} --no-debug"],
            env={**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": address},
            stderr=subprocess.DEVNULL,
        ) as polkitd:
            yield address
            polkitd.kill()
        bus.kill()


def test_polkit_reads_our_actions_and_says_them_in_every_language(polkit: str) -> None:
    until(lambda: "org.stile." in actions_in(polkit, ENGLISH))
    for language in (ENGLISH, *LANGUAGES):
        said = actions_in(polkit, language)
        for action in xml(POLICY).findall("action"):
            assert f'string "{action.get("id")}"' in said
            for each in (*action.findall("description"), *action.findall("message")):
                is_meant = each.get(LANG, ENGLISH) == language
                assert (f'string "{each.text}"' in said) is is_meant, each.text


def actions_in(bus: str, language: str) -> str:
    """Ask polkit what the actions are called."""
    name, path = "org.freedesktop.PolicyKit1", "/org/freedesktop/PolicyKit1/Authority"
    call = (f"--dest={name}", path, f"{name}.Authority.EnumerateActions", f"string:{language}")
    done = subprocess.run(
        ["dbus-send", f"--bus={bus}", "--print-reply", *call],
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    )
    return done.stdout


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
