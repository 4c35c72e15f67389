"""Block lists as people publish them: what is read, what is covered, and what keeps the old one."""

import http.server
import threading
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stile.rules import Action
from stiled.blocklists import Blocklist, Parsed, parse
from stiled.liststore import ListStore


def listed(*lines: str) -> Blocklist:
    return Blocklist("test", parse(lines), b"key")


@pytest.mark.parametrize(
    ("line", "covered", "not_covered"),
    [
        ("0.0.0.0 ads.example.org", "ads.example.org", "x.ads.example.org"),
        ("127.0.0.1 a.example b.example # both", "b.example", "c.example"),
        ("::1 ads.example.org", "ads.example.org", "example.org"),
        ("ads.example.org", "x.ads.example.org", "badads.example.org"),
        ("*.example.org", "example.org", "example.com"),
        ("||Example.org^", "www.example.org", "example.org.evil.com"),
        ("||example.org^$third-party,important", "example.org", "org"),
        ("address=/example.org/0.0.0.0", "a.example.org", "example.com"),
        ("server=/example.org/", "example.org", "example.net"),
        ("m\u00fcnchen.example", "xn--mnchen-3ya.example", "munchen.example"),
        ("\ufeffexample.org.\r", "example.org", "org"),
        ("1and1.example", "1and1.example", "and1.example"),
    ],
)
def test_each_format_covers_what_it_means(line: str, covered: str, not_covered: str) -> None:
    found = listed(line)

    assert found.covers(covered)
    assert not found.covers(not_covered)


@pytest.mark.parametrize(
    "line",
    [
        *("com", "0.0.0.0/0", "10.0.0.0/7", "::/0", "@@||example.org^", "example.org##.banner"),
        *("||example.org^$script", "||example.org/path", "/banner/*/img^", "nonsense here"),
    ],
)
def test_what_would_cut_off_much_or_cannot_be_done_is_skipped_and_counted(line: str) -> None:
    parsed = parse([line])

    assert (len(parsed), parsed.skipped) == (0, 1)
    assert parsed.reasons[0].startswith("line 1: ")


@pytest.mark.parametrize("line", ["# remark", "! remark", "", "127.0.0.1 localhost", "[Adblock]"])
def test_what_says_nothing_is_no_problem(line: str) -> None:
    assert parse([line]) == Parsed()


def test_networks_are_kept_apart_from_each_other_and_found() -> None:
    found = listed("192.0.2.0/25", "192.0.2.128/25", "192.0.2.7", "2001:db8::/32")

    assert [str(each) for each in found.networks[4]] == ["192.0.2.0/24"]
    assert found.covers_address(ip_address("192.0.2.255"))
    assert not found.covers_address(ip_address("192.0.3.0"))
    assert found.covers_address(ip_address("2001:db8::1"))
    assert not found.covers_address(ip_address("::1"))


@given(st.lists(st.text(max_size=60)))
def test_whatever_the_lines_are_nothing_is_raised(lines: list[str]) -> None:
    Blocklist("test", parse(lines), b"key").covers("example.org")


# -- where lists come from -------------------------------------------------------------------


class Web(http.server.BaseHTTPRequestHandler):
    body, status, headers_sent = b"a.example\n", 200, {"ETag": '"1"'}
    seen: ClassVar[list[str]]
    port: int

    def do_GET(self) -> None:
        type(self).seen.append(self.headers.get("If-None-Match", ""))
        same = self.headers.get("If-None-Match") == self.headers_sent.get("ETag")
        self.send_response(304 if same and self.status == 200 else self.status)
        for name, value in self.headers_sent.items():
            self.send_header(name, value)
        self.end_headers()
        if not same:
            self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def web() -> Iterator[type[Web]]:
    """A server on loopback, to be told what it says."""

    class Served(Web):
        seen: ClassVar[list[str]] = []

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Served)
    Served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Served
    server.shutdown()
    server.server_close()
    thread.join()


def store(tmp_path: Path, source: str, more: str = "") -> ListStore:
    folder = tmp_path / "lists.d"
    folder.mkdir(exist_ok=True)
    (folder / "ads.toml").write_text(f'source = "{source}"\n{more}')
    made = ListStore(tmp_path, tmp_path / "state")
    made.load()
    return made


def test_a_list_is_fetched_once_and_only_asked_about_after_that(
    tmp_path: Path, web: type[Web]
) -> None:
    lists = store(tmp_path, f"http://127.0.0.1:{web.port}/hosts")
    assert lists.loaded.problems["ads"].endswith("it has not been fetched yet")

    assert lists.fetch("ads")
    assert lists.load().lists["ads"].covers("a.example")
    assert lists.loaded.problems == {}
    assert not lists.fetch("ads"), "it is the same"
    assert web.seen == ["", '"1"']


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (500, {}, b""),
        (200, {}, b""),
        (200, {}, b"<html>not a list</html>"),
        (302, {"Location": "file:///etc/passwd"}, b""),
        (200, {"Content-Encoding": "gzip"}, b"no gzip"),
        (200, {}, b"only.one.left.example\n"),
    ],
)
def test_a_list_that_cannot_be_had_stays_as_it_was(
    tmp_path: Path, web: type[Web], status: int, headers: dict[str, str], body: bytes
) -> None:
    web.body = b"a.example\nb.example\nc.example\n"
    lists = store(tmp_path, f"http://127.0.0.1:{web.port}/hosts")
    lists.fetch("ads")
    lists.load()

    web.status, web.headers_sent, web.body = status, headers, body
    assert not lists.fetch("ads")

    assert "stays in force" in lists.loaded.problems["ads"]
    assert lists.loaded.lists["ads"].covers("b.example")
    assert lists.load().lists["ads"].covers("b.example")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "'source' is missing"),
        ('source = "hosts"\n', "an absolute path"),
        ('source = "/a"\naction = "allow"\n', "'action' is deny or drop"),
        ('source = "/a"\nevery = "often"\n', "'every' is a duration"),
        ('source = "/a"\nloud = true\n', "there is no 'loud'"),
        ('source = "/a"\nenabled = "yes"\n', "'enabled' is of the wrong type"),
    ],
)
def test_a_file_that_is_wrong_is_named_with_the_reason(
    tmp_path: Path, text: str, reason: str
) -> None:
    folder = tmp_path / "lists.d"
    folder.mkdir()
    (folder / "ads.toml").write_text(text)

    problem = ListStore(tmp_path, tmp_path / "state").load().problems["ads"]
    assert problem.startswith(f"{folder}/ads.toml: ")
    assert reason in problem


def test_a_list_is_a_rule_for_everybody(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("a.example\n")
    lists = store(tmp_path, f"{tmp_path}/hosts", 'action = "drop"\n')

    rule = lists.loaded.listings["ads"].rule
    assert (str(rule.application), rule.action) == ("everybody", Action.DROP)
    assert rule.scope.words == {"to": "list:ads"}
