"""The log in systemd's journal: entries as the protocol wants them, and nobody waits for it."""

import logging
import os
import socket
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stiled import journal
from stiled.journal import Journal, encoded

PLACES = ("/usr/lib/systemd", "/lib/systemd")
JOURNALD = next((each for each in PLACES if Path(each, "systemd-journald").exists()), "")


def decoded(entry: bytes) -> dict[str, str]:
    """Read an entry as journald does."""
    fields: dict[str, str] = {}
    while entry:
        line, _, rest = entry.partition(b"\n")
        name, mark, value = line.partition(b"=")
        if not mark:
            (size,) = struct.unpack_from("<Q", rest)
            value, end, rest = rest[8 : 8 + size], rest[8 + size : 9 + size], rest[9 + size :]
            assert end == b"\n"
        fields[name.decode()] = value.decode()
        entry = rest
    return fields


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    """Listen where the journal would; a folder of its own, for names of sockets are short."""
    with (
        tempfile.TemporaryDirectory() as folder,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as there,
    ):
        there.bind(f"{folder}/socket")
        there.setblocking(False)  # noqa: FBT003
        yield there


@pytest.fixture
def log(listening: socket.socket) -> Iterator[logging.Logger]:
    handler = Journal(listening.getsockname())
    logger = logging.Logger("stiled.test")
    logger.addHandler(handler)
    yield logger
    handler.close()


def heard(listening: socket.socket) -> list[dict[str, str]]:
    entries = []
    while True:
        try:
            entries.append(decoded(listening.recv(1 << 20)))
        except BlockingIOError:
            return entries


def test_an_entry_has_its_message_its_priority_and_its_fields(
    listening: socket.socket, log: logging.Logger
) -> None:
    log.warning("%s\nis new", "a rule", extra={"fields": {"STILE_APPLICATION": "path:/usr/bin/x"}})
    (entry,) = heard(listening)
    assert entry["MESSAGE"] == "a rule\nis new"
    assert entry["PRIORITY"] == "4"
    assert entry["SYSLOG_IDENTIFIER"] == "stiled"
    assert entry["STILE_APPLICATION"] == "path:/usr/bin/x"
    assert entry["CODE_FUNC"] == "test_an_entry_has_its_message_its_priority_and_its_fields"


def test_a_traceback_comes_along(listening: socket.socket, log: logging.Logger) -> None:
    try:
        raise OSError("no disk")
    except OSError:
        log.exception("it went wrong")
    (entry,) = heard(listening)
    assert entry["PRIORITY"] == "3"
    assert entry["MESSAGE"].startswith("it went wrong\nTraceback")
    assert entry["MESSAGE"].endswith("OSError: no disk")


def test_what_a_full_journal_does_not_take_is_lost_and_counted(
    listening: socket.socket, log: logging.Logger
) -> None:
    for number in range(2000):  # it would wait for ever here, if it waited
        log.info("%d", number)
    taken = heard(listening)
    assert [entry["MESSAGE"] for entry in taken] == [str(number) for number in range(len(taken))]
    lost = 2000 - len(taken)
    assert lost > 0

    log.info("the next")
    told, following = heard(listening)
    assert told["MESSAGE"] == f"{lost} lines of the log were lost: the journal did not take them"
    assert following["MESSAGE"] == "the next"


def test_a_journal_that_is_gone_is_no_error(tmp_path: Path) -> None:
    handler = Journal(str(tmp_path / "nobody"))
    handler.emit(logging.makeLogRecord({"msg": "hello"}))
    assert handler.lost == 1
    handler.close()


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=50)
NAMES = st.from_regex(r"[A-Z][A-Z0-9_]{0,20}", fullmatch=True)


@given(st.dictionaries(NAMES, TEXTS, max_size=5))
def test_whatever_stands_in_a_field_is_read_as_it_was_meant(fields: dict[str, str]) -> None:
    assert decoded(encoded(fields.items())) == fields


def test_what_is_no_name_of_a_field_is_not_sent() -> None:
    with pytest.raises(ValueError, match="'_PID' is not the name of a field"):
        encoded([("_PID", "1")])


def test_it_is_the_journal_that_reads_only_where_its_stream_is_ours(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with (tmp_path / "stream").open("w") as stream:
        there = os.fstat(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{there.st_dev}:{there.st_ino}")
        assert journal.is_read(stream.fileno())
        monkeypatch.setenv("JOURNAL_STREAM", f"{there.st_dev}:{there.st_ino + 1}")
        assert not journal.is_read(stream.fileno())
        monkeypatch.delenv("JOURNAL_STREAM")
        assert not journal.is_read(stream.fileno())


PRIVATELY = """
set -e
mount --make-rprivate /
mount -t tmpfs none /run
mkdir -p /run/systemd/journal
[ -s /etc/machine-id ] || { tr -d - < /proc/sys/kernel/random/uuid > /run/machine-id
    mount --bind /run/machine-id /etc/machine-id; }
"$0/systemd-journald" 2> /dev/null & journald=$!
while ! [ -S /run/systemd/journal/socket ]; do sleep 0.05; done
export STREAM='JOURNAL_STREAM=$(stat --dereference --format=%d:%i /proc/self/fd/2) exec "$0" "$@"'
systemd-cat sh -c "$STREAM" "$1" -c '
import logging
from stiled import systemd
systemd.log_where_it_is_read()
fields = {"STILE_APPLICATION": "path:/usr/bin/curl"}
logging.info("a rule\\nof two lines", extra={"fields": fields})
logging.info("another line")
'
found() { journalctl --directory=/run/log/journal --quiet --output=cat "$@"; }
for _ in $(seq 100); do
    [ -z "$(found STILE_APPLICATION=path:/usr/bin/curl)" ] || break
    sleep 0.05
done
found STILE_APPLICATION=path:/usr/bin/curl
kill $journald
wait $journald || true
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root: a /run of its own for journald")
@pytest.mark.skipif(not JOURNALD, reason="needs systemd-journald")
def test_the_real_journal_finds_what_is_said_of_an_application() -> None:
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", PRIVATELY, JOURNALD, sys.executable],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("a rule\nof two lines\n", "", 0)
