"""Where a process comes from: when it started, which tells it from a later one of its number."""

from pathlib import Path


def fields(pid: int) -> list[str]:
    """Give the fields of proc_pid_stat(5) from the third on.

    Raises FileNotFoundError, ProcessLookupError.
    """
    return fields_in(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace"))


def fields_in(stat: str) -> list[str]:
    """Read such a file: the name before them may hold anything, brackets too."""
    return stat.rpartition(")")[2].split()


def born(pid: int) -> int:
    """Give the ticks since the boot: field 22. Raises FileNotFoundError, ProcessLookupError."""
    return int(fields(pid)[19])
