"""A bus of the test's own."""

import gc
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def private_bus(at: str = "") -> Iterator[str]:
    """Run a bus as long as the block lasts, and give its address; *at* names one to be used."""
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address"]
    with subprocess.Popen(
        [*command, f"--address={at}"] if at else command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as daemon:
        assert daemon.stdout is not None
        try:
            yield daemon.stdout.readline().strip()
        finally:
            daemon.terminate()
            # dbus-next leaves its sockets to the garbage; swept up here, they warn nobody else
            gc.collect()
