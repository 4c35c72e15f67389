"""Who is it? For each kind of application a real one, and what it is called."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from stile.connections import Pid
from stiled.closelook import digest_of
from stiled.deployed import Places
from stiled.identity import application_of
from stiled.mounts import mounts_of

SOURCES = Path(__file__).parent / "programs"
SYSTEM_PYTHON = Path("/usr/bin/python3").resolve()
NOBODY = 65534
SNAP_TOOLS = shutil.which("mksquashfs") is not None


@dataclass
class Home:
    """A folder in which a test builds what it runs; everything ends with it."""

    folder: Path
    ends: ExitStack = field(default_factory=ExitStack)

    @property
    def places(self) -> Places:
        """Where its packaging systems put their files."""
        at = os.fsencode(self.folder)
        return Places((at + b"/snap",), at + b"/flatpak", at + b"/nix/store")

    def program(self, name: str, owner: int = 0) -> Path:
        """A program that waits, under any name."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder.parent / "waits", path)
        os.chown(path, owner, owner)
        return path

    def file(self, name: str, text: str) -> Path:
        """A text that can be executed."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
        return path

    def mount(self, *words: str | Path) -> None:
        """Mount something, as the machine's root would."""
        run("mount", *words)
        self.ends.callback(run, "umount", "--lazy", words[-1])

    def start(self, *command: str | Path) -> int:
        """Start something, wait until it says "runs", and give the process that said it."""
        process = subprocess.Popen(
            [*map(str, command)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=self.folder,
            start_new_session=True,
        )
        self.ends.callback(_end, process)
        assert process.stdout is not None
        assert process.stdout.readline() == "runs\n", command
        return _youngest(process.pid)

    def name(self, *command: str | Path) -> str:
        """Start something, and give its name."""
        return self.name_of(self.start(*command))

    def name_of(self, pid: int) -> str:
        """Give the name of a process, without the folder, which is another one each time."""
        return str(application_of(Pid(pid), self.places)).replace(str(self.folder), "~")


class Sandboxed(Home):
    """The same, for a helper with mounts of its own, as systemd makes them for its unit."""

    def name_of(self, pid: int) -> str:
        """Give the name that such a helper gives to a process."""
        script = f"""
import os, sys
from pathlib import Path
import test_identity
from stiled import identity
for mount in [line.split()[4] for line in open("/proc/self/mountinfo")]:
    os.spawnlp(os.P_WAIT, "mount", "mount", "-o", "remount,bind,nosuid,ro", mount)
home = test_identity.Home(Path({str(self.folder)!r}))
assert os.statvfs(home.folder).f_flag & os.ST_NOSUID and os.statvfs("/usr").f_flag & os.ST_NOSUID
identity.MACHINE = b"/proc/{os.getpid()}/root"  # where tests run, the first process may be closed
print(identity.application_of({pid}, home.places))
"""
        apart = ["unshare", "--mount", "--propagation", "slave"]
        done = subprocess.run(
            [*apart, sys.executable, "-c", script],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().replace(str(self.folder), "~")


def run(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True)


def _youngest(pid: int) -> int:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return _youngest(int(children[-1])) if children else pid


def _end(process: "subprocess.Popen[str]") -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait(10)
    for pipe in (process.stdin, process.stdout):
        if pipe:
            pipe.close()


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a compiled program that waits."""
    folder = tmp_path_factory.mktemp("identity")
    run("gcc", "-O1", "-static", "-o", folder / "waits", SOURCES / "waits.c")
    folder.chmod(0o755)
    return folder


@pytest.fixture
def home(built: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    """A folder of a test's own, beside the compiled program."""
    folder = built / f"home{len(list(built.iterdir()))}"
    folder.mkdir()
    made: Home = getattr(request, "param", Home)(folder)
    with made.ends:
        yield made
    shutil.rmtree(folder)


# -- programs ------------------------------------------------------------------------------------


def a_program(home: Home) -> str:
    return home.name(home.program("tool"))


def one_that_lies_about_its_name(home: Home) -> str:
    return home.name("bash", "-c", f"exec -a /usr/bin/firefox {home.program('tool')}")


def one_in_a_chroot(home: Home) -> str:
    home.program("jail/bin/tool")
    return home.name("chroot", home.folder / "jail", "/bin/tool")


def one_in_a_container(home: Home) -> str:
    home.program("layer/bin/tool")
    for folder in ("upper", "work", "merged"):
        (home.folder / folder).mkdir()
    layers = ",".join(f"{each}={home.folder / each[:-3]}" for each in ("upperdir", "workdir"))
    options = f"lowerdir={home.folder / 'layer'},{layers}"
    # its upper layer must not lie on an overlay itself
    home.mount("-t", "tmpfs", "stile-tests", home.folder / "upper")
    for folder in ("upper", "work"):
        (home.folder / "upper" / folder).mkdir()
    options = f"lowerdir={home.folder / 'layer'}," + ",".join(
        f"{each}dir={home.folder / 'upper' / each}" for each in ("upper", "work")
    )
    home.mount("-t", "overlay", "-o", options, "stile-tests", home.folder / "merged")
    inside = ("unshare", "--mount", "--pid", "--fork", "chroot", home.folder / "merged")
    return home.name(*inside, "/bin/tool")


def one_that_only_it_sees(home: Home) -> str:
    tool = home.program("tool")
    (home.folder / "hidden").mkdir()
    return home.name(
        *("unshare", "--mount", "sh", "-c"),
        f"mount -t tmpfs none {home.folder}/hidden && cp {tool} {home.folder}/hidden/tool && "
        f"exec {home.folder}/hidden/tool",
    )


def one_bound_over_another(home: Home) -> str:
    tool, victim = home.program("tool"), home.program("victim")
    script = f"mount --bind {tool} {victim} && exec {victim}"
    return home.name("unshare", "--mount", "sh", "-c", script)


def one_that_is_deleted(home: Home) -> str:
    tool = home.program("tool")
    pid = home.start(tool)
    tool.unlink()
    return home.name_of(pid)


def one_that_is_replaced(home: Home) -> str:
    tool = home.program("tool")
    pid = home.start(tool)
    home.program("new").rename(tool)
    return home.name_of(pid)


def one_in_memory(home: Home) -> str:
    code = (
        "import os,sys; m=os.memfd_create('x'); os.write(m, open(sys.argv[1],'rb').read());"
        "os.execve(m, ['x'], {})"
    )
    return home.name(SYSTEM_PYTHON, "-c", code, home.program("tool"))


def one_of_a_user_where_everybody_may_write(home: Home) -> str:
    (home.folder / "open").mkdir()
    (home.folder / "open").chmod(0o1777)
    return home.name(home.program("open/tool", NOBODY))


def one_that_everybody_may_write(home: Home) -> str:
    tool = home.program("tool")
    tool.chmod(0o777)
    return home.name(tool)


# -- scripts -------------------------------------------------------------------------------------

SHELL = "echo runs; read line\n"
PYTHON = "print('runs', flush=True); input()\n"


def a_script(home: Home) -> str:
    return home.name(home.file("tool", f"#!/bin/sh\n{SHELL}"))


def a_script_by_env(home: Home) -> str:
    return home.name(home.file("tool", f"#!/usr/bin/env sh\n{SHELL}"))


def a_script_given_to_python(home: Home) -> str:
    return home.name("python3", "-I", home.file("tool.py", PYTHON))


def a_script_by_a_relative_path(home: Home) -> str:
    home.file("inner/tool.py", PYTHON)
    return home.name(SYSTEM_PYTHON, "inner/../inner/tool.py")


def a_module(home: Home) -> str:
    home.file("tool/__main__.py", PYTHON)
    return home.name(SYSTEM_PYTHON, "-m", "tool")


def code_on_the_command_line(home: Home) -> str:
    return home.name(SYSTEM_PYTHON, "-c", PYTHON, "/usr/bin/yum").replace(
        str(SYSTEM_PYTHON), "<python>"
    )


def a_script_of_an_interpreter_that_a_user_made(home: Home) -> str:
    shutil.copy("/bin/dash", home.folder / "sh")
    os.chown(home.folder / "sh", NOBODY, NOBODY)
    return home.name(home.folder / "sh", home.file("tool", SHELL))


def a_script_of_a_user_where_everybody_may_write(home: Home) -> str:
    (home.folder / "open").mkdir()
    (home.folder / "open").chmod(0o1777)
    tool = home.file("open/tool", f"#!/bin/sh\n{SHELL}")
    os.chown(tool, NOBODY, NOBODY)
    return home.name(tool)


# -- what packaging systems install --------------------------------------------------------------

DEPLOYED = "flatpak/app/org.example.Tool/x86_64/stable/0123abcd/files"
RUNTIME = "flatpak/runtime/org.example.Platform/x86_64/1/4567/files"


def a_snap(home: Home) -> str:
    home.program("content/bin/tool")
    image, place = home.folder / "tool.snap", home.folder / "snap/tool/7"
    run("mksquashfs", home.folder / "content", image)
    place.mkdir(parents=True)
    home.mount("-o", "loop,ro", image, place)
    return home.name(place / "bin/tool")


def a_folder_that_looks_like_a_snap(home: Home) -> str:
    return home.name(home.program("snap/tool/7/bin/tool"))


def in_sandbox(home: Home, info: str, program: str) -> str:
    """Run a program as Flatpak does: its files at /app, the runtime's at /usr, and a note of it."""
    note = home.file("info", info)
    for name in ("root/app", "root/usr", "root/proc", "root/bin"):
        (home.folder / name).mkdir(parents=True)
    (home.folder / "root/.flatpak-info").touch()
    root = home.folder / "root"
    script = (
        f"mount --bind {home.folder / DEPLOYED} {root}/app && "
        f"mount --bind {home.folder / RUNTIME} {root}/usr && "
        f"mount --bind {note} {root}/.flatpak-info && exec chroot {root} {program}"
    )
    return home.name("unshare", "--mount", "--pid", "--fork", "sh", "-c", script)


INFO = "[Application]\nname=org.example.Tool\nruntime=runtime/org.example.Platform/x86_64/1\n"


def a_flatpak(home: Home) -> str:
    home.program(f"{DEPLOYED}/bin/tool")
    home.program(f"{RUNTIME}/bin/sh")
    return in_sandbox(home, INFO, "/app/bin/tool")


def a_part_of_its_runtime(home: Home) -> str:
    home.program(f"{DEPLOYED}/bin/tool")
    home.program(f"{RUNTIME}/libexec/web-process")
    return in_sandbox(home, INFO, "/usr/libexec/web-process")


def a_part_of_its_runtime_with_a_forged_note(home: Home) -> str:
    home.program(f"{DEPLOYED}/bin/tool")
    home.program(f"{RUNTIME}/libexec/web-process")
    return in_sandbox(home, INFO.replace("Tool", "Browser"), "/usr/libexec/web-process")


def a_flatpak_of_a_user(home: Home) -> str:
    return home.name(home.program(f"a/.local/share/{DEPLOYED}/bin/tool", NOBODY))


def something_in_the_nix_store(home: Home) -> str:
    return home.name(home.program(f"nix/store/{'0123456789abcdfghijklmnpqrsvwxyz'}-tool-1.2/bin/t"))


def an_appimage(home: Home) -> str:
    runtime, image = home.folder / "runtime", home.folder / "Tool.AppImage"
    source = SOURCES / "image.c"
    run("gcc", "-O1", "-static", "-DAT=1048576", "-o", runtime, source)
    octets = bytearray(runtime.read_bytes().ljust(1048576, b"\0"))
    octets[8:11] = b"AI\x02"
    image.write_bytes(bytes(octets) + (home.folder.parent / "waits").read_bytes())
    image.chmod(0o755)
    place = home.folder / ".mount_Tool"
    place.mkdir()
    home.ends.callback(subprocess.run, ["umount", "--lazy", str(place)], check=False)
    return home.name(image, place)


TABLE: list[tuple[Callable[[Home], str], str]] = [
    (a_program, "path:~/tool"),
    (one_that_lies_about_its_name, "path:~/tool"),
    (one_in_a_chroot, "path:~/jail/bin/tool"),
    (one_in_a_container, "path:~/merged/bin/tool"),
    (one_that_only_it_sees, "foreign:~/hidden/tool"),
    (one_bound_over_another, "path:~/tool"),
    (one_that_is_deleted, "deleted:~/tool"),
    (one_that_is_replaced, "deleted:~/tool"),
    (one_in_memory, "deleted:/memfd:x"),
    (one_of_a_user_where_everybody_may_write, f"path@{NOBODY}:~/open/tool"),
    (one_that_everybody_may_write, "unknown:everybody can write to ~/tool"),
    (a_script, "script:~/tool"),
    (a_script_by_env, "script:~/tool"),
    (a_script_given_to_python, "script:~/tool.py"),
    (a_script_by_a_relative_path, "script:~/inner/tool.py"),
    (a_module, "script:~/tool/__main__.py"),
    (code_on_the_command_line, "path:<python>"),
    (a_script_of_an_interpreter_that_a_user_made, f"path@{NOBODY}:~/sh"),
    (a_script_of_a_user_where_everybody_may_write, f"script@{NOBODY}:~/open/tool"),
    (a_snap, "snap:tool"),
    (a_folder_that_looks_like_a_snap, "path:~/snap/tool/7/bin/tool"),
    (a_flatpak, "flatpak:org.example.Tool"),
    (a_part_of_its_runtime, "flatpak:org.example.Tool"),
    (a_part_of_its_runtime_with_a_forged_note, f"path:~/{RUNTIME}/libexec/web-process"),
    (a_flatpak_of_a_user, f"flatpak@{NOBODY}:org.example.Tool"),
    (something_in_the_nix_store, "nix:tool/bin/t"),
    (an_appimage, "appimage:~/Tool.AppImage"),
]


@pytest.mark.parametrize("home", [Home, Sandboxed], indirect=True)
@pytest.mark.parametrize(("instance", "name"), TABLE, ids=[each.__name__ for each, _ in TABLE])
def test_who_it_is(home: Home, instance: Callable[[Home], str], name: str) -> None:
    if instance is a_snap and not SNAP_TOOLS:
        pytest.skip("needs mksquashfs, of the package squashfs-tools")
    assert instance(home) == name


def test_the_kernels_own_have_no_program() -> None:
    with pytest.raises(FileNotFoundError):
        application_of(Pid(2))


def test_an_upgraded_program_keeps_its_name(home: Home) -> None:
    tool = home.program("tool")
    first = home.name(tool)
    home.program("new").rename(tool)
    assert home.name(tool) == first


def test_the_content_of_what_runs_can_be_compared(home: Home) -> None:
    one, other = home.start(home.program("one")), home.start(home.program("other"))
    assert digest_of(Pid(one)) == digest_of(Pid(other))
    assert digest_of(Pid(one)) != digest_of(Pid(os.getpid()))
    assert sys.executable


def test_a_process_that_has_just_ended_has_no_mounts_and_is_gone() -> None:
    pid = os.fork()
    if not pid:
        os._exit(0)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)

    with pytest.raises(ProcessLookupError):
        list(mounts_of(pid))

    os.waitpid(pid, 0)
