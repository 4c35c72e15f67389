"""How a command ends that could not do its work: each is one line on stderr, and an exit code."""


class Failed(Exception):
    """It was refused, or went wrong: exit code 1. The text names the thing and the mend."""


class Misused(Exception):
    """The command line makes no sense: exit code 2."""


class Unread(Exception):
    """Whoever read the output is gone, as `head` is after ten lines: quiet, as SIGPIPE is."""
