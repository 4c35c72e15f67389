"""What the administrator sets in stile.toml."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from ipaddress import ip_address
from typing import Any, Literal, TypeAlias, get_args

from stile.connections import Address
from stile.rules import Action

Away = Literal["deny", "allow"]
Value: TypeAlias = str | float | int | bool
LONGEST_LIST = 4096
"""Letters of a list of addresses."""
SWITCH = {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}


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
    """Packets held of all applications; of one user's, as many as there is room left for others."""
    questions_in_all: int = 100
    """Questions open at a time; beyond that the fallback answers at once. A user's programs get as
    many as are left for others: the half of them, where there is one user."""
    ask_about_inbound: bool = False
    """Whether it is asked about who accepts TCP connections; otherwise only rules refuse them."""
    name_servers: str = ""
    """Addresses of name servers, apart from those of resolv.conf, whose answers are believed."""
    everybody_may_look_up: bool = False
    """Whether every program may ask these name servers. What a program asks for can carry anything
    out, to whoever owns the domain: it is a way around every other rule."""
    quick_moves: bool = True
    """Whether a process changes its class in 0.2 ms, and not in 10 to 20. Each fork of the machine
    pays for it, too little to be measured: less than a hundredth (tests/bench/moves.py)."""

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

        if len(self.name_servers) > LONGEST_LIST:
            raise ValueError(f"name_servers is longer than {LONGEST_LIST} letters")
        _addresses(self.name_servers)

    @property
    def servers(self) -> tuple[Address, ...]:
        """The addresses of `name_servers`."""
        return _addresses(self.name_servers)

    @property
    def values(self) -> dict[str, Value]:
        """Every key with its value, as they stand in stile.toml."""
        return {field.name: _plain(getattr(self, field.name)) for field in fields(self)}

    def with_changes(self, changes: Mapping[str, Value]) -> "Settings":
        """The same, but for what is changed. Raises ValueError that begins with the key."""
        return Settings.parse({**self.values, **changes})

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
        values: dict[str, Any] = {
            name: _seconds(value) if known[name] is float else value
            for name, value in table.items()
        }
        if "when_nobody_answers" in values:
            try:
                values["when_nobody_answers"] = Action(values["when_nobody_answers"])
            except ValueError:
                wrong = table["when_nobody_answers"]
                raise ValueError(
                    f"when_nobody_answers is allow, deny or drop, not '{wrong}'"
                ) from None
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Stated:
    """What stile.toml says, and how far it counts."""

    settings: Settings
    file: str
    """Where it stands."""
    problem: str = ""
    """Why it cannot be read: then `settings` are those in force."""
    after_restart: tuple[str, ...] = ()
    """Keys of which something else is in force until the helper is started anew."""


def worded(key: str, text: str) -> Value:
    """Read the value of a key as one types it. Raises ValueError that begins with the key."""
    known = {field.name: type(field.default) for field in fields(Settings)}
    if key not in known:
        raise ValueError(f"there is no setting '{key}': {', '.join(known)}")
    if known[key] is bool:
        if text.lower() not in SWITCH:
            raise ValueError(f"{key} is true or false, not '{text}'")
        return SWITCH[text.lower()]
    if issubclass(known[key], str):
        return text
    try:
        return int(text) if known[key] is int or text.isdecimal() else float(text)
    except ValueError:
        raise ValueError(f"{key} is a number, not '{text}'") from None


def _seconds(value: float) -> float:
    """Give a number that TOML has; it has whole ones that no float is as large as."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _plain(value: Value) -> Value:
    return str(value) if isinstance(value, str) else value


def _addresses(text: str) -> tuple[Address, ...]:
    try:
        return tuple(ip_address(word) for word in text.replace(",", " ").split())
    except ValueError as error:
        raise ValueError(f"name_servers: {error}") from None
