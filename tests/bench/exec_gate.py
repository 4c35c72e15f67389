"""What the exec gate costs: fork, exec and exit, with and without it, in turns; and a build.

    python tests/bench/exec_gate.py [--turns 2000] [--build 300]

The same programs lie in two memory file systems; the gate is asked about those in the second.
"""

import argparse
import shutil
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "endtoend"))

from families import Family  # noqa: E402
from worlds import World, run, world  # noqa: E402

NOTHING = "int main(void) { return 0; }\n"
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
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=2000, help="of each kind [2000]")
    parser.add_argument("--build", type=int, default=300, help="C files of the build [300]")
    wanted = parser.parse_args()
    with world() as made:
        family, plain, shell = staged(made)
        print("fork, exec and exit, microseconds:      without  with    ratio   p99 without  with")
        for title, starter in (("undecided", plain / "turns"), ("allowed", shell)):
            for kind in ("static", "dynamic", "script"):
                compare(f"{kind}, started by an {title} program", made, starter, wanted.turns,
                        plain / kind, family.folder / kind)  # fmt: skip
        build(wanted.build, plain, family.folder)


def staged(made: World) -> tuple[Family, Path, Path]:
    """Start a helper with a gate over one of two equal folders.

    Gives its family, the other folder, and a program that is allowed.
    """
    family = Family.of(made)
    plain = made.home / "plain"
    plain.mkdir()
    run("mount", "-t", "tmpfs", "stile-tests", plain)
    made.ends.callback(run, "umount", "--lazy", plain)
    fill(plain)
    fill(family.folder)
    shell = family.copy("shell", of="turns")
    made.rule("shell", f"path:{shell}")
    family.stiled()
    return family, plain, shell


def fill(folder: Path) -> None:
    """Put the programs into a folder; loader and interpreter lie there too."""
    source = folder / "nothing.c"
    source.write_text(NOTHING)
    loader = folder / "ld-linux-x86-64.so.2"
    shutil.copy(Path(run("gcc", "-print-file-name=ld-linux-x86-64.so.2").strip()).resolve(), loader)
    run("gcc", "-O1", "-static", "-o", folder / "static", source)
    run("gcc", "-O1", f"-Wl,--dynamic-linker={loader}", "-o", folder / "dynamic", source)
    run("gcc", "-O1", "-static", "-o", folder / "turns", HERE / "turns.c")
    script = folder / "script"
    script.write_text(f"#!{folder / 'static'}\n")
    script.chmod(0o755)


def compare(title: str, made: World, starter: Path, count: int, one: Path, two: Path) -> None:
    """Run two programs in turns, and print a line."""
    (first, first99), (second, second99) = turns(made, starter, count, one, two)
    ratio = f"{second / first:6.2f}"
    print(f"{title:38} {first:8.0f} {second:6.0f} {ratio:>8} {first99:12.0f} {second99:6.0f}")


def turns(
    made: World, starter: Path, count: int, one: Path, two: Path
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Run two programs in turns; give p50 and p99 of each, in microseconds."""
    lines = run(*made.near(starter, str(count), one, two)).splitlines()
    first, second = ([float(word) for word in line.split()] for line in lines)
    return (first[0], first[1]), (second[0], second[1])


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
