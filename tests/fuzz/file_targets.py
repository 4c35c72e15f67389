"""What stands in files: rules, settings, states, lists, and what people bring along."""

import json
import tempfile
import tomllib
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from random import Random
from typing import Any

import tomlkit
from fuzzing import Target, WrongGrant, spoilt, spoilt_text, word

from stile import exchange, ruletext
from stile.applications import Application, Kind
from stile.learned import LONGEST_SECONDS
from stile.rules import Action, Rule
from stile.scopes import Scope
from stile.settings import Settings
from stiled import blocklists, gatetable, liststore
from stiled.learning import Learning
from stiled.lessons import MOST_APPLICATIONS, MOST_PLACES, Lessons
from stiled.lockstate import NAME, LockState
from stiled.settingsfile import SettingsFile, Unreadable
from stiled.store import Store

NOW = 1_700_000_000.0
DEEP = "x = " + "[" * 3000
LATER = "until = 2030-01-01T12:00:00Z"


@cache
def place() -> Path:
    """A folder that goes with the process."""
    kept = tempfile.TemporaryDirectory(prefix="stile-fuzz-")
    _KEPT.append(kept)
    return Path(kept.name)


_KEPT: "list[tempfile.TemporaryDirectory[str]]" = []


def write(name: str, data: bytes) -> Path:
    path = place() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


# -- rules -----------------------------------------------------------------------------------

APPLICATIONS = (
    *("path:/usr/bin/curl", "path@1000:/tmp/a", "everybody", "kernel", "flatpak:org.a.B"),
    *("snap:lxd.daemon", "nix:a/b", "script:/a", "unknown:x", "deleted:/x", "path:relative"),
    *("path:/a\\nb", "path:/ü/\\u2028", "path@0:/a", "path@99999999999:/a", ""),
)
VALUES = (
    *(
        "1",
        "-1",
        "0",
        "443",
        "65536",
        "1.5",
        "nan",
        "-inf",
        "true",
        "false",
        '""',
        '"x"',
        "[]",
        "{}",
    ),
    *(
        '["a"]',
        "[{}]",
        "[[1], [2]]",
        "{a = {b = 1}}",
        "0x" + "f" * 60,
        "9" * 30,
        "1e400",
        "'''\n'''",
    ),
    *("1979-05-27T07:32:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"),
    *("0001-01-01T00:00:00", "9999-12-31T23:59:59", "2030-01-01", "07:32:00", "9" * 4400),
    *('"\\u202e"', '"\\ud800"', '"any"', '"allow"', '"*.example.org"', '"in"', '"192.0.2.0/24"'),
)
TO = (
    "any",
    "local",
    "*.example.org",
    "a.example.org",
    "192.0.2.1",
    "192.0.2.0/24",
    "::/0",
    "list:ads",
)
TO_ODD = (
    "192.0.2.9-192.0.2.1",
    "1.2.3.4%eth0",
    "*",
    "*.",
    "ünï.org",
    "xn--",
    "0",
    "1-2",
    "a" * 300,
)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=text.isascii())


def scope_lines(random: Random) -> list[str]:
    lines = [f"to = {quoted(random.choice((*TO, *TO, *TO_ODD)))}"]
    if random.choice((True, False)):
        lines.append(
            f"port = {random.choice(('443', quoted('web'), quoted('1-65535'), quoted('٣')))}"
        )
    if random.choice((True, False)):
        lines.append(f"protocol = {quoted(random.choice(('tcp', 'udp', 'any', 'ip-47', 'ip-٣')))}")
    if random.choice((True, False)):
        lines.append(f"direction = {quoted(random.choice(('in', 'out', 'both', 'up')))}")
    if random.choice((True, False, False)):
        lines.append(f"user = {random.choice(('1000', '0', '-1', quoted('any'), quoted('²')))}")
    if random.choice((True, False, False, False)):
        lines.append(f"network = {quoted(random.choice(('type:vpn', 'not:Home', 'Home', 'not:')))}")
    return lines


def lines_about(random: Random) -> list[str]:
    lines = [
        f"note = {quoted(word(random))}",
        random.choice((LATER, "until = 1979-05-27T07:32:00", "until = 2030-01-01")),
        random.choice(("enabled = true", "enabled = false")),
    ]
    return [line for line in lines if random.choice((True, False, False))]


def table(random: Random, key: str, action: str) -> list[str]:
    lines = [f"{action} = {quoted(random.choice(('allow', 'deny', 'drop', 'ask', 'maybe')))}"]
    return lines + lines_about(random)


def rule_file(random: Random) -> str:
    lines = [f"application = {quoted(random.choice(APPLICATIONS[:8]))}"]
    if random.randint(0, 9) == 0:
        lines = [f"application = {quoted(random.choice(APPLICATIONS))}"]
    if random.choice((True, True, False)):
        lines += table(random, "", "default")
    if random.choice((True, False, False)):
        lines.append("children = true")
    for _ in range(random.choice((0, 1, 1, 2, 5))):
        lines += ["[[rule]]", *table(random, "", "action"), *scope_lines(random)]
    if random.randint(0, 3) == 0:
        at = random.randint(0, len(lines) - 1)
        key = lines[at].partition(" = ")[0]
        lines[at] = f"{key} = {random.choice(VALUES)}"
    if random.randint(0, 3) == 0:
        lines.insert(random.randint(0, len(lines)), lines[random.randint(0, len(lines) - 1)])
    return "\n".join(lines) + "\n"


def rule_octets(random: Random) -> bytes:
    text = rule_file(random)
    if random.choice((True, False)):
        text = spoilt_text(random, text)
    data = text.encode("utf-8", "surrogatepass")
    return spoilt(random, data) if random.randint(0, 3) == 0 else data


def granted(text: str) -> set[tuple[str, str]]:
    """What a file says that it grants, by nothing but its words: application and scope."""
    said = tomllib.loads(text)
    application = str(said.get("application"))
    found = {(application, "")} if said.get("default") == "allow" else set()
    for each in said.get("rule", ()):
        if each.get("action") == "allow":
            found.add((application, "narrow"))
    return found


def check_granted(text: str, rules: tuple[Rule, ...]) -> None:
    wanted = granted(text) if rules else set()
    for rule in rules:
        kind = "" if rule.scope.is_whole else "narrow"
        if rule.action is Action.ALLOW and (str(rule.application), kind) not in wanted:
            raise WrongGrant(f"{rule} of {text!r}")


def check_rule_text(data: bytes) -> None:
    try:
        text = data.decode()
        rules = ruletext.rules_in(text)
    except ValueError:
        return
    check_granted(text, rules)
    for rule in rules:
        assert Scope.parse(rule.scope.words) == rule.scope
        assert Application.parse(str(rule.application)) == rule.application


def check_rule_files(data: bytes) -> None:
    path = write("user/a.toml", data)
    empty = place() / "none"
    empty.mkdir(exist_ok=True)
    store = Store(empty, path.parent, empty, empty)
    for former in path.parent.iterdir():
        if former != path:
            former.unlink()
    loaded = store.load()
    assert not (loaded.problems and loaded.rules)
    if loaded.rules:
        check_granted(data.decode(), loaded.rules)
        kept = store.keep(loaded.rules[-1])
        again = Store(empty, path.parent, empty, empty).load()
        standing = {(each.scope, each.action) for each in again.rules if not each.until}
        before = {(each.scope, each.action) for each in loaded.rules if not each.until}
        if not kept.until and standing != before:
            raise WrongGrant(f"{before} became {standing}")


def exported(random: Random) -> bytes:
    parts = [rule_file(random) for _ in range(random.randint(0, 3))]
    whole = [part.replace("[[rule]]", "[[rules.rule]]") for part in parts]
    text = (
        "".join(f"[[rules]]\n{part}" for part in whole)
        if random.choice((1, 1, 0))
        else "".join(parts)
    )
    text = spoilt_text(random, text) if random.choice((True, False)) else text
    return text.encode("utf-8", "surrogatepass")


def check_exported(data: bytes) -> None:
    path = write("take.toml", data)
    arrivals = exchange.read_rules(path, NOW)
    if not arrivals.rules:
        return
    said = tomllib.loads(data.decode())
    tables = said["rules"] if isinstance(said.get("rules"), list) else [said]
    wanted = set().union(*(granted(tomlkit.dumps(each)) for each in tables))
    for rule in arrivals.rules:
        kind = "" if rule.scope.is_whole else "narrow"
        if rule.action is Action.ALLOW and (str(rule.application), kind) not in wanted:
            raise WrongGrant(f"{rule}")
    out = place() / "out.toml"
    exchange.write_rules(out, arrivals.rules)
    again = exchange.read_rules(out, NOW).rules
    before = {
        (each.application, each.scope) for each in arrivals.rules if each.action is Action.ALLOW
    }
    if (
        not {(each.application, each.scope) for each in again if each.action is Action.ALLOW}
        <= before
    ):
        raise WrongGrant(f"{before} became {again}")


# -- OpenSnitch's ----------------------------------------------------------------------------

OPERANDS = (
    *("true", "process.path", "dest.host", "dest.ip", "dest.network", "dest.port", "protocol"),
    *("user.id", "process.command", "process.parent.path", "iface.out", "lists.domains", ""),
)
TEXTS = (
    *(
        "/usr/bin/curl",
        r"^(|.*\.)example\.org$",
        "^(a|b)$",
        "443",
        "^(80|443)$",
        "tcp",
        "udp6",
        "1000",
    ),
    *(
        "192.0.2.0/24",
        "LAN",
        ".*",
        "[",
        "(" * 30,
        "\\",
        "^.*\\.example\\.org",
        "10.0.0.1",
        "::1",
        "²",
    ),
)


def operator(random: Random, depth: int = 0) -> Any:  # noqa: ANN401 # JSON
    if depth < 3 and random.choice((True, False, False)):
        parts = [operator(random, depth + 1) for _ in range(random.randint(0, 3))]
        as_text = random.choice((True, False, False))
        return {"type": "list", "operand": "list", "list": [] if as_text else parts,
                "data": json.dumps(parts) if as_text else ""}  # fmt: skip
    data = random.choice(TEXTS)
    return random.choice(
        (
            {
                "type": random.choice(("simple", "regexp", "network", "range", "lists", "x")),
                "operand": random.choice(OPERANDS),
                "data": spoilt_text(random, data) if random.randint(0, 2) == 0 else data,
                "sensitive": False,
            },
        )
        * 9
        + (None, 5, [], {}, "x")
    )


def their_rule(random: Random) -> Any:  # noqa: ANN401 # JSON
    said = {
        "name": word(random),
        "action": random.choice(("allow", "deny", "reject", "x", None, 5)),
        "duration": random.choice(
            ("always", "until restart", "once", "12h", "9" * 400 + "h", "", 7)
        ),
        "created": random.choice(
            ("2030-01-01T00:00:00.123456789Z", "0001-01-01T00:00:00", "9" * 400, 5)
        ),
        "enabled": random.choice((True, True, False, 1, "yes")),
        "precedence": random.choice((True, False)),
        "operator": operator(random),
    }
    return random.choice((said,) * 9 + (None, [], 5, {"rules": [said]}))


def their_file(random: Random) -> bytes:
    content = random.choice((their_rule(random), [their_rule(random) for _ in range(3)]))
    data = json.dumps(content).encode()
    return spoilt(random, data) if random.randint(0, 3) == 0 else data


def check_their_file(data: bytes) -> None:
    arrivals = exchange.read_rules(write("theirs.json", data), NOW)
    for rule in arrivals.rules:
        if rule.action is Action.ALLOW and b"allow" not in data:
            raise WrongGrant(f"{rule}")
        assert Scope.parse(rule.scope.words) == rule.scope


NESTED = b'{"name": "n", "action": "allow", "duration": "always", "operator": ' + (
    b'{"type": "list", "list": [' * 400 + b"]}" * 400 + b"}"
)

# -- settings and states ---------------------------------------------------------------------


def settings(random: Random) -> bytes:
    keys = [*Settings().values, "nonsense", "a.b"]
    lines = [
        f"{random.choice(keys)} = {random.choice(VALUES)}" for _ in range(random.randint(0, 3))
    ]
    text = "\n".join(lines) + "\n"
    return spoilt_text(random, text).encode("utf-8", "surrogatepass")


def check_settings(data: bytes) -> None:
    file = SettingsFile(write("stile.toml", data))
    try:
        said = file.read()
    except Unreadable:
        return
    if said.when_nobody_answers is Action.ALLOW and b"allow" not in data:
        raise WrongGrant("nobody has said allow")
    try:
        changed = file.change({"held_in_all": 5})
    except (Unreadable, ValueError):
        return
    assert file.read() == changed


def lock(random: Random) -> bytes:
    return spoilt(random, random.choice((b"on\n", b"off\n", b"on", b"off", b"OFF", b"")))


def check_lock(data: bytes) -> None:
    write(NAME, data)
    state = LockState(place())
    if not state.read() and data[:64].strip() != b"off":
        raise WrongGrant(f"{data!r} unlocks")


def lessons(random: Random) -> bytes:
    where = [
        random.choice(("tcp", "udp", "icmp", "x", 5)),
        random.choice((443, 0, 65536, -1, "x", True, 1.5)),
        random.choice(("192.0.2.1", "::1", "x", 5, 2**32 - 1)),
        spoilt_text(random, "a.example.org"),
        random.choice((True, False, 5)),
        False,
    ]
    each: dict[str, Any] = {
        "times": random.choice((1, 2**40, -1, "x", True)),
        "more": random.choice((0, 5, -1)),
        "places": random.choice(([where], [where] * 200, [[]], None, [where[:3]])),
    }
    said: Any = {random.choice(APPLICATIONS): each for _ in range(random.randint(0, 3))}
    said = random.choice((said, said, said, [], None, {"path:/a": None}, {"path:/a": []}))
    return (
        spoilt(random, json.dumps(said).encode())
        if random.choice((1, 0))
        else json.dumps(said).encode()
    )


class _Standing:
    """A clock that stands still."""

    now = NOW


def check_lessons(data: bytes) -> None:
    write("learned.json", data)
    kept = Lessons()
    Learning(place(), kept, _Standing()).read()  # type: ignore[arg-type] # it asks for the time alone
    assert len(kept) <= MOST_APPLICATIONS
    for each in kept:
        assert len(each.places) <= MOST_PLACES
        for where in each.places:
            assert 0 <= where.port <= 0xFFFF, where


def learning_state(random: Random) -> bytes:
    times = (
        str(NOW - 60),
        str(NOW + 60),
        "0",
        "inf",
        "nan",
        "-1e400",
        "9" * 400,
        "x",
        str(NOW + 10**7),
    )
    said = " ".join(random.choice(times) for _ in range(random.choice((2, 2, 2, 0, 1, 3))))
    return spoilt(random, said.encode())


def check_learning_state(data: bytes) -> None:
    write("learning", data)
    read = Learning(place(), Lessons(), _Standing())  # type: ignore[arg-type]
    read.read()
    if read.is_on and read.left > LONGEST_SECONDS:
        raise WrongGrant(f"{data!r} opens the machine for {read.left} seconds")


def gate_table(random: Random) -> bytes:
    groups = {
        "curl-1": ["path:/usr/bin/curl", "allow", False],
        "": random.choice((None, [], ["a"], 5)),
    }
    said: Any = {
        "home": random.choice(("/stile", 5)),
        "settling": random.choice(("00", "x", None)),
        "exits": random.choice((0, -1, "x")),
        "groups": random.choice((groups, {}, [], None)),
        "files": random.choice(([["/usr/bin/curl", 1, 2, "path:/usr/bin/curl"]], [[]], [5], None)),
        "any_scripts": random.choice((True, False, None)),
        "adding": random.choice(({"allow": "00"}, {"allow": "zz"}, {"allow": 5}, [])),
    }
    lines = [
        json.dumps(random.choice((said, said, said, [], 5))) for _ in range(random.randint(0, 2))
    ]
    return spoilt(random, "\n".join(lines).encode())


def check_gate_table(data: bytes) -> None:
    try:
        read = gatetable.Table.load(data)
    except (ValueError, KeyError, TypeError):
        return
    stranger = gatetable.Executable("/usr/bin/nobody", 7, 7)
    if read.stays("no-such-group", stranger):
        raise WrongGrant("a stranger may stay")


# -- block lists -----------------------------------------------------------------------------

ENTRIES = (
    *(
        "0.0.0.0 ads.example.org",
        "127.0.0.1 localhost a.b",
        "::1 x.y # z",
        "ads.example.org",
        "*.a.org",
    ),
    *(
        "||ads.example.org^",
        "||a.org^$third-party",
        "@@||a.org^",
        "address=/a.org/b.org/",
        "192.0.2.0/24",
    ),
    *(
        "2001:db8::/32",
        "0.0.0.0/0",
        "1.2.3.4/255.255.0.0",
        "# remark",
        "\ufeff",
        "ünï.org",
        "##",
        "||",
        "$",
    ),
    *(
        "fe80::1%eth0 a.b",
        "a" * 70 + ".org",
        "xn--.org",
        "1.2.3",
        "[Adblock Plus]",
        "address=/",
        ": x",
    ),
)


def block_list(random: Random) -> list[str]:
    return [spoilt_text(random, random.choice(ENTRIES)) for _ in range(random.randint(1, 8))]


def check_block_list(lines: list[str]) -> None:
    parsed = blocklists.parse(lines)
    for name in (*parsed.hosts, *parsed.domains):
        assert blocklists.NAME.fullmatch(name), name
    for network in parsed.networks:
        assert network.prefixlen >= blocklists.WIDEST[network.version]
    assert all(len(reason) < 400 for reason in parsed.reasons), "a whole list in a reason"
    made = blocklists.Blocklist("a", parsed, bytes(16))
    for name in parsed.domains:
        assert made.covers(name)
        assert made.covers(f"x.{name}")
    assert not made.covers("nobody.example.net")
    assert made.covers_address(ip_address("203.0.113.77")) is any(
        ip_address("203.0.113.77") in network for network in parsed.networks
    )


SOURCES = ('"https://a/b"', '"/nowhere"', '"http://["', "5")


def list_file(random: Random) -> bytes:
    every = random.choice(("1d", "12h", "0d", "d", "", "٣d", "9" * 400 + "d", "1.5h"))
    lines = [
        f"source = {random.choice(SOURCES)}",
        f"every = {quoted(every)}",
        f"action = {quoted(random.choice(('deny', 'drop', 'allow', 'x')))}",
        random.choice(("enabled = true", "enabled = 5", f"note = {quoted(word(random))}")),
        f"{random.choice(('nonsense', 'every', 'note'))} = {random.choice(VALUES)}",
    ]
    kept = [line for line in lines if random.randint(0, 4)]
    return spoilt_text(random, "\n".join(kept)).encode("utf-8", "surrogatepass")


def check_list_file(data: bytes) -> None:
    write("lists.d/ads.toml", data)
    store = liststore.ListStore(place(), place() / "state")
    loaded = store.load()
    for name, listing in loaded.listings.items():
        if listing.action not in (Action.DENY, Action.DROP):
            raise WrongGrant(f"{listing}")
        assert store.due(name, NOW) >= 0
        assert not listing.rule.id.startswith("/")


# -- words -----------------------------------------------------------------------------------


def words(random: Random) -> dict[str, str]:
    pick = {
        "to": (*TO, *TO_ODD),
        "port": ("443", "web", "1-2,5", "٣", "-", "1" * 5000),
        "protocol": ("tcp", "any", "ip-255", "ip-256", "ip-٣"),
        "direction": ("in", "out", "x"),
        "user": ("any", "0", "²", "9" * 30),
        "network": ("type:vpn", "not:a,b", "x" * 200),
    }
    chosen = {key: random.choice(pick[key]) for key in pick if random.choice((True, False))}
    return {key: spoilt_text(random, said) if random.randint(0, 2) == 0 else said
            for key, said in chosen.items()}  # fmt: skip


def check_words(said: dict[str, str]) -> None:
    try:
        scope = Scope.parse(said)
    except ValueError:
        return
    assert Scope.parse(scope.words) == scope
    if scope.is_whole and any(
        word not in ("any", "") for key, word in said.items() if key == "port"
    ):
        raise WrongGrant(f"{said} is about everything")


def identity(random: Random) -> str:
    return spoilt_text(random, random.choice(APPLICATIONS))


def check_identity(text: str) -> None:
    try:
        read = Application.parse(text)
    except ValueError:
        return
    assert Application.parse(str(read)) == read
    assert read.title is not None
    if read.kind is Kind.EVERYBODY and text != "everybody":
        raise WrongGrant(f"{text!r} is everybody")


TARGETS = (
    Target("rule-text", rule_octets, check_rule_text, known=[DEEP.encode()]),
    Target("rule-files", rule_octets, check_rule_files, known=[DEEP.encode()], part=0.05),
    Target("exports", exported, check_exported, known=[DEEP.encode()], examples=60, part=0.05),
    Target("opensnitch", their_file, check_their_file, known=[NESTED], part=0.25),
    Target("settings", settings, check_settings, known=[DEEP.encode()], part=0.25),
    Target("lock-state", lock, check_lock),
    Target("learned", lessons, check_lessons, known=[b'{"path:/a": ' + b"[" * 3000], part=0.5),
    Target("learning", learning_state, check_learning_state, known=[b"0 inf"], part=0.5),
    Target("gate-table", gate_table, check_gate_table),
    Target("block-lists", block_list, check_block_list, known=[["\ufeff #"], ["x" * 100_000]]),
    Target("list-files", list_file, check_list_file, known=[DEEP.encode()], part=0.25),
    Target("scopes", words, check_words),
    Target("identities", identity, check_identity),
)
