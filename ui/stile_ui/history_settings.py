"""What the user wants kept of the past."""

from dataclasses import dataclass

LONGEST, LARGEST = 3650, 10_000
"""Days, and megabytes, that can be asked for."""


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """Whether there is a history, for how many days, and how many megabytes of it at most."""

    on: bool = True
    days: int = 30
    megabytes: int = 500

    def __post_init__(self) -> None:
        if not (1 <= self.days <= LONGEST and 1 <= self.megabytes <= LARGEST):
            raise ValueError(f"{self.days} days, {self.megabytes} MB: out of range")
