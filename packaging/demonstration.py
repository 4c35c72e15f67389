"""The main job on real packets, step by step; `packaging/run` sets up and starts it.

A helper guards one network namespace; a second one, joined to it, has a web server. curl is held,
somebody is asked, the answer is carried out and shown, and then the helper is killed.
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
BIN = CHECKOUT / ".venv" / "bin"
NEAR, FAR = "10.77.0.1", "10.77.0.2"
PATIENCE = 90.0
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={place}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow own="*"/>
<allow send_type="method_call"/><allow send_type="signal"/>
<allow send_requested_reply="true"/><allow receive_requested_reply="true"/></policy></busconfig>"""


class Failed(Exception):
    """A step did not go as it should."""


class Stage:
    """Two namespaces, a private bus, and places for the helper."""

    def __init__(self, home: Path, ends: ExitStack) -> None:
        self.home = home
        self.ends = ends
        self.near, self.far = f"stile-run-{os.getpid()}n", f"stile-run-{os.getpid()}f"
        self.bus = f"unix:path={home}/dbus"
        self.group = f"stile-run-{os.getpid()}"

    def build(self) -> None:
        """Make the namespaces, the bus and the server."""
        for space in (self.near, self.far):
            run("ip", "netns", "add", space)
            self.ends.callback(run, "ip", "netns", "del", space)
        link = ["link", "add", "near", "netns", self.near, "type", "veth"]
        run("ip", *link, "peer", "name", "far", "netns", self.far)
        for space, device, address in ((self.near, "near", NEAR), (self.far, "far", FAR)):
            run("ip", "-n", space, "link", "set", "lo", "up")
            run("ip", "-n", space, "address", "add", f"{address}/24", "dev", device)
            run("ip", "-n", space, "link", "set", device, "up")
        self.ends.callback(self.clear)
        (self.home / "bus.conf").write_text(BUS.format(place=self.home / "dbus"))
        self.start("dbus-daemon", f"--config-file={self.home}/bus.conf", "--nofork")
        wait(lambda: (self.home / "dbus").exists(), "the bus")
        self.server()

    def server(self) -> None:
        """A real web server on the far side."""
        pages = self.home / "pages"
        pages.mkdir()
        (pages / "index.html").write_text("hello from the other side\n")
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "http.server",
            "80",
            "--directory",
            pages,
        ]
        self.start(*inside(self.far, *command))
        answers = inside(self.far, "curl", "-s", "--noproxy", "*", f"http://{FAR}/")
        wait(lambda: run(*answers, check=False) != "", "the server")

    def options(self) -> list[str]:
        """The helper's places."""
        home = self.home
        return [
            *("--config", f"{home}/etc", "--state", f"{home}/var", "--runtime", f"{home}/run"),
            *("--shipped", f"{CHECKOUT}/packaging/rules.d", "--bus", self.bus),
            *("--cgroup", self.group, "--queue", "5714", "--gate", "none"),
        ]

    def helper(self) -> "subprocess.Popen[str]":
        """Start the helper, and wait until it guards."""
        process = self.start(*inside(self.near, BIN / "stiled", *self.options()))
        guards: list[str | Path] = [BIN / "stile", "--bus", self.bus, "status"]
        wait(lambda: run(*guards, check=False) != "", "the helper", process)
        return process

    def stile(self, *words: str) -> str:
        """Run the command line against the helper."""
        return run(BIN / "stile", "--bus", self.bus, *words)

    def curl(self, *words: str) -> list[str]:
        """The command line of curl in the guarded namespace: two requests, two connections."""
        said = "%{http_code} connected after %{time_connect} s %{errormsg}\\n"
        one = ["-s", "-o", "/dev/null", "-w", said, "--noproxy", "*", f"http://{FAR}/"]
        return inside(self.near, "curl", *words, "-H", "Connection: close", *one)

    def verdict(self, name: str) -> str:
        """What the kernel's table says about the class of an application, as nft lists it."""
        class_id = int(
            (self.home / "run/net_cls" / self.group / name / "net_cls.classid").read_text()
        )
        listing = run(*inside(self.near, "nft", "list", "map", "inet", "stile", "verdicts"))
        found = re.search(rf"{class_id} : ([^,}}]*)", listing)
        return f"class {class_id:#x}: {found.group(1).strip() if found else 'nothing'}"

    def start(self, *command: str | Path, quiet: bool = True) -> "subprocess.Popen[str]":
        """Start something that ends with the stage at the latest."""
        where = subprocess.DEVNULL if quiet else None
        words = [*map(str, command)]
        process = subprocess.Popen(words, text=True, stdout=where, stderr=where)
        self.ends.callback(end, process)
        return process

    def clear(self) -> None:
        """Take everything out of the kernel again."""
        run(*inside(self.near, BIN / "stiled", *self.options(), "--clear"))


def main() -> int:
    """Play the main job. Gives the exit code."""
    parser = argparse.ArgumentParser(prog="packaging/run", description=__doc__)
    parser.add_argument("--answer", choices=["allow", "deny"], help="play it without a person")
    parser.add_argument("--system", action="store_true", help="guard this machine itself")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return guard_system() if arguments.system else play(arguments.answer)
    except Failed as error:
        print(f"packaging/run: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nended; nothing stays behind")
        return 130


def play(answer: str | None) -> int:
    """Hold, ask, remember: one step after another."""
    with staged() as stage:
        say("A helper guards a network namespace of its own; behind a cable there is a web server.")
        stage.build()
        helper = stage.helper()
        show(stage.stile("status"))

        say("curl, which nobody has decided about, makes two connections.")
        first = [*stage.curl(), "--next", *stage.curl()[5:]]
        curl = subprocess.Popen([*map(str, first)], stdout=subprocess.PIPE, text=True)
        stage.ends.callback(end, curl)
        wait(lambda: '"questions": 1' in stage.stile("status", "--json"), "the question")
        say("Its first packet is held in the kernel, and there is a question.")
        ask(stage, answer)
        out, _ = curl.communicate(timeout=PATIENCE)
        show("\n".join(f"connection {n}: {line}" for n, line in enumerate(out.splitlines(), 1)))

        decided = list((stage.home / "etc/rules.d").glob("*.toml"))
        if not decided:
            say("It was for once, or nobody answered in time: there is no rule to show.")
            return 0
        say("The answer is a rule on disk,")
        show(f"{decided[0]}\n{decided[0].read_text()}")
        say("a class in the kernel's table, decided there from now on,")
        show(stage.verdict(decided[0].stem))
        verdict = "allow" if 'default = "allow"' in decided[0].read_text() else "deny"

        say("and another curl, started later, is known: the helper places it, nobody is asked.")
        show(once(stage, verdict))
        say(
            "Now the helper is killed (kill -9). What is decided stays decided; an unknown program:"
        )
        keep = Steady(stage)
        helper.kill()
        helper.wait()
        show(f"the known one  {keep.judged(verdict)}\nan unknown one {unknown(stage)}")
        say("The helper is back, and has taken over.")
        stage.helper()
        show(once(stage, verdict))
    say("Everything is gone again: namespaces, table, classes, mount, processes.")
    return 0


# -- the steps ---------------------------------------------------------------------------


def ask(stage: Stage, answer: str | None) -> None:
    """Let the question be answered: by itself, in a window, or here."""
    if answer:
        stage.start(BIN / "stile", "--bus", stage.bus, "agent", "--answer", answer, quiet=False)
    elif os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
        say("A window asks you.")
        stage.start(BIN / "stile-tray", "--bus", stage.bus, quiet=False)
    else:
        stage.start(BIN / "stile", "--bus", stage.bus, "agent", "--lines", quiet=False)
    questions = '"questions": 0'
    wait(lambda: questions in stage.stile("status", "--json"), "an answer")


class Steady:
    """A decided program that goes on running: a shell's curl would be a new process each time."""

    def __init__(self, stage: Stage) -> None:
        words = [*stage.curl(), "--retry", "0"]
        gap = ["--rate", "120/m"]
        again = [word for _ in range(6) for word in ("--next", *words[5:])]
        self._process = subprocess.Popen(
            [*words[:3], *gap, *words[3:], *again], stdout=subprocess.PIPE, text=True
        )
        stage.ends.callback(end, self._process)
        if self._process.stdout is None:
            raise Failed("no output")
        self._out = self._process.stdout
        self._out.readline()  # it has met the helper, and is placed

    def judged(self, verdict: str) -> str:
        """What becomes of its next connections."""
        lines = [self._out.readline().strip() for _ in range(2)]
        wanted = "200" if verdict == "allow" else "000"
        if not all(line.startswith(wanted) for line in lines):
            raise Failed(f"the known program was judged otherwise: {lines}")
        return lines[-1]


def once(stage: Stage, verdict: str) -> str:
    """One request of a new curl, which must be judged so."""
    out = run(*stage.curl(), check=False).strip()
    if out.startswith("200") is not (verdict == "allow"):
        raise Failed(f"it should be {verdict}, and was: {out}")
    return out


def unknown(stage: Stage) -> str:
    """One request of a program nobody knows."""
    program = stage.home / "unknown-curl"
    shutil.copy(Path(shutil.which("curl") or "/usr/bin/curl").resolve(), program)
    command = [str(program), "--max-time", "1", *stage.curl()[3:]]
    out = run(*inside(stage.near, *command), check=False).strip()
    if out.startswith("200"):
        raise Failed("an unknown program got through while the helper was away")
    return out


def guard_system() -> int:
    """Guard this machine itself until Ctrl-C, and let go of it then."""
    say("Guarding this machine: unknown programs are held until you answer. Ctrl-C ends it.")
    with ExitStack() as ends:
        ends.callback(lambda: run(BIN / "stiled", "--clear", check=False))
        shipped = CHECKOUT / "packaging/rules.d"
        policy = Path("/etc/dbus-1/system.d/org.stile.Firewall1.conf")
        if not policy.exists():
            shutil.copy(CHECKOUT / "packaging/org.stile.Firewall1.conf", policy)
            ends.callback(policy.unlink)
            name = "org.freedesktop.DBus"
            run("busctl", "call", name, "/org/freedesktop/DBus", name, "ReloadConfig", check=False)
        helper = subprocess.Popen([str(BIN / "stiled"), "--shipped", str(shipped)], text=True)
        ends.callback(end, helper)
        wait(lambda: run(BIN / "stile", "status", check=False) != "", "the helper", helper)
        words = ["stile-tray"] if os.environ.get("DISPLAY") else ["stile", "agent", "--lines"]
        agent = subprocess.Popen([str(BIN / words[0]), *words[1:]], text=True)
        ends.callback(end, agent)
        return helper.wait()


# -- small things ------------------------------------------------------------------------


@contextmanager
def staged() -> Iterator[Stage]:
    """A stage, and its end."""
    with ExitStack() as ends:
        home = Path(tempfile.mkdtemp(prefix="stile-run-"))
        ends.callback(shutil.rmtree, home)
        yield Stage(home, ends)


def inside(space: str, *command: str | Path) -> list[str]:
    """The command line that runs something in a namespace."""
    return ["nsenter", f"--net=/run/netns/{space}", *map(str, command)]


def run(*command: str | Path, check: bool = True) -> str:
    """Run a command to its end, and give what it printed."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False)
    if check and done.returncode:
        raise Failed(f"{' '.join(map(str, command))}: {done.stderr.strip() or done.returncode}")
    return done.stdout


def wait(
    there: Callable[[], bool], what: str, process: "subprocess.Popen[str] | None" = None
) -> None:
    """Wait until something is there."""
    finish = time.monotonic() + PATIENCE
    while not there():
        if process and process.poll() is not None:
            raise Failed(f"{what} ended with {process.returncode}")
        if time.monotonic() > finish:
            raise Failed(f"{what}: not there after {PATIENCE:.0f} s")
        time.sleep(0.05)


def end(process: "subprocess.Popen[str]") -> None:
    """End a process that we started."""
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def say(text: str) -> None:
    """Tell what comes now."""
    print(f"\n\033[1m{text}\033[0m" if sys.stdout.isatty() else f"\n{text}", flush=True)


def show(text: str) -> None:
    """Show what was seen."""
    print("\n".join(f"    {line}" for line in text.rstrip().splitlines()), flush=True)


if __name__ == "__main__":
    sys.exit(main())
