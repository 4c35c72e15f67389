"""Rules about host names, against a real name server that the guarded programs ask."""

import json
import os
import socket
import sys
from collections.abc import Iterator

import pytest
from nameserver import ONE, SHARED, SIX, TWO, name_server
from worlds import BACKENDS, FAR, FAR6, World, run, until

from stile.questions import Question
from stile.rules import Action, Choice, Lifetime, Reach

pytestmark = pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
PROGRAM = """
import json, random, socket, struct, sys
def question(name, kind=1):
    number = random.randrange(65536)
    labels = b"".join(bytes([len(l)]) + l.encode() for l in name.split(".")) + b"\\0"
    return struct.pack(">6H", number, 256, 1, 0, 0, 0) + labels + struct.pack(">2H", kind, 1)
def family(server):
    return socket.AF_INET6 if ":" in server else socket.AF_INET
def look_up(name, kind=1, server="10.77.0.2"):
    asked = question(name, kind)
    with socket.socket(family(server), socket.SOCK_DGRAM) as made:
        made.settimeout(5)
        made.sendto(asked, (server, 53))
        answer = made.recv(4096)
        if answer[:2] != asked[:2]:
            return "wrong"
        return "cut short" if answer[2] & 2 else "answered"
def look_up_by_tcp(name, server):
    asked = question(name)
    with socket.socket(family(server), socket.SOCK_STREAM) as made:
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 100)
        made.settimeout(5)
        made.connect((server, 53))
        for piece in (struct.pack(">H", len(asked)), asked[:5], asked[5:]):
            made.sendall(piece)
        with made.makefile("rb") as answer:
            return len(answer.read(struct.unpack(">H", answer.read(2))[0]))
for line in sys.stdin:
    verb, where, port = json.loads(line)
    try:
        if verb == "look up":
            out = look_up(where)
        elif verb == "look up IPv6":
            out = look_up(where, 28)
        elif verb == "look up at":
            out = look_up(where, 1, port)
        elif verb == "look up by TCP":
            out = look_up_by_tcp(where, port)
        else:
            with socket.create_connection((where, port), 5):
                out = "connected"
    except OSError as error:
        out = type(error).__name__
    print(json.dumps(out), flush=True)
"""


class Program:
    """A program in the guarded namespace that looks names up, and connects."""

    def __init__(self, world: World, name: str) -> None:
        self.path = world.program(name)
        environment = {**os.environ, "PYTHONHOME": sys.base_prefix}
        self._process = world.start(*world.near(self.path, "-S", "-c", PROGRAM), env=environment)

    @property
    def identity(self) -> str:
        return f"path:{self.path}"

    def begin(self, verb: str, where: str, port: int | str = 80) -> None:
        assert self._process.stdin
        self._process.stdin.write(json.dumps([verb, where, port]) + "\n")
        self._process.stdin.flush()

    def end(self) -> object:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def does(self, verb: str, where: str, port: int | str = 80) -> object:
        self.begin(verb, where, port)
        return self.end()


@pytest.fixture
def named(guarded: World) -> Iterator[World]:
    """A world with a name server outside, and a helper that believes it."""
    with name_server(guarded):
        (guarded.home / "etc" / "stile.toml").write_text(f'name_servers = "{FAR}"\n')
        guarded.helper = guarded.stiled()
        guarded.listener()
        yield guarded


def queued(world: World, program: Program, where: str, port: int = 80) -> tuple[object, int]:
    """Connect, and count the packets that met the helper for it."""
    before = world.queued()
    return program.does("connect", where, port), world.queued() - before


def test_a_rule_about_a_host_allows_its_lookup_and_its_address_and_nothing_else(
    named: World,
) -> None:
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", "many.example.org", "--port", "80")

    assert program.does("look up", "many.example.org") == "answered"
    for address in (ONE, TWO):
        assert program.does("connect", address) == "connected"
        assert queued(named, program, address) == ("connected", 0), "the kernel knows it"
    assert program.does("connect", SHARED) == "ConnectionRefusedError"
    assert program.does("connect", ONE, 81) == "ConnectionRefusedError", "port 80 alone"
    assert program.does("look up", "ads.example.net") != "answered"


def test_an_alias_counts_and_a_domain_covers_what_is_below_it(named: World) -> None:
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", "*.example.net")
    named.stile("deny", program.identity, "--to", "ads.example.net")

    assert program.does("look up", "alias.example.net") == "answered"
    assert program.does("connect", ONE) == "connected"
    assert program.does("look up", "ads.example.net") != "answered"


@pytest.mark.parametrize("name", ["first.example.com", "alias.example.net", "one.example.org"])
def test_each_name_of_a_chain_of_aliases_counts(named: World, name: str) -> None:
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", name)
    named.stile("allow", program.identity, "--to", FAR, "--port", "dns")

    assert program.does("look up", "first.example.com") == "answered"
    assert program.does("connect", ONE) == "connected"
    assert program.does("connect", TWO) == "ConnectionRefusedError"


def test_addresses_of_both_families_count(named: World) -> None:
    named.listener(socket.AF_INET6)
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", "many.example.org")

    assert program.does("look up IPv6", "many.example.org") == "answered"
    assert program.does("connect", SIX) == "connected"
    assert program.does("connect", ONE) == "ConnectionRefusedError", "nobody has asked for it yet"
    assert program.does("connect", FAR6) == "ConnectionRefusedError"


def test_an_address_is_open_as_long_as_its_name_holds(named: World) -> None:
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", "one.example.org")
    program.does("look up", "one.example.org")
    assert program.does("connect", ONE) == "connected"

    until(
        lambda: program.does("connect", ONE) == "ConnectionRefusedError" or None,
        "two seconds are over",
    )
    assert program.does("look up", "one.example.org") == "answered"
    assert program.does("connect", ONE) == "connected"


def test_of_two_names_of_one_address_the_denied_one_counts(named: World) -> None:
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", "good.example.com")
    named.stile("deny", program.identity, "--to", "*.example.net")

    assert program.does("look up", "good.example.com") == "answered"
    assert program.does("connect", SHARED) == "connected", "the other name is not known yet"

    other = Program(named, "other")
    named.stile("allow", other.identity)
    assert other.does("look up", "ads.example.net") == "answered"
    until(
        lambda: program.does("connect", SHARED) == "ConnectionRefusedError" or None,
        "a moment after the answer was seen",
        within=1.0,
    )
    assert program.does("connect", SHARED) == "ConnectionRefusedError"


def test_a_default_that_allows_is_denied_the_names_that_a_rule_denies(named: World) -> None:
    program, other = Program(named, "browser"), Program(named, "other")
    for each in (program, other):
        named.stile("allow", each.identity)
    named.stile("deny", program.identity, "--to", "ads.example.net")

    assert program.does("look up", "ads.example.net") != "answered"
    assert other.does("look up", "ads.example.net") == "answered"
    assert program.does("connect", SHARED) == "ConnectionRefusedError"
    assert program.does("connect", ONE) == "connected"
    assert queued(named, program, ONE) == ("connected", 0), "it was looked at once"


def test_everybody_is_denied_a_name_as_well(named: World) -> None:
    program = Program(named, "browser")
    named.stile("allow", program.identity)
    assert program.does("look up", "ads.example.net") == "answered"
    named.stile("deny", "everybody", "--to", "*.example.net")

    assert program.does("look up", "ads.example.net") != "answered"
    assert program.does("connect", SHARED) == "ConnectionRefusedError"
    assert program.does("connect", ONE) == "connected"


def test_a_question_names_the_host_and_one_answer_settles_lookup_and_connection(
    named: World,
) -> None:
    agent, program = named.agent(), Program(named, "browser")

    program.begin("look up", "many.example.org")
    asked: Question = agent.next()
    assert (asked.connection.name, asked.connection.lookup) == ("many.example.org", True)
    choice = Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST)
    assert agent.choose(asked, choice)
    assert program.end() == "answered"

    assert program.does("connect", TWO) == "connected"
    assert agent.is_quiet
    program.begin("connect", SHARED)
    assert agent.next().connection.name == "", "another place is asked about"


def test_a_block_list_stands_over_what_is_allowed(named: World) -> None:
    hosts = named.home / "hosts"
    hosts.write_text("0.0.0.0 ads.example.net\n10.77.0.4/32\n# remark\nnonsense here\n")
    (named.home / "etc" / "lists.d").mkdir()
    (named.home / "etc" / "lists.d" / "adverts.toml").write_text(f'source = "{hosts}"\n')
    named.helper.stop()
    named.helper = named.stiled()
    program = Program(named, "browser")
    named.stile("allow", program.identity)

    assert program.does("connect", TWO) == "ConnectionRefusedError", "its network is listed"
    assert queued(named, program, ONE) == ("connected", 0), "a list costs no trip to the helper"
    assert program.does("look up", "ads.example.net") == "answered"
    until(
        lambda: program.does("connect", SHARED) == "ConnectionRefusedError" or None,
        "a moment after the answer was seen",
        within=1.0,
    )
    (listed,) = [json.loads(line) for line in named.stile("--json", "lists").splitlines()]
    assert (listed["name"], listed["entries"], listed["skipped"]) == ("adverts", 2, 1)
    assert listed["hits"] >= 2
    said = named.stile("why", program.identity, f"{SHARED}:80")
    assert said.startswith(f"{SHARED} (ads.example.net): deny, by rule ")

    hosts.write_text("10.77.0.3\n")
    named.stile("lists", "--refresh")
    assert program.does("connect", ONE) == "ConnectionRefusedError", "it is another list now"
    assert program.does("connect", TWO) == "connected"
    hosts.write_text("")
    named.stile("lists", "--refresh")
    assert program.does("connect", ONE) == "ConnectionRefusedError", "an empty one changes nothing"
    assert "stays in force" in named.stile("status")


def test_everybody_may_look_names_up_where_the_settings_say_so(named: World) -> None:
    (named.home / "etc" / "stile.toml").write_text(
        f'name_servers = "{FAR}"\neverybody_may_look_up = true\n'
    )
    named.helper.stop()
    named.helper = named.stiled()
    agent, program = named.agent(), Program(named, "browser")

    assert program.does("look up", "many.example.org") == "answered"
    program.begin("connect", ONE)
    assert agent.next().connection.name == "many.example.org"


def test_the_name_that_a_known_program_asked_for_stands_in_anothers_question(
    named: World,
) -> None:
    resolver, program, agent = Program(named, "resolver"), Program(named, "new"), named.agent()
    named.stile("allow", resolver.identity)
    resolver.does("look up", "alias.example.net")

    program.begin("connect", ONE)
    asked = agent.next()
    assert asked.connection.name == "alias.example.net", "as it was asked for, not where it led"
    assert not asked.connection.lookup


@pytest.mark.parametrize("strange", ["any", "*.org", "1.0.0.0-9.0.0.0"])
def test_a_question_about_what_is_no_host_is_one_about_the_name_server(
    named: World, strange: str
) -> None:
    agent, program = named.agent(), Program(named, "browser")

    program.begin("look up", strange)
    asked = agent.next()

    connection = asked.connection
    assert (connection.name, connection.lookup) == ("", False)
    assert str(connection.flow.address) == FAR
    assert agent.choose(asked, Choice(Action.ALLOW, Lifetime.FOREVER, reach=Reach.HOST))
    assert program.end() == "answered"
    (made,) = [json.loads(line) for line in named.stile("--json", "rules").splitlines()]
    assert made["scope"] == {"to": FAR}, "and it covers that alone"
    program.begin("connect", ONE)
    assert str(agent.next().connection.flow.address) == ONE


def test_a_name_that_is_denied_stays_closed_to_what_is_allowed_until_it_quits(
    named: World,
) -> None:
    agent, program = named.agent(), Program(named, "browser")
    named.stile("deny", program.identity, "--to", "*.example.net")
    program.begin("look up", "ads.example.net")
    assert program.end() != "answered"
    program.begin("connect", ONE)
    agent.answer(agent.next(), Action.ALLOW, Lifetime.QUIT)
    assert program.end() == "connected"
    assert queued(named, program, ONE) == ("connected", 0), "the kernel knows it"
    assert program.does("connect", SHARED) == "connected", "nobody has said what its name is"

    other = Program(named, "resolver")
    named.stile("allow", other.identity)
    assert other.does("look up", "ads.example.net") == "answered"

    until(
        lambda: program.does("connect", SHARED) == "ConnectionRefusedError" or None,
        "the kernel knows the name",
        within=2,
    )
    assert queued(named, program, SHARED) == ("ConnectionRefusedError", 0)
    assert program.does("connect", TWO) == "connected"
    assert agent.is_quiet


def test_a_name_that_is_allowed_is_open_to_what_is_denied_until_it_quits(named: World) -> None:
    agent, program = named.agent(), Program(named, "browser")
    named.stile("allow", program.identity, "--to", "many.example.org")
    program.begin("connect", SHARED)
    agent.answer(agent.next(), Action.DENY, Lifetime.QUIT)
    assert program.end() == "ConnectionRefusedError"

    assert program.does("look up", "many.example.org") == "answered"
    for _ in range(2):
        assert program.does("connect", TWO) == "connected"
        assert program.does("connect", SHARED) == "ConnectionRefusedError"
    assert queued(named, program, TWO) == ("connected", 0)
    assert agent.is_quiet


def arrived(world: World) -> int:
    """How many packets have come to the guarded end of the cable."""
    (link,) = json.loads(
        run("ip", "-n", f"{world.name}n", "-j", "-s", "link", "show", "dev", "near")
    )
    return int(link["stats64"]["rx"]["packets"])


@pytest.mark.parametrize("server", [FAR, FAR6])
def test_an_answer_over_tcp_counts_however_many_segments_it_comes_in(
    named: World, server: str
) -> None:
    (named.home / "etc" / "stile.toml").write_text(f'name_servers = "{FAR}, {FAR6}"\n')
    named.helper.stop()
    named.helper = named.stiled()
    run("ip", "-n", f"{named.name}f", "link", "set", "far", "gso_max_segs", "1")
    program = Program(named, "browser")
    named.stile("deny", program.identity)
    named.stile("allow", program.identity, "--to", server, "--port", "dns")
    named.stile("allow", program.identity, "--to", "large.example.org")
    assert program.does("look up at", "large.example.org", server) == "cut short"
    before = arrived(named)

    length = program.does("look up by TCP", "large.example.org", server)

    assert isinstance(length, int)
    assert arrived(named) - before > length // 100 > 10, "it came in pieces"
    assert program.does("connect", ONE) == "connected"
    assert program.does("connect", SHARED) == "ConnectionRefusedError"
