"""What is wrong: every source in words, the broken ones first, each with what to do about it."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from combatlens.domain.snapshot import Health, HealthState
from combatlens.ports import Clock, Live
from combatlens.ui import numbers
from combatlens.ui.face import problems, titled
from combatlens.ui.palette import Tone
from combatlens.ui.parts import card, label, scrolling, set_role
from combatlens.ui.theme import SPACE, Theme

POLL_MS = 1000
_LOOKS: dict[HealthState, tuple[str, Tone, str]] = {
    "failed": ("state-problem", "bad", "does not work"),
    "warning": ("warning", "warn", "needs a look"),
    "starting": ("state-idle", "muted", "starting"),
    "ok": ("check", "accent", "works"),
    "off": ("close", "muted", "off"),
}
_ORDER = {"failed": 0, "warning": 1, "starting": 2, "ok": 3, "off": 4}


class ProblemsWindow(QWidget):
    """Looks once a second while it is seen."""

    def __init__(self, live: Live, clock: Clock, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("What is wrong")
        set_role(self, "window")
        theme.dress(self)
        self._live, self._clock, self._theme = live, clock, theme
        self._shown: tuple[Health, ...] | None = None
        self._ages: list[tuple[QLabel, Health]] = []
        self.title, self.subtitle = label("", "title"), label("", "muted", wrap=True)
        self._list = QVBoxLayout()
        self._list.setSpacing(SPACE + 4)
        inner = QWidget()
        set_role(inner, "page")
        column = QVBoxLayout(inner)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 3)
        column.setSpacing(SPACE * 2)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.title)
        head.addWidget(self.subtitle)
        column.addLayout(head)
        column.addLayout(self._list)
        column.addStretch()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(inner))
        self.setMinimumSize(theme.body * 40, theme.body * 20)
        self.resize(theme.body * 46, theme.body * 40)
        self._timer = QTimer(self)
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self.refresh)
        theme.changed.connect(self._rebuild)

    def refresh(self) -> None:
        health = self._live.status().health
        if health != self._shown:
            self._shown = health
            self._rebuild()
        for age, line in self._ages:
            age.setText(_age(line, self._clock.now()))

    def _rebuild(self) -> None:
        health = self._shown or ()
        wrong = len(problems(health))
        self.title.setText(numbers.many(wrong, "problem") if wrong else "All is well")
        self.subtitle.setText(
            "Recording goes on with the other sources." if wrong else "Every source that is switched on works."
        )
        while (item := self._list.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._ages = []
        for line in sorted(health, key=lambda line: _ORDER[line.state]):
            self._list.addWidget(self._card(line))

    def _card(self, line: Health) -> QFrame:
        icon, tone, word = _LOOKS[line.state]
        picture = QLabel()
        colour = self._theme.colors.tone(tone)
        picture.setPixmap(self._theme.icons.pixmap(icon, colour, 20, self.devicePixelRatioF()))
        state = label(word, tone)
        name = label(titled(line.name), "label")
        age = label("", "caption")
        self._ages.append((age, line))
        top = QHBoxLayout()
        top.setSpacing(SPACE)
        top.addWidget(name)
        top.addWidget(state)
        top.addStretch()
        top.addWidget(age)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addLayout(top)
        words.addWidget(label(titled(line.message), wrap=True))
        if line.remedy and line.state != "ok":
            words.addWidget(label(f"What to do: {line.remedy}", "muted", wrap=True))
        frame, column = card()
        row = QHBoxLayout()
        row.setSpacing(SPACE * 2)
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        column.addLayout(row)
        return frame

    def showEvent(self, event: QShowEvent) -> None:
        self.refresh()
        self._timer.start()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()
        super().hideEvent(event)


def _age(line: Health, now: float) -> str:
    if not line.since or line.state not in ("failed", "warning"):
        return ""
    return f"since {numbers.time_of_day(line.since)} ({numbers.ago(max(0.0, now - line.since))})"
