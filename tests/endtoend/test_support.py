"""`stile support` beside the real helper: what it says of the kernel, and nothing of anybody's."""

import re
from pathlib import Path

import pytest
from worlds import BACKENDS, FAR, World, run


@pytest.mark.parametrize("guarded", BACKENDS, indirect=True)
def test_the_report_tells_of_rules_and_the_kernel_without_what_they_are_about(
    guarded: World, tmp_path: Path
) -> None:
    guarded.rules.joinpath("broken.toml").write_text('application = "path:/usr/bin/x"\nx = 1\n')
    guarded.stiled()
    client = guarded.client("somebodys-tool")
    guarded.stile("allow", client.identity, "--to", FAR, "--port", "443")
    guarded.stile("deny", client.identity, "--to", "vault.example.org")
    report = tmp_path / "report"
    guarded.stile("settings", "question_timeout", "90")
    run(*guarded.near("nft", "add", "table", "inet", "acme-office"))
    run(*guarded.near("stile", "--bus", guarded.bus, "support", report))
    text = report.read_text()

    assert "question_timeout = 90.0" in text
    assert "path, allow: 1" in text
    assert "path, deny: 1" in text
    hooked = {
        "nftables": r"^chain output: \d+ rules, hook output",
        "iptables": r"rules in STILE \d",
    }
    assert re.search(hooked[guarded.backend], text, re.M)
    assert re.search(r"^stiled: \d+ MB, \d+ threads", text, re.M)
    assert ".toml" not in text.partition("== problems")[2].partition("== features")[0]
    assert "nft table inet (another)" in text
    for secret in ("acme", "somebodys-tool", FAR, "vault", "broken", str(guarded.home)):
        assert secret not in text
