"""The packages for Fedora and Arch need what Stile needs, and have in them what is installed.

Building them takes a minute: that is `packaging/package rpm` and `packaging/package arch`.
"""

import re
import subprocess
import tomllib
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import pytest

from stile import __version__

ROOT = Path(__file__).parents[2]
PACKAGING = ROOT / "packaging"
SPEC = (PACKAGING / "rpm" / "stile.spec").read_text(encoding="utf-8")
PKGBUILD = (PACKAGING / "arch" / "PKGBUILD").read_text(encoding="utf-8")
SCRIPTLETS = (PACKAGING / "arch" / "stile.install").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
UNITS = {unit.name for kind in ("service", "mount") for unit in PACKAGING.glob(f"*.{kind}")}
TAKEN_ALONG = "NetfilterQueue"
EPOCHS = {"dnspython": "1:"}
"""Where Arch has begun anew to count versions."""
PLACES = {
    "_bindir": "/usr/bin",
    "_sbindir": "/usr/sbin",
    "_unitdir": "/usr/lib/systemd/system",
    "_systemdgeneratordir": "/usr/lib/systemd/system-generators",
    "_sysconfdir": "/etc",
    "_datadir": "/usr/share",
    "_metainfodir": "/usr/share/metainfo",
    "_mandir": "/usr/share/man",
    "bash_completions_dir": "/usr/share/bash-completion/completions",
    "zsh_completions_dir": "/usr/share/zsh/site-functions",
    "fish_completions_dir": "/usr/share/fish/vendor_completions.d",
    "home": "/usr/lib/stile",
    "python3_version": "3.*",
    "libraries": "/usr/lib/stile/lib/python3.*/site-packages",
}
ELSEWHERE = re.compile(r"%(license|doc|ghost|dir) |/netfilterqueue$|\.dist-info$")
"""What %files names and packaging/install does not lay by itself, or is no file."""


@dataclass(frozen=True)
class Library:
    """A library in pyproject.toml: from which version on, and before which."""

    name: str
    least: str
    limit: str


def library(line: str) -> Library:
    found = re.fullmatch(r"(\S+) >=([\d.]+),(?:!=[\d.]+,)?<([\d.]+)", line)
    assert found, f"{line} does not name a first version and a limit"
    return Library(*found.groups())


LIBRARIES = [library(line) for line in PROJECT["dependencies"]]
FROM_THE_SYSTEM = [needed for needed in LIBRARIES if needed.name != TAKEN_ALONG]
by_name = pytest.mark.parametrize("needed", FROM_THE_SYSTEM, ids=lambda needed: needed.name)


def value(text: str, key: str) -> str:
    found = re.search(rf"(?m)^{key}(.*)$", text)
    assert found, f"there is no {key}"
    return found[1].strip()


def section(name: str) -> list[str]:
    """The lines of a section of the spec, without remarks."""
    _, _, after = SPEC.partition(f"\n{name}\n")
    assert after, f"there is no {name}"
    until = re.split(r"(?m)^%(?:files|changelog|post|preun|postun|check)\b", after, maxsplit=1)[0]
    return [line for line in until.splitlines() if line and not line.startswith("#")]


def files_of(part: str) -> list[str]:
    """What %files names: patterns, with our own words for rpm's places."""
    lines = section("%files" if part == "stile" else f"%files -n {part}")
    lines = [
        line.removeprefix("%config(noreplace) ") for line in lines if not ELSEWHERE.search(line)
    ]
    return [re.sub(r"%{(\w+)}", lambda macro: PLACES[macro[1]], line) for line in lines]


def test_all_have_the_same_version() -> None:
    assert value(SPEC, "Version:") == PROJECT["version"]
    assert value(PKGBUILD, "pkgver=") == PROJECT["version"]
    assert __version__ == PROJECT["version"]


def test_what_is_taken_along_is_the_same_source_everywhere() -> None:
    pin = value((PACKAGING / "bundled.txt").read_text(encoding="utf-8"), f"{TAKEN_ALONG}==")
    version, digest = pin.split(" --hash=sha256:")
    assert value(SPEC, "%global netfilterqueue") == version
    assert value(PKGBUILD, "_netfilterqueue=") == version
    assert value(PKGBUILD, "sha256sums=") == f"(SKIP {digest})"


@by_name
def test_fedora_gives_a_library_in_the_versions_that_stile_takes(needed: Library) -> None:
    name = f"python3dist({needed.name})"
    rich = f"({name} >= {needed.least} with {name} < {needed.limit})"
    assert rich in re.findall(r"(?m)^Requires: +(.*)$", SPEC)


@by_name
def test_arch_gives_a_library_in_the_versions_that_stile_takes(needed: Library) -> None:
    name, epoch = f"python-{needed.name}", EPOCHS.get(needed.name, "")
    assert f"'{name}>={epoch}{needed.least}' '{name}<{epoch}{needed.limit}'" in PKGBUILD


def test_both_give_the_tray_a_qt_that_it_takes() -> None:
    (line,) = PROJECT["optional-dependencies"]["tray"]
    qt = library(line)
    assert f"python3-pyside6 >= {qt.least}\n" in SPEC
    assert f"'pyside6>={qt.least}' 'pyside6<{qt.limit}'" in PKGBUILD


def test_every_unit_is_known_to_the_scriptlets() -> None:
    for line in (value(SPEC, "%systemd_post "), value(SPEC, "%systemd_preun ")):
        assert set(line.split()) == UNITS
    disabled = re.search(r"disable --now (.*) \|\|", SCRIPTLETS)
    assert disabled
    assert set(disabled[1].split()) == UNITS


@pytest.mark.parametrize("part", ["stile", "stile-tray"])
def test_the_rpm_has_in_it_what_is_installed(part: str, tmp_path: Path) -> None:
    install = [str(PACKAGING / "install"), str(tmp_path), "--part", part]
    subprocess.run(install, check=True)
    named = files_of(part)
    paths = list(tmp_path.rglob("*"))
    laid = ["/" + str(path.relative_to(tmp_path)) for path in paths]
    files = [name for path, name in zip(paths, laid, strict=True) if not path.is_dir()]

    for path in files:
        above = [path, *(str(parent) for parent in Path(path).parents)]
        assert any(fnmatch(place, name) for place in above for name in named), f"{path} is left"
    for name in named:
        assert any(fnmatch(path, name) for path in laid), f"there is no {name}"


def test_the_scriptlets_of_arch_are_a_script() -> None:
    script = PACKAGING / "arch" / "stile.install"
    subprocess.run(["sh", "-n", str(script)], check=True)
