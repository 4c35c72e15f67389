"""The programs of the packet filters: nft(8), iptables-restore(8), ipset(8)."""

import os
import shutil
import subprocess
from collections import deque
from collections.abc import Sequence

from stiled.backends import NotLoaded


def found(name: str) -> str | None:
    """Say where one is: a user's PATH may lack the folders of the system's programs."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def run(
    command: Sequence[str], text: str, package: str, pids: deque[int]
) -> "subprocess.CompletedProcess[str]":
    """Run one to its end, and note its number in *pids*, as soon as there is one.

    *text* is its input; *package* what has it. Raises NotLoaded where it cannot be started.
    """
    name, *words = command
    place = found(name)
    if place is None:
        raise NotLoaded(f"{name} is not installed: install the package {package}")
    try:
        started = subprocess.Popen(  # noqa: S603 # no shell, none of the words come from outside
            [place, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
    except OSError as error:
        raise NotLoaded(f"{name} cannot be started: {error.strerror}") from None
    pids.append(started.pid)
    out, err = started.communicate(text)
    return subprocess.CompletedProcess(command, started.returncode, out, err)
