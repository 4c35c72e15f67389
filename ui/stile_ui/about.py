"""The page that says what Stile is, what this system gives it, and which keys there are."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stile import __version__
from stile.language import translate
from stile_ui import icons, words
from stile_ui.facts import line, plain_label
from stile_ui.settings_rows import Section, scrolled

SIDE = 64
Finding = Mapping[str, str]


class AboutPage(QWidget):
    """Version, licence, features of the kernel, keys."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[QWidget] = []
        parts = [self._heading(), line(self), self._features(), line(self), _keyboard(self)]
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(scrolled(self, translate("AboutPage", "About Stile"), parts))
        self.show_findings([])

    def show_findings(self, findings: Sequence[Finding]) -> None:
        """Show which features the kernel and the system have, as `stile doctor` says it."""
        for row in self._rows:
            row.hide()
            row.deleteLater()
        self._rows = []
        if not findings:
            self._add(0, "", translate("AboutPage", "Unknown while the helper is not running."))
        for at, finding in enumerate(findings):
            name = f"{words.safe(finding['name'])}: {state_word(finding['state'])}"
            self._add(at, name, words.safe(finding["means"]), finding["state"])

    def _add(self, at: int, name: str, means: str, state: str = "") -> None:
        parent = self._table
        mark = QLabel(parent)
        if state:
            mark.setPixmap(icons.finding(state).pixmap(16, 16))
        title, text = plain_label(parent, wrap=True), plain_label(parent, wrap=True)
        title.setText(name)
        text.setText(means)
        top = Qt.AlignmentFlag.AlignTop
        self._grid.addWidget(mark, at, 0, top)
        self._grid.addWidget(title, at, 1, top)
        self._grid.addWidget(text, at, 2, top)
        self._rows += [mark, title, text]

    def _heading(self) -> QWidget:
        parent = QWidget(self)
        picture = QLabel(parent)
        picture.setPixmap(icons.own("stile").pixmap(SIDE, SIDE))
        name = plain_label(parent)
        name.setText(translate("AboutPage", "Stile {version}").format(version=__version__))
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * 1.6)
        font.setWeight(font.Weight.DemiBold)
        name.setFont(font)
        column = QVBoxLayout()
        column.setSpacing(6)
        column.addWidget(name)
        for text in _said():
            label = plain_label(parent, wrap=True)
            label.setText(text)
            column.addWidget(label)
        row = QHBoxLayout(parent)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(18)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        return parent

    def _features(self) -> Section:
        section = Section(self, translate("AboutPage", "What this system gives"))
        self._table = QWidget(section)
        self._grid = QGridLayout(self._table)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(8)
        self._grid.setColumnMinimumWidth(1, 190)
        self._grid.setColumnStretch(2, 1)
        section.add_wide(self._table)
        return section


def state_word(state: str) -> str:
    """Say how far a feature is there."""
    match state:
        case "ok":
            return translate("AboutPage", "there")
        case "limited":
            return translate("AboutPage", "limited")
        case "missing":
            return translate("AboutPage", "missing")
    return state


def _said() -> tuple[str, ...]:
    return (
        translate(
            "AboutPage",
            "A per-application firewall for the Linux desktop that lets the kernel decide. A stile "
            "is the step in a fence that lets people through and keeps cattle in.",
        ),
        translate(
            "AboutPage",
            "Free software under the GNU General Public License, version 3 or later. It comes "
            "without any warranty.",
        ),
    )


def keys() -> tuple[tuple[str, str], ...]:
    """Give the keys that do something in Stile's windows, and what."""
    return (
        ("Alt+A", translate("Keys", "Allow, in a question")),
        ("Alt+D", translate("Keys", "Deny, in a question")),
        ("Alt+S", translate("Keys", "Deny silently, in a question")),
        ("Esc", translate("Keys", "Put a question aside: it stays open, and what waits is held")),
        ("Ctrl+Z", translate("Keys", "Take the last answer back, for ten seconds")),
        ("Alt+1…6", translate("Keys", "Go to a page of the window")),
        ("Tab", translate("Keys", "Go on to the next control")),
        ("Alt+…", translate("Keys", "Go to the control whose underlined letter it is")),
    )


def _keyboard(parent: QWidget) -> Section:
    section = Section(
        parent,
        translate("AboutPage", "Keyboard"),
        translate("AboutPage", "A question that has just appeared takes no key for a moment."),
    )
    table = QWidget(section)
    grid = QGridLayout(table)
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setHorizontalSpacing(10)
    grid.setVerticalSpacing(6)
    grid.setColumnMinimumWidth(0, 90)
    grid.setColumnStretch(1, 1)
    for at, (key, what) in enumerate(keys()):
        name, meaning = plain_label(table), plain_label(table, wrap=True)
        name.setText(key)
        font = name.font()
        font.setBold(True)
        name.setFont(font)
        meaning.setText(what)
        grid.addWidget(name, at, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(meaning, at, 1)
    section.add_wide(table)
    return section
