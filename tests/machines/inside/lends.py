"""Sends a socket to an allowed program, and then by it: says how often that was refused.

lends.py PROGRAM ADDRESS PORT LENT_PORT    PROGRAM, a Python of another name, sends once itself
"""

import socket
import subprocess
import sys
import time

TIMES, APART = 20, 0.2


def main() -> None:
    """Be one or the other."""
    if sys.argv[1] == "keep":
        keep(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        lend(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))


def keep(descriptor: int, address: str, port: int) -> None:
    """Have a class by a packet of our own, be given a socket, and keep it."""
    with socket.socket(fileno=descriptor) as other:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
            own.sendto(b"own", (address, port))
        time.sleep(1)
        socket.recv_fds(other, 1, 1)
        other.send(b"x")
        other.recv(1)


def lend(program: str, address: str, port: str, lent_port: int) -> None:
    """Lend it, and send."""
    ours, theirs = socket.socketpair()
    keeps = [program, __file__, "keep", str(theirs.fileno()), address, port]
    refused = 0
    with (
        ours,
        subprocess.Popen(keeps, pass_fds=[theirs.fileno()]),
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made,
    ):
        socket.send_fds(ours, [b"x"], [made.fileno()])
        ours.recv(1)
        for _ in range(TIMES):
            try:
                made.sendto(b"lent", (address, lent_port))
            except PermissionError:
                refused += 1
            time.sleep(APART)
        theirs.close()
        ours.shutdown(socket.SHUT_RDWR)
    print(refused)


if __name__ == "__main__":
    main()
