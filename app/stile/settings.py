"""What the administrator sets in stile.toml."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from typing import Any, Literal, get_args

from stile.connections import Address
from stile.rules import Action

Away = Literal["deny", "allow"]


@dataclass(frozen=True, slots=True)
class Settings:
    """The keys of stile.toml, with what holds where they are left out."""

    when_daemon_is_away: Away = "deny"
    """What unknown applications get from the kernel while no helper runs."""
    question_timeout: float = 60.0
    """Seconds that a question stays open."""
    when_nobody_answers: Action = Action.DENY
    """What the packets get then; the next attempt is asked about again."""
    held_per_application: int = 64
    """Packets held of one application; more are dropped."""
    held_in_all: int = 1024
    """Packets held of all applications."""
    questions_in_all: int = 100
    """Questions open at a time; beyond that the fallback answers at once."""
    ask_about_inbound: bool = False
    """Whether it is asked about who accepts TCP connections; otherwise only rules refuse them."""
    name_servers: str = ""
    """Addresses of name servers, apart from those of resolv.conf, whose answers are believed."""
    everybody_may_look_up: bool = False
    """Whether every program may ask these name servers. What a program asks for can carry anything
    out, to whoever owns the domain: it is a way around every other rule."""

    def __post_init__(self) -> None:
        if self.when_daemon_is_away not in get_args(Away):
            raise ValueError(
                f"when_daemon_is_away is deny or allow, not '{self.when_daemon_is_away}'"
            )
        if self.when_nobody_answers is Action.ASK:
            raise ValueError("when_nobody_answers is allow, deny or drop, not 'ask'")
        if not 1 <= self.question_timeout <= 86400:
            raise ValueError("question_timeout is a number of seconds from 1 to 86400")
        for name in ("held_per_application", "held_in_all", "questions_in_all"):
            if not 1 <= getattr(self, name) <= 65536:
                raise ValueError(f"{name} is a number from 1 to 65536")

        _addresses(self.name_servers)

    @property
    def servers(self) -> tuple[Address, ...]:
        """The addresses of `name_servers`."""
        return _addresses(self.name_servers)

    @classmethod
    def parse(cls, table: Mapping[str, Any]) -> "Settings":
        """Check a parsed stile.toml. Raises ValueError that names the key."""
        known = {field.name: type(field.default) for field in fields(cls)}
        for name, value in table.items():
            if name not in known:
                raise ValueError(f"there is no setting '{name}': {', '.join(known)}")
            expected = known[name]
            if expected is float and type(value) is int:
                continue
            if not isinstance(value, str if issubclass(expected, str) else expected) or (
                isinstance(value, bool) and expected is not bool
            ):
                raise ValueError(f"{name} is {value!r}, which is not of the right type")
        values = dict(table)
        if "when_nobody_answers" in values:
            try:
                values["when_nobody_answers"] = Action(values["when_nobody_answers"])
            except ValueError:
                wrong = table["when_nobody_answers"]
                raise ValueError(
                    f"when_nobody_answers is allow, deny or drop, not '{wrong}'"
                ) from None
        return cls(**values)


def _addresses(text: str) -> tuple[Address, ...]:
    try:
        return tuple(ip_address(word) for word in text.replace(",", " ").split())
    except ValueError as error:
        raise ValueError(f"name_servers: {error}") from None
