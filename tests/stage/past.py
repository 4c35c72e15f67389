"""A day at a desk: what is open, what was, and what it moved, for pictures and plays."""

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path

from cast import path

from stile.applications import Application, Kind
from stile.connections import TCP, UDP, Direction, Uid
from stile.rules import Action
from stile.traffic import OpenConnection, State, Traffic
from stile_ui import history_file
from stile_ui.history_writer import DAY, HOUR, MINUTE, Event, Passed, Writer

FIREFOX = Application(Kind.FLATPAK, "org.mozilla.firefox")
THUNDERBIRD = path("/usr/bin/thunderbird")
SPOTIFY = Application(Kind.SNAP, "spotify")
SYNC = path("/usr/bin/nextcloud")
SSH, GIT = path("/usr/bin/ssh"), path("/usr/lib/git-core/git-remote-https")
TELEMETRY = path("/opt/vendor/telemetry/bin/telemetryd")
YUM = Application(Kind.SCRIPT, "/usr/bin/unattended-upgrade")
CHRONY = path("/usr/sbin/chronyd")
CURL = path("/usr/bin/curl")

PLACES = (
    (FIREFOX, "en.wikipedia.example", "198.51.100.7", 443, "allow", "rule", 40),
    (FIREFOX, "cdn.images.example", "198.51.100.84", 443, "allow", "rule", 35),
    (FIREFOX, "news.example.org", "203.0.113.40", 443, "allow", "rule", 22),
    (FIREFOX, "tracker.adverts.example", "203.0.113.99", 443, "deny", "rule", 25),
    (THUNDERBIRD, "imap.mail.example", "192.0.2.25", 993, "allow", "rule", 12),
    (THUNDERBIRD, "smtp.mail.example", "192.0.2.26", 465, "allow", "answer", 2),
    (SPOTIFY, "audio-fa.music.example", "198.51.100.150", 443, "allow", "rule", 14),
    (SYNC, "cloud.example.net", "2001:db8:4::20", 443, "allow", "rule", 18),
    (SSH, "build.example.net", "2001:db8:4::7", 22, "allow", "answer", 3),
    (GIT, "code.example.org", "203.0.113.11", 443, "allow", "rule", 5),
    (TELEMETRY, "collect.vendor.example", "203.0.113.201", 443, "drop", "rule", 16),
    (YUM, "deb.mirror.example", "198.51.100.31", 80, "allow", "rule", 4),
    (CHRONY, "", "192.0.2.123", 123, "allow", "rule", 3),
    (CURL, "example.org", "192.0.2.80", 443, "deny", "nobody-answered", 2),
)
RATES = {
    FIREFOX: (40_000, 2_600_000, 7, 11),
    SPOTIFY: (9_000, 1_300_000, 3, 5),
    SYNC: (1_500_000, 300_000, 13, 19),
    THUNDERBIRD: (30_000, 160_000, 5, 9),
    GIT: (60_000, 500_000, 17, 23),
    YUM: (15_000, 900_000, 29, 31),
    SSH: (80_000, 90_000, 9, 13),
    CHRONY: (900, 900, 37, 41),
    TELEMETRY: (2_000, 0, 43, 47),
}
"""Octets a minute sent and received, and two periods by which it comes and goes."""


def open_now() -> list[OpenConnection]:
    """What is open."""
    chance = random.Random(5)  # noqa: S311 # a play
    found = []
    for number, (who, host, address, port, verdict, _, weight) in enumerate(PLACES):
        if verdict != "allow":
            continue
        is_udp = port == 123
        state = State.CLOSING if number == 5 else State.OPEN
        found += [
            OpenConnection(
                *(number * 10 + each, who, Uid(1000), UDP if is_udp else TCP),
                *(ip_address(address), port, 40000 + number * 10 + each, host),
                *(None if is_udp else Direction.OUT, Action.ALLOW, state),
                None if is_udp else chance.randrange(900, 90_000) * weight,
                None if is_udp else chance.randrange(2_000, 900_000) * weight,
            )
            for each in range(1 + weight // 18)
        ]
    wget = replace(
        found[0],
        id=777,
        application=path("/usr/bin/wget"),
        host="download.example",
        verdict=Action.ASK,
        state=State.OPENING,
        sent=0,
        received=0,
    )
    inbound = replace(
        found[0], id=778, application=SSH, host="", port=51044, own_port=22, direction=Direction.IN
    )
    return [*found, wget, inbound]


def passed(since: float) -> list[Traffic]:
    """What has passed."""
    return [
        Traffic(who, Uid(1000), since, sent // 900, sent, received // 1200, received)
        for who, (sent, received, *_) in RATES.items()
    ]


def lived(at: Path, now: float, events: int = 4000) -> None:
    """Write a history of some weeks to a file."""
    link = history_file.opened(at)
    try:
        writer = Writer(link)
        writer.write(_events(now, events), _minutes(now))
        writer.thin(now)
        _older(writer, now)
    finally:
        link.close()


def _events(now: float, count: int) -> Iterator[Event]:
    chance = random.Random(3)  # noqa: S311 # a play
    weights = [weight for *_, weight in PLACES]
    for number in range(count):
        ((who, host, address, port, verdict, reason, _),) = chance.choices(PLACES, weights)
        at = now - (count - number) * 35 + chance.random() * 30
        protocol = "udp" if port == 123 else "tcp"
        octets = chance.randrange(500, 4_000_000) if verdict == "allow" else 0
        yield Event(at, who, host, address, protocol, port, "out", verdict, reason, octets)


def _minutes(now: float) -> Iterator[Passed]:
    for minute in range(3 * DAY // MINUTE):
        at = now - minute * MINUTE
        for who in RATES:
            if amount := _amount(who, at / MINUTE):
                yield Passed(at, who, *amount)


def _older(writer: Writer, now: float) -> None:
    """Have the days before, a step an hour, as they are after they were thinned."""
    for hour in range(3 * DAY // HOUR + 1, 30 * DAY // HOUR):
        at = now - hour * HOUR
        more = [
            Passed(at, who, *(20 * each for each in amount))
            for who in RATES
            if (amount := _amount(who, at / HOUR))
        ]
        writer.write((), more)
    writer.thin(now)


def _amount(who: Application, at: float) -> tuple[int, int] | None:
    sent, received, one, two = RATES[who]
    wave = math.sin(at / one) + math.sin(at / two + one)
    day = 0.55 + 0.45 * math.sin(at / MINUTE / 24 * 2 * math.pi)
    return (int(sent * wave * day), int(received * wave * day)) if wave > 0.15 else None
