"""Small pieces that the windows are made of."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QFocusEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.ui.face import titled
from combatlens.ui.label import Label
from combatlens.ui.theme import SPACE, Theme


def label(text: str, role: str = "", *, wrap: bool = False) -> QLabel:
    """A label of a role of the style sheet: title, heading, label, muted, caption, figure, accent, warn, bad, chip."""
    made = Label(text, wrap=wrap)
    set_role(made, role)
    return made


def set_role(widget: QWidget, role: str) -> None:
    """Change a widget's role and let the style sheet see it."""
    if widget.property("role") != role:
        widget.setProperty("role", role)
        widget.style().unpolish(widget)
        widget.style().polish(widget)


def card() -> tuple[QFrame, QVBoxLayout]:
    """A framed surface and the column inside it."""
    frame = QFrame()
    set_role(frame, "card")
    column = QVBoxLayout(frame)
    column.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
    column.setSpacing(SPACE)
    return frame, column


def sentence(fault: EnvironmentFault) -> str:
    """What happened and what to do about it, as sentences."""
    return sentences(fault.what, fault.remedy)


def sentences(*parts: str) -> str:
    return ". ".join(titled(part) for part in parts if part) + "."


def rule() -> QFrame:
    line = QFrame()
    set_role(line, "rule")
    return line


def figure(caption: str, value: str) -> QWidget:
    """A number under its name."""
    box = QWidget()
    column = QVBoxLayout(box)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(caption, "caption"))
    quiet = value == "not yet"
    column.addWidget(label(value, "muted" if quiet else "figure"))
    column.addStretch()
    return box


def button(text: str, clicked: Callable[[], object], *, role: str = "") -> QPushButton:
    made = QPushButton(text)
    set_role(made, role)
    made.clicked.connect(lambda: clicked())
    return made


class Ring(QObject):
    """Marks a widget that got the keys by Tab, so that only who uses them sees a ring around a page or a table."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWidget) and isinstance(event, QFocusEvent) and event.gotFocus():
            reason = event.reason()
            if reason not in (Qt.FocusReason.ActiveWindowFocusReason, Qt.FocusReason.PopupFocusReason):
                by_keys = reason in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
                set_role(watched, "ringed" if by_keys else "")
        return False


def scrolling(page: QWidget) -> QScrollArea:
    """The page in an area that scrolls where it must; the keys reach it by Tab."""
    area = QScrollArea()
    Ring(area)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    area.setWidget(page)
    return area


class ActionButton(QPushButton):
    """A button that follows a QAction: its text, icon and state."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self._action = action
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self.setStyleSheet("text-align: left")
        self._follow()

    def _follow(self) -> None:
        self.setText(self._action.text())
        self.setIcon(self._action.icon())
        self.setEnabled(self._action.isEnabled())
        self.setVisible(self._action.isVisible())


class Message(QWidget):
    """A page that says one thing: an empty or a failed state, with what to do about it and perhaps a button."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._icon_name, self._tone_bad = "history", False
        self._picture = QLabel()
        self._title, self._text = label("", "heading"), label("", "muted", wrap=True)
        self._steps = QGridLayout()
        self._steps.setVerticalSpacing(SPACE)
        self._steps.setColumnStretch(1, 1)
        self.button = QPushButton()
        set_role(self.button, "primary")
        column = QVBoxLayout()
        column.setSpacing(SPACE + 4)
        for widget in (self._picture, self._title, self._text):
            column.addWidget(widget)
        column.addLayout(self._steps)
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addStretch()
        column.addLayout(row)
        holder = QWidget()
        holder.setLayout(column)
        holder.setMaximumWidth(theme.body * 38)
        holder.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        around = QHBoxLayout()
        around.addStretch(1)
        around.addWidget(holder, 6)
        around.addStretch(1)
        outer = QVBoxLayout(self)
        outer.addStretch(2)
        outer.addLayout(around)
        outer.addStretch(3)
        theme.changed.connect(self._paint)

    def say(
        self, icon: str, title: str, text: str, *, steps: tuple[str, ...] = (), button: str = "", bad: bool = False
    ) -> None:
        self._icon_name, self._tone_bad = icon, bad
        self._paint()
        self._title.setText(title)
        self._text.setText(text)
        self._text.setVisible(bool(text))
        while (item := self._steps.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.deleteLater()
        for row, step in enumerate(steps):
            self._steps.addWidget(label(f"{row + 1}."), row, 0, Qt.AlignmentFlag.AlignTop)
            self._steps.addWidget(label(step, wrap=True), row, 1)
        self.button.setText(button)
        self.button.setVisible(bool(button))

    @classmethod
    def of_nothing(cls, theme: Theme, icon: str, title: str, text: str) -> Message:
        """Below the title of a page that has nothing to show yet."""
        made = cls(theme)
        made.say(icon, title, text)
        return made

    def text(self) -> str:
        return f"{self._title.text()}\n{self._text.text()}"

    def _paint(self) -> None:
        colors = self._theme.colors
        colour = colors.bad if self._tone_bad else colors.muted
        self._picture.setPixmap(self._theme.icons.pixmap(self._icon_name, colour, 40, self.devicePixelRatioF()))
