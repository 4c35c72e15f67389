"""Playing with a desk: events go in, effects come out."""

from typing import TypeVar

from stiled.desk import Desk, Effect, Event

T = TypeVar("T")


def play(at: Desk, *events: Event) -> list[Effect]:
    """Feed events one after another and gather everything that they cause."""
    return [effect for event in events for effect in at.handle(event)]


def of(kind: type[T], effects: list[Effect]) -> list[T]:
    """Give those effects that are of a kind."""
    return [effect for effect in effects if isinstance(effect, kind)]
