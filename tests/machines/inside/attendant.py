"""Does in the machine what the test outside asks for, one line of JSON each way.

    attendant.py NAME

A virtual machine has a port of that name (virtio), a container a socket in the folder that both
share; neither has to do with the network. There is one attendant for root, and one in the session
of alice.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, BinaryIO

SHARED = Path("/srv/machine")
PORTS = Path("/dev/virtio-ports")
CONTAINER = Path("/run/systemd/container")
LONGEST = 600.0


class Started:
    """A program that goes on while other things are asked for."""

    def __init__(self, argv: list[str]) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as this)
        self._process = subprocess.Popen(
            argv, stdin=subprocess.DEVNULL, stdout=self._said, stderr=subprocess.STDOUT
        )

    def look(self) -> dict[str, object]:
        """What it has said so far, and how it ended, if it has."""
        code = self._process.poll()
        self._said.seek(0)
        return {"rc": code, "out": self._said.read().decode(errors="replace")}

    def stop(self) -> dict[str, object]:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        return self.look()


class Attendant:
    """Carries out what is asked for, in turn."""

    def __init__(self) -> None:
        self._started: dict[int, Started] = {}

    def answer(self, asked: dict[str, Any]) -> dict[str, object]:
        """Do one thing."""
        match asked["do"]:
            case "hello":
                return {}
            case "run":
                return _run(asked["argv"], asked.get("timeout", LONGEST))
            case "start":
                number = len(self._started)
                self._started[number] = Started(asked["argv"])
                return {"number": number}
            case "look":
                return self._started[asked["number"]].look()
            case "stop":
                return self._started[asked["number"]].stop()
            case "read":
                return {"out": Path(asked["path"]).read_text(errors="replace")}
            case "write":
                Path(asked["path"]).parent.mkdir(parents=True, exist_ok=True)
                Path(asked["path"]).write_text(asked["text"])
                return {}
        raise ValueError(asked["do"])

    def serve(self, reads: BinaryIO, writes: BinaryIO) -> None:
        """Answer until the other side is gone."""
        for line in reads:
            if not line.strip():
                continue
            asked = json.loads(line)
            try:
                done = self.answer(asked)
            except (OSError, ValueError, KeyError) as error:
                done = {"error": f"{type(error).__name__}: {error}"}
            _say(writes, {"id": asked["id"]} | done)


def _run(argv: list[str], timeout: float) -> dict[str, object]:
    began = time.monotonic()
    try:
        done = subprocess.run(
            argv,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=timeout,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        late = (error.stdout or b"").decode(errors="replace")
        return {"rc": -1, "out": late, "err": f"not done after {timeout} s", "seconds": timeout}
    return {
        "rc": done.returncode,
        "out": done.stdout.decode(errors="replace"),
        "err": done.stderr.decode(errors="replace"),
        "seconds": time.monotonic() - began,
    }


def _say(writes: BinaryIO, what: dict[str, object]) -> None:
    writes.write(json.dumps(what).encode() + b"\n")
    writes.flush()


def _in_container(name: str, attendant: Attendant) -> None:
    place = SHARED / f"{name}.socket"
    place.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listens:
        listens.bind(str(place))
        place.chmod(0o666)
        listens.listen()
        while True:
            joined, _ = listens.accept()
            with joined, joined.makefile("rb") as reads, joined.makefile("wb") as writes:
                attendant.serve(reads, writes)


def _in_vm(name: str, attendant: Attendant) -> None:
    port = PORTS / f"machine.{name}"
    while not os.access(port, os.R_OK | os.W_OK):
        time.sleep(0.1)
    with port.open("r+b", buffering=0) as raw:
        while True:
            reads = os.fdopen(os.dup(raw.fileno()), "rb")
            writes = os.fdopen(os.dup(raw.fileno()), "wb")
            attendant.serve(reads, writes)
            time.sleep(0.2)


def main() -> None:
    """Serve until the machine goes down."""
    name = sys.argv[1]
    serve = _in_container if CONTAINER.exists() else _in_vm
    serve(name, Attendant())


if __name__ == "__main__":
    main()
