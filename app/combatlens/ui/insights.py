"""What was learned, with its evidence beside each choice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import History
from combatlens.ui import insight_words as words
from combatlens.ui import numbers
from combatlens.ui.background import Ticket, Worker
from combatlens.ui.parts import Message, card, label, rule, sentence, set_role
from combatlens.ui.table_view import SortedTable
from combatlens.ui.tables import Field
from combatlens.ui.theme import SPACE, Theme


def _evidence(key: str) -> Any:
    return lambda row: words.section(row[1], "evidence").get(key)


SKILLS = (
    Field("Skill", lambda row: row[0], numeric=False),
    Field("Uses", lambda row: row[1].get("total_uses"), numbers.count),
    Field("DPS", lambda row: row[1].get("damage_per_second"), numbers.short, tip="Damage over the time its uses took"),
    Field("Per use", lambda row: row[1].get("average_damage"), numbers.count, tip="Average damage; a miss counts as 0"),
    Field("Success", lambda row: row[1].get("success_rate"), numbers.percent),
    Field("XP a use", lambda row: row[1].get("xp_efficiency"), numbers.count),
    Field("Sure", _evidence("confidence"), numbers.percent, tip="Confidence: sample size, consistency, significance"),
    Field("Impact", _evidence("impact"), lambda value: value or "", numeric=False, tip="How much is at stake"),
    Field("Still needs", _evidence("needs"), lambda value: numbers.many(value, "use") if value else "–"),
)


class InsightsWindow(QWidget):
    """Reads the insights anew each time it is opened."""

    def __init__(self, history: History, worker: Worker, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("CombatLens: what was learned")
        set_role(self, "window")
        theme.dress(self)
        self._history, self._worker, self._theme = history, worker, theme
        self._asked: Ticket | None = None
        self.message = Message(theme)
        self.message.button.clicked.connect(self.reload)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.message)
        self.stack.addWidget(self._area)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.stack)
        self.resize(theme.body * 74, theme.body * 56)
        self.message.say("insights", "Reading what was learned", "")

    def reload(self) -> None:
        if self._asked is not None:
            self._asked.cancel()
        self._asked = self._worker.run(self._history.insights, self._show, self._failed)

    def showEvent(self, event: QShowEvent) -> None:
        self.reload()
        super().showEvent(event)

    def _failed(self, fault: EnvironmentFault) -> None:
        text = sentence(fault)
        self.message.say("warning", "What was learned cannot be read", text, button="Try again", bad=True)
        self.stack.setCurrentIndex(0)

    def _show(self, insights: dict[str, Any]) -> None:
        if not words.section(insights, "skill_performance"):
            self.message.say(
                "insights",
                "Nothing learned yet",
                "At the end of each session CombatLens works out which skills, builds and orders pay. Record a session "
                f"with some fights. A skill needs {words.ENOUGH_USES} uses before it is called best at anything.",
            )
            self.stack.setCurrentIndex(0)
            return
        old = self._area.takeWidget()
        if old is not None:
            old.deleteLater()
        self._area.setWidget(self._page(insights))
        self.stack.setCurrentIndex(1)

    def _page(self, insights: dict[str, Any]) -> QWidget:
        page = QWidget()
        set_role(page, "page")
        column = QVBoxLayout(page)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 3)
        column.setSpacing(SPACE * 2)
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(label("What was learned", "title"))
        head.addWidget(label(words.headline(insights), "muted"))
        column.addLayout(head)
        advice = words.advice(insights)
        if advice:
            column.addWidget(_advice_card(advice))
        column.addWidget(_choice_card(words.choices(insights)))
        wanted, used = words.rotation(insights)
        if wanted or used:
            column.addWidget(_rotation_card(wanted, used))
        comparisons = words.comparisons(insights)
        if comparisons:
            column.addWidget(_comparison_card(comparisons))
        spent = words.time_use(insights)
        if spent:
            column.addWidget(_time_card(spent, self._theme))
        column.addWidget(self._skill_card(insights))
        column.addStretch()
        return page

    def _skill_card(self, insights: dict[str, Any]) -> QFrame:
        frame, column = card()
        column.addWidget(label("All skills", "heading"))
        table = SortedTable(SKILLS, self._theme, sort=2)
        rows = list(words.section(insights, "skill_performance").items())
        table.fill(rows)
        height = round(self._theme.body * 2.5)
        table.setFixedHeight(height * (min(len(rows), 12) + 1) + SPACE)
        column.addWidget(table)
        return frame


def _choice_card(choices: Sequence[words.Choice]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Which skill is best at what", "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE * 3)
    grid.setVerticalSpacing(SPACE + 4)
    for y, choice in enumerate(choices):
        grid.addWidget(label(choice.question, "muted"), y, 0)
        grid.addWidget(label(choice.name or "not yet", "label" if choice.name else "muted"), y, 1)
        grid.addWidget(label(choice.evidence, wrap=True), y, 2)
        certainty = label(choice.certainty, _role(choice.tone))
        grid.addWidget(certainty, y, 3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    grid.setColumnStretch(2, 1)
    column.addLayout(grid)
    return frame


def _advice_card(advice: Sequence[words.Choice]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Worth trying", "heading"))
    for index, item in enumerate(advice):
        if index:
            column.addWidget(rule())
        row = QHBoxLayout()
        row.addWidget(label(item.name, "label", wrap=True), 1)
        row.addWidget(label(item.certainty, _role(item.tone)))
        column.addLayout(row)
        if item.evidence:
            column.addWidget(label(item.evidence, wrap=True))
    return frame


def _rotation_card(wanted: Sequence[str], used: Sequence[str]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Order of skills", "heading"))
    for title, skills in (("Most damage expected", wanted), ("You use most", used)):
        if skills:
            row = QHBoxLayout()
            row.setSpacing(SPACE)
            name = label(title, "muted")
            name.setMinimumWidth(name.fontMetrics().averageCharWidth() * 24)
            row.addWidget(name)
            for index, skill in enumerate(skills):
                if index:
                    row.addWidget(label("→", "muted"))
                row.addWidget(label(skill, "chip"))
            row.addStretch()
            column.addLayout(row)
    column.addWidget(
        label("In this order, again and again; a skill that is not ready is passed over.", "caption", wrap=True)
    )
    return frame


def _comparison_card(comparisons: Sequence[words.Comparison]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Compared", "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE * 3)
    grid.setVerticalSpacing(SPACE)
    for y, item in enumerate(comparisons):
        grid.addWidget(label(item.text, "label"), y, 0)
        grid.addWidget(label(item.evidence, wrap=True), y, 1)
        grid.addWidget(label(item.verdict, _role(item.tone)), y, 2, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    note = "Whole sessions are compared. “No difference shown” is an answer: what was seen may well be chance."
    column.addWidget(label(note, "caption", wrap=True))
    return frame


def _time_card(spent: Sequence[tuple[str, float, float]], theme: Theme) -> QFrame:
    frame, column = card()
    column.addWidget(label("Where the time goes", "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE * 2)
    grid.setVerticalSpacing(SPACE // 2)
    for y, (name, minutes, share) in enumerate(spent):
        grid.addWidget(label(name.capitalize()), y, 0)
        grid.addWidget(Share(share, theme), y, 1)
        grid.addWidget(label(numbers.percent(share)), y, 2, Qt.AlignmentFlag.AlignRight)
        grid.addWidget(label(numbers.length(minutes), "muted"), y, 3, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    return frame


class Share(QWidget):
    """A bar for a share from 0 to 1."""

    def __init__(self, share: float, theme: Theme) -> None:
        super().__init__()
        self._share, self._theme = share, theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(120, 20)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        bar = QRectF(0, self.height() / 2 - 4, self.width(), 8)
        painter.setBrush(QColor(self._theme.colors.raised))
        painter.drawRoundedRect(bar, 4, 4)
        bar.setWidth(max(8.0, bar.width() * self._share))
        painter.setBrush(QColor(self._theme.colors.accent))
        painter.drawRoundedRect(bar, 4, 4)


def _role(tone: str) -> str:
    return {"accent": "accent", "warn": "warn", "bad": "bad", "muted": "muted"}.get(tone, "")
