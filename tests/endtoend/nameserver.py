"""A real name server outside, with names for every case."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from worlds import FAR, FAR6, World, run, until

ONE, TWO, SHARED = "10.77.0.3", "10.77.0.4", "10.77.0.5"
SIX = "fd77::3"
MANY, MANY_ADDRESSES = 100, "10.99.0.0/24"
NAMES = (
    f"--host-record=one.example.org,{ONE},2",
    f"--host-record=deep.one.example.org,{TWO},60",
    f"--host-record=many.example.org,{ONE},60",
    f"--host-record=many.example.org,{TWO},60",
    f"--host-record=many.example.org,{SIX},60",
    "--cname=alias.example.net,one.example.org,60",
    "--cname=first.example.com,alias.example.net,60",
    f"--host-record=good.example.com,{SHARED},60",
    "--cname=steady.example.com,good.example.com,60",
    f"--host-record=ads.example.net,{SHARED},60",
    f"--host-record=large.example.org,{ONE},60",
    *(f"--host-record=large.example.org,10.99.0.{each},60" for each in range(1, MANY)),
    *(f"--host-record=n{each}.many.example,10.99.0.{each},60" for each in range(1, MANY)),
)


@contextmanager
def name_server(world: World, port: int = 53) -> Iterator[None]:
    """Let a name server listen on the far side."""
    if shutil.which("dnsmasq") is None:
        pytest.skip("needs dnsmasq")
    for address in (ONE, TWO, SHARED):
        run("ip", "-n", f"{world.name}f", "addr", "add", f"{address}/24", "dev", "far")
    run("ip", "-n", f"{world.name}f", "addr", "add", f"{SIX}/64", "dev", "far", "nodad")
    server = subprocess.Popen(
        world.far(
            *("dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts"),
            *("--user=root", "--pid-file=", "--bind-interfaces", f"--port={port}"),
            *(f"--listen-address={FAR}", f"--listen-address={FAR6}", *NAMES),
        ),
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: f"{FAR}:{port}" in run(*world.far("ss", "-lnu")) or None, "the name server")
        yield
    finally:
        server.kill()
        server.wait()
