"""packaging/install puts files where a system has them; what packages say fits pyproject.toml."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from stiled import gateloop
from stiled.gatejournal import Journal

ROOT = Path(__file__).resolve().parents[2]
PYTHON = Path("/usr/bin/python3")

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="the system has no python3")


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("installed")
    subprocess.run([ROOT / "packaging" / "install", place], check=True)
    return place


def _bundled() -> dict[str, str]:
    text = (ROOT / "packaging" / "bundled.txt").read_text()
    return dict(re.findall(r"^(\S+)==(\S+) --hash", text, re.MULTILINE))


def _requirements() -> dict[str, Requirement]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        project = tomllib.load(file)["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["tray"]]
    return {each.name.lower(): each for each in map(Requirement, lines)}


@pytest.mark.parametrize(
    "path",
    [
        "usr/bin/stile",
        "usr/sbin/stiled",
        "usr/bin/stile-tray",
        "usr/lib/systemd/system/stiled.service",
        "usr/lib/systemd/system/stile-early.service",
        "usr/lib/systemd/system/run-stile-net_cls.mount",
        "usr/lib/systemd/system-generators/stile-early",
        "usr/share/dbus-1/system.d/org.stile.Firewall1.conf",
        "usr/share/polkit-1/actions/org.stile.firewall.policy",
        "usr/share/metainfo/org.stile.Stile.metainfo.xml",
        "usr/share/man/man8/stiled.8",
        "usr/share/bash-completion/completions/stile-tray",
        "etc/xdg/autostart/stile-tray.desktop",
    ],
)
def test_a_file_is_in_its_place(installed: Path, path: str) -> None:
    assert (installed / path).is_file()


def test_everything_shipped_as_a_rule_is_there(installed: Path) -> None:
    shipped = {each.name for each in (ROOT / "packaging" / "rules.d").glob("*.toml")}
    assert {each.name for each in (installed / "usr/lib/stile/rules.d").iterdir()} == shipped


def test_only_the_owner_may_write_and_everybody_read(installed: Path) -> None:
    wrong = [
        path
        for path in installed.rglob("*")
        if not path.is_symlink() and path.stat().st_mode & 0o777 not in (0o755, 0o644)
    ]
    assert wrong == []


def test_neither_source_of_a_compiler_nor_what_python_leaves_is_taken_along(
    installed: Path,
) -> None:
    assert [*installed.rglob("*.c"), *installed.rglob("__pycache__")] == []


def test_the_loop_of_the_exec_gate_is_compiled(installed: Path) -> None:
    (library,) = installed.rglob(gateloop.LIBRARY.name)
    assert library.parent.name == "stiled"
    gateloop.compiled(Journal(), library)


def test_without_a_compiler_nothing_is_installed(tmp_path: Path) -> None:
    said = subprocess.run(
        [ROOT / "packaging" / "install", tmp_path],
        env={**os.environ, "CC": "nothing-cc"},
        capture_output=True,
        text=True,
    )
    assert said.returncode == 1
    assert "no C compiler 'nothing-cc': install gcc, or name another one with CC" in said.stderr


@pytest.mark.parametrize("program", ["usr/bin/stile", "usr/sbin/stiled", "usr/bin/stile-tray"])
def test_programs_run_isolated_in_their_own_environment(installed: Path, program: str) -> None:
    first = (installed / program).read_text().splitlines()[0]
    assert first == "#!/usr/lib/stile/bin/python3 -I"


def test_what_is_installed_is_what_is_imported(installed: Path) -> None:
    libraries = next((installed / "usr/lib/stile/lib").glob("python*/site-packages"))
    code = (
        f"import sys; sys.path.insert(0, {str(libraries)!r}); import stile; print(stile.__file__)"
    )
    said = subprocess.run(
        [PYTHON, "-I", "-B", "-c", code], check=True, capture_output=True, text=True
    ).stdout
    assert str(libraries / "stile") in said


def test_what_is_taken_along_is_of_a_version_that_is_asked_for() -> None:
    requirements = _requirements()
    known = {name: version for name, version in _bundled().items() if name.lower() in requirements}
    assert known
    assert [
        name
        for name, version in known.items()
        if version not in requirements[name.lower()].specifier
    ] == []


def test_what_is_compiled_for_debian_is_named_in_its_control() -> None:
    control = (ROOT / "packaging" / "debian" / "control").read_text()
    assert {"cython3", "python3-dev", "libnetfilter-queue-dev"} <= set(
        re.findall(r"[\w-]+", control.split("\n\n")[0])
    )
