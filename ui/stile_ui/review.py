"""The review: what was learned while nobody was asked, and what becomes of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from stile import sentences, services
from stile.language import translate
from stile.learned import DEFAULT_SECONDS, Learned, Verdict, reached
from stile_ui import icons, words
from stile_ui.checked_list import KEY, CheckedList
from stile_ui.facts import plain_label
from stile_ui.strip import TROUBLE, WARNING, Strip

FEW = 4
"""Up to so many rules about what was reached are proposed; of more, all that it does."""
PROPOSED = 3


class Review(QWidget):
    """Lists what was learned; it decides nothing itself.

    Signals:
        learning_wanted(int): learn for so many seconds; 0 ends it.
        verdicts_wanted(list[tuple[Learned, Verdict]]): what the person says of some of it.
        refresh_wanted(): list anew what was learned.
    """

    learning_wanted = Signal(int)
    verdicts_wanted = Signal(object)
    refresh_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(translate("Review", "Stile: what was learned"))
        self.resize(980, 600)
        self._learned: dict[str, Learned] = {}
        self._boxes: dict[str, QComboBox] = {}
        self._picked: dict[str, Verdict] = {}
        self._count = 0
        self._learning = 0
        self._present = False
        self._build()
        self._show_choice()

    # -- what is shown -------------------------------------------------------------------

    def show_presence(self, present: object) -> None:
        """Say whether there is a helper; without one nothing can be done."""
        self._present = bool(present)
        self._show_choice()

    def show_status(self, status: Mapping[str, Any]) -> None:
        """Show whether it learns; of more to review the helper is asked."""
        self._learning = int(status.get("learning", 0))
        count = int(status.get("learned", 0))
        if self.isVisible() and count != self._count:
            self.refresh_wanted.emit()
        self._count = count
        minutes = max(1, round(self._learning / 60))
        left = translate("Review", "one minute|%n minutes", None, minutes)
        text = translate(
            "Review", "Learning for {left} more: unknown applications pass and are recorded."
        ).format(left=left)
        self._on.say(text if self._learning else "")
        self._show_choice()

    def show_learned(self, learned: Sequence[Learned]) -> None:
        """Show these; what was checked or picked stays so."""
        self._failure.say("")
        self._learned = {str(each.application): each for each in learned}
        self._count = len(learned)
        self._list.begin()
        self._boxes = {}
        for each in sorted(learned, key=lambda it: it.application.title.casefold()):
            self._show_one(each)
        self._list.end()
        self._show_choice()

    def show_failure(self, sentence: str) -> None:
        """Say why something that was wanted did not happen."""
        if self.isVisible():
            self._failure.say(words.safe(sentence))

    def _show_one(self, each: Learned) -> None:
        key = str(each.application)
        line = self._list.line(
            self._list,
            key,
            [words.safe(each.application.title), str(each.times), _first(each), ""],
            icons.of(each.application),
            checked=False,  # what passed unasked is not accepted by the way
        )
        for place in each.places if len(each.places) + each.more > 1 else ():
            QTreeWidgetItem(line, ["", "", words.safe(services.place(place))])
        if each.more:
            more = translate("Review", "one more place|%n more places", None, each.more)
            QTreeWidgetItem(line, ["", "", more])
        self._list.setItemWidget(line, PROPOSED, _with_room(self._box(each)))

    def _box(self, each: Learned) -> QComboBox:
        """Offer what can be proposed of it."""
        key, box = str(each.application), QComboBox(self._list)
        name = words.safe(each.application.title)
        box.setAccessibleName(translate("Review", "Rule for {name}").format(name=name))
        if each.can_be_narrow:
            text = translate("Review", "Allow what it has reached")
            box.addItem(text, Verdict.REACHED)
        box.addItem(translate("Review", "Allow whatever it does"), Verdict.ALLOW)
        few = each.can_be_narrow and len(reached(each.places)) <= FEW
        picked = self._picked.get(key, Verdict.REACHED if few else Verdict.ALLOW)
        box.setCurrentIndex(max(0, box.findData(picked)))
        box.activated.connect(lambda _: self._pick(key, box))
        self._boxes[key] = box
        return box

    def _pick(self, key: str, box: QComboBox) -> None:
        self._picked[key] = Verdict(box.currentData())
        self._show_choice()

    def _show_choice(self) -> None:
        chosen = len(self._list.keys)
        accept = translate("Review", "&Accept one proposal|&Accept %n proposals", None, chosen)
        self._accept.setText(accept if chosen else translate("Review", "&Accept"))
        for button in (self._accept, self._deny, self._forget):
            button.setEnabled(bool(chosen) and self._present)
        self._all.setEnabled(bool(self._learned))
        self._all.setChecked(bool(chosen) and chosen == len(self._learned))
        self._switch.setEnabled(self._present)
        self._switch.setText(
            translate("Review", "&Stop learning")
            if self._learning
            else translate("Review", "&Learn for an hour")
        )
        self._means.setText(self._meaning)

    @property
    def _meaning(self) -> str:
        """Say in words which rules the current line would become."""
        line = self._list.currentItem()
        while line is not None and line.parent() is not None:
            line = line.parent()
        each = self._learned.get(str(line.data(0, KEY))) if line else None
        if each is None:
            return (
                translate("Review", "Choose an application to see the rules that it would get.")
                if self._learned
                else translate("Review", "There is nothing to review.")
            )
        name = words.safe(each.application.title)
        if Verdict(self._boxes[str(each.application)].currentData()) is Verdict.ALLOW:
            return translate("Review", "{name} would be allowed whatever it does.").format(
                name=name
            )
        covered = "; ".join(words.safe(sentences.covered(it)) for it in reached(each.places))
        text = translate("Review", "{name} would be allowed: {places}. It asks about all else.")
        return text.format(name=name, places=covered)

    # -- what the person does ------------------------------------------------------------

    def _judge(self, verdict: Verdict | None) -> None:
        """Say of what is checked *verdict*, or what stands in its line."""
        keys = self._list.keys
        self.verdicts_wanted.emit(
            [
                (self._learned[key], verdict or Verdict(self._boxes[key].currentData()))
                for key in keys
            ]
        )

    def _toggle(self) -> None:
        self.learning_wanted.emit(0 if self._learning else DEFAULT_SECONDS)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._list.setFocus()

    # -- how it is made ------------------------------------------------------------------

    def _build(self) -> None:
        self._failure, self._on = Strip(self, TROUBLE), Strip(self, WARNING)
        self._list = CheckedList(
            self,
            translate("Review", "What was learned"),
            [
                translate("Review", "Application"),
                translate("Review", "Times"),
                translate("Review", "Has reached"),
                translate("Review", "Proposed rule"),
            ],
        )
        self._list.setRootIsDecorated(True)
        self._list.changed.connect(self._show_choice)
        self._means = plain_label(self, wrap=True)
        self._means.setMinimumHeight(2 * self.fontMetrics().lineSpacing())
        self._means.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeading)
        QShortcut(QKeySequence.StandardKey.Cancel, self, self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(10)
        column.addWidget(self._introduction())
        column.addWidget(self._on)
        column.addWidget(self._list, 1)
        column.addWidget(self._means)
        column.addWidget(self._failure)
        column.addLayout(self._buttons())

    def _introduction(self) -> QWidget:
        text = plain_label(self, wrap=True)
        text.setText(
            translate(
                "Review",
                "These applications passed without a question. They are asked about again until "
                "you accept a rule for them.",
            )
        )
        return text

    def _buttons(self) -> QHBoxLayout:
        self._all = QCheckBox(translate("Review", "&Check all"), self)
        self._all.clicked.connect(self._list.check_all)
        self._switch, self._forget = QPushButton(self), QPushButton(self)
        self._deny, self._accept = QPushButton(self), QPushButton(self)
        self._forget.setText(translate("Review", "&Forget"))
        self._deny.setText(translate("Review", "&Deny"))
        self._switch.clicked.connect(self._toggle)
        self._forget.clicked.connect(lambda: self._judge(Verdict.FORGET))
        self._deny.clicked.connect(lambda: self._judge(Verdict.DENY))
        self._accept.clicked.connect(lambda: self._judge(None))
        row = QHBoxLayout()
        row.addWidget(self._all)
        row.addWidget(self._switch)
        row.addStretch(1)
        row.addWidget(self._forget)
        row.addWidget(self._deny)
        row.addWidget(self._accept)
        return row


def _with_room(box: QComboBox) -> QWidget:
    """Keep a box from the lines above and below."""
    around = QWidget()
    row = QHBoxLayout(around)
    row.setContentsMargins(0, 3, 4, 3)
    row.addWidget(box)
    return around


def _first(each: Learned) -> str:
    """Name the first place, and say how many follow."""
    if not each.places:
        return ""
    first = words.safe(services.place(each.places[0]))
    more = len(each.places) - 1 + each.more
    if not more:
        return first
    return translate("Review", "{place} and one more|{place} and %n more", None, more).format(
        place=first
    )
