"""What is learned of applications while nobody is asked: bounded, in memory; no I/O.

An application for which there is no room is not let through, but asked about as ever: nothing
passes of which there is no record.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from stile.applications import Application
from stile.connections import Connection, Protocol
from stile.learned import Learned, Place

MOST_APPLICATIONS = 256
MOST_PLACES = 64
"""Of an application; of more it is only counted how often it went there."""


@dataclass(slots=True)
class _Record:
    times: int = 0
    more: int = 0
    places: dict[Place, None] = field(default_factory=dict)
    """In the order in which they came: who has read the first five knows what "five" are."""


class Lessons:
    """The records, by application."""

    def __init__(self) -> None:
        self._records: dict[Application, _Record] = {}

    def __len__(self) -> int:
        return len(self._records)

    def __iter__(self) -> Iterator[Learned]:
        for application, record in self._records.items():
            yield Learned(application, record.times, tuple(record.places), record.more)

    def __contains__(self, application: object) -> bool:
        return application in self._records

    def about(self, application: Application) -> Learned | None:
        """Give what is known of an application."""
        return next((each for each in self if each.application == application), None)

    def has_room(self, application: Application) -> bool:
        """Whether something can be recorded of it."""
        known = application in self._records
        return application.can_have_rules and (known or len(self) < MOST_APPLICATIONS)

    def take(self, connection: Connection) -> None:
        """Record a connection; `has_room` was asked before."""
        record = self._records.setdefault(connection.application, _Record())
        record.times += 1
        place = Place.of(connection)
        if place in record.places:
            return
        if len(record.places) < MOST_PLACES:
            record.places[place] = None
        else:
            record.more += 1

    def forget(self, application: Application, seen: int) -> None:
        """Forget the first *seen* places; what nobody has seen yet stays for the next review."""
        record = self._records.get(application)
        if record is None:
            return
        for place in [*record.places][:seen]:
            del record.places[place]
        if not record.places:
            del self._records[application]

    # -- on disk -----------------------------------------------------------------------------

    def words(self) -> dict[str, Any]:
        """Write the records in words of JSON."""
        return {
            str(application): {
                "times": record.times,
                "more": record.more,
                "places": [_words(place) for place in record.places],
            }
            for application, record in self._records.items()
        }

    def read(self, words: Mapping[str, Any]) -> None:
        """Take over what `words` wrote. Raises ValueError; then nothing is known."""
        try:
            self._records = {
                Application.parse(application): _record(each)
                for application, each in [*words.items()][:MOST_APPLICATIONS]
            }
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            self._records = {}
            raise ValueError(f"this is not what was learned: {error}") from None


def _words(place: Place) -> list[Any]:
    where = [str(place.protocol), place.port, str(place.address), place.name]
    return [*where, place.lookup, place.inbound]


def _record(words: Mapping[str, Any]) -> _Record:
    places = [_place(*each) for each in words["places"][:MOST_PLACES]]
    return _Record(int(words["times"]), int(words["more"]), dict.fromkeys(places))


def _place(
    protocol: str,
    port: int,
    address: str,
    name: str,
    lookup: bool,  # noqa: FBT001 # a list of JSON
    inbound: bool,  # noqa: FBT001
) -> Place:
    if not (isinstance(port, int) and 0 <= port <= 0xFFFF):
        raise ValueError("a port is wrong")
    if not all(isinstance(each, str) for each in (name, address)):
        raise ValueError("a place is wrong")
    where = ip_address(address)
    return Place(Protocol.parse(protocol), port, where, name, bool(lookup), bool(inbound))
