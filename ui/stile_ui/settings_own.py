"""The settings of this user's desktop half; each counts at once, or says when."""

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from stile.language import translate
from stile_ui import autostart, translation
from stile_ui.preferences import LIMITS, Place, Preferences, Stored, Theme
from stile_ui.settings_rows import Section, choice, number, when_chosen
from stile_ui.strip import TROUBLE, Strip

SIZES = (80, 90, 100, 115, 130, 150, 175, 200)


class OwnSettings(QWidget):
    """Rows for what is kept in `preferences.Stored`, and for the autostart."""

    def __init__(self, stored: Stored, parent: QWidget) -> None:
        super().__init__(parent)
        self._stored = stored
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(18)
        self._trouble = Strip(self, TROUBLE)
        for widget in (self._session(), self._trouble, self._look(), self._asking(), self._past()):
            column.addWidget(widget)
        stored.changed.connect(self._show)
        self.show_again()

    def show_again(self) -> None:
        """Look again at what others may have changed: files of the session."""
        self._trouble.say("")
        self._autostart.setChecked(autostart.is_on())
        self._show(self._stored.value)

    def _show(self, now: Preferences) -> None:
        self._hidden.setChecked(now.start_hidden)
        self._notify.setChecked(now.notifications)
        self._theme.setCurrentIndex(self._theme.findData(str(now.theme)))
        self._size.setCurrentIndex(self._size.findData(str(now.text_size)))
        self._language.setCurrentIndex(self._language.findData(now.language))
        self._place.setCurrentIndex(self._place.findData(str(now.prompt_place)))
        self._arming.setValue(now.arming)
        self._history.setChecked(now.history)
        self._days.setValue(now.history_days)
        self._days.setEnabled(now.history)

    # -- the rows ------------------------------------------------------------------------------

    def _session(self) -> Section:
        section = Section(self, translate("OwnSettings", "This desktop"))
        self._autostart = section.add_switch(
            translate("OwnSettings", "Start Stile's icon and questions with the &session")
        )
        self._autostart.clicked.connect(self._switch_autostart)
        self._hidden = section.add_switch(
            translate("OwnSettings", "Start without a &window"),
            translate("OwnSettings", "The icon in the panel, or another start, brings it up."),
        )
        self._hidden.clicked.connect(lambda on: self._stored.change(start_hidden=on))
        self._notify = section.add_switch(translate("OwnSettings", "Show &notifications"))
        self._notify.clicked.connect(lambda on: self._stored.change(notifications=on))
        return section

    def _look(self) -> Section:
        section = Section(self, translate("OwnSettings", "Look"))
        themes = {
            Theme.DESKTOP: translate("OwnSettings", "Like the desktop"),
            Theme.LIGHT: translate("OwnSettings", "Light"),
            Theme.DARK: translate("OwnSettings", "Dark"),
        }
        self._theme = section.add(translate("OwnSettings", "&Colours"), choice(section, themes))
        when_chosen(self._theme, lambda value: self._stored.change(theme=Theme(value)))
        sizes = {str(size): f"{size} %" for size in SIZES}
        if (now := str(self._stored.value.text_size)) not in sizes:
            sizes[now] = f"{now} %"
        self._size = section.add(
            translate("OwnSettings", "Size of &text"), choice(section, sizes), _next_start()
        )
        when_chosen(self._size, lambda value: self._stored.change(text_size=int(value)))
        languages = {"": translate("OwnSettings", "Like the desktop")}
        languages |= {code: translation.own_name(code) for code in translation.available()}
        self._language = section.add(
            translate("OwnSettings", "&Language"), choice(section, languages), _next_start()
        )
        when_chosen(self._language, lambda value: self._stored.change(language=value))
        return section

    def _asking(self) -> Section:
        section = Section(self, translate("OwnSettings", "Questions"))
        places = {
            Place.DESKTOP: translate("OwnSettings", "Where the desktop puts windows"),
            Place.MIDDLE: translate("OwnSettings", "In the middle of the screen"),
            Place.TOP: translate("OwnSettings", "In the upper corner"),
            Place.BOTTOM: translate("OwnSettings", "In the lower corner"),
        }
        self._place = section.add(
            translate("OwnSettings", "They a&ppear"),
            choice(section, places),
            translate("OwnSettings", "Under Wayland the desktop alone decides.")
            if QGuiApplication.platformName() == "wayland"
            else "",
        )
        self._place.setEnabled(QGuiApplication.platformName() != "wayland")
        when_chosen(self._place, lambda value: self._stored.change(prompt_place=Place(value)))
        self._arming = section.add(
            translate("OwnSettings", "Buttons wait f&or"),
            number(section, *LIMITS["arming"], translate("OwnSettings", "ms"), step=100),
            translate(
                "OwnSettings",
                "So that nothing is decided by a click or a key that was meant for another window.",
            ),
        )
        self._arming.valueChanged.connect(lambda value: self._stored.change(arming=value))
        return section

    def _past(self) -> Section:
        section = Section(self, translate("OwnSettings", "History"))
        self._history = section.add_switch(translate("OwnSettings", "&Remember connections"))
        self._history.clicked.connect(lambda on: self._stored.change(history=on))
        self._days = section.add(
            translate("OwnSettings", "For so many &days"),
            number(section, *LIMITS["history_days"]),
        )
        self._days.valueChanged.connect(lambda value: self._stored.change(history_days=value))
        return section

    def _switch_autostart(self, on: bool) -> None:  # noqa: FBT001 # as Qt calls it
        try:
            autostart.switch(on=on)
            self._trouble.say("")
        except OSError as error:
            self._autostart.setChecked(autostart.is_on())
            text = translate("OwnSettings", "The entry could not be written: {why}")
            self._trouble.say(text.format(why=error.strerror))


def _next_start() -> str:
    return translate("OwnSettings", "Counts from the next start of Stile on.")
