"""Which file does an interpreter run? Read from its own name and its command line.

A command line is what the program says of itself: it may have been written over, and every
interpreter can be made to run other code by its environment. So what is found here is a name for a
file that an interpreter *says* it runs; `identity.py` decides when that is worth anything.

Where an option is not known here, or the code comes from the command line or from standard input,
the answer is None: the process is then the interpreter itself.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Script:
    """A file, as the command line names it: perhaps relative."""

    path: bytes


@dataclass(frozen=True, slots=True)
class Module:
    """A Python module that is run by `-m`."""

    name: bytes


@dataclass(frozen=True, slots=True)
class Syntax:
    """How an interpreter reads its command line, up to the script.

    *letters* are short options that may stand together after one dash. Those in *inline* mean that
    the code is elsewhere; those in *takes* take an argument, the rest of their word or the next
    word; those in *detached* take the next word, always; those in *attached* end their word.
    """

    inline: bytes = b""
    takes: bytes = b""
    detached: bytes = b""
    attached: bytes = b""
    long_takes: frozenset[bytes] = frozenset()
    """Long options whose argument is the next word; with `=` they are one word."""
    long_inline: frozenset[bytes] = frozenset()
    file: bytes = b""
    """The short option that names the script."""
    module: bytes = b""
    """The short option that names a module."""
    whole: bool = False
    """Options are whole words, also after a single dash, as Java has them."""
    file_words: frozenset[bytes] = frozenset()
    """Whole words of which the next one is the script."""
    only: tuple[bytes, ...] = ()
    """Endings that a script must have, where another word may mean something else."""
    plus: bool = False
    """Options may begin with a plus sign, too."""
    only_file: bool = False
    """Without the option that names a file, the first word is code."""


SHELL = Syntax(
    inline=b"cs",
    detached=b"oO",
    long_takes=frozenset({b"--rcfile", b"--init-file", b"--emulate"}),
    long_inline=frozenset({b"--command", b"--version", b"--help"}),
    plus=True,
)
PYTHON = Syntax(
    inline=b"chV?", takes=b"WXQ", module=b"m", long_takes=frozenset({b"--check-hash-based-pycs"})
)
JAVA_PATHS = (
    b"-cp",
    b"-classpath",
    b"--class-path",
    b"-p",
    b"--module-path",
    b"--upgrade-module-path",
)
JAVA_NAMES = (
    b"--add-modules",
    b"--add-opens",
    b"--add-exports",
    b"--add-reads",
    b"--limit-modules",
)
SYNTAX: Mapping[str, Syntax] = MappingProxyType(
    {
        "python": PYTHON,
        "shell": SHELL,
        "fish": Syntax(
            inline=b"chv",
            takes=b"dDofp",
            detached=b"C",
            long_takes=frozenset({b"--init-command", b"--debug", b"--features"}),
            long_inline=frozenset({b"--command"}),
        ),
        # perlrun(1); -S looks on PATH, -x elsewhere in the file
        "perl": Syntax(inline=b"eESvVh", takes=b"I", attached=b"0CdDFilmMVx"),
        "ruby": Syntax(inline=b"eSh", takes=b"CEIr", attached=b"0FKTWxi"),
        "node": Syntax(
            inline=b"epihv",
            detached=b"rC",
            long_takes=frozenset(
                {b"--require", b"--import", b"--loader", b"--conditions", b"--experimental-loader"}
            ),
            long_inline=frozenset({b"--eval", b"--print", b"--interactive", b"--test", b"--run"}),
        ),
        "php": Syntax(inline=b"raRBEFSishmv", takes=b"cdtz", file=b"f"),
        "lua": Syntax(inline=b"iv", takes=b"el"),
        "java": Syntax(
            whole=True,
            long_takes=frozenset((*JAVA_PATHS, *JAVA_NAMES)),
            long_inline=frozenset({b"-m", b"--module", b"--version", b"-version"}),
            file_words=frozenset({b"-jar"}),
            only=(b".java",),
        ),
        "mono": Syntax(whole=True, long_takes=frozenset({b"--config"}), only=(b".exe", b".dll")),
        "dotnet": Syntax(whole=True, only=(b".dll",)),
        "awk": Syntax(inline=b"e", takes=b"Fv", file=b"f", only_file=True),
        "tcl": Syntax(inline=b"c", detached=b"e", file=b"f"),
        # ld.so(8): the program that it was told to load
        "loader": Syntax(
            whole=True,
            long_takes=frozenset(
                {
                    b"--library-path",
                    b"--inhibit-rpath",
                    b"--audit",
                    b"--preload",
                    b"--argv0",
                    b"--glibc-hwcaps-prepend",
                    b"--glibc-hwcaps-mask",
                }
            ),
        ),
    }
)
NAMES: Mapping[str, str] = MappingProxyType(
    {
        "python": r"python|pypy",
        "shell": r"r?bash|sh|dash|ash|m?ksh|zsh",
        "fish": r"fish",
        "perl": r"perl",
        "ruby": r"ruby",
        "node": r"node|nodejs",
        "php": r"php|php-cli",
        "lua": r"lua|luajit",
        "java": r"java",
        "mono": r"mono|mono-sgen",
        "dotnet": r"dotnet",
        "awk": r"[gm]?awk",
        "tcl": r"tclsh|wish|expect",
        "loader": r"ld(-linux|-musl)?[\w-]*\.so",
    }
)
VERSION = r"[-.]?[0-9]*([.-][0-9]+)*(-?(dbg|debug|jit|threaded))?"
FAMILIES = re.compile(
    "|".join(f"(?P<{family}>({names}){VERSION})" for family, names in NAMES.items())
    + r"|ld-[0-9.]+\.so",
)
BUSYBOX = b"busybox"


def is_interpreter(path: bytes) -> bool:
    """Whether a file of this name runs other files: by its name alone, nothing is looked at."""
    name = path.rpartition(b"/")[2]
    return name == BUSYBOX or _family(name) is not None


def script_of(interpreter: bytes, argv: Sequence[bytes]) -> Script | Module | None:
    """Say what *interpreter*, a file's name, was told to run; None where it is its own master."""
    family = _family(interpreter)
    if interpreter == BUSYBOX:
        argv = argv[1:] if argv and argv[0].endswith(BUSYBOX) else argv
        family = _family(argv[0].rpartition(b"/")[2]) if argv else None
        family = family if family in ("shell", "awk") else None
    return _Reading(SYNTAX[family], deque(argv[1:])).read() if family else None


def _family(name: bytes) -> str | None:
    found = FAMILIES.fullmatch(name.decode("ascii", "replace"))
    if found is None:
        return None
    return next((family for family in NAMES if found[family] is not None), "loader")


@dataclass(slots=True)
class _Reading:
    syntax: Syntax
    words: deque[bytes]
    found: Script | Module | None = None
    inline: bool = field(default=False)

    def read(self) -> Script | Module | None:
        while self.words and not self.inline and not self.found:
            word = self.words.popleft()
            if word == b"--":
                self._operand(self.words.popleft() if self.words else b"-")
            elif len(word) < 2 or not self._is_option(word):
                self._operand(word)
            elif self.syntax.whole or word.startswith(b"--"):
                self._whole(word)
            else:
                self._letters(word[1:])
        return self.found

    def _is_option(self, word: bytes) -> bool:
        return word.startswith(b"-") or (self.syntax.plus and word.startswith(b"+"))

    def _operand(self, word: bytes) -> None:
        fits = not self.syntax.only or word.endswith(self.syntax.only)
        if word in (b"", b"-") or self.syntax.only_file or not fits:
            self.inline = True
        else:
            self.found = Script(word)

    def _whole(self, word: bytes) -> None:
        name = word.partition(b"=")[0]
        if name in self.syntax.long_inline:
            self.inline = True
        elif word in self.syntax.file_words:
            self.found = Script(self._next())
        elif word in self.syntax.long_takes:
            self._next()

    def _letters(self, letters: bytes) -> None:
        for at in range(len(letters)):
            letter, rest = letters[at : at + 1], letters[at + 1 :]
            if letter in self.syntax.inline:
                self.inline = True
            elif letter == self.syntax.file:
                self.found = Script(rest or self._next())
            elif letter == self.syntax.module:
                self.found = Module(rest or self._next())
            elif letter in self.syntax.takes:
                rest or self._next()
            elif letter in self.syntax.detached:
                self._next()
                continue
            elif letter not in self.syntax.attached:
                continue
            return

    def _next(self) -> bytes:
        if not self.words:
            self.inline = True
            return b"-"
        return self.words.popleft()
