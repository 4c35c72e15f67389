"""The file systems that machines start from: Debian by mmdebstrap, kept for the next time.

A root is made once for a suite and a list of packages, from the mirror that apt itself uses here,
and never written to afterwards: a machine writes into a layer of its own. An image is a root with
the programs of the test in it, as one file for a disk.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from claims import Failed

SUITES = {"12": "bookworm", "13": "trixie"}
INSIDE = Path(__file__).parent / "inside"

MACHINE = (
    *(
        "systemd",
        "systemd-sysv",
        "dbus",
        "dbus-user-session",
        "libpam-systemd",
        "polkitd",
        "pkexec",
    ),
    *("apt", "udev", "kmod", "procps", "iproute2", "iputils-ping", "netbase", "ca-certificates"),
    *("python3", "curl", "tcpdump", "less", "psmisc"),
    *("linux-image-amd64", "initramfs-tools", "busybox", "zstd"),
)
DESKTOP = (
    *("xvfb", "openbox", "python3-xdg", "xdotool", "imagemagick", "dunst", "dbus-x11"),
    *("xfce4-panel", "at-spi2-core", "python3-pyatspi", "fonts-dejavu-core", "adwaita-icon-theme"),
    *("x11-utils", "hicolor-icon-theme"),
)
EXCLUDED = (
    *("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/help/*"),
    *("/usr/share/info/*", "/usr/share/gtk-doc/*"),
)


@dataclass(frozen=True)
class Root:
    """A file system that is not written to."""

    folder: Path

    @property
    def kernel(self) -> Path:
        """The kernel that a virtual machine of it starts with."""
        return sorted((self.folder / "boot").glob("vmlinuz-*"))[-1]

    @property
    def initrd(self) -> Path:
        """What that kernel unpacks first."""
        return sorted((self.folder / "boot").glob("initrd.img-*"))[-1]


def cache() -> Path:
    """Where roots and images are kept: outside the checkout."""
    default = Path("~/.cache").expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or default) / "stile-machines"


def mirror() -> str:
    """The mirror of Debian that apt uses here."""
    wanted = "$(REPO_URI) $(CODENAME) $(ORIGIN) $(LABEL)"
    listed = ["apt-get", "indextargets", "--format", wanted, "Created-By: Packages"]
    done = subprocess.run(listed, capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        place, _, origin = line.partition(" ")
        if origin.endswith("Debian Debian"):
            return place
    raise Failed("apt here knows no mirror of Debian (apt-get indextargets): say --mirror URL")


def wanted_by(packages: Sequence[Path]) -> tuple[str, ...]:
    """What these .debs depend on, without each other: the first of alternatives."""
    names, wanted = set(), set()
    for package in packages:
        fields = _fields(package)
        names.add(fields["Package"])
        for field in ("Pre-Depends", "Depends", "Recommends"):
            for each in fields.get(field, "").split(","):
                first = each.split("|")[0].strip()
                if first:
                    wanted.add(re.sub(r"\s*[(:].*", "", first))
    return tuple(sorted(wanted - names))


def root(version: str, wanted: Sequence[str], place: str) -> Root:
    """The root of a version of Debian with these packages; it is made where there is none."""
    packages = sorted({*MACHINE, *DESKTOP, *wanted})
    recipe = "\n".join((SUITES[version], *packages, *EXCLUDED, _made_by()))
    folder = cache() / f"root-{version}-{_digest(recipe)}"
    if not folder.exists():
        unfinished = _unfinished(folder)
        try:
            _bootstrap(SUITES[version], packages, place, unfinished)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    return Root(folder)


def image(made: Root) -> Path:
    """A disk with this root and with the programs of the test."""
    inside = "".join(each.read_text() for each in sorted(INSIDE.iterdir()) if each.is_file())
    file = cache() / f"{made.folder.name}-{_digest(inside)}.img"
    if not file.exists():
        unfinished = _unfinished(file)
        try:
            _write_image(made, unfinished)
            for old in cache().glob(f"{made.folder.name}-*.img"):
                old.unlink()  # a machine that runs with it has it open
            unfinished.rename(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return file


def furnish(tree: Path) -> None:
    """Put the programs and units of the test into a tree."""
    units, programs = tree / "etc/systemd/system", tree / "usr/local/lib/stile-machine"
    programs.mkdir(parents=True, exist_ok=True)
    for each in sorted(INSIDE.iterdir()):
        if each.suffix in (".service", ".mount"):
            shutil.copy(each, units / each.name)
            for target in re.findall(r"^WantedBy=(.*)$", each.read_text(), re.MULTILINE):
                wants = units / f"{target}.wants"
                wants.mkdir(parents=True, exist_ok=True)
                (wants / each.name).unlink(missing_ok=True)
                (wants / each.name).symlink_to(f"../{each.name}")
        elif each.suffix == ".rules":
            shutil.copy(each, tree / "etc/udev/rules.d" / each.name)
        elif each.is_file():
            shutil.copy(each, programs / each.name)
            (programs / each.name).chmod(0o755)


@contextmanager
def layered(made: Root, writable: Path) -> Iterator[Path]:
    """The root with a layer above it that takes what is written."""
    for name in ("upper", "work", "merged"):
        (writable / name).mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={made.folder},upperdir={writable}/upper,workdir={writable}/work"
    merged = writable / "merged"
    _run("mount", "-t", "overlay", "-o", options, "stile-machine", merged)
    try:
        yield merged
    finally:
        _run("umount", merged)


# -- how they are made -------------------------------------------------------------------


def _unfinished(place: Path) -> Path:
    """A name beside it that no other run uses; a pid would not do, all have the same in there."""
    place.parent.mkdir(parents=True, exist_ok=True)
    return place.with_name(f"{place.name}.{secrets.token_hex(4)}")


def _bootstrap(suite: str, packages: Sequence[str], place: str, folder: Path) -> None:
    print(f"making a root of {suite} with {len(packages)} packages, once ...", flush=True)
    command = [
        *("mmdebstrap", "--variant=minbase", "--mode=root", "--quiet", "--format=directory"),
        *("--keyring=/usr/share/keyrings", f"--include={','.join(packages)}"),
        *(f"--dpkgopt=path-exclude={each}" for each in EXCLUDED),
        *("--aptopt=Acquire::Languages none", "--aptopt=APT::Install-Recommends false"),
        f'--customize-hook={Path(__file__).parent / "customize"} "$1"',
        *(suite, str(folder), place),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if not line.startswith("umount:")]
        raise Failed(f"mmdebstrap could not make {suite}:\n" + "\n".join(said[-30:]))


def _write_image(made: Root, file: Path) -> None:
    layer = file.with_suffix(".layer")
    try:
        with layered(made, layer) as tree:
            furnish(tree)
            used = int(_run("du", "-sm", "--apparent-size", tree).split()[0])
            with file.open("wb") as empty:
                empty.truncate((used * 13 // 10 + 1500) << 20)
            _run(*("mkfs.ext4", "-q", "-F", "-m", "0", "-d", tree, file))
    finally:
        shutil.rmtree(layer, ignore_errors=True)


def _made_by() -> str:
    return (Path(__file__).parent / "customize").read_text()


def _fields(package: Path) -> dict[str, str]:
    lines = _run("dpkg-deb", "--field", package).splitlines()
    split = (line.partition(":") for line in lines if not line.startswith(" "))
    return {name: value.strip() for name, _, value in split}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _run(*command: str | Path) -> str:
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.returncode}")
    return done.stdout
