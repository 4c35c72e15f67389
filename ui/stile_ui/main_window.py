"""The window that holds all pages: a list of their names at the side, one of them shown.

    window = MainWindow(QSettings())
    window.add_page("rules", translate("MainWindow", "Rules"), "stile-page-rules", widget)
    window.open("rules")

A page is any widget. It is shown and hidden as widgets are, so one that costs something while it is
looked at begins in its `showEvent` and ends in its `hideEvent`.
"""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QModelIndex, QPersistentModelIndex, QSettings, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPainter, QPalette, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from stile.language import translate
from stile_ui import icons, words

Index = QModelIndex | QPersistentModelIndex
KEY, ICON_NAME = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1
GEOMETRY, PAGE = "window/geometry", "window/page"
SIZE = QSize(1180, 720)
ENTRY, MARK, GAP = 40, 18, 12
"""Height of an entry at the side, size of its picture, and the room around it."""


class MainWindow(QWidget):
    """Shows one page at a time, and remembers its size and the page.

    Signals:
        page_opened(str): the page with this key is shown now.
    """

    page_opened = Signal(str)

    def __init__(self, settings: QSettings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._pages: dict[str, QWidget] = {}
        self._remembered = str(settings.value(PAGE, ""))
        self._names = PageNames(self)
        self._names.currentItemChanged.connect(self._chosen)
        self._stack = QStackedWidget(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._names)
        row.addWidget(self._stack, 1)
        self.resize(SIZE)
        if geometry := settings.value(GEOMETRY):
            self.restoreGeometry(geometry)
        QShortcut(QKeySequence.StandardKey.Close, self, self.close)

    def add_page(self, key: str, title: str, icon_name: str, widget: QWidget) -> None:
        """Add a page below the others; *icon_name* is one of our symbolic pictures."""
        self._pages[key] = widget
        self._stack.addWidget(widget)
        self._names.add(key, title, icon_name)
        number = self._names.count()
        if number <= 9:
            shortcut = QShortcut(QKeySequence(f"Alt+{number}"), self)
            shortcut.activated.connect(lambda: self._show(key))
        if key == self._remembered or number == 1:
            self._names.choose(key)

    def open(self, key: str = "") -> None:
        """Bring the window up, with this page or the one that was shown last."""
        if key:
            self._show(key)
        self.show()
        self.raise_()
        self.activateWindow()

    @property
    def page(self) -> str:
        """The key of the page that is shown; empty while there is none."""
        return self._names.key

    def _show(self, key: str) -> None:
        if key in self._pages:
            self._names.choose(key)

    def _chosen(self) -> None:
        key = self._names.key
        if key not in self._pages:
            return
        self._stack.setCurrentWidget(self._pages[key])
        self.setWindowTitle(translate("MainWindow", "Stile: {page}").format(page=self._names.title))
        self.page_opened.emit(key)

    def closeEvent(self, event: QCloseEvent) -> None:
        self.remember()
        super().closeEvent(event)

    def remember(self) -> None:
        """Keep size and page for the next time."""
        self._settings.setValue(GEOMETRY, self.saveGeometry())
        self._settings.setValue(PAGE, self.page)


class PageNames(QListWidget):
    """The names of the pages, with pictures in the colour of the text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setAccessibleName(translate("MainWindow", "Pages"))
        self.setItemDelegate(PageName(self))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setAutoFillBackground(False)
        self.setViewportMargins(0, GAP, 0, 0)
        self._fit()

    def add(self, key: str, title: str, icon_name: str) -> None:
        """Add a name."""
        item = QListWidgetItem(title)
        item.setData(KEY, key)
        item.setData(ICON_NAME, icon_name)
        self.addItem(item)
        self._fit()

    def choose(self, key: str) -> None:
        """Have another page shown."""
        for number in range(self.count()):
            if self.item(number).data(KEY) == key:
                self.setCurrentRow(number)

    @property
    def key(self) -> str:
        """The key of the chosen page."""
        return self._of_current(lambda item: str(item.data(KEY)))

    @property
    def title(self) -> str:
        """The name of the chosen page."""
        return self._of_current(lambda item: item.text())

    def _of_current(self, read: Callable[[QListWidgetItem], str]) -> str:
        item = self.currentItem()
        return read(item) if item is not None else ""

    def _fit(self) -> None:
        widest = max(
            (
                self.fontMetrics().horizontalAdvance(self.item(number).text())
                for number in range(self.count())
            ),
            default=0,
        )
        self.setFixedWidth(max(180, widest + MARK + 6 * GAP))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()


class PageName(QStyledItemDelegate):
    """One name: a rounded field where it is chosen."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        palette = option.palette
        role = QPalette.ColorRole.HighlightedText if chosen else QPalette.ColorRole.WindowText
        ink = palette.color(QPalette.ColorGroup.Active, role)
        area = option.rect.adjusted(8, 2, -8, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if chosen or hovered:
            field = palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight)
            field.setAlphaF(1.0 if chosen else 0.14)
            painter.setBrush(field)
            painter.drawRoundedRect(area, 6, 6)
        top = area.top() + (area.height() - MARK) // 2
        left = area.left() + GAP - 2
        picture = icons.symbolic(str(index.data(ICON_NAME)), ink, MARK, painter.device())
        mirrored = option.direction == Qt.LayoutDirection.RightToLeft
        painter.drawPixmap(area.right() - GAP - MARK if mirrored else left, top, picture)
        painter.setPen(ink)
        text = area.adjusted(MARK + 2 * GAP - 2, 0, -GAP, 0)
        if mirrored:
            text = area.adjusted(GAP, 0, -MARK - 2 * GAP, 0)
        painter.drawText(
            text,
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeading,
            words.safe(index.data()),
        )
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ENTRY)
