"""Lives through the life of Stile on a whole machine; `packaging/machine-test` starts it."""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import roots
from boots import Container, Machine, Vm
from claims import Claims, Failed
from far import Far
from story import Packages, Story

CHECKOUT = Path(__file__).resolve().parent.parent.parent
LIMITS = {"container": 1200, "vm": 5400}
"""Seconds after which a run is ended, whatever it does."""
BOOTS = {"container": 5, "vm": 1}
UNIT = "*/systemd/system/stiled.service"


class Late(Exception):
    """The run has taken longer than it may."""


def main() -> int:
    """Play the story on one machine. Gives the exit code."""
    options = _parsed()
    kind, version = ("vm", options.vm) if options.vm else ("container", options.container)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGALRM, _too_late)
    signal.alarm(options.limit or LIMITS[kind])
    claims, began = Claims(), time.monotonic()
    log = _log(f"{kind}-{version}")
    try:
        packages = Packages(_packages(options.debs, version), _older(options.upgrade_from, version))
        _play(kind, version, packages, options, claims, log)
    except (Failed, Late) as error:
        print(f"machine-test: {error}", file=sys.stderr)
        with claims.claim("the story is told to its end"):
            raise Failed(str(error).partition("\n")[0]) from None
    took = time.monotonic() - began
    table = claims.table()
    (log / "report.md").write_text(table + "\n")
    print(f"\nDebian {version}, {kind}, {took:.0f} s; pictures, captures and states are in {log}")
    print(f"\n{table}\n")
    print(f"{len(claims.outcomes) - claims.failed} passed, {claims.failed} failed")
    return 1 if claims.failed else 0


def _play(
    kind: str,
    version: str,
    packages: Packages,
    options: argparse.Namespace,
    claims: Claims,
    log: Path,
) -> None:
    made = roots.root(
        version,
        roots.wanted_by([*packages.current, *packages.older]),
        options.mirror or roots.mirror(),
    )
    with ExitStack() as ends:
        place = Path(tempfile.mkdtemp(prefix="stile-machine-", dir=options.scratch))
        ends.callback(shutil.rmtree, place, ignore_errors=True)
        ends.callback(_keep, place, log)
        far = Far(log, ends)
        machine = _machine(kind, made, far, place, ends, packages)
        Story(machine, packages, log, claims, options.boots or BOOTS[kind]).tell(
            only_boots=options.only_boots
        )
        machine.down()


def _machine(
    kind: str, made: roots.Root, far: Far, place: Path, ends: ExitStack, packages: Packages
) -> Machine:
    if kind == "vm":
        return Vm(made, far, place, ends)
    container = Container(made, far, place, ends)
    # its file systems are this machine's: the exec gate would stand over those
    for each in {_command(packages.current), _command(packages.older or packages.current)}:
        container.drop_in(
            "stiled.service", f"[Service]\nExecStart=\nExecStart={each} --gate none\n"
        )
    return container


def _command(packages: Sequence[Path]) -> str:
    """How the unit of these packages starts the helper. Raises Failed."""
    for package in packages:
        tree = subprocess.run(["dpkg-deb", "--fsys-tarfile", package], capture_output=True)
        words = ["tar", "--extract", "--to-stdout", "--wildcards", "--file", "-", UNIT]
        unit = subprocess.run(words, input=tree.stdout, capture_output=True, check=False)
        if found := re.search(rb"^ExecStart=(.*)$", unit.stdout, re.MULTILINE):
            return found[1].decode()
    raise Failed(f"no package has {UNIT} with an ExecStart: what would be guarded?")


def _keep(place: Path, log: Path) -> None:
    for each in place.glob("console-*"):
        shutil.copy(each, log / each.name)


def _log(name: str) -> Path:
    folder = roots.cache() / f"last-{name}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _packages(said: Sequence[Path], version: str) -> list[Path]:
    found = list(said) or _newest(CHECKOUT / "dist", version)
    if not found:
        suite = roots.SUITES[version]
        raise Failed(
            f"there are no packages for Debian {version} in dist/: packaging/package deb "
            f"--suite {suite} makes them; or name some"
        )
    for each in found:
        if not each.is_file():
            raise Failed(f"there is no package {each}")
    return [each.resolve() for each in found]


def _older(folder: Path | None, version: str) -> list[Path]:
    if folder is None:
        return []
    found = _newest(folder, version)
    if not found:
        raise Failed(f"there are no packages stile*+deb{version}_*.deb in {folder} to upgrade from")
    return [each.resolve() for each in found]


def _newest(folder: Path, version: str) -> list[Path]:
    """One package of each name, for this Debian: the one that was made last."""
    found = sorted(folder.glob(f"stile*+deb{version}_*.deb"), key=lambda each: each.stat().st_mtime)
    return list({each.name.partition("_")[0]: each for each in found}.values())


def _too_late(*_: object) -> None:
    signal.signal(signal.SIGALRM, lambda *_: os._exit(3))
    signal.alarm(90)
    raise Late("it took too long, and was ended (--limit)")


def _parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="packaging/machine-test", description=__doc__)
    kinds = parser.add_mutually_exclusive_group(required=True)
    kinds.add_argument("--container", choices=sorted(roots.SUITES), help="a container of Debian")
    kinds.add_argument("--vm", choices=sorted(roots.SUITES), help="an emulated computer of Debian")
    parser.add_argument("--upgrade-from", type=Path, metavar="DIR", help="packages installed first")
    parser.add_argument("--boots", type=int, metavar="N", help="boots without Stile, and with it")
    parser.add_argument("--only-boots", action="store_true", help="only what is claimed of a boot")
    parser.add_argument("--limit", type=int, metavar="SECONDS", help="when to end it at the latest")
    parser.add_argument("--mirror", metavar="URL", help="of Debian; else that of apt here")
    parser.add_argument("--scratch", type=Path, default="/var/tmp", help=argparse.SUPPRESS)  # noqa: S108
    parser.add_argument("debs", nargs="*", type=Path, metavar="DEB", help="else those in dist/")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
