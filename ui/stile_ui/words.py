"""Text that came from elsewhere, made safe and short enough to be shown."""

import html
import pwd
import shlex
from collections.abc import Callable, Sequence

from stile.applications import UNSAFE_TO_SHOW
from stile.connections import Uid
from stile.language import translate

LONGEST = 2000
"""Letters of a tooltip; a command line may be two megabytes."""


def safe(text: str) -> str:
    """Write out what would turn, break or hide a line; what `spelled` wrote stays as it is."""
    return "".join(
        letter
        if letter.isprintable() and letter not in UNSAFE_TO_SHOW
        else letter.encode("unicode_escape", "surrogatepass").decode()
        for letter in text
    )


def command_line(command: Sequence[str]) -> str:
    """Spell a command as one would type it."""
    return safe(shlex.join(command))


def user(uid: Uid) -> str:
    """Name a user."""
    try:
        return f"{safe(pwd.getpwuid(uid).pw_name)} ({uid})"
    except (KeyError, OverflowError):
        return translate("Words", "user {number}").format(number=uid)


def isolated(text: str) -> str:
    """Keep a path or a command in its own direction, within a sentence of any (Unicode UAX 9)."""
    return f"\u2066{text}\u2069" if text else ""


def tooltip(text: str) -> str:
    """Write a tooltip that shows *text* and nothing else: Qt takes tags in tooltips for markup."""
    shortened = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"<p style='white-space: pre-wrap'>{html.escape(shortened)}</p>"


def in_menu(text: str) -> str:
    """Write a menu entry: a single ampersand would be a shortcut."""
    return text.replace("&", "&&")


def broken(path: str, fits: Callable[[str], bool], lines: int) -> str:
    """Break a path into lines that fit, after slashes; of too many the middle is left out."""
    rest, broken_lines = path, []
    while not fits(rest):
        end = max(1, next((n for n in range(len(rest), 0, -1) if fits(rest[:n])), 1))
        slash = rest.rfind("/", 1, end)
        end = slash + 1 if slash > end // 2 else end
        broken_lines.append(rest[:end])
        rest = rest[end:]
    broken_lines.append(rest)
    if len(broken_lines) > lines:
        broken_lines[lines - 2 : -1] = ["…"]
    return "\n".join(broken_lines)
