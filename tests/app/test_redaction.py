"""What a report may not tell is not in it, whatever stands around it."""

import ipaddress
import re
import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stile.redaction import Known, Redactor

KNOWN = Known(
    people=frozenset({"jonas", "Jonas Berg"}),
    hosts=frozenset({"moor", "moor.example.net"}),
    networks=frozenset({"Berg's Wi-Fi 5", "Office"}),
    others=frozenset({"adverts"}),
)

KEPT = [
    "guarding: 16 rules, held by nft queue 5713",
    "path:/usr/bin/curl allow forever",
    "/usr/lib/stile/rules.d/kernel.toml: fine",
    "question_timeout = 60, on 127.0.0.1 and ::1 at 12:30:01.5, ports 80/tcp",
    "stiled.service after dbus.socket, org.freedesktop.NetworkManager, org.stile.Firewall1",
    "Linux 6.12.48-1-amd64, Python 3.13.5, PySide6 6.9.1, nft 1.1.3",
    "'question_timeout' is 'deny', Expected '=' after a key (at line 1, column 3)",
    "dbus_next.errors.DBusError and stile.client.SomeError",
    "agent :1.42 is gone, 0 of 1000 packets",
    "'path:/usr/bin/curl' goes on",
]


@pytest.mark.parametrize("line", KEPT)
def test_what_tells_nothing_of_anybody_stays(line: str) -> None:
    assert Redactor(KNOWN).line(line) == line


REDACTED = [
    ("agent :1.4 of user 1000 registered", "agent :1.4 of user <user number #1> registered"),
    ("jonas on moor, JONAS", "<user #1> on <host #1>, <user #1>"),
    ("moor.example.net is moor", "<host #1> is <host #2>"),
    ("192.0.2.7 8.8.8.8 192.0.2.7/24", None),
    ("fe80::1%eth0 goes to fd00::1: refused", None),
    ("active networks: ['Hidden', 'type:wifi']", "active networks: <networks #1>"),
    ("path:/home/jonas/My Work (secret): it, too/x goes on", "path:<path #1>"),
    (
        "rule file skipped: /etc/stile/rules.d/my job.toml: line 3: 'acme' is no host",
        "rule file skipped: /etc/stile/rules.d/<file #1>: line 3: '<text #1>' is no host",
    ),
    ("/srv/etc/rules.d/x.toml: line 3: no", "<path #1>: line 3: no"),
    ("path@1000:/tmp/x", "path@<user number #1>:<path #1>"),
    ("at 00:1A:2b:3c:4d:5e", "at <MAC address #1>"),
    ("at https://example.org/?token=1 or a@b.org", "at <page #1> or <mail address #1>"),
    ("//home/someone", "<path #1>"),
    ("x/home/someone, else", "x<path #1>"),
    ("no '/srv/it's mine': away", "no '<path #1>': away"),
    ("/usr/bin/../../srv/x", "<path #1>"),
    ("/proc/1/root/srv/x", "<path #1>"),
    ("~/notes", "~<path #1>"),
    ("x 00f3a8d81c4c4d0c9a1b2c3d4e5f6071", "x <hash #1>"),
    ("by 00f3a8d8-1c4c-4d0c-9a1b-2c3d4e5f6071", "by <number #1>"),
    ("Berg's Wi-Fi 5 and Office", "<network #1> and <network #2>"),
    ("list:adverts", "list:<name #1>"),
    ("user@1000.service", None),
    ("fd00::jonas:1", None),
]


@pytest.mark.parametrize(("line", "wanted"), REDACTED)
def test_what_is_somebodys_goes(line: str, wanted: str | None) -> None:
    told = Redactor(KNOWN).line(line)
    if wanted is not None:
        assert told == wanted
    assert not re.search("jonas|8\\.8|2\\.7|fd00|fe80|1000", told)


def test_the_same_is_called_the_same() -> None:
    redactor = Redactor(KNOWN)
    first, second = redactor.lines(["10.0.0.1, 10.0.0.2", "10.0.0.2 2001:DB8::1 2001:db8:0::1"])
    assert first == "<private IPv4 address #1>, <private IPv4 address #2>"
    assert second == (
        "<private IPv4 address #2> <private IPv6 address #1> <private IPv6 address #1>"
    )
    assert redactor.removed == {"private IPv4 address": 2, "private IPv6 address": 1}


def test_a_traceback_stays_readable() -> None:
    lines = [
        '  File "/usr/lib/python3.13/asyncio/tasks.py", line 3, in step',
        "    return self.coroutine.send(None)",
        "OSError: [Errno 2] No such file or directory: '/home/jonas/x'",
    ]
    *code, last = Redactor(KNOWN).lines(lines)
    assert code == lines[:2]
    assert last == "OSError: [Errno 2] No such file or directory: '<path #1>'"


# -- whatever is said about it ---------------------------------------------------------------

LETTERS = string.ascii_letters + string.digits
WORDS = st.text(LETTERS, min_size=3, max_size=12)
NAMES = st.text(LETTERS + "-. '_é!", min_size=3, max_size=16).filter(lambda text: text.strip())
GLUE = st.sampled_from(
    [" ", ": ", ", ", " '", "' ", '"', "(", ")", "=", "[", "]", " to ", "\t", ";", "->", "|", "_"]
)
FILLER = st.text(LETTERS + " .:/@#'\"-_=()[]", max_size=20)
"""What else may stand in a line: whatever looks like the beginning of something."""
HOSTS = st.lists(st.from_regex(r"[a-z][a-z0-9]{2,8}", fullmatch=True), min_size=1, max_size=3).map(
    lambda labels: ".".join([*labels, "example"])
)
V4 = st.integers(0x01000000, 0xDFFFFFFF).map(ipaddress.IPv4Address)
V6 = st.integers(2**120, 2**128 - 1).map(ipaddress.IPv6Address)
MACS = st.binary(min_size=6, max_size=6).map(lambda octets: octets.hex(":"))
PATHS = st.lists(WORDS, min_size=1, max_size=3).map(lambda parts: "/home/" + "/".join(parts))


@given(secret=NAMES, before=FILLER, after=FILLER, left=GLUE, right=GLUE)
def test_a_known_name_is_nowhere(
    secret: str, before: str, after: str, left: str, right: str
) -> None:
    secret = secret.strip()
    told = Redactor(Known(people=frozenset({secret}))).line(before + left + secret + right + after)
    assume(secret.casefold() not in (before + after).casefold())
    for placeholder in re.findall(r"<[^<>]* #\d+>", told):
        told = told.replace(placeholder, "\0")
    assert secret.casefold() not in told.casefold()


@given(address=V4 | V6, before=FILLER, after=FILLER, left=GLUE, right=GLUE)
def test_an_address_is_nowhere(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
    before: str,
    after: str,
    left: str,
    right: str,
) -> None:
    assume(not address.is_loopback and str(address) not in before + after)
    assert str(address) not in Redactor(KNOWN).line(f"{before}{left}{address}{right}{after}")


@given(secret=HOSTS | MACS | PATHS, before=FILLER, after=FILLER, left=GLUE, right=GLUE)
def test_a_host_a_device_and_a_home_are_nowhere(
    secret: str, before: str, after: str, left: str, right: str
) -> None:
    assume(secret not in before + after)
    assert secret not in Redactor(KNOWN).line(before + left + secret + right + after)


@given(uid=st.integers(1000, 2**32 - 2), before=FILLER, right=GLUE)
def test_a_user_number_is_nowhere(uid: int, before: str, right: str) -> None:
    assume(str(uid) not in before)
    for about in (f"user {uid}", f"uid={uid}", f"path@{uid}:/tmp/x", f"meta skuid {uid}"):
        assert str(uid) not in Redactor(KNOWN).line(f"{before} {about}{right}")


@given(text=st.text(max_size=200))
def test_any_line_can_be_redacted_and_twice_is_once(text: str) -> None:
    told = Redactor(KNOWN).line(text)
    assert isinstance(told, str)
    assert "jonas" not in re.sub(r"(?i)[^\W_]jonas|jonas[^\W_]", "", told).lower()
