"""Amounts and times as people say them."""

import time

from PySide6.QtCore import QDateTime, QLocale

from stile.language import translate


def octets(count: int) -> str:
    """Say a number of octets: "1.5 MB"."""
    return QLocale().formattedDataSize(count, 1, QLocale.DataSizeFormat.DataSizeSIFormat)


def moment(when: float) -> str:
    """Say when something was: the time today, with the day before."""
    then = QDateTime.fromMSecsSinceEpoch(int(when * 1000))
    clock = QLocale().toString(then.time(), "HH:mm:ss")
    if then.date() == QDateTime.currentDateTime().date():
        return clock
    return f"{QLocale().toString(then.date(), QLocale.FormatType.ShortFormat)} {clock}"


def seconds(count: float) -> str:
    """Say how long something takes: "12 s", "3 min", "2 h 5 min"."""
    whole = max(0, int(count))
    if whole < 60:
        return translate("Numbers", "{seconds} s").format(seconds=whole)
    if whole < 3600:
        return translate("Numbers", "{minutes} min").format(minutes=whole // 60)
    text = translate("Numbers", "{hours} h {minutes} min")
    return text.format(hours=whole // 3600, minutes=whole % 3600 // 60)


def ago(when: float) -> str:
    """Say how long something has gone on."""
    return seconds(time.time() - when)
