"""Where the command `stile` begins: a shell that completes it waits for no more than it needs."""

import os
from collections.abc import Sequence
from importlib.util import find_spec

ASKED = "_ARGCOMPLETE"
"""Set by a shell in whose line Tab was pressed (packaging/completion)."""
NOT_THERE = 1
"""The exit code for a shell where nothing of ours can be offered."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer the shell, or run one command line and give back the exit code."""
    if ASKED in os.environ:
        return _complete()
    from stile.cli.main import main as whole  # all else is imported by it, and takes its time

    return whole(None if arguments is None else [*arguments])


def _complete() -> int:
    """Offer what fits; nothing where argcomplete is not installed."""
    if find_spec("argcomplete") is None:
        return NOT_THERE
    from stile.cli import completion

    completion.answer()
    return NOT_THERE
