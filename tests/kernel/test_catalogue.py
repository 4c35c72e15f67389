"""What people know an application as, from real packages and real desktop entries."""

import shutil
from pathlib import Path

import pytest

from stile.applications import Application
from stile.questions import UNKNOWN, About
from stiled.catalogue import Catalogue
from stiled.desktop_entries import DesktopEntries
from stiled.packages import package_of

CAT = Path("/usr/bin/cat")


@pytest.fixture
def entries(tmp_path: Path) -> DesktopEntries:
    """Entries of a folder of the test's own."""
    return DesktopEntries([str(tmp_path)])


def write(folder: Path, name: str, *lines: str) -> None:
    text = "\n".join(["[Desktop Entry]", "Type=Application", *lines])
    (folder / f"{name}.desktop").write_text(text)


@pytest.mark.skipif(shutil.which("dpkg-query") is None, reason="needs dpkg")
def test_the_package_of_a_program_is_found_where_usr_is_merged_too() -> None:
    assert package_of("/usr/bin/curl") == "curl"
    assert package_of("/bin/cat") == package_of("/usr/bin/cat") == "coreutils"


@pytest.mark.parametrize("path", ["/nowhere", "--help", "/usr/bin/*", "", "usr/bin/cat"])
def test_what_no_package_has_put_there_has_none(path: str) -> None:
    assert package_of(path) == ""


def test_what_others_may_write_has_none(tmp_path: Path) -> None:
    copy = tmp_path / "cat"
    shutil.copy(CAT, copy)
    copy.chmod(0o777)
    assert package_of(str(copy)) == ""


def test_an_entry_is_found_by_the_program_that_it_starts(
    entries: DesktopEntries, tmp_path: Path
) -> None:
    write(tmp_path, "cat", "Name=The Cat", "Icon=animal", "Exec=cat %U")
    found = entries.find(Application.parse(f"path:{CAT.resolve()}"))
    assert found is not None
    assert (found.name, found.icon) == ("The Cat", "animal")


@pytest.mark.parametrize(
    ("identity", "line"),
    [
        ("flatpak:org.example.Tool", "X-Flatpak=org.example.Tool"),
        ("snap:tool", "X-SnapInstanceName=tool"),
    ],
)
def test_an_entry_is_found_by_what_has_installed_it(
    entries: DesktopEntries, tmp_path: Path, identity: str, line: str
) -> None:
    write(tmp_path, "tool", "Name=Tool", "Exec=/usr/bin/flatpak run x", line)
    found = entries.find(Application.parse(identity))
    assert found is not None
    assert found.name == "Tool"


@pytest.mark.parametrize("line", ["Exec=python3 /opt/x.py", "Exec=env cat", "Exec=sh -c cat"])
def test_what_starts_others_does_not_get_their_names(
    entries: DesktopEntries, tmp_path: Path, line: str
) -> None:
    write(tmp_path, "x", "Name=X", line)
    for program in ("python3", "env", "sh", "cat"):
        path = Path(shutil.which(program) or "").resolve()
        assert entries.find(Application.parse(f"path:{path}")) is None


def test_a_broken_entry_does_not_keep_the_others_from_being_read(
    entries: DesktopEntries, tmp_path: Path
) -> None:
    (tmp_path / "a.desktop").write_bytes(b"\xff\xfe[[[")
    (tmp_path / "b.desktop").write_text("Name=No section")
    write(tmp_path, "c", "Name=Unbalanced", "Exec=cat 'x")
    write(tmp_path, "d", "Name=The Cat", "Exec=cat")
    assert entries.find(Application.parse(f"path:{CAT.resolve()}")) is not None


def test_an_entry_that_comes_later_is_found(entries: DesktopEntries, tmp_path: Path) -> None:
    cat = Application.parse(f"path:{CAT.resolve()}")
    assert entries.find(cat) is None
    write(tmp_path, "cat", "Name=The Cat", "Exec=cat")
    assert entries.find(cat) is not None


def test_a_catalogue_knows_what_it_has_looked_up(entries: DesktopEntries, tmp_path: Path) -> None:
    catalogue, nobody = Catalogue(entries), Application.parse(f"path:{tmp_path}/nobody")
    assert catalogue.known(nobody) is None
    assert catalogue.look_up(nobody) == UNKNOWN
    assert catalogue.known(nobody) == UNKNOWN
    write(tmp_path, "cat", "Name=The Cat", "Icon=animal", "Exec=cat")
    about = Catalogue(entries).look_up(Application.parse(f"path:{CAT.resolve()}"))
    package = "coreutils" if shutil.which("dpkg-query") else about.package
    assert about == About("The Cat", "animal", package)
