"""What is said beside all windows, and when: sparingly, and never anything that decides.

A notification appears where somebody may be clicking at something else. So its buttons lead to
windows; questions are answered there.
"""

from PySide6.QtCore import QObject, QTimer, Signal

from stile import sentences
from stile.language import translate
from stile.questions import Question, QuestionId, Why
from stile_ui import words
from stile_ui.preferences import Stored
from stile_ui.session import Session
from stile_ui.sessionbus import WINDOW, Notice
from stile_ui.toast import Toast

QUESTIONS = "questions"
WAITING, MISSED, AWAY, NO_TRAY = "waiting", "missed", "away", "no-tray"
RESTART = 8000
"""Milliseconds within which a helper that went is expected back: an update restarts it."""


class Notices(QObject):
    """Decides what is worth a notification, and has it shown.

    Signals:
        wanted(str): the person pressed a button: what they want, as `Session.wanted` has it.
        acted(str, str): likewise, of a notice that somebody else has asked for with `say`.
    """

    wanted = Signal(str)
    acted = Signal(str, str)

    def __init__(self, session: Session, stored: Stored, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._stored = stored
        self._toast: Toast | None = None
        self._was_present = False
        self._count = 0
        self._put_aside = False
        self._asked: dict[QuestionId, str] = {}
        self._missed = 0
        self._gone = QTimer(self, singleShot=True, interval=RESTART)
        self._gone.timeout.connect(self._say_away)
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._say_waiting)
        session.acted.connect(self._acted)
        session.unheard.connect(self._say_ourselves)

    def say(self, notice: Notice) -> None:
        """Put a notice up, where notices are wanted at all."""
        if self._stored.value.notifications:
            self._session.say(notice)

    def take_back(self, key: str) -> None:
        """Take a notice away."""
        self._session.take_back(key)
        if self._toast is not None:
            self._toast.take_back(key)

    # -- what happens --------------------------------------------------------------------------

    def asked(self, question: Question) -> None:
        """Take in what is asked."""
        self._asked[question.id] = words.safe(sentences.asked(question.connection))

    def answered(self, question: QuestionId) -> None:
        """Take in that a question is over."""
        self._asked.pop(question, None)

    def withdrawn(self, question: QuestionId, why: Why) -> None:
        """Take in that a question is over without an answer: where nobody came, say so."""
        said = self._asked.pop(question, "")
        if said and why is Why.EXPIRED:
            self._missed += 1
            self._say_missed(said)

    def count(self, questions: int) -> None:
        """Take in how many questions are open."""
        self._count = questions
        if not questions:
            self._put_aside = False
            self._soon.stop()
            self.take_back(WAITING)
        elif self._put_aside:
            self._soon.start()  # a new question mostly brings the window back, a moment later

    def put_aside(self) -> None:
        """Take in that the window with the questions was put away."""
        self._put_aside = self._count > 0
        if self._put_aside:
            self._soon.start()

    def called_back(self) -> None:
        """Take in that the questions are on the screen again."""
        self._put_aside = False
        self._soon.stop()
        self._missed = 0
        self.take_back(WAITING)
        self.take_back(MISSED)

    def show_presence(self, present: object) -> None:
        """Take in that the helper came, or went, and all questions with it."""
        self._asked.clear()
        if present:
            self._gone.stop()
            self.take_back(AWAY)
        elif self._was_present:
            self._gone.start()
        self._was_present = bool(present)

    def no_tray(self) -> None:
        """Take in that no panel shows our icon: say once how to come back."""
        if self._stored.value.told_without_tray:
            return
        self._stored.change(told_without_tray=True)
        text = translate(
            "Notices",
            "No panel of this desktop shows Stile's icon. Questions appear all the same; start "
            "Stile again, from the menu of applications, to see its window.",
        )
        self.say(
            Notice(
                NO_TRAY,
                translate("Notices", "Stile is running"),
                text,
                ((WINDOW, translate("Notices", "Open Stile")),),
            )
        )

    # -- what is said --------------------------------------------------------------------------

    def _say_waiting(self) -> None:
        title = translate(
            "Notices",
            "One application waits for your answer|%n applications wait for your answer",
            None,
            self._count,
        )
        text = translate("Notices", "What they send is held until then, or until the time is up.")
        self.say(
            Notice(WAITING, title, text, ((QUESTIONS, translate("Notices", "Show questions")),))
        )

    def _say_missed(self, said: str) -> None:
        title = translate(
            "Notices",
            "Nobody has answered a question|Nobody has answered %n questions",
            None,
            self._missed,
        )
        text = translate("Notices", "{question}. The next attempt is asked about again.")
        self.say(Notice(MISSED, title, text.format(question=said)))

    def _say_away(self) -> None:
        text = translate(
            "Notices",
            "What is decided stays decided. Unknown applications get what the settings say for "
            "this case, and nobody is asked.",
        )
        title = translate("Notices", "Stile's helper is not running")
        self.say(Notice(AWAY, title, text, is_urgent=True))

    def _say_ourselves(self, notice: Notice) -> None:
        if self._toast is None:
            self._toast = Toast()
            self._toast.acted.connect(self._acted)
        self._toast.say(notice)

    def _acted(self, key: str, action: str) -> None:
        if key in (WAITING, MISSED, AWAY, NO_TRAY):
            self.wanted.emit(WINDOW if action == "default" else action)
        else:
            self.acted.emit(key, action)
