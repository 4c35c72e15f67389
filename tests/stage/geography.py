"""Databases of countries, as people have them installed: small ones, in MaxMind's real format."""

from collections.abc import Mapping
from pathlib import Path

from mmdb_writer import MMDBWriter
from netaddr import IPSet


def database(path: Path, countries: Mapping[str, str], *, kind: str = "GeoLite2-Country") -> None:
    """Write a database that knows the countries of some networks."""
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=kind)
    for network, name in countries.items():
        entry = {"country": {"iso_code": name[:2].upper(), "names": {"en": name}}}
        writer.insert_network(IPSet([network]), entry)
    writer.to_db_file(str(path))
