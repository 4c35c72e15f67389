"""Verdicts, reasons and directions as the pages about connections say them."""

from contextlib import suppress
from functools import lru_cache
from socket import getservbyport

from PySide6.QtGui import QIcon

from stile.applications import Application
from stile.language import translate
from stile.rules import Action
from stile_ui import icons


def verdict(word: str) -> str:
    """Say what became of a connection."""
    return {
        "allow": translate("Connections", "Allowed"),
        "deny": translate("Connections", "Denied"),
        "drop": translate("Connections", "Dropped"),
        "ask": translate("Connections", "Undecided"),
    }.get(word, word)


@lru_cache(maxsize=512)
def program(application: Application) -> QIcon:
    """Give the icon of an application: the theme is slow to look through, and tables ask often."""
    return icons.of(application)


@lru_cache
def icon(word: str) -> QIcon | None:
    """Give the mark of a verdict."""
    return icons.verdict(Action(word)) if word in set(Action) else None


def reason(word: str) -> str:
    """Say by whose word."""
    return {
        "rule": translate("Connections", "A rule"),
        "answer": translate("Connections", "Your answer"),
        "nobody-answered": translate("Connections", "Nobody answered"),
        "too-many": translate("Connections", "Too many waited"),
        "lockdown": translate("Connections", "Lockdown"),
        "asked": translate("Connections", "You are asked"),
        "undecided": translate("Connections", "Nobody decided"),
    }.get(word, word)


def direction(word: str) -> str:
    """Say who began."""
    return {
        "out": translate("Connections", "Outgoing"),
        "in": translate("Connections", "Incoming"),
    }.get(word, "")


def state(word: str) -> str:
    """Say how far a connection is."""
    return {
        "opening": translate("Connections", "Opening"),
        "open": translate("Connections", "Open"),
        "closing": translate("Connections", "Closing"),
    }.get(word, word)


@lru_cache(maxsize=4096)
def port(protocol: str, number: int) -> str:
    """Name a port: "443 https", or "icmp" where the protocol has none."""
    if not number:
        return protocol
    with suppress(OSError, OverflowError):
        return f"{number} {getservbyport(number, protocol)}"
    return f"{number} {protocol}"
