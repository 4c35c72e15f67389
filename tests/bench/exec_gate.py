"""What the exec gate costs a build, whose tools it is asked about: with and without, in turns.

    python tests/bench/exec_gate.py [--files 300]

The same tools lie in two memory file systems; the gate is asked about those in the second. What it
costs a single program is a figure of `packaging/bench` (`gate.py`).
"""

import argparse
import shutil
import subprocess
import time
from pathlib import Path
from statistics import median

from lanes import lane
from starting import stocked
from worlds import run

UNIT = """
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <math.h>
struct item{0} {{ int key; char name[32]; double value; }};
static int less{0}(const void *a, const void *b)
{{ return ((struct item{0} *)a)->key - ((struct item{0} *)b)->key; }}
double work{0}(struct item{0} *items, int count)
{{
    double sum = 0;
    qsort(items, count, sizeof *items, less{0});
    for (int at = 0; at < count; at++) {{
        snprintf(items[at].name, sizeof items[at].name, "%d-%d", {0}, items[at].key);
        sum += sqrt(items[at].value) * strlen(items[at].name);
    }}
    return sum;
}}
"""


def main() -> None:
    """Measure, and print a line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--files", type=int, default=300, help="C files of the build [300]")
    wanted = parser.parse_args()
    with lane() as made:
        plain, gated = stocked(made, "plain"), stocked(made, "gated")
        made.stiled("--gate", str(gated))
        build(wanted.files, plain, gated)


def build(files: int, plain: Path, gated: Path) -> None:
    """Compile many files with make -j2, whose tools are asked about or not, in turns."""
    times: dict[Path, list[float]] = {plain: [], gated: []}
    for folder in times:
        for number in range(files):
            (folder / f"unit{number}.c").write_text(UNIT.format(number))
        tools = folder / "tools"
        tools.mkdir()
        for tool in ("gcc", "as", "dash"):
            shutil.copy(Path(shutil.which(tool) or "").resolve(), tools / tool)
        compiler = Path(run("gcc", "-print-prog-name=cc1").strip())
        shutil.copy(compiler, tools / "cc1")
        headers = run("gcc", "-print-file-name=include").strip()
        (folder / "Makefile").write_text(
            f"SHELL = {tools}/dash\n"
            f"all: {' '.join(f'unit{number}.o' for number in range(files))}\n"
            f"%.o: %.c\n\ttrue && {tools}/gcc -B{tools} -idirafter {headers} -O1 -c -o $@ $<\n"
        )
    for _ in range(3):
        for folder, seconds in times.items():
            for made in folder.glob("*.o"):
                made.unlink()
            began = time.monotonic()
            subprocess.run(["make", "-s", "-j2", "-C", folder], check=True)
            seconds.append(time.monotonic() - began)
    first, second = (median(seconds) for seconds in times.values())
    print(f"make -j2, {files} C files, seconds: {first:22.2f} {second:6.2f} {second / first:8.3f}")


if __name__ == "__main__":
    main()
