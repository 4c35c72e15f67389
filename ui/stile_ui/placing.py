"""Where the questions appear, for who wants them at a certain place of the screen."""

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QWidget

from stile_ui.preferences import Place, Stored

MARGIN = 24


class Placing(QObject):
    """Moves a window to its place whenever it appears.

    Signals:
        appeared(): it did.
    """

    appeared = Signal()

    def __init__(self, window: QWidget, stored: Stored) -> None:
        super().__init__(window)
        self._window = window
        self._stored = stored
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() is QEvent.Type.Show:
            self._put()
            self.appeared.emit()
        return super().eventFilter(watched, event)

    def _put(self) -> None:
        place = self._stored.value.prompt_place
        if place is Place.DESKTOP:
            return
        room = self._window.screen().availableGeometry()
        self._window.adjustSize()
        is_ltr = self._window.layoutDirection() is Qt.LayoutDirection.LeftToRight
        self._window.move(corner(place, room, self._window.size(), is_ltr=is_ltr))


def corner(place: Place, room: QRect, size: QSize, *, is_ltr: bool) -> QPoint:
    """Say where the upper left corner of a window comes to be."""
    end = room.right() - size.width() - MARGIN if is_ltr else room.left() + MARGIN
    match place:
        case Place.TOP:
            return QPoint(end, room.top() + MARGIN)
        case Place.BOTTOM:
            return QPoint(end, room.bottom() - size.height() - MARGIN)
    middle = room.center()
    return QPoint(middle.x() - size.width() // 2, middle.y() - size.height() // 2)
