"""Tests of a real kernel, each in a network namespace of its own."""

import ctypes
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from ground import BACKENDS, Ground, laid_out

from stiled import netcls
from stiled.netcls import NetCls, NoNetCls

CLONE_NEWNET = 0x40000000
"""linux/sched.h; os.unshare came with Python 3.12."""


@pytest.fixture(autouse=True)
def own_namespace() -> Iterator[None]:
    """Let the test, and the programs that it starts, be in a network namespace of their own."""
    if os.geteuid() != 0:
        pytest.skip("needs root: makes a network namespace")
    if missing := [tool for tool in ("ip", "nft") if shutil.which(tool) is None]:
        pytest.skip(f"needs {', '.join(missing)}")
    libc = ctypes.CDLL(None, use_errno=True)
    with Path("/proc/self/ns/net").open() as here:
        if libc.unshare(CLONE_NEWNET):
            pytest.skip(f"may not make a network namespace: {os.strerror(ctypes.get_errno())}")
        try:
            _run("ip", "link", "set", "lo", "up")
            _run("ip", "link", "add", "cable", "type", "veth", "peer", "name", "end")
            _run("ip", "link", "set", "end", "up")
            _run("ip", "addr", "add", "10.78.0.1/24", "dev", "cable")
            _run("ip", "addr", "add", "fd78::1/64", "dev", "cable", "nodad")
            _run("ip", "link", "set", "cable", "up")
            _run("ip", "neigh", "add", "10.78.0.2", "lladdr", "02:00:00:00:00:02", "dev", "cable")
            yield
        finally:
            if libc.setns(here.fileno(), CLONE_NEWNET):
                pytest.exit("cannot come back from a network namespace")


@pytest.fixture
def groups(own_namespace: None, tmp_path: Path) -> Iterator[NetCls]:
    """Groups of net_cls of the test's own."""
    try:
        mount = netcls.find_or_mount(tmp_path)
    except NoNetCls as error:
        pytest.skip(str(error))
    made = NetCls(mount, f"stile-tests/kernel{os.getpid()}")
    made.claim()
    try:
        yield made
    finally:
        made.clear()
        made.release()
        netcls.unmount(tmp_path)


@pytest.fixture(params=BACKENDS)
def ground(own_namespace: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """Ground to try policies on, with each packet filter."""
    with laid_out(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=BACKENDS)
def asking(own_namespace: None, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Ground]:
    """The same, where listeners are asked about."""
    with laid_out(partial(request.param, ask_in=True), tmp_path) as made:
        yield made


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)
