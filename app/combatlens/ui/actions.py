"""What the tray and the control window offer: one set of actions that only emit intents."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from combatlens.domain.snapshot import LiveStatus
from combatlens.ui import numbers
from combatlens.ui.face import problems
from combatlens.ui.theme import Theme

_OFFERED = (
    ("start", "Start a session", "play"),
    ("pause", "Pause", "pause"),
    ("end", "End session", "stop"),
    ("overlay", "Hide overlay", "overlay"),
    ("lock", "Unlock overlay", "unlock"),
    ("history", "History", "history"),
    ("insights", "What was learned", "insights"),
    ("settings", "Settings", "settings"),
    ("problems", "What is wrong", "warning"),
    ("quit", "Quit CombatLens", "quit"),
)


class Actions(QObject):
    """Actions by intent. `refresh` gives them the words and the state that fit the moment."""

    intent = Signal(str)

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self._icons: dict[str, str] = {}
        self.by_intent: dict[str, QAction] = {}
        for name, text, icon in _OFFERED:
            self.add(name, text, icon)
        self.by_intent["problems"].setVisible(False)
        theme.changed.connect(self._redraw)

    def add(self, name: str, text: str, icon: str) -> QAction:
        action = QAction(text, self)
        action.triggered.connect(lambda: self.intent.emit(name))
        self.by_intent[name] = action
        self._set_icon(name, icon)
        return action

    def refresh(self, status: LiveStatus, *, shown: bool, locked: bool) -> None:
        state = status.current.state
        running = state in ("active", "paused")
        by = self.by_intent
        by["start"].setEnabled(not running)
        by["pause"].setEnabled(running)
        by["pause"].setText("Resume" if state == "paused" else "Pause")
        self._set_icon("pause", "play" if state == "paused" else "pause")
        by["end"].setEnabled(running)
        by["overlay"].setText("Hide overlay" if shown else "Show overlay")
        by["lock"].setText("Unlock overlay (move it)" if locked else "Lock overlay (click through)")
        by["lock"].setEnabled(shown)
        self._set_icon("lock", "unlock" if locked else "lock")
        wrong = len(problems(status.health))
        by["problems"].setVisible(wrong > 0)
        by["problems"].setText(f"What is wrong ({numbers.many(wrong, 'problem')})")

    def _set_icon(self, name: str, icon: str) -> None:
        if self._icons.get(name) != icon:
            self._icons[name] = icon
            self.by_intent[name].setIcon(self._theme.icon(icon))

    def _redraw(self) -> None:
        for name, icon in self._icons.items():
            self.by_intent[name].setIcon(self._theme.icon(icon))
