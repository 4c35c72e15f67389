"""Sends a datagram every 20 ms, from the moment at which there is a network interface.

It stands for whatever starts early in a boot and that nobody has decided about. What came of each
attempt is noted with the time since power-on; whether one arrived is seen on the other side.
"""

import errno
import socket
import subprocess
import time
from pathlib import Path

NEAR, FAR, PORT = "192.0.2.2/24", "192.0.2.1", 7777
NOTES = Path("/run/early-sender.log")
GAP = 0.02


def interface() -> str:
    """The first interface that is not the loopback; wait until there is one."""
    while True:
        for _, name in socket.if_nameindex():
            if name != "lo":
                return name
        time.sleep(0.005)


def configure(name: str) -> None:
    """Give it an address, as nobody else does in this machine."""
    subprocess.run(["ip", "address", "replace", NEAR, "dev", name], check=True)
    subprocess.run(["ip", "link", "set", name, "up"], check=True)


def attempt(sender: socket.socket) -> str:
    """Send one; what came of it."""
    try:
        sender.sendto(b"early", (FAR, PORT))
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "sent"


def main() -> None:
    """Send until somebody ends it."""
    with NOTES.open("w") as notes, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)  # noqa: FBT003 (it has no keywords)
        print(f"{time.clock_gettime(time.CLOCK_BOOTTIME):.3f} began", file=notes, flush=True)
        configure(interface())
        while True:
            now = time.clock_gettime(time.CLOCK_BOOTTIME)
            print(f"{now:.3f} {attempt(sender)}", file=notes, flush=True)
            time.sleep(GAP)


if __name__ == "__main__":
    main()
