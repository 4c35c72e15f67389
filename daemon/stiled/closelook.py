"""A closer look at a process that is asked about, for the person who is to decide.

It blocks, and takes as long as LONGEST at most, unless a file system does not answer: of those that
somebody's program serves, no file is opened.
"""

import hashlib
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psutil

from stile.applications import spelled
from stile.connections import Pid, Process, Uid
from stile.questions import Details
from stiled.ancestry import parents
from stiled.identity import application_of, command_of
from stiled.marks import LOCAL
from stiled.mounts import mount_id, mounts_of

LONGEST = 4.0
"""Seconds for which a file is read to know its hash."""
CHUNK = 1 << 20
MOST_CONNECTIONS = 50
ROOT = Uid(0)


class Gone(Exception):
    """The process has quit, or runs another program by now."""


class Unhashed(Exception):
    """There is no hash, and why."""


def look(process: Process, viewer: Uid) -> Details:
    """Look at a process, for *viewer* to see. Raises Gone.

    Who could not look into it by themselves is told no more than what everybody may read in /proc.
    """
    try:
        _must_be(process)
        seen = _seen(process.pid) if may_look_into(process.pid, viewer) else _in_public(process.pid)
        _must_be(process)  # else what was read is another's
    except (OSError, psutil.Error):
        raise Gone from None
    return seen


def may_look_into(pid: Pid, viewer: Uid) -> bool:
    """Whether a user can read what only the owner of a process may: ptrace(2), access mode.

    A process that has more rights than its user belongs to root in /proc.
    """
    if viewer == ROOT:
        return True
    uids = psutil.Process(pid).uids()
    return {*uids, os.stat(f"/proc/{pid}").st_uid} == {viewer}


def _must_be(process: Process) -> None:
    real = psutil.Process(process.pid).uids().real
    if application_of(process.pid) != process.application or real != process.uid:
        raise Gone


def _in_public(pid: Pid) -> Details:
    return Details(command=command_of(pid), parents=_parents(pid))


def _seen(pid: Pid) -> Details:
    sha256, unhashed = "", ""
    try:
        sha256 = digest_of(pid)
    except Unhashed as error:
        unhashed = str(error)
    return Details(
        command=command_of(pid),
        directory=spelled(os.readlink(os.fsencode(f"/proc/{pid}/cwd"))),
        executable=spelled(os.readlink(os.fsencode(f"/proc/{pid}/exe"))),
        sha256=sha256,
        unhashed=unhashed,
        parents=_parents(pid),
        connections=tuple(_connections(pid)),
    )


def _parents(pid: Pid) -> tuple[tuple[Pid, str], ...]:
    return tuple((each, spelled(program)) for each, program in parents(pid))


def _connections(pid: Pid) -> Iterator[str]:
    """Write down what a process has open, a line each."""
    found = psutil.Process(pid)
    # psutil before 6.0 has the older name
    connections = getattr(found, "net_connections", None) or found.connections
    opened = connections(kind="inet")
    for each in opened[:MOST_CONNECTIONS]:
        protocol = "tcp" if each.type.name == "SOCK_STREAM" else "udp"
        state = "" if each.status == psutil.CONN_NONE else each.status.lower().replace("_", " ")
        where = [_end(end) for end in (each.laddr, each.raddr) if end]
        yield " ".join(word for word in (protocol, " → ".join(where), state) if word)
    if len(opened) > MOST_CONNECTIONS:
        yield f"… {len(opened) - MOST_CONNECTIONS} more"


def _end(address: tuple[str, int]) -> str:
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


# -- the hash ------------------------------------------------------------------------------


def digest_of(pid: Pid, seconds: float = LONGEST) -> str:
    """Give the SHA-256 of the file that a process runs. Raises Unhashed, OSError.

    Of the very file: another may have its name by now.
    """
    end, sha256 = time.monotonic() + seconds, hashlib.sha256()
    with _executable(pid) as descriptor:
        while chunk := os.read(descriptor, CHUNK):
            sha256.update(chunk)
            if time.monotonic() > end:
                size = os.fstat(descriptor).st_size >> 20
                raise Unhashed(f"the file is too large to be read in {seconds:g} s ({size} MB)")
    return sha256.hexdigest()


@contextmanager
def _executable(pid: Pid) -> Iterator[int]:
    """Open the file that a process runs, where that cannot take for ever."""
    place = os.open(f"/proc/{pid}/exe", os.O_PATH | os.O_CLOEXEC)  # asks no file system
    try:
        mount = mount_id(place)
        kind = next((each.type for each in mounts_of(pid) if each.id == mount), b"")
        if kind not in LOCAL:
            raise Unhashed(f"the file lies on {spelled(kind) or 'a file system of another tree'}")
        if not stat.S_ISREG(os.fstat(place).st_mode):
            raise Unhashed("it is no file")
        opened = os.open(f"/proc/self/fd/{place}", os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    finally:
        os.close(place)
    with suppress(OSError):
        os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_NOREUSE)
    try:
        yield opened
    finally:
        os.close(opened)
