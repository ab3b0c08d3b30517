"""A small window with the tray's actions, for desktops that have no tray."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from combatlens.domain.snapshot import LiveStatus
from combatlens.ui import numbers
from combatlens.ui.actions import Actions
from combatlens.ui.face import tray_mood
from combatlens.ui.parts import ActionButton, label, rule, set_role
from combatlens.ui.theme import SPACE, Theme

WHY = (
    "This desktop has no system tray, so CombatLens is steered from here. "
    "As soon as a tray appears, its icon takes over and this window goes."
)
_GRID = (("start", "overlay"), ("pause", "lock"), ("end", "settings"), ("history", "insights"))


class ControlWindow(QWidget):
    """Closing it asks to quit: without a tray there would be no other way back."""

    wanted = Signal(str)

    def __init__(self, theme: Theme, actions: Actions, extra: tuple[str, ...]) -> None:
        super().__init__()
        self.setWindowTitle("CombatLens")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)  # the game may have the focus already
        set_role(self, "window")
        theme.dress(self)
        self._theme = theme
        self._picture = QLabel()
        self._word, self._line = label("", "heading", wrap=True), label("", "muted", wrap=True)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._word)
        words.addWidget(self._line)
        head = QHBoxLayout()
        head.setSpacing(SPACE * 2)
        head.addWidget(self._picture)
        head.addLayout(words, 1)
        grid = QGridLayout()
        grid.setSpacing(SPACE)
        for y, row in enumerate(_GRID):
            for x, name in enumerate(row):
                grid.addWidget(ActionButton(actions.by_intent[name]), y, x)
        for index, name in enumerate((*extra, "problems", "quit")):
            grid.addWidget(ActionButton(actions.by_intent[name]), len(_GRID) + index, 0, 1, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        column.setSpacing(SPACE * 2)
        column.addLayout(head)
        column.addLayout(grid)
        column.addWidget(rule())
        column.addWidget(label(WHY, "caption", wrap=True))
        self.setMinimumWidth(theme.body * 30)

    def refresh(self, status: LiveStatus) -> None:
        mood = tray_mood(status)
        now = status.current
        shape = "idle" if mood.shape == "completed" else mood.shape
        self._picture.setPixmap(self._theme.icons.pixmap(f"tray-{shape}", "", 40, self.devicePixelRatioF()))
        self._word.setText(mood.word)
        line = mood.detail
        if not line and now.state in ("active", "paused"):
            line = f"{numbers.lasting(now.active_s)}, {numbers.rate(now.xp_per_hour)}"
        self._line.setText(line or "Recording starts with the first fight.")

    def closeEvent(self, event: QCloseEvent) -> None:
        """A user's close quits. The program's own, at its end, must not be refused."""
        if event.spontaneous():
            event.ignore()
            self.wanted.emit("quit")
