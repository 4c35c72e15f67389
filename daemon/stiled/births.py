"""When did a process start? With its number that tells it from a later one of the same number."""

from pathlib import Path


def born(pid: int) -> int:
    """Give the ticks since the boot: field 22 of proc_pid_stat(5).

    Raises FileNotFoundError, ProcessLookupError.
    """
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    return int(stat.rpartition(")")[2].split()[19])  # its name may hold anything, brackets too
