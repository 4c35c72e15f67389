"""Which sockets a process holds that send to a network: what it may share with others."""

import errno
import os

LOCAL = frozenset({b"UNIX", b"UNIX-STREAM", b"NETLINK"})
"""Names of protocols (struct proto, net/unix/af_unix.c and net/netlink/af_netlink.c)."""


def network_sockets(pid: int) -> set[str]:
    """Give the links of /proc/PID/fd to such sockets. Raises ProcessLookupError."""
    try:
        folder = os.open(f"/proc/{pid}/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            links = {_network_socket(pid, name, folder) for name in os.listdir(folder)}
        finally:
            os.close(folder)
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


def _network_socket(pid: int, name: str, folder: int) -> str:
    """Give the link, or nothing where it is no such socket.

    Every socket tells its protocol in an attribute (sockfs_xattr_get in net/socket.c).
    """
    link = _link(name, folder)
    if not link.startswith("socket:"):
        return ""
    try:
        kind = os.getxattr(f"/proc/{pid}/fd/{name}", "system.sockprotoname")
    except FileNotFoundError:
        return ""
    except OSError:
        return link  # it is a socket, and does not say of which kind
    return "" if kind.rstrip(b"\0") in LOCAL else link


def _link(path: str, folder: int | None = None) -> str:
    try:
        return os.readlink(path, dir_fd=folder)
    except OSError:
        return ""
