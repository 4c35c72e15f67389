"""The table with which the next boot begins: what is unknown is held from the first moment.

    /etc/stile/boot.nft     loaded before the first unit (packaging/stile-early-generator), or
                            by stile-early.service before there is a network device

There is no process in any class by then, and no helper whom a queue leads to: the kernel throws
away what is unknown, and its sender tries again. The file stands beside the settings because it has
to be on the root file system.
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from stile.rules import Action, Lifetime, Policy, Rule
from stile.scopes import ANYWHERE, Listed
from stiled.backends import Backend
from stiled.chains import common_chains
from stiled.rulefile import replace_file

log = logging.getLogger(__name__)

NAME = "boot.nft"
HEADING = "# Written by stiled whenever it changes; stile-early.service loads it at boot.\n"


class BootTable:
    """The file; there is none where the packet filter cannot be loaded so, or nothing is held."""

    def __init__(self, folder: Path, backend: Backend) -> None:
        self._path = folder / NAME
        self._backend = backend
        self.problem = ""
        """What is wrong with it, as a line; empty while all is well."""

    def keep(self, kernel: Iterable[Rule]) -> None:
        """Write it, where it is another than before.

        *kernel* are the rules of the kernel's own sockets. It blocks. A file that cannot be written
        stands in `problem`, and the next boot begins with the old one.
        """
        policy = Policy.of(_from_the_first_moment(kernel), frozenset())
        chains = common_chains(policy, locked=self._backend.locked)
        try:
            self._write(self._backend.for_boot(chains))
            self.problem = ""
        except OSError as error:
            self.problem = (
                f"{self._path}: {error.strerror}: the next boot begins with an older table"
            )
            log.error("%s", self.problem)

    def _write(self, table: str | None) -> None:
        if table is None:
            self._path.unlink(missing_ok=True)
        elif (text := HEADING + table) != self._former():
            replace_file(self._path, text, mode=0o600)

    def _former(self) -> str:
        try:
            return self._path.read_text(encoding="utf-8")
        except FileNotFoundError:
            return ""


def _from_the_first_moment(rules: Iterable[Rule]) -> Iterator[Rule]:
    """Give the rules that hold while nothing is known of networks, lists and the time.

    What allows has to hold then; what refuses is taken for more than it says.
    """
    for rule in rules:
        is_listed = isinstance(rule.scope.destination, Listed)
        if rule.action is not Action.ALLOW:
            scope = replace(rule.scope, network="")
            if is_listed:
                scope = replace(scope, destination=ANYWHERE)
            yield replace(rule, scope=scope, lifetime=Lifetime.FOREVER, until=0.0)
        elif rule.lifetime is Lifetime.FOREVER and not is_listed:
            yield rule
