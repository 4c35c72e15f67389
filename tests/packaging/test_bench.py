"""packaging/bench measures, and what it writes has a shape that stays."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from worlds import why_not

INSTRUMENT = Path(__file__).parents[1] / "bench" / "instrument.py"
ROW = ["name", "title", "unit", "target", "value", "met", "parts", "why"]
MACHINE = ["kernel", "processors", "python", "load"]


def bench(*words: str | Path, path: str = os.environ["PATH"]) -> str:
    """Run it, and give the table."""
    done = subprocess.run(
        [sys.executable, INSTRUMENT, *words],
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": path},
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def can_measure() -> None:
    """Skip where there are no worlds."""
    if reason := why_not():
        pytest.skip(reason)


@pytest.mark.usefixtures("can_measure")
def test_a_measurement_has_a_row_in_the_table_and_in_the_file(tmp_path: Path) -> None:
    file = tmp_path / "now.json"

    table = bench("--quick", "--only", "control", "--json", file)

    now: dict[str, Any] = json.loads(file.read_text())
    (row,) = now["rows"]
    assert [*now] == ["shape", "when", "quick", "seconds", "machine", "rows"]
    assert [*now["machine"]] == MACHINE
    assert sorted(row) == sorted(ROW)
    assert row["name"] == "control/connect"
    assert 0.95 < row["value"] < 1.05, "no firewall against no firewall"
    assert "| control/connect |" in table


@pytest.mark.usefixtures("can_measure")
def test_what_cannot_be_measured_says_why_and_hides_nothing(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.mkdir()
    file = tmp_path / "now.json"

    bench("--quick", "--only", "control,second", "--json", file, path=str(tools))

    rows = json.loads(file.read_text())["rows"]
    assert [row["name"] for row in rows] == [
        "control/connect",
        "second/at-once",
        "second/after-50-ms",
    ]
    for row in rows:
        assert row["value"] is None
        assert "needs ip, nft" in row["why"]


@pytest.mark.usefixtures("can_measure")
def test_an_old_file_is_shown_beside(tmp_path: Path) -> None:
    old = tmp_path / "old.json"
    old.write_text('{"rows": [{"name": "control/connect", "value": 0.5}]}')

    table = bench("--quick", "--only", "control", "--compare", old)

    assert "| row | before | after |" in table
    assert "| control/connect | 0.5 |" in table


def test_the_tables_of_the_readme_are_made_of_a_file(tmp_path: Path) -> None:
    rows = {
        "nftables/1/allow/connect": 1.0211,
        "nftables/100/allow/connect": 1.0355,
        "nftables/1/change/rule": 34.96,
        "iptables/10000/change/rule": 4920.0,
        "iptables/10000/rules/connect": 30.17,
        "iptables/10000/start": 8.128,
        "memory/idle/helper": 39.4,
        "gate/undecided/static": 1.081,
        "gate/undecided/static/floor": 1.06,
    }
    file = tmp_path / "run.json"
    file.write_text(json.dumps({"rows": [{"name": it, "value": rows[it]} for it in rows]}))

    rules, targets = bench("--readme", file).split("\n\n")
    _, _, first, _, _, last = rules.splitlines()

    assert first == "| nftables | 1 / 100 | 1.02 / 1.04 | - / - | - / - ms | 35 / - ms | - / - s |"
    assert last == "|  | 1,000 / 10,000 | - / - | - / 30 | - / - ms | - / 4,920 ms | - / 8.1 s |"
    assert (
        "idle / with 10,000 applications / after the work of an hour | 39 / - / - MB |" in targets
    )
    assert "| 1.08 / - / - | 1.06 / - / - | 1.10 |" in targets
