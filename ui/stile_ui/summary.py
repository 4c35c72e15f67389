"""Who wants what: the upper half of a question."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from stile import sentences
from stile.applications import Application
from stile.connections import Connection
from stile.language import translate
from stile.questions import Question
from stile_ui import icons, words
from stile_ui.countries import Countries
from stile_ui.facts import Facts, monospaced, muted, plain_label
from stile_ui.strip import WARNING, Strip

SIDE = 48
GAP = 14


class Summary(QWidget):
    """One sentence, and below it what is known."""

    def __init__(self, parent: QWidget, width: int, countries: Countries) -> None:
        super().__init__(parent)
        self._width = width
        self._countries = countries
        self._has_command = self._shows_command = True
        self._inferred = Strip(self, WARNING)
        self._build_facts()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GAP)
        column.addLayout(self._heading())
        column.addWidget(self._inferred)
        column.addWidget(self._facts)

    def show_question(self, question: Question, connection: Connection) -> None:
        """Show one connection of a question."""
        application = connection.application
        self._icon.setPixmap(icons.of(application, question.about.icon).pixmap(SIDE, SIDE))
        self._sentence.setText(words.safe(sentences.asked(connection, short=True)))
        self._known.setText(words.safe(sentences.belongs_to(question.about)))
        self._name_program(application)
        self._command.show_text(words.command_line(connection.process.command))
        self._has_command = bool(connection.process.command)
        self.show_command(shown=self._shows_command)
        is_first = connection.process.pid == question.connection.process.pid
        self._tell(self._parents, sentences.started_by(question.parents) if is_first else "")
        self._user.setText(words.user(connection.process.uid))
        self._tell_destination(connection)
        self._inferred.say(
            translate(
                "Summary",
                "Which program this is was concluded, not seen: it was gone before it could be "
                "looked at.",
            )
            if connection.inferred
            else ""
        )

    def show_command(self, *, shown: bool) -> None:
        """Show the command line, or leave it to the details."""
        self._shows_command = shown
        self._facts.show_row(self._command, visible=shown and self._has_command)

    def _tell(self, label: QLabel, text: str) -> None:
        label.setText(words.safe(text))
        self._facts.show_row(label, visible=bool(text))

    def _name_program(self, application: Application) -> None:
        identity = words.safe(application.name or application.title)
        metrics, room = self._program.fontMetrics(), self._width - 110
        self._program.setText(
            words.broken(identity, lambda text: metrics.horizontalAdvance(text) <= room, 3)
        )
        self._program.setToolTip(words.tooltip(words.safe(str(application))))

    def _tell_destination(self, connection: Connection) -> None:
        """Name the address, also where the sentence speaks of a name alone.

        The name is one that the helper has heard: to ask a name server from here about an address
        would be a packet of ours that tells somebody of it, before anybody has allowed a thing.
        """
        flow = connection.flow
        protocol = str(flow.protocol).upper()
        parts = [sentences.destination(flow), protocol, self._countries.of(flow.address)]
        address = words.safe(", ".join(filter(None, parts)))
        name = "" if connection.lookup else words.safe(connection.name)
        self._destination.setText(f"{name}\n{address}" if name else address)

    def _heading(self) -> QHBoxLayout:
        self._icon = QLabel(self)
        self._icon.setFixedSize(SIDE, SIDE)
        self._sentence = plain_label(self, wrap=True)
        font = self._sentence.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        font.setWeight(font.Weight.DemiBold)
        self._sentence.setFont(font)
        self._sentence.setFixedWidth(self._width - SIDE - GAP)
        self._known = plain_label(self)
        self._known.setAccessibleName(translate("Summary", "Belongs to"))
        self._known.setMinimumHeight(self._known.fontMetrics().lineSpacing())
        muted(self._known)  # it comes later than the rest, and moves nothing
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self._sentence)
        said.addWidget(self._known)
        row = QHBoxLayout()
        row.setSpacing(GAP)
        row.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(said, 1)
        return row

    def _build_facts(self) -> None:
        self._facts = Facts(self)
        self._program = self._facts.add_label(translate("Summary", "Program"))
        self._command = self._facts.add_elided(translate("Summary", "Command"))
        self._parents = self._facts.add_label(translate("Summary", "Started by"))
        self._user = self._facts.add_label(translate("Summary", "User"))
        self._destination = self._facts.add_label(translate("Summary", "Destination"))
        monospaced(self._program)
        monospaced(self._command)
