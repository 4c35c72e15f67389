"""A notice of our own, where the session shows none: it takes no focus and goes by itself."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from stile.language import translate
from stile_ui import icons
from stile_ui.facts import plain_label
from stile_ui.sessionbus import Notice

SECONDS = 12
WIDTH = 380
MARGIN = 16
SIDE = 32


class Toast(QWidget):
    """One notice; a new one takes its place.

    Signals:
        acted(str, str): a button was pressed: the notice's key, and the action.
    """

    acted = Signal(str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.ToolTip | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setFixedWidth(WIDTH)
        self._notice: Notice | None = None
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        picture = QLabel(self)
        picture.setPixmap(icons.own("stile").pixmap(SIDE, SIDE))
        self._title = plain_label(self, wrap=True)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._text = plain_label(self, wrap=True)
        words = QVBoxLayout()
        words.addWidget(self._title)
        words.addWidget(self._text)
        top = QHBoxLayout()
        top.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(words, 1)
        self._buttons = QHBoxLayout()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.addLayout(top)
        column.addLayout(self._buttons)
        column.setSizeConstraint(QVBoxLayout.SizeConstraint.SetFixedSize)

    def say(self, notice: Notice) -> None:
        """Show a notice."""
        self._notice = notice
        self._title.setText(notice.title)
        self._text.setText(notice.text)
        self.setWindowTitle(notice.title)
        self._show_buttons((*notice.actions, ("", translate("Toast", "Close"))))
        self.show()
        self._timer.start((notice.seconds or SECONDS) * 1000)

    def take_back(self, key: str) -> None:
        """Take a notice away, if it is shown."""
        if self._notice is not None and self._notice.key == key:
            self.hide()

    def _show_buttons(self, actions: tuple[tuple[str, str], ...]) -> None:
        while (item := self._buttons.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        self._buttons.addStretch(1)
        for action, label in actions:
            button = QPushButton(label, self)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _=False, action=action: self._pressed(action))
            self._buttons.addWidget(button)

    def _pressed(self, action: str) -> None:
        self.hide()
        if action and self._notice is not None:
            self.acted.emit(self._notice.key, action)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.hide()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.adjustSize()
        room = QGuiApplication.primaryScreen().availableGeometry()
        is_ltr = self.layoutDirection() is Qt.LayoutDirection.LeftToRight
        x = room.right() - self.width() - MARGIN if is_ltr else room.left() + MARGIN
        self.move(x, room.bottom() - self.height() - MARGIN)
