"""The rule that a row of the live view or the history suggests."""

from stile.scopes import Scope


def suggested(host: str, address: str, protocol: str, port: int, direction: str) -> Scope:
    """Cover what a connection was: its place, port and protocol, and who began it."""
    words = {"protocol": protocol}
    if port:
        words["port"] = str(port)
    if direction:
        words["direction"] = direction
    for place in (host, address):
        try:
            return Scope.parse({**words, "to": place} if place else words)
        except ValueError:
            continue  # a name that no rule can be about
    return Scope.parse({"to": address})
