"""What is used of pyroute2: its words and messages of netlink, and not the rest.

The package imports all that it has when any part of it is imported: 8 MB of a helper's 46, and
0.3 s of its start (measured, pyroute2 0.9.7), for three of its modules. So these are imported
without the package's own first lines; who imports pyroute2 afterwards gets all of it.
"""

import sys
from importlib.util import find_spec, module_from_spec


def _without_the_rest() -> bool:
    """Let the package be there, as a place where its modules are found."""
    if "pyroute2" in sys.modules or (spec := find_spec("pyroute2")) is None:
        return False
    sys.modules["pyroute2"] = module_from_spec(spec)
    return True


_is_bare = _without_the_rest()

# ruff: noqa: E402 # after what decides how
from pyroute2.netlink import (
    NLM_F_ACK,
    NLM_F_DUMP,
    NLM_F_REQUEST,
    NLMSG_DONE,
    NLMSG_ERROR,
)
from pyroute2.netlink.diag import SOCK_DIAG_BY_FAMILY, inet_diag_msg, inet_diag_req
from pyroute2.netlink.nfnetlink import NFNL_SUBSYS_IPSET
from pyroute2.netlink.nfnetlink.ipset import IPSET_CMD_ADD, IPSET_CMD_DEL, ipset_msg

if _is_bare:
    del sys.modules["pyroute2"]

__all__ = [
    "IPSET_CMD_ADD",
    "IPSET_CMD_DEL",
    "NFNL_SUBSYS_IPSET",
    "NLMSG_DONE",
    "NLMSG_ERROR",
    "NLM_F_ACK",
    "NLM_F_DUMP",
    "NLM_F_REQUEST",
    "SOCK_DIAG_BY_FAMILY",
    "inet_diag_msg",
    "inet_diag_req",
    "ipset_msg",
]
