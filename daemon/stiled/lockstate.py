"""Whether everything is locked down, on disk: it outlives the helper, and a reboot.

    /var/lib/stile/lockdown     one line, `on` or `off`; where there is no such file, it is off

Whatever else stands there counts as on: nobody can say any more that it was switched off.
"""

import stat
from pathlib import Path

from stiled.rulefile import check_owner, replace_file

ON, OFF = "on", "off"
NAME = "lockdown"
LONGEST = 64
"""Octets that are read of it: what is longer is neither word."""


class LockState:
    """The file. Reads and writes block: call them from a thread."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self.problem = ""
        """What is wrong with it, as a line; empty while all is well."""

    def read(self) -> bool:
        """Say whether it is on; what cannot be read is."""
        self.problem = ""
        try:
            return _read(self._path)
        except FileNotFoundError:
            return False
        except (OSError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) else str(error)
            mend = "so lockdown is on (stile lockdown on|off writes it anew)"
            self.problem = f"{self._path}: {reason}: {mend}"
            return True

    def write(self, *, on: bool) -> None:
        """Write it down. Raises OSError; then the old state stands there."""
        try:
            replace_file(self._path, f"{_word(on=on)}\n")
        except OSError as error:
            word = _word(on=on)
            self.problem = f"{self._path}: {error.strerror}: lockdown is {word}, but not on disk"
            raise
        self.problem = ""


def _read(path: Path) -> bool:
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("this is not a file")
    check_owner(status)
    with path.open("rb") as file:
        said = file.read(LONGEST).strip()
    if said not in (ON.encode(), OFF.encode()):
        raise ValueError("neither on nor off stands in it")
    return said == ON.encode()


def _word(*, on: bool) -> str:
    return ON if on else OFF
