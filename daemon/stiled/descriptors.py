"""Which sockets a process holds that send to a network: what it may share with others."""

import errno
import os

LOCAL = frozenset({b"UNIX", b"UNIX-STREAM", b"NETLINK"})
"""Names of protocols (struct proto, net/unix/af_unix.c and net/netlink/af_netlink.c)."""


def network_sockets(pid: int) -> set[str]:
    """Give the links of /proc/PID/fd to such sockets. Raises ProcessLookupError."""
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            links = {_network_socket(entry.path) for entry in entries}
    except FileNotFoundError:
        raise ProcessLookupError(errno.ESRCH, f"no process {pid}") from None
    return links - {""}


def holds(pid: int, sockets: set[str]) -> bool:
    """Whether a process holds one of *sockets*; False where it is gone."""
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            return any(_link(entry.path) in sockets for entry in entries)
    except OSError:
        return False


def held(pid: int, sockets: set[str]) -> set[str]:
    """Say which of *sockets* a process holds; none where it is gone."""
    try:
        with os.scandir(f"/proc/{pid}/fd") as entries:
            return sockets & {_link(entry.path) for entry in entries}
    except OSError:
        return set()


def numbers(pid: int, link: str) -> list[int]:
    """Say by which descriptors a process holds something. Raises OSError."""
    with os.scandir(f"/proc/{pid}/fd") as entries:
        return [int(entry.name) for entry in entries if _link(entry.path) == link]


def _network_socket(path: str) -> str:
    """Give the link, or nothing where it is no such socket.

    Every socket tells its protocol in an attribute (sockfs_xattr_get in net/socket.c).
    """
    link = _link(path)
    if not link.startswith("socket:"):
        return ""
    try:
        return "" if os.getxattr(path, "system.sockprotoname").rstrip(b"\0") in LOCAL else link
    except FileNotFoundError:
        return ""
    except OSError:
        return link  # it is a socket, and does not say of which kind


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
