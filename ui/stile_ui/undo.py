"""The small window that comes after an answer: for ten seconds it can be taken back.

It takes no focus (Ctrl+Z in the prompt does the same), and stands where no hand is that has just
pressed a button. To take an answer back by accident would only mean to be asked again.
"""

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from stile.language import translate
from stile.questions import QuestionId
from stile.rules import Action
from stile_ui import icons
from stile_ui.facts import plain_label

SECONDS = 10
SOON = 3
"""Seconds for which it is said what came of it."""
WIDTH = 420
MARGIN = 24
SECOND = 1000


class Undo(QWidget):
    """Offers to take the last answer back.

    Signals:
        wanted(QuestionId): the answer to that question shall be taken back.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, second: int = SECOND) -> None:
        # window managers look for others when a window goes that had the focus; not to a splash
        flags = Qt.WindowType.SplashScreen | Qt.WindowType.FramelessWindowHint
        flags |= Qt.WindowType.WindowDoesNotAcceptFocus
        super().__init__(parent, flags | Qt.WindowType.WindowStaysOnTopHint)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self._question: QuestionId | None = None
        self._left = 0
        self._timer = QTimer(self)
        self._timer.setInterval(second)
        self._timer.timeout.connect(self._tick)
        self._moving = QTimer(self)
        self._moving.setSingleShot(True)
        self._moving.timeout.connect(self._place)
        self._build()

    @property
    def question(self) -> QuestionId | None:
        """The question whose answer can be taken back now."""
        return self._question if self.isVisible() else None

    def offer(self, question: QuestionId, action: Action, sentence: str) -> None:
        """Offer to take an answer back; an earlier one stays as it is."""
        self._question = question
        self._picture.setPixmap(icons.verdict(action).pixmap(20, 20))
        self._say(sentence, SECONDS)
        self._button.show()

    def tell(self, sentence: str) -> None:
        """Say what came of it."""
        self._question = None
        self._button.hide()
        self._say(sentence, SOON)

    def withdraw(self) -> None:
        """Go: there is nobody any more who would take it back."""
        self._question = None
        self.hide()

    def undo(self) -> None:
        """Take back what can be taken back."""
        if self.question is not None:
            self.wanted.emit(self.question)
            self._question = None
            self._button.setEnabled(False)

    def _say(self, sentence: str, seconds: int) -> None:
        self._text.setText(sentence)
        self.setWindowTitle(translate("Undo", "Answered: {what}").format(what=sentence))
        self._left = seconds
        self._button.setEnabled(True)
        self._name_button()
        self._timer.start()
        self.show()

    def _tick(self) -> None:
        if self._left <= 1:
            self.hide()
            return
        self._left -= 1
        self._name_button()

    def _name_button(self) -> None:
        self._button.setText(translate("Undo", "Undo ({seconds})").format(seconds=self._left))

    # -- what Qt tells -------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._place()

    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest and self.isVisible():
            self._moving.start()
        return super().event(event)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._timer.stop()

    def _place(self) -> None:
        """Stand at the bottom, in the middle."""
        self.adjustSize()
        room = QGuiApplication.primaryScreen().availableGeometry()
        x = room.center().x() - self.width() // 2
        self.move(x, room.bottom() - self.height() - MARGIN)

    def _build(self) -> None:
        frame = QFrame(self)
        frame.setFrameShape(QFrame.Shape.StyledPanel)
        self._picture = QLabel(frame)
        self._text = plain_label(frame, wrap=True)
        self._text.setMinimumWidth(WIDTH - 160)
        self._button = QPushButton(frame)
        self._button.setAutoDefault(False)
        self._button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._button.setAccessibleName(translate("Undo", "Take the answer back"))
        self._button.clicked.connect(self.undo)
        row = QHBoxLayout(frame)
        row.setContentsMargins(14, 10, 10, 10)
        row.setSpacing(12)
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self._text, 1)
        row.addWidget(self._button)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(frame)
        self.setFixedWidth(WIDTH)
