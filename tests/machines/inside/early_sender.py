"""Sends a datagram every 20 ms, from the moment at which there is a network interface.

    early_sender.py early|hasty

It stands for whatever starts early in a boot and that nobody has decided about. Each datagram says
when it was sent, in seconds since power-on; what came of each attempt is noted. Whether one arrived
is seen on the other side.
"""

import errno
import socket
import subprocess
import sys
import time
from pathlib import Path

NEAR, FAR = "192.0.2.2/24", "192.0.2.1"
PORTS = {"early": 7777, "hasty": 7776}
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


def attempt(sender: socket.socket, port: int, when: str) -> str:
    """Send one; what came of it."""
    try:
        sender.sendto(f"sent at {when} s".encode(), (FAR, port))
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, str(error.errno))
    return "sent"


def main() -> None:
    """Send until somebody ends it."""
    name = sys.argv[1]
    with (
        Path(f"/run/{name}-sender.log").open("w", buffering=1) as notes,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender,
    ):
        sender.setblocking(False)  # noqa: FBT003 (it has no keywords)
        configure(interface())
        while True:
            when = f"{time.clock_gettime(time.CLOCK_BOOTTIME):.3f}"
            print(when, attempt(sender, PORTS[name], when), file=notes)
            time.sleep(GAP)


if __name__ == "__main__":
    main()
