"""What unfolds under a question: a closer look at the process."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPalette, QResizeEvent, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from stile.language import translate
from stile.questions import Details
from stile_ui import words
from stile_ui.facts import Facts, monospaced, plain_label

MOST_LINES = 5
LONGEST = 20_000
"""Letters that are shown of a command line."""


class Passage(QPlainTextEdit):
    """Text of any length, to be read and copied: as high as it is long, up to some lines."""

    def __init__(self, parent: QWidget, *, most: int = MOST_LINES) -> None:
        super().__init__(parent)
        self._most = most
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(0)
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Base, Qt.GlobalColor.transparent)
        self.setPalette(palette)
        monospaced(self)

    def show_text(self, text: str) -> None:
        """Show other text."""
        self.setPlainText(text[:LONGEST])
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Be as high as the text; a plain text document measures itself in lines."""
        lines = min(self._most, max(1, round(self.document().size().height())))
        self.setFixedHeight(lines * self.fontMetrics().lineSpacing() + 4)

    def sizeHint(self) -> QSize:
        return QSize(200, self.height())


class DetailsPanel(QWidget):
    """Shows details, or why there are none."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._says = plain_label(self, wrap=True)
        self._facts = Facts(self)
        self._command = self._add(translate("DetailsPanel", "Command"))
        self._directory = self._add(translate("DetailsPanel", "Works in"))
        self._executable = self._add(translate("DetailsPanel", "Executable"))
        self._hash = self._add("SHA-256")
        self._parents = self._add(translate("DetailsPanel", "Started by"))
        self._names = self._add(translate("DetailsPanel", "Known as"))
        self._connections = self._add(translate("DetailsPanel", "Connections"))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._says)
        column.addWidget(self._facts)
        self.wait()

    def wait(self) -> None:
        """Say that they are on their way."""
        self.fail(translate("DetailsPanel", "Looking at the process …"))

    def fail(self, why: str) -> None:
        """Say why there are none."""
        self._says.setText(why)
        self._says.show()
        self._facts.hide()

    def show_details(self, details: Details) -> None:
        """Show them."""
        self._says.hide()
        self._facts.show()
        self._tell(self._command, words.command_line(details.command))
        self._tell(self._directory, words.safe(details.directory))
        self._tell(self._executable, words.safe(details.executable))
        self._tell(self._hash, details.sha256 or words.safe(details.unhashed))
        self._tell(self._parents, _lines([f"{name} ({pid})" for pid, name in details.parents]))
        self._tell(self._names, _lines(details.names))
        self._tell(self._connections, _lines(details.connections))

    def _add(self, title: str) -> Passage:
        return self._facts.add(title, Passage(self))

    def _tell(self, passage: Passage, text: str) -> None:
        passage.show_text(text)
        self._facts.show_row(passage, visible=bool(text))


def _lines(found: Sequence[str]) -> str:
    return "\n".join(map(words.safe, found))
