"""What the machine is connected to: a network with a server, and a look at all that arrives.

It is a network namespace that a process of ours holds open, with a bridge that every boot of the
machine gets a new cable to; nothing of it is left when that process has ended.
"""

import re
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from claims import Failed, until

ADDRESS, NEAR = "192.0.2.1", "192.0.2.2"
EARLY, HASTY = 7777, 7776
"""The ports that the two early senders send to."""
SERVER = Path(__file__).parent / "server.py"


class Far:
    """The other end of the cable."""

    def __init__(self, log: Path, ends: ExitStack) -> None:
        self._log = log
        self._ends = ends
        self._holder = self._start("unshare", "--net", "sleep", "infinity")
        until(self._is_apart, "a network namespace", 5)
        for words in (
            "link set lo up",
            "link add outside type bridge forward_delay 0",
            f"address add {ADDRESS}/24 dev outside",
            "link set outside up",
        ):
            self.run("ip", *words.split())
        self._start(*self.inside(sys.executable, str(SERVER), ADDRESS))
        self._capture: subprocess.Popen[bytes] | None = None
        self.file = log / "none.pcap"

    @property
    def namespace(self) -> Path:
        """The namespace, as a file."""
        return Path(f"/proc/{self._holder.pid}/ns/net")

    def inside(self, *command: str) -> list[str]:
        """The command line that runs something here."""
        return ["nsenter", f"--net={self.namespace}", *command]

    def run(self, *command: str) -> str:
        """Run a program here. Raises Failed."""
        done = subprocess.run(self.inside(*command), capture_output=True, text=True, check=False)
        if done.returncode:
            raise Failed(f"{' '.join(command)}: {done.stderr.strip()}")
        return done.stdout

    def capture(self, name: str) -> None:
        """Begin to write down all that arrives, into a file of its own."""
        self.end_capture()
        self.file = self._log / f"{name}.pcap"
        words = ["tcpdump", "-q", "-U", "--immediate-mode", "-Z", "root", "-i", "outside"]
        self._capture = self._start(*self.inside(*words, "-w", str(self.file)))
        until(lambda: self.file.exists() and self.file.stat().st_size, "tcpdump", 10)

    def end_capture(self) -> None:
        """Write no more."""
        if self._capture:
            _end(self._capture)
            self._capture = None

    def arrived(self, what: str) -> int:
        """How many packets of the machine were seen since `capture`, by a filter of tcpdump."""
        words = [
            "tcpdump",
            "-nn",
            "-q",
            "-t",
            "-r",
            str(self.file),
            f"src host {NEAR} and ({what})",
        ]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode and "truncated" not in done.stderr:
            raise Failed(f"tcpdump cannot read {self.file}: {done.stderr.strip()}")
        return len(re.findall(r"^IP", done.stdout, re.MULTILINE))

    def sent_at(self, port: int) -> list[float]:
        """When those datagrams were sent that arrived at a port, by what they say."""
        words = ["tcpdump", "-nn", "-A", "-r", str(self.file), f"udp dst port {port}"]
        done = subprocess.run(words, capture_output=True, text=True, check=False, errors="replace")
        return [float(when) for when in re.findall(r"sent at ([0-9.]+) s", done.stdout)]

    def _is_apart(self) -> bool:
        return (
            self.namespace.exists()
            and self.namespace.readlink() != Path("/proc/self/ns/net").readlink()
        )

    def _start(self, *command: str) -> "subprocess.Popen[bytes]":
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self._ends.callback(_end, process)
        return process


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
