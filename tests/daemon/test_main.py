"""The helper's command line, and what it says when it cannot start: one line, and nothing done."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = [sys.executable, "-m", "stiled.main"]
ROOT = os.geteuid() == 0
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)


def places(home: Path) -> list[str]:
    """Options under which nothing of the system's is touched."""
    return [
        *("--config", f"{home}/etc", "--state", f"{home}/var", "--runtime", f"{home}/run"),
        *("--shipped", f"{home}/usr", "--bus", f"unix:path={home}/no-bus"),
        *("--cgroup", f"stile-tests/{os.getpid()}-{home.name}", "--queue", "7", "--gate", "none"),
        *("--resolved", f"{home}/no-resolved"),
    ]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["--cgroup", "../other"], "is not the name of a group"),
        (["--cgroup", "/absolute"], "is not the name of a group"),
        (["--cgroup", "a/./b"], "is not the name of a group"),
        (["--cgroup", ""], "is not the name of a group"),
        (["--queue", "many"], "--queue"),
        (["--queue", "-1"], "--queue"),
        (["--queue", "65536"], "--queue"),
        (["--gate", "/nowhere"], "'/nowhere' is no folder"),
        (["--gate", "/usr,bin"], "'bin' is no folder"),
        (["--nonsense"], "--nonsense"),
        (["word"], "word"),
    ],
)
def test_a_command_line_that_is_wrong_ends_with_2_and_the_reason(
    words: list[str], reason: str
) -> None:
    done = run(*PROGRAM, *words)

    assert (done.returncode, done.stdout) == (2, "")
    assert reason in done.stderr.splitlines()[-1]


@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_and_version_are_for_everybody(word: str) -> None:
    done = run(*PROGRAM, word)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_who_is_not_root_is_told_so_in_one_line(tmp_path: Path) -> None:
    who: list[str] = []
    if ROOT:
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv, to stop being root")
        if run(*NOBODY, sys.executable, "-c", "import stiled.main").returncode:
            pytest.skip("others than root cannot read this installation")
        who = NOBODY

    done = run(*who, *PROGRAM, *places(tmp_path))

    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("stiled: holding packets takes root")
    assert done.stderr.count("\n") == 1


@pytest.fixture
def alone() -> list[str]:
    """What runs a command in a network namespace of its own, which ends with it."""
    if not ROOT:
        pytest.skip("needs root: makes a network namespace")
    if missing := [tool for tool in ("unshare", "nft") if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    return ["unshare", "--net", "sh", "-c", '"$@"; echo "ended with $?"; nft list ruleset', "sh"]


def started(alone: list[str], home: Path) -> tuple[str, str]:
    """Start the helper; what its end and the kernel's rules are, and what it said."""
    done = run(*alone, *PROGRAM, *places(home))
    return done.stdout, done.stderr


@pytest.mark.parametrize(
    ("text", "reason"),
    [("question_timeout = \n", "line 1"), ("nonsense = 1\n", "there is no setting 'nonsense'")],
)
def test_a_broken_stile_toml_is_one_line_and_nothing_in_the_kernel(
    alone: list[str], tmp_path: Path, text: str, reason: str
) -> None:
    config = tmp_path / "etc" / "stile.toml"
    config.parent.mkdir()
    config.write_text(text)

    out, said = started(alone, tmp_path)

    assert out == "ended with 1\n"
    assert said.startswith(f"stiled: {config}: ")
    assert reason in said
    assert said.count("\n") == 1
    assert not (tmp_path / "run" / "net_cls").exists()


def test_no_bus_is_one_line_and_nothing_in_the_kernel(alone: list[str], tmp_path: Path) -> None:
    out, said = started(alone, tmp_path)

    assert out == "ended with 1\n"
    assert said.startswith(f"stiled: no bus at 'unix:path={tmp_path}/no-bus': ")
    assert said.count("\n") == 1
    assert not (tmp_path / "run" / "net_cls").exists()


def test_a_place_that_cannot_be_made_is_named_in_one_line(alone: list[str], tmp_path: Path) -> None:
    (tmp_path / "run").write_text("a file, not a folder")

    out, said = started(alone, tmp_path)

    assert out == "ended with 1\n"
    assert f"{tmp_path}/run" in said
    assert said.count("\n") == 1


def test_of_pyroute2_only_what_is_used_is_loaded() -> None:
    program = "import stiled.main, sys; print(*sys.modules); import pyroute2; pyroute2.IPRoute"
    done = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True
    )
    loaded = done.stdout.split()
    assert "pyroute2.netlink.diag" in loaded
    assert "pyroute2.ndb.main" not in loaded
