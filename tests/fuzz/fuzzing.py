"""What a target of fuzzing is, and how what is valid is spoilt.

A target makes an input out of a source of chance and checks what the product does with it. The same
source serves twice: in the ordinary tests hypothesis is the chance, and shrinks what it finds; in a
long run (`packaging/fuzz`) it is a plain generator, which is some hundred times faster.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

BIG = (0, 1, 2, 3, 4, 7, 8, 15, 16, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0xFFFFFFFF)
ODD = (
    *(
        "\n",
        "\r",
        "\t",
        "\0",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1b[31m",
        "\x7f",
        "\x85",
        "\u2028",
        "\u2029",
    ),
    *(
        "\u202e",
        "\ufeff",
        "ü",
        "İ",
        "ß",
        "\U0001f600",
        "\ud800",
        "\\",
        '"',
        "'",
        "#",
        "%",
        "@",
        ":",
    ),
    *("=", "[", "]", "(", ")", "{", "}", ",", ".", "..", "/", "*", "-", "~", " ", "  ", "٣", "²"),
)
"""Characters at which readers of text stumble."""


class WrongGrant(AssertionError):
    """Something was read out of an input that a strict reader would not have."""


@dataclass(frozen=True)
class Target:
    """One reader of what comes from outside."""

    name: str
    make: Callable[[Random], Any]
    check: Callable[[Any], None]
    """Raises WrongGrant, or whatever the reader raises beyond what it documents."""
    known: Sequence[Any] = ()
    """Inputs at which it once failed."""
    examples: int = 150
    """In the ordinary tests."""
    part: float = 1.0
    """How much of the inputs of a long run it gets: 1 where it is fast."""


def octets(random: Random, most: int = 64) -> bytes:
    return random.getrandbits(8 * (size := random.randint(0, most))).to_bytes(size, "big")


def spoilt(random: Random, data: bytes) -> bytes:
    """Change something about *data*, or nothing."""
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        at = random.randint(0, max(0, len(data) - 1))
        match random.randint(0, 6):
            case 0:
                data = data[:at]
            case 1:
                data = data[:at] + bytes([random.randint(0, 255)]) + data[at + 1 :]
            case 2:
                width = random.choice((1, 2, 4))
                number = random.choice(BIG) & ((1 << 8 * width) - 1)
                swapped = number.to_bytes(width, "big")[:: random.choice((1, -1))]
                data = data[:at] + swapped + data[at + width :]
            case 3:
                data = data[:at] + octets(random, 8) + data[at:]
            case 4:
                data = data[:at] + data[at + random.randint(0, 8) :]
            case 5:
                end = at + random.randint(0, 32)
                data = data[:end] + data[at:end] * random.randint(0, 3) + data[end:]
            case 6:
                data = data[:at] + octets(random)
    return data


def spoilt_text(random: Random, text: str) -> str:
    """Change something about *text*, or nothing."""
    for _ in range(random.choice((0, 1, 1, 2, 4))):
        at = random.randint(0, len(text))
        match random.randint(0, 3):
            case 0:
                text = text[:at] + random.choice(ODD) + text[at:]
            case 1:
                text = text[:at] + text[at + random.randint(0, 6) :]
            case 2:
                end = at + random.randint(0, 24)
                text = text[:end] + text[at:end] * random.randint(0, 3) + text[end:]
            case 3:
                text = text[:at] + random.choice(ODD) * random.randint(1, 40) + text[at:]
    return text


def word(random: Random) -> str:
    return spoilt_text(random, random.choice(("a", "curl", "org.example.App", "x-1", "", "00")))
