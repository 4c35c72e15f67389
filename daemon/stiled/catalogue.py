"""What people know an application as: the name and icon of its desktop entry, and its package."""

from threading import Lock

from stile.applications import Application, Kind
from stile.questions import About
from stiled.desktop_entries import DesktopEntries
from stiled.packages import package_of

MOST = 512
"""Applications that are remembered."""
INSTALLED = frozenset({Kind.PATH, Kind.SCRIPT})


class Catalogue:
    """Finds it once for each application; what was found holds until we end."""

    def __init__(self, entries: DesktopEntries | None = None) -> None:
        self._entries = entries or DesktopEntries()
        self._found: dict[Application, About] = {}
        self._lock = Lock()

    def known(self, application: Application) -> About | None:
        """Give what was found before; None where nobody has looked yet."""
        return self._found.get(application)

    def entry_of(self, application: Application) -> About:
        """Find name and icon alone: of many applications at once."""
        if found := self._found.get(application):
            return found
        entry = self._entries.find(application)
        return About(entry.name, entry.icon) if entry else About()

    def look_up(self, application: Application) -> About:
        """Find what can be found. It blocks, a second at most for each packaging system."""
        with self._lock:
            if (found := self._found.get(application)) is not None:
                return found
            entry = self._entries.find(application)
            package = package_of(application.name) if application.kind in INSTALLED else ""
            found = About(entry.name, entry.icon, package) if entry else About(package=package)
            if len(self._found) >= MOST:
                self._found.pop(next(iter(self._found)))
            self._found[application] = found
            return found
