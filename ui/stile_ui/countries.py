"""In which country an address is, where a database about that is installed on this machine.

Nobody is asked over the network. The library is optional (`pip install stile-firewall[country]`,
or python3-maxminddb), and is loaded with the first question.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, cast

from stile.connections import Address

FOLDERS = (Path("/usr/share/GeoIP"), Path("/var/lib/GeoIP"))
FITTING = ("country", "city")
"""Words in the types of databases that know countries: GeoLite2-Country, DBIP-City-Lite ..."""


class Database(Protocol):
    """What we need of a reader of MaxMind's."""

    def get(self, address: Address) -> Any:  # noqa: ANN401 # whatever stands there
        """What is known of an address; None for nothing."""


class Countries:
    """Knows countries by the first database that fits."""

    def __init__(self, folders: Sequence[Path] = FOLDERS, language: str = "en") -> None:
        self._folders = folders
        self._language = language
        self._database: Database | None = None
        self._has_looked = False
        self.of = lru_cache(maxsize=256)(self._of)

    def _of(self, address: Address) -> str:
        """Name the country of an address; empty where nobody knows."""
        if not self._has_looked:
            self._has_looked, self._database = True, _opened(self._folders)
        if self._database is None or not address.is_global:
            return ""
        try:
            return _named(self._database.get(address), self._language)
        except ValueError:  # a database of IPv4 knows no IPv6; one that is damaged knows nothing
            return ""


def _opened(folders: Sequence[Path]) -> Database | None:
    found = [path for folder in folders for path in sorted(folder.glob("*.mmdb"))]
    if not found:
        return None
    try:
        import maxminddb
    except ImportError:
        return None
    for path in found:
        try:
            database = maxminddb.open_database(path, maxminddb.MODE_AUTO)
        except (OSError, maxminddb.InvalidDatabaseError):
            continue
        if any(word in database.metadata().database_type.lower() for word in FITTING):
            return cast("Database", database)
        database.close()
    return None


def _named(entry: Any, language: str) -> str:  # noqa: ANN401 # whatever stands there
    """Read the name out of an entry, or the letters of ISO 3166 where it has none."""
    country = entry.get("country") if isinstance(entry, dict) else None
    if not isinstance(country, dict):
        return ""
    names = country.get("names")
    name = (names.get(language) or names.get("en")) if isinstance(names, dict) else None
    return str(name or country.get("iso_code") or "")
