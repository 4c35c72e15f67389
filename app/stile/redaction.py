"""What a report may not tell: names, addresses and places of people become placeholders.

Each pattern looks for spans of the text that have to go, on its own; what overlaps goes as one. So
nothing that any of them has found is left over, whatever the others think of it. Where a shape is
in doubt, too much goes. The same thing gets the same placeholder throughout, so that one can see
that two lines are about the same.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import ip_address
from typing import NamedTuple

from stile.connections import Address

LONGEST = 4096
"""Letters of a line; what is beyond is cut off."""
SYSTEM_PLACES = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib64", "/proc", "/sys", "/etc/stile", "/run/stile"),
    *("/var/lib/stile", "/run/systemd", "/run/dbus", "/etc/resolv.conf", "/dev/null"),
)
"""Files and folders that are alike on all machines, or Stile's own."""
NOT_THE_SYSTEMS = (
    *("/usr/local/", "/usr/src/", "/sys/class/net/", "/home/", "/root/", "/cwd/", "/fd/", "/../"),
)
KNOWN_NAMES = frozenset(
    {
        *(
            "stile.toml",
            "boot.nft",
            "resolv.conf",
            "stiled.service",
            "stile-early.service",
            "dbus.socket",
        ),
        *("run-stile-net_cls.mount", "network-pre.target", "sysinit.target", "dbus.service"),
        *("firewalld.service", "ufw.service", "nftables.service", "systemd-resolved.service"),
        *("multi-user.target", "system.slice", "cgroup.procs"),
    }
)
"""Words with dots that are no names of hosts."""
KNOWN_STARTS = ("org.stile.", "org.freedesktop.")
OF_CODE = ("Error", "Exception", "Warning")
"""How the names of exceptions end; no name of a host does."""
SPOKEN = re.compile(
    r"allow|deny|drop|ask|any|anything|true|false|application|default|action|until|enabled|note|children"
    r"|rules?|path|script|[a-z]+_[a-z_]+|[0-9]{1,5}|[\W_]{1,3}"
)
"""What may stay between quotation marks: words of Stile's own."""
KIND_AND_PATH = re.compile(r"(?:(?:path|script):|unix:path=)?(/.*)")

LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
URL = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s'\"]+")
MAIL = re.compile(r"[\w.+-]+@(?:[\w-]+\.)+[^\W\d_]{2,}")
QUOTED = re.compile(r"(?<!\w)'((?:[^'\\\n]|\\.)*)'(?!\w)|(?<!\w)\"((?:[^\"\\\n]|\\.)*)\"(?!\w)")
PATH = re.compile(r"(?<![^\W_])(?<!/)/+(?=[^\s/])(?!\d{1,3}(?![\w/]))")
PATH_WORD = re.compile(r"/[\w./+@%~-]*")
HOME = re.compile(r"(?<=[^\W_])/home/.*")
NAMED_BY_PEOPLE = re.compile(r"/(?:rules|lists)\.d/(?P<name>.*\.toml|.+)")
SHIPPED = "/usr/lib/stile/"
NAME = re.compile(rf"(?:{LABEL}\.)+(?:[^\W\d_]{{2,}}|xn--[\w-]+)")
PAIRS = r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
MAC = re.compile(rf"(?<![0-9A-Za-z]){PAIRS}(?![0-9A-Za-z])")
UUID = re.compile(r"\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b")
HASH = re.compile(r"(?<![0-9A-Za-z])[0-9A-Fa-f]{32,}(?![0-9A-Za-z])")
FOUR = re.compile(r"(?<![0-9])[0-9]+(?:\.[0-9]+){3,}")
COLONS = re.compile(r"[0-9A-Fa-f.]*:[0-9A-Fa-f.:]*:[0-9A-Fa-f.:]*")
TIME = re.compile(r"[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?:?")
LONGEST_ADDRESS = 64
UID = re.compile(
    r"(?:\b(?:user|users|uid|_uid|gid|skuid|skgid|auid)[ =:]{1,2}(?:!= )?|\buser[-@]|/run/user/"
    r"|\b(?:path|script|appimage|flatpak)@)(?P<uid>[0-9]{4,10})(?![0-9])",
    re.IGNORECASE,
)
NETWORKS = re.compile(r"active networks: (?P<names>.+)")
"""What the helper logs when networks change."""
CODE_FOLLOWS = re.compile(r'.*File "/usr/[^"]+", line \d+, in ')


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of this machine and who uses it: it goes wherever it stands as a word."""

    people: frozenset[str] = frozenset()
    """Names of accounts, and of who has them."""
    hosts: frozenset[str] = frozenset()
    """How this machine is called."""
    networks: frozenset[str] = frozenset()
    """Names of Wi-Fi, VPN and other connections."""
    others: frozenset[str] = frozenset()
    """Whatever else people have given a name: block lists."""


class _Span(NamedTuple):
    """A part of a line that goes: what it is, and by what it is told from others."""

    start: int
    end: int
    kind: str
    key: str


class Redactor:
    """Takes out what a report may not tell, and counts what that was."""

    def __init__(self, known: Known) -> None:
        self._words = [
            (kind, pattern)
            for kind, words in (
                ("user", known.people),
                ("host", known.hosts),
                ("network", known.networks),
                ("name", known.others),
            )
            if (pattern := _pattern_of(words)) is not None
        ]
        self._numbers: dict[tuple[str, str], int] = {}
        self._highest: Counter[str] = Counter()

    @property
    def removed(self) -> dict[str, int]:
        """How many different things of each kind went."""
        return dict(sorted(self._highest.items()))

    def lines(self, texts: Iterable[str]) -> list[str]:
        """Redact lines that follow each other."""
        found: list[str] = []
        is_code = False
        for text in texts:
            # a traceback shows a line of our own code then: nothing of anybody's is in it
            spans = self._known_in(text) if is_code else self._found_in(text)
            found.append(self._without(text, spans))
            is_code = CODE_FOLLOWS.match(text) is not None
        return found

    def line(self, text: str) -> str:
        """Redact one line."""
        return self.lines([text])[0]

    def placeholder(self, kind: str, key: str) -> str:
        """Give what stands in the place of something: the same for the same."""
        if (kind, key) not in self._numbers:
            self._highest[kind] += 1
            self._numbers[kind, key] = self._highest[kind]
        return f"<{kind} #{self._numbers[kind, key]}>"

    # -- what is found -------------------------------------------------------------------

    def _found_in(self, text: str) -> Iterator[_Span]:
        for kind, pattern in (("page", URL), ("mail address", MAIL), ("number", UUID)):
            yield from _all(kind, pattern, text)
        for kind, pattern in (("hash", HASH), ("MAC address", MAC), ("path", HOME)):
            yield from _all(kind, pattern, text)
        yield from _hosts_in(text)
        yield from _addresses_in(text)
        yield from (each for each in _paths_in(text) if each.kind)
        yield from _quoted_in(text)
        for found in UID.finditer(text):
            yield _Span(*found.span("uid"), "user number", found["uid"])
        for found in NETWORKS.finditer(text):
            yield _Span(*found.span("names"), "networks", found["names"])
        yield from self._known_in(text)

    def _known_in(self, text: str) -> Iterator[_Span]:
        for kind, pattern in self._words:
            yield from _all(kind, pattern, text)

    def _without(self, text: str, spans: Iterable[_Span]) -> str:
        """Put placeholders in the place of spans; those that overlap are one."""
        parts: list[str] = []
        place = 0
        for span in _merged(sorted(spans), text):
            parts += text[place : span.start], self.placeholder(span.kind, span.key)
            place = span.end
        whole = "".join((*parts, text[place:]))
        return whole if len(whole) <= LONGEST else f"{whole[:LONGEST]} ..."


def _merged(spans: Iterable[_Span], text: str) -> Iterator[_Span]:
    current: _Span | None = None
    for span in spans:
        if current is None or span.start >= current.end:
            if current:
                yield current
            current = span
            continue
        widest = max(current, span, key=lambda each: each.end - each.start)
        start, end = current.start, max(current.end, span.end)
        is_whole = (start, end) == (widest.start, widest.end)
        current = _Span(start, end, widest.kind, widest.key if is_whole else text[start:end])
    if current:
        yield current


def _pattern_of(words: Iterable[str]) -> "re.Pattern[str] | None":
    """Find any of these words, the longest first, whatever their case."""
    said = sorted({word.strip() for word in words} - {""}, key=lambda word: (-len(word), word))
    return re.compile("|".join(map(_as_word, said)), re.IGNORECASE) if said else None


def _as_word(word: str) -> str:
    before = r"(?<![^\W_])" if word[0].isalnum() else ""
    after = r"(?![^\W_])" if word[-1].isalnum() else ""
    return f"{before}{re.escape(word)}{after}"


def _all(kind: str, pattern: "re.Pattern[str]", text: str) -> Iterator[_Span]:
    for found in pattern.finditer(text):
        yield _Span(*found.span(), kind, found[0].casefold())


def _hosts_in(text: str) -> Iterator[_Span]:
    systems = [each for each in _paths_in(text) if not each.kind]
    for found in NAME.finditer(text):
        name = found[0]
        if any(each.start <= found.start() and found.end() <= each.end for each in systems):
            continue
        if name in KNOWN_NAMES or name.startswith(KNOWN_STARTS) or name.endswith(OF_CODE):
            continue
        yield _Span(*found.span(), "host name", name.casefold())


# -- addresses ---------------------------------------------------------------------------


def _addresses_in(text: str) -> Iterator[_Span]:
    for found in FOUR.finditer(text):
        yield from _address(found.span(), found[0], _read(found[0]))
    for found in COLONS.finditer(text):
        if TIME.fullmatch(found[0]) is None:
            yield from _address(found.span(), found[0], _longest_in(found[0]))


def _address(span: tuple[int, int], text: str, address: Address | None) -> Iterator[_Span]:
    if address is None:
        if "." in text and ":" not in text:
            yield _Span(*span, "number", text)
        return
    is_alone = _read(text.strip(":.") or text) is not None or _read(text.rstrip(":.")) is not None
    if (address.is_loopback or address.is_unspecified) and (is_alone or text.strip(":.") == ""):
        return
    yield _Span(*span, f"{_sort_of(address)} IPv{address.version} address", str(address))


def _sort_of(address: Address) -> str:
    for sort in ("multicast", "link_local", "private"):
        if getattr(address, f"is_{sort}"):
            return sort.replace("_", "-")
    return "public"


def _read(text: str) -> Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None


def _longest_in(text: str) -> Address | None:
    """Find an IPv6 address in letters that may hold more: what precedes or follows it."""
    if len(text) > LONGEST_ADDRESS:
        text = text[:LONGEST_ADDRESS]
    for length in range(len(text), 1, -1):
        for start in range(len(text) - length + 1):
            piece = text[start : start + length]
            if piece.count(":") > 1 and (address := _read(piece)) is not None:
                return address
    return None


# -- paths and what is quoted --------------------------------------------------------------


def _paths_in(text: str) -> Iterator[_Span]:
    """Find paths: the system's, of no kind; people's, with what follows: names hold anything."""
    pages = [found.span() for found in URL.finditer(text)]
    place = 0
    while found := PATH.search(text, place):
        start = found.start()
        place = found.end()
        if any(first <= start < last for first, last in pages):
            continue
        word = PATH_WORD.match(text, start)
        end = word.end() if word else len(text)
        named = NAMED_BY_PEOPLE.search(text, start)
        is_shipped = text.startswith(SHIPPED, start)
        if named and (is_shipped or named.start() > end):
            named = None
        if not _is_systems(text[start:end]):
            end = named.end() if named and named[0].endswith(".toml") else _end(text, start)
            yield _Span(start, end, "path", text[start:end])
        elif named:
            yield _Span(*named.span("name"), "file", named["name"])
            end = named.end()
        else:
            yield _Span(start, end, "", "")
        place = max(end, place)


def _end(text: str, start: int) -> int:
    """Where a path of people's ends at the latest: with its line, or with what quotes it."""
    mark = text[start - 1 : start]
    last = text.rfind(mark) if mark in ("'", '"') else -1
    return last if last > start else len(text)


def _is_systems(path: str) -> bool:
    if any(place in f"{path}/" for place in NOT_THE_SYSTEMS):
        return False
    return any(path == place or path.startswith(f"{place}/") for place in SYSTEM_PLACES)


def _quoted_in(text: str) -> Iterator[_Span]:
    for found in QUOTED.finditer(text):
        group = 1 if found[1] is not None else 2
        said = found[group]
        path = KIND_AND_PATH.fullmatch(said)
        is_known = path is not None and PATH_WORD.fullmatch(path[1]) and _is_systems(path[1])
        if said and not SPOKEN.fullmatch(said) and not is_known:
            yield _Span(*found.span(group), "text", said)
