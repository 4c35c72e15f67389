"""Programs that do nothing, and those who start them."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lanes import HERE, memory_folder
from worlds import World, run

KINDS = ("static", "dynamic", "script")
NOTHING = "int main(void) { return 0; }\n"


class Starter:
    """A running `starter.c`, which starts programs as it is told."""

    def __init__(self, command: Sequence[str]) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def starts(self, program: Path, count: int, *arguments: str) -> list[int]:
        """Start a program so often; give how long each took to come and go, nanoseconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{' '.join((str(count), str(program), *arguments))}\n")
        self.process.stdin.flush()
        times = [int(word) for word in self.process.stdout.readline().split()]
        if len(times) != count:
            raise RuntimeError(f"{program} could not be started")
        return times

    def end(self) -> None:
        """End it."""
        self.process.kill()
        self.process.communicate()


def entering(group: Path) -> list[str]:
    """The words that put themselves into a group, and become what follows them."""
    return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(group / "cgroup.procs")]


def stocked(made: World, name: str) -> Path:
    """Mount a memory file system with the programs."""
    folder = memory_folder(made, name)
    fill(folder)
    return folder


def fill(folder: Path) -> None:
    """Put the programs into a folder; loader and interpreter lie there too."""
    source = folder / "nothing.c"
    source.write_text(NOTHING)
    loader = folder / "ld-linux-x86-64.so.2"
    shutil.copy(Path(run("gcc", "-print-file-name=ld-linux-x86-64.so.2").strip()).resolve(), loader)
    run("gcc", "-O1", "-static", "-o", folder / "static", source)
    run("gcc", "-O1", f"-Wl,--dynamic-linker={loader}", "-o", folder / "dynamic", source)
    run("gcc", "-O1", "-static", "-o", folder / "starter", HERE / "starter.c")
    script = folder / "script"
    script.write_text(f"#!{folder / 'static'}\n")
    script.chmod(0o755)
