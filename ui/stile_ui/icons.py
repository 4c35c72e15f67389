"""Pictures: our own from the files beside this page, a program's from the desktop's theme."""

from functools import cache
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtGui import QColor, QIcon, QPaintDevice, QPainter, QPixmap

from stile.applications import Application, Kind
from stile.rules import Action

SCALABLE = Path(__file__).parent / "icons" / "hicolor" / "scalable"
SYMBOLIC = SCALABLE.parent / "symbolic"
ONLY_ROOT_WRITES = ("/usr/", "/bin/", "/sbin/", "/opt/", "/nix/store/", "/gnu/store/")


@cache
def own(name: str) -> QIcon:
    """One of Stile's own: `stile`, or `stile-` and a state of the tray."""
    return QIcon(str(SCALABLE / "apps" / f"{name}.svg"))


@cache
def verdict(action: Action) -> QIcon:
    """The mark that stands beside a verdict."""
    path = str(SCALABLE / "actions" / f"stile-{action}.svg")
    icon = QIcon(path)
    icon.addFile(path, mode=QIcon.Mode.Selected)  # or Qt tints it: a green mark turns blue
    return icon


def symbolic(name: str, ink: QColor, size: int, device: QPaintDevice) -> QPixmap:
    """One of the pictures that have no colour of their own, in that of the text beside it."""
    return _tinted(name, ink.rgba(), size, device.devicePixelRatioF())


@cache
def _tinted(name: str, ink: int, size: int, ratio: float) -> QPixmap:
    path = SYMBOLIC / "places" / f"{name}-symbolic.svg"
    icon = QIcon(str(path if path.exists() else SYMBOLIC / "places/stile-page-other-symbolic.svg"))
    pixmap = icon.pixmap(QSize(size, size), ratio)
    painter = QPainter(pixmap)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
    painter.fillRect(pixmap.rect(), QColor.fromRgba(ink))
    painter.end()
    return pixmap


@cache
def finding(state: str) -> QIcon:
    """The mark that stands beside a feature of the kernel: it is ok, limited or missing."""
    marks = {"ok": Action.ALLOW, "limited": Action.ASK, "missing": Action.DENY}
    return verdict(marks.get(state, Action.ASK))


def of(application: Application, installed: str = "") -> QIcon:
    """The icon that people know an application by, or one that says "some program".

    *installed* is that of the desktop entry which the system has for it.

    An icon is a claim: /tmp/firefox must not look like Firefox, so only what root has installed
    is given the icon that goes with its name.
    """
    if application.kind is Kind.KERNEL:
        return own("stile")
    if installed:
        is_file = installed.startswith("/")
        found = QIcon(installed) if is_file else QIcon.fromTheme(installed)
        if not found.isNull():
            return found
    if application.kind is Kind.PATH and application.name.startswith(ONLY_ROOT_WRITES):
        return QIcon.fromTheme(Path(application.name).name, own("stile-program"))
    return own("stile-program")


@cache
def of_application(application: Application) -> QIcon:
    """The same for lists, which ask at each stroke of the brush."""
    return of(application)
