"""Takes away what Stile does not use of a PySide6 that is taken along: of 230 MB, 85 stay.

    packaging/trim_qt.py SITE-PACKAGES

Kept are the modules that stile_ui imports, the plugins that a desktop needs, the words of the
languages that Stile speaks, and, of the libraries, whatever those need (readelf tells).
"""

import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
UI = HERE / "ui" / "stile_ui"

# Of the plugins, what a desktop with X11 or Wayland needs. Icons are SVG, or PNG, which Qt reads by
# itself. Not the theme of GTK: it would need all of GTK.
PLUGINS = (
    "iconengines/*",
    "imageformats/libqsvg.so",
    "platforminputcontexts/lib{compose,ibus}platforminputcontextplugin.so",
    "platforms/libq{offscreen,wayland,wayland-egl,wayland-generic,xcb}.so",
    "platformthemes/libqxdgdesktopportal.so",
    "wayland-decoration-client/*",
    "wayland-graphics-integration-client/{libqt-plugin-wayland-egl,libdmabuf-server}.so",
    "wayland-shell-integration/libxdg-shell.so",
    "xcbglintegrations/*",
)
OF_PYTHON = ("__init__.py", "_config.py", "_git_pyside_version.py")


def main() -> None:
    """Take it away below the folder that is named."""
    libraries = Path(sys.argv[1])
    qt = libraries / "PySide6"
    kept = _closure(set(_roots(qt)), libraries)
    kept |= {qt / name for name in OF_PYTHON} | set(_words(qt))
    for path in [each for each in qt.rglob("*") if not each.is_dir() and each not in kept]:
        path.unlink()
    _drop_empty(qt)
    shutil.rmtree(libraries / "shiboken6" / "lib", ignore_errors=True)  # cmake's
    for record in libraries.glob("pyside6*.dist-info/RECORD"):
        record.unlink()  # it names what is gone


def imported() -> set[str]:
    """The modules of PySide6 that stile_ui imports."""
    found = re.compile(r"^\s*(?:from|import) PySide6\.(\w+)", re.MULTILINE)
    return {name for page in UI.rglob("*.py") for name in found.findall(page.read_text())}


def _roots(qt: Path) -> list[Path]:
    modules = [qt / f"{name}.abi3.so" for name in imported()]
    patterns = [each for pattern in PLUGINS for each in _braces(pattern)]
    plugins = [each for pattern in patterns for each in (qt / "Qt" / "plugins").glob(pattern)]
    return [each for each in modules if each.exists()] + plugins


def _braces(pattern: str) -> list[str]:
    found = re.fullmatch(r"(.*)\{(.*)\}(.*)", pattern)
    if found is None:
        return [pattern]
    before, choices, after = found.groups()
    return [f"{before}{choice}{after}" for choice in choices.split(",")]


def _closure(wanted: set[Path], libraries: Path) -> set[Path]:
    """These and all that they need, of what is there; what is not there comes from the system."""
    places = [libraries / "PySide6", libraries / "PySide6" / "Qt" / "lib", libraries / "shiboken6"]
    kept: set[Path] = set()
    while wanted:
        path = wanted.pop()
        kept.add(path)
        found = {place / name for name in _needed(path) for place in places}
        wanted |= {each for each in found if each.exists()} - kept
    return kept


def _needed(path: Path) -> list[str]:
    told = subprocess.run(
        ["readelf", "--dynamic", "--wide", str(path)],  # noqa: S607 # wherever binutils are
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return re.findall(r"\(NEEDED\).*\[(.*)\]", told)


def _words(qt: Path) -> list[Path]:
    languages = [path.stem.removeprefix("stile_") for path in (UI / "translations").glob("*.ts")]
    folder = qt / "Qt" / "translations"
    return [path for each in languages for path in folder.glob(f"qtbase_{each}.qm")]


def _drop_empty(folder: Path) -> None:
    for path in sorted((each for each in folder.rglob("*") if each.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


if __name__ == "__main__":
    main()
