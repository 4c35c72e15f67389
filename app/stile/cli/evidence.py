"""What this machine says about Stile, for a report: each function gives lines, or says why not.

Nothing here changes anything, asks anybody on the network, or waits for more than some seconds.
"""

import json
import os
import platform
import pwd
import re
import shutil
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import psutil

from stile import __version__
from stile.redaction import Known

PATIENCE = 10
"""Seconds that a command may take."""
LIBRARIES = (
    *("dbus-next", "dnspython", "inotify-simple", "NetfilterQueue", "psutil", "pyroute2"),
    *("tomlkit", "prompt-toolkit", "PySide6-Essentials", "PySide6-Addons", "PySide6", "maxminddb"),
)
TOOLS = {
    "nft": ("nft", "--version"),
    "iptables": ("iptables", "--version"),
    "ipset": ("ipset", "--version"),
    "systemd": ("systemctl", "--version"),
}
UNITS = ("stiled.service", "stile-early.service", "run-stile-net_cls.mount")
PROPERTIES = (
    *("LoadState", "ActiveState", "SubState", "Result", "UnitFileState", "NRestarts"),
    *("ExecMainStatus", "ActiveEnterTimestamp", "MemoryCurrent", "TasksCurrent"),
)
BOOT_TABLE = Path("/etc/stile/boot.nft")
JOURNAL_LINES = 300
OURS = frozenset({"stiled", "stile-tray", "stile"})
OTHERS = {
    "ufw": "ufw.service",
    "firewalld": "firewalld.service",
    "nftables": "nftables.service",
    "netfilter-persistent": "netfilter-persistent.service",
    "opensnitchd": "opensnitch.service",
    "portmaster-core": "portmaster.service",
    "fail2ban-server": "fail2ban.service",
    "dockerd": "docker.service",
    "libvirtd": "libvirtd.service",
    "mullvad-daemon": "mullvad-daemon.service",
}
"""Who else writes rules for packets: the name of the process, and the unit."""
TABLES = frozenset(
    {
        *("stile", "filter", "nat", "mangle", "raw", "security", "firewalld", "opensnitch"),
        *("docker-bridges", "libvirt_network", "f2b-table", "mullvad", "tailscale", "netavark"),
    }
)
"""How programs call their tables."""
FIRST_PERSON, NOBODY = 1000, 65534
NUMBERED = re.compile(r"app\d|judged_|names\d|until\d|list_|networks_|.*-app", re.IGNORECASE)
"""How chains and sets are called that are of one application, name, list or time."""
OF_OURS = re.compile(r"-A STILE")
SAVERS = [f"{ip}tables-{kind}-save" for ip in ("ip", "ip6") for kind in ("legacy", "nft")]
TABLE = ("nft", "--json", "list", "table", "inet", "stile")


class Unsaid(Exception):
    """Something that cannot be said here; the text is the reason."""


def told(*command: str) -> str:
    """Run a command that only says something, and give what it says. Raises Unsaid."""
    if shutil.which(command[0]) is None:
        raise Unsaid(f"there is no {command[0]}")
    done = subprocess.run(  # noqa: S603 # words of our own
        command,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        text=True,
        errors="backslashreplace",
        timeout=PATIENCE,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise Unsaid(f"{command[0]} says: {said[0] if said else f'exit {done.returncode}'}")
    return done.stdout


def for_root() -> None:
    """Raise Unsaid unless we are root."""
    if os.geteuid() != 0:
        raise Unsaid("it takes root: run it with sudo")


# -- whose machine it is ---------------------------------------------------------------------


def known(networks: Iterable[str], others: Iterable[str]) -> Known:
    """Say what must not be told: who uses this machine, and how it is called."""
    people = [each for each in pwd.getpwall() if _is_person(each.pw_uid)]
    full = {each.pw_gecos.partition(",")[0] for each in people}
    names = {each.pw_name for each in people} | full | {word for name in full for word in _of(name)}
    names |= {os.environ.get(key, "") for key in ("USER", "LOGNAME", "SUDO_USER")}
    whole = socket.gethostname()
    hosts = {whole, whole.partition(".")[0], _first_line(Path("/etc/hostname"))}
    everywhere = {"localhost", "root", _os_release().get("ID", "")}
    return Known(
        frozenset(names - everywhere),
        frozenset(hosts - everywhere),
        frozenset(networks),
        frozenset(others),
    )


def _is_person(uid: int) -> bool:
    return uid >= FIRST_PERSON and uid != NOBODY


def _of(name: str) -> list[str]:
    """Parts of a full name, but for initials and the like."""
    return [word for word in name.split() if len(word) > 2]


def _first_line(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip().partition("\n")[0]
    except OSError:
        return ""


def _os_release() -> Mapping[str, str]:
    try:
        return platform.freedesktop_os_release()
    except OSError:
        return {}


# -- versions and the system -----------------------------------------------------------------


def versions() -> Iterator[str]:
    """Say of what this is made."""
    yield f"stile: {__version__}"
    yield f"python: {platform.python_version()}, {sys.executable}"
    for library in LIBRARIES:
        try:
            yield f"{library}: {metadata.version(library)}"
        except metadata.PackageNotFoundError:
            yield f"{library}: not installed"
    for name, command in TOOLS.items():
        try:
            yield f"{name}: {told(*command).partition(chr(10))[0]}"
        except Unsaid as reason:
            yield f"{name}: {reason}"


def system() -> Iterator[str]:
    """Say where it runs."""
    yield f"kernel: {platform.release()} {platform.machine()}"
    yield f"distribution: {_os_release().get('PRETTY_NAME', 'unknown')}"
    for name, variable in (("desktop", "XDG_CURRENT_DESKTOP"), ("session", "XDG_SESSION_TYPE")):
        yield f"{name}: {os.environ.get(variable) or 'not said'}"
    unified = Path("/sys/fs/cgroup/cgroup.controllers").exists()
    yield f"cgroups: {'unified (v2)' if unified else 'not unified'}"
    yield f"security modules: {_first_line(Path('/sys/kernel/security/lsm')) or 'not said'}"
    try:
        yield f"virtual: {told('systemd-detect-virt').strip()}"
    except Unsaid as reason:
        yield f"virtual: {reason}"
    yield f"boot table: {BOOT_TABLE} is {'there' if BOOT_TABLE.exists() else 'not there'}"
    yield f"as: {'root' if os.geteuid() == 0 else 'a user'}"


# -- systemd ---------------------------------------------------------------------------------


def units() -> Iterator[str]:
    """Say what systemd says of our units. Raises Unsaid."""
    for unit in UNITS:
        said = told("systemctl", "show", unit, f"--property={','.join(PROPERTIES)}")
        yield f"{unit}: {', '.join(line for line in said.splitlines() if not line.endswith('='))}"


def journal() -> list[str]:
    """Give the helper's last words. Raises Unsaid."""
    number = str(JOURNAL_LINES)
    said = told(
        *("journalctl", "--unit=stiled.service", f"--lines={number}", "--output=short-iso"),
        *("--no-hostname", "--no-pager", "--quiet"),
    )
    if not said and os.geteuid() != 0:
        raise Unsaid("root may read it, and the groups systemd-journal and adm: run it with sudo")
    return said.splitlines() or ["nothing"]


# -- the kernel ------------------------------------------------------------------------------


def mounts() -> list[str]:
    """Say where net_cls is mounted."""
    found = []
    for line in Path("/proc/mounts").read_text(errors="backslashreplace").splitlines():
        _, place, kind, options, *_ = line.split()
        if kind == "cgroup" and "net_cls" in options.split(","):
            found.append(f"{options}: {place}")
    return found or ["net_cls is not mounted"]


def table() -> list[str]:
    """Say what stands in the kernel: no element, no address. Raises Unsaid."""
    for_root()
    try:
        return skeleton(json.loads(told(*TABLE))["nftables"])
    except Unsaid as reason:
        return [f"nftables: {reason}", *_chains_of_iptables()]


def skeleton(entries: Sequence[Mapping[str, Any]]) -> list[str]:
    """Draw the bones of a table: chains with how many rules, sets with how many elements.

    What is of one application, name, list or time, and called by its number, is only counted.
    """
    things = [(kind, words) for entry in entries for kind, words in entry.items()]
    rules = Counter(words["chain"] for kind, words in things if kind == "rule")
    lines: list[str] = []
    numbered: Counter[str] = Counter()
    for kind, words in things:
        held = rules[words["name"]] if kind == "chain" else len(words.get("elem", ()))
        what = "rules" if kind == "chain" else "elements"
        if kind not in ("chain", "set", "map"):
            continue
        if NUMBERED.match(words["name"]):
            numbered[f"other {kind}s"] += 1
            numbered[f"{what} in other {kind}s"] += held
        else:
            hook = f", hook {words['hook']} priority {words['prio']}" if "hook" in words else ""
            lines.append(f"{kind} {words['name']}: {held} {what}{hook}")
    return lines + [f"{what}: {count}" for what, count in sorted(numbered.items())]


def _chains_of_iptables() -> Iterator[str]:
    for program in SAVERS:
        if shutil.which(program) is None:
            continue
        # without -t: that would make the kernel load a table which is not there
        ours = [line.split()[1] for line in told(program).splitlines() if OF_OURS.match(line)]
        named = Counter(chain for chain in ours if not NUMBERED.match(chain))
        counts = [f"{chain} {count}" for chain, count in named.items()]
        others = len(ours) - sum(named.values())
        yield f"{program}: rules in {', '.join(counts) or 'no chain of ours'}, in others {others}"


# -- processes -------------------------------------------------------------------------------


def processes() -> list[str]:
    """Say what runs of Stile, and how much memory it takes."""
    found = []
    for process in psutil.process_iter(["cmdline", "memory_info", "num_threads", "create_time"]):
        words = process.info
        said = [Path(word).name for word in (words["cmdline"] or ())[:4]]
        name = next((word for word in said if word in OURS or word.startswith("stiled.")), "")
        if name and process.pid != os.getpid():
            megabytes = words["memory_info"].rss / 1e6 if words["memory_info"] else 0.0
            minutes = (time.time() - words["create_time"]) / 60
            threads = words["num_threads"]
            found.append(f"{name}: {megabytes:.0f} MB, {threads} threads, since {minutes:.0f} min")
    return found or ["none"]


def others() -> list[str]:
    """Say who else has a word about packets."""
    return [*_others()] or ["nobody"]


def _others() -> Iterator[str]:
    running = {each.info["name"] for each in psutil.process_iter(["name"])}
    for name, unit in OTHERS.items():
        state = _state_of(unit)
        if name in running or state not in ("", "inactive"):
            yield f"{name}: {'runs' if name in running else state}"
    try:
        for_root()
        yield from sorted(map(_table, told("nft", "list", "tables").splitlines()))
    except Unsaid as reason:
        yield f"tables of nftables: {reason}"
    for family in ("ip", "ip6"):
        if names := _first_line(Path(f"/proc/net/{family}_tables_names")):
            yield f"{family}tables (legacy): {names}"


def _table(line: str) -> str:
    """Say which table of nftables it is; how people have called their own is not told."""
    *_, family, name = line.split()
    return f"nft table {family} {name if name in TABLES else '(another)'}"


def _state_of(unit: str) -> str:
    try:
        said = told("systemctl", "show", unit, "--property=ActiveState", "--value")
    except Unsaid:
        return ""
    return said.strip()
