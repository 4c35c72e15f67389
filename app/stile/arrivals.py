"""What comes in from elsewhere: rules, and what has to be said about them."""

from dataclasses import dataclass

from stile.rules import Rule


@dataclass(frozen=True, slots=True)
class Remark:
    """What a person should know about something that was read."""

    source: str
    """The file, or the name of the rule in it."""
    text: str
    lost: bool = False
    """Whether it is not carried over."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The rules that were read, and remarks; a rule that is not among them has one."""

    rules: tuple[Rule, ...] = ()
    remarks: tuple[Remark, ...] = ()

    def __add__(self, other: "Arrivals") -> "Arrivals":
        return Arrivals(self.rules + other.rules, self.remarks + other.remarks)

    @property
    def lost(self) -> int:
        """How many are not carried over."""
        return sum(remark.lost for remark in self.remarks)
