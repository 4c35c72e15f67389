"""The words on the bus, as files: the XML beside this page is the only place they are written."""

from functools import cache

BUS_NAME = "org.stile.Firewall1"
PATH = "/org/stile/Firewall1"
FIREWALL = "org.stile.Firewall1"
AGENT = "org.stile.Agent1"

ACCESS_DENIED = "org.freedesktop.DBus.Error.AccessDenied"
INVALID_ARGS = "org.freedesktop.DBus.Error.InvalidArgs"
FAILED = "org.freedesktop.DBus.Error.Failed"
LIMITS = "org.freedesktop.DBus.Error.LimitsExceeded"
NOT_AGENT = "org.stile.Firewall1.Error.NotAgent"
AGENT_EXISTS = "org.stile.Firewall1.Error.AgentExists"
NO_SUCH_RULE = "org.stile.Firewall1.Error.NoSuchRule"
NOT_COUNTED = "org.stile.Firewall1.Error.NotCounted"
NOT_KEPT = "org.stile.Firewall1.Error.NotKept"


@cache
def interface(name: str) -> str:
    """Read the introspection XML that both sides are built from."""
    from importlib.resources import files  # it takes as long to import as all of our own words

    return files(__package__).joinpath(f"{name}.xml").read_text(encoding="utf-8")
