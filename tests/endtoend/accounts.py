"""An account on the guarded machine: a user without a right, who tries things."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from worlds import PATIENCE, World

ATTACKER = 64_001
"""Nobody else on this machine has this number."""
IN_A_NAMESPACE = ["unshare", "--user", "--map-root-user"]
"""As one who may do everything, but only in a user namespace of their own."""


@dataclass
class Account:
    """Somebody who is not root and has no capability."""

    world: World
    uid: int = ATTACKER

    def command(self, *words: str | Path) -> list[str]:
        """The command line that runs something as this user, in the guarded namespace."""
        ids = [f"--reuid={self.uid}", f"--regid={self.uid}", "--clear-groups", "--inh-caps=-all"]
        return self.world.near("setpriv", *ids, *words)

    def start(self, *words: str | Path) -> "subprocess.Popen[str]":
        """Start a program of theirs."""
        return self.world.start(*self.command(*words))

    def tries(self, code: str, *words: str | Path, within: list[str] | None = None) -> list[str]:
        """Run Python as this user, by a program perhaps, and give the lines that it prints."""
        done = subprocess.run(
            self.command(*(within or []), "/usr/bin/python3", "-c", code, *words),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd="/",
        )
        assert not done.returncode, done.stderr
        return done.stdout.splitlines()

    def program(self, name: str) -> Path:
        """A program of their own: a copy of the Python that runs this."""
        folder = self.world.home / "account"
        folder.mkdir(exist_ok=True, mode=0o755)
        path = folder / name
        path.write_bytes(Path(sys.executable).resolve().read_bytes())
        path.chmod(0o755)
        for each in (folder, path):
            os.chown(each, self.uid, self.uid)
        return path
