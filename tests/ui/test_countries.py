"""In which country an address is: with real databases, in MaxMind's format."""

from ipaddress import ip_address
from pathlib import Path

import pytest
from geography import database

from stile_ui.countries import Countries

KNOWN = {"8.8.8.0/24": "Bhutan", "2a00:1450::/32": "Chile"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    database(tmp_path / "GeoLite2-Country.mmdb", KNOWN)
    return tmp_path


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("8.8.8.8", "Bhutan"),
        ("2a00:1450::1", "Chile"),
        ("9.9.9.9", ""),
        ("192.168.0.1", ""),
    ],
)
def test_a_country_is_named_where_the_database_knows_it(
    folder: Path, address: str, country: str
) -> None:
    assert Countries([folder]).of(ip_address(address)) == country


def test_without_a_database_nobody_knows(tmp_path: Path) -> None:
    assert Countries([tmp_path, tmp_path / "missing"]).of(ip_address("8.8.8.8")) == ""


def test_what_is_no_database_and_one_about_something_else_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / "A.mmdb").write_text("nonsense")
    database(tmp_path / "B.mmdb", {"8.8.8.0/24": "wrong"}, kind="GeoLite2-ASN")
    database(tmp_path / "C.mmdb", KNOWN, kind="DBIP-City-Lite")
    assert Countries([tmp_path]).of(ip_address("8.8.8.8")) == "Bhutan"
