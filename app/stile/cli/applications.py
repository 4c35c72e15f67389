"""Which application is meant by what somebody typed.

An identity (`path:/usr/bin/curl`, `kernel`) is taken as it is; a text with a slash is a path; all
else is a name: of an application that has a rule, or of a program on PATH.
"""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from stile.applications import KINDS, NAMELESS, Application, Kind, spelled
from stile.cli.failures import Failed
from stile.rules import Rule

Remark = Callable[[str], None]


def identity(text: str) -> Application | None:
    """Read *text* if it is an identity. Raises ValueError where it is one, but wrong."""
    kind, colon, _ = text.partition(":")
    if kind.partition("@")[0] not in KINDS or (not colon and kind not in NAMELESS):
        return None
    return Application.parse(text)


def is_name(text: str) -> bool:
    """Whether rules have to be looked at to say which application is meant. Raises ValueError."""
    return "/" not in text and identity(text) is None


def to_decide_about(text: str, rules: Iterable[Rule], remark: Remark) -> Application:
    """Find the application that a new rule is to be about."""
    if (known := identity(text)) is not None:
        _warn_of(known, remark)
        return known
    if "/" in text:
        return _of_path(text, remark)
    if named := _named(text, rules):
        return _single(text, named)
    if (program := shutil.which(text)) is None:
        raise Failed(f"'{text}' fits no rule and no program on PATH: say its path")
    return _of_path(program, remark)


def with_rules(text: str, rules: Iterable[Rule]) -> list[Rule]:
    """Find the rules that are about the application meant. Raises Failed where there is none."""
    rules = list(rules)
    if (known := identity(text)) is not None:
        wanted = {known}
    elif "/" in text:
        wanted = {_at(_absolute(text)), _at(os.path.realpath(_absolute(text)))}
    else:
        wanted = _named(text, rules)
        if wanted:
            wanted = {_single(text, wanted)}
    if found := [rule for rule in rules if rule.application in wanted]:
        return found
    raise Failed(f"no rule is about '{text}' (stile rules lists all)")


def _named(name: str, rules: Iterable[Rule]) -> set[Application]:
    return {rule.application for rule in rules if rule.application.title == name}


def _single(text: str, applications: set[Application]) -> Application:
    if len(applications) > 1:
        listed = ", ".join(str(application) for application in sorted(applications))
        raise Failed(f"'{text}' fits several applications, say which: {listed}")
    (application,) = applications
    return application


def _absolute(text: str) -> str:
    # resolve() would follow symlinks; and POSIX lets two leading slashes mean something else
    return "/" + os.path.abspath(text).lstrip("/")  # noqa: PTH100


def _at(path: str) -> Application:
    return Application(Kind.PATH, spelled(os.fsencode(path)))


def _of_path(text: str, remark: Remark) -> Application:
    """Name the program at a path: by its own file, for that is what the kernel sees running."""
    given = _absolute(text)
    real = os.path.realpath(given)
    application = _at(real)
    if given != real:
        remark(f"{given} is {application.name}")
    _warn_of_file(real, application, remark)
    return application


def _warn_of(application: Application, remark: Remark) -> None:
    if application.kind is not Kind.PATH or "\\" in application.name:
        return
    real = os.path.realpath(application.name)
    if real != application.name:
        remark(f"'{application}' will fit nothing: what runs there is path:{real}")
    _warn_of_file(application.name, application, remark)


def _warn_of_file(path: str, application: Application, remark: Remark) -> None:
    file = Path(path)
    try:
        if file.is_dir():
            raise Failed(f"{application.name} is a directory, no program")
        if not file.exists():
            remark(f"there is no {application.name} so far")
        elif _is_script(file):
            remark(f"{application.name} is a script: the rule will not fit what runs it")
    except OSError:
        return  # not to be looked at by us is no reason against a rule


def _is_script(file: Path) -> bool:
    with file.open("rb") as content:
        return content.read(2) == b"#!"
