"""What was learned, with its evidence beside each choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Coach, History
from combatlens.ui import coach_words, numbers
from combatlens.ui import insight_words as words
from combatlens.ui.advice import add_outcomes, advice_card
from combatlens.ui.asked import AskedPage
from combatlens.ui.background import Worker
from combatlens.ui.flow import flowing
from combatlens.ui.parts import card, label, sentence, set_role
from combatlens.ui.share import Share
from combatlens.ui.table_view import SortedTable
from combatlens.ui.tables import Field
from combatlens.ui.theme import SPACE, Theme


def _of(key: str) -> Any:
    return lambda row: row[1].get(key)


def _evidence(key: str) -> Any:
    """Of a skill that is used; bleeding and procs are not, so nothing is known of their uses."""
    return lambda row: words.section(row[1], "evidence").get(key) if row[1].get("total_uses") else None


def _dash(text: Callable[[float], str]) -> Callable[[float | None], str]:
    return lambda value: "–" if value is None else text(value)


SKILLS = (
    Field("Skill", lambda row: row[0], numeric=False),
    Field("Uses", _of("total_uses"), lambda value: numbers.cell(value) if value else "–"),
    Field("Share", _of("damage_share"), _dash(numbers.percent), tip="Its share of all damage"),
    Field("Per use", _of("average_damage"), _dash(numbers.average), tip="Average damage a use; a miss counts as 0"),
    Field("Success", _of("success_rate"), _dash(numbers.percent), tip="Uses that hit"),
    Field("DPS", _of("damage_per_second"), _dash(numbers.average), tip="Damage over the time its uses took"),
    Field("XP a use", _of("xp_efficiency"), _dash(numbers.average), tip="XP attributed to it over its uses"),
    Field("Sure", _evidence("confidence"), _dash(numbers.percent), tip="How far these figures can be trusted: it grows "
          "with the number of uses and with how alike they are"),
    Field("Impact", _evidence("impact"), lambda value: value or "", numeric=False, tip="How much is at stake"),
    Field("Needs", _evidence("needs"), lambda value: numbers.many(value, "use") if value else "–",
          tip=f"A skill needs {words.ENOUGH_USES} uses before it is called best at anything"),
)  # fmt: skip


MOST = 12
"""So many skills are seen at once; further ones by scrolling."""
LONG_NAME = 40
"""Names of more characters may take two lines."""


class InsightsWindow(QWidget):
    """Reads the insights anew each time it is opened."""

    def __init__(self, history: History, worker: Worker, theme: Theme, coach: Coach | None = None) -> None:
        """`coach`: with it come the buttons below advice, and the pages of trials, learnings and fixes."""
        super().__init__()
        self.setWindowTitle("What was learned")
        set_role(self, "window")
        theme.dress(self)
        self._worker, self._theme, self._coach = worker, theme, coach
        self._decided: dict[str, str] = {}
        self.page = AskedPage(
            history.insights, self._fill, worker, theme, icon="insights", waiting="Reading what was learned",
            failed="What was learned cannot be read", empty=_nothing,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._tabs(coach) if coach is not None else self.page)
        self.setMinimumSize(theme.body * 57, theme.body * 32)
        self.resize(theme.body * 74, theme.body * 56)

    def _tabs(self, coach: Coach) -> QTabWidget:
        from combatlens.ui.learnings import FixesPage, LearningsPage
        from combatlens.ui.trials import TrialsPage

        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.trials = TrialsPage(coach, self._worker, self._theme)
        self.learnings = LearningsPage(coach, self._worker, self._theme)
        self.fixes = FixesPage(coach, self._worker, self._theme)
        self._pages = (self.page, self.trials.page, self.learnings, self.fixes)
        for page, name in (
            (self.page, "What works"), (self.trials, "Trials"), (self.learnings, "Learnings"),
            (self.fixes, "Failures and fixes"),
        ):  # fmt: skip
            self.tabs.addTab(page, name)
        self.tabs.currentChanged.connect(lambda index: self._pages[index].reload())
        self.setFocus()  # no ring before the keys are used
        return self.tabs

    def showEvent(self, event: QShowEvent) -> None:
        self.page.reload()
        super().showEvent(event)

    def _decide(self, name: str, decision: str) -> None:
        """Tell the recorder what the user does about an advice, and show at once that it was heard."""
        coach = self._coach
        if coach is not None:
            self._worker.run(
                lambda: coach.decide(name, decision, ""), lambda _: self._heard(name, decision), self._not_heard
            )

    def _heard(self, name: str, decision: str) -> None:
        self._decided[name] = decision
        self.page.redraw()

    def _not_heard(self, fault: EnvironmentFault) -> None:
        self._decided["fault"] = sentence(fault)
        self.page.redraw()
        del self._decided["fault"]

    def _fill(self, column: QVBoxLayout, insights: dict[str, Any]) -> None:
        head = QVBoxLayout()
        head.setSpacing(2)
        head.addWidget(label("What was learned", "title"))
        head.addWidget(label(words.headline(insights), "muted"))
        column.addLayout(head)
        advice = coach_words.advice(insights)
        if advice:
            column.addWidget(advice_card(advice, self._decided, self._decide if self._coach is not None else None))
        add_outcomes(column, insights)
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

    def _skill_card(self, insights: dict[str, Any]) -> QFrame:
        frame, column = card()
        column.addWidget(label("All skills", "heading"))
        table = SortedTable(SKILLS, self._theme, sort=2, most=MOST)
        table.setAccessibleName("All skills")
        table.fill(list(words.section(insights, "skill_performance").items()))
        column.addWidget(table)
        return frame


def _nothing(insights: dict[str, Any]) -> tuple[str, str] | None:
    if words.section(insights, "skill_performance"):
        return None
    return "Nothing learned yet", (
        "At the end of each session CombatLens works out which skills, builds and orders pay. Record a session "
        f"with some fights. A skill needs {words.ENOUGH_USES} uses before it is called best at anything."
    )


def _choice_card(choices: Sequence[words.Choice]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Which skill is best at what", "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE * 3)
    grid.setVerticalSpacing(SPACE + 4)
    for y, choice in enumerate(choices):
        grid.addWidget(label(choice.question, "muted"), y, 0)
        grid.addWidget(label(choice.name or "not yet", "label" if choice.name else "muted", wrap=True), y, 1)
        grid.addWidget(label(choice.evidence, wrap=True), y, 2)
        certainty = label(choice.certainty, _role(choice.tone))
        grid.addWidget(certainty, y, 3, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    for x, stretch in enumerate((0, 2, 3)):
        grid.setColumnStretch(x, stretch)
    column.addLayout(grid)
    return frame


def _rotation_card(wanted: Sequence[str], used: Sequence[str]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Order of skills", "heading"))
    for title, skills in (("Most damage expected", wanted), ("You use most", used)):
        if skills:
            column.addWidget(label(title, "muted"))
            box, row = flowing(SPACE, SPACE // 2)
            for index, skill in enumerate(skills):
                row.addWidget(_step(skill, first=index == 0))
            column.addWidget(box)
    column.addWidget(
        label("In this order, again and again; a skill that is not ready is passed over.", "caption", wrap=True)
    )
    return frame


def _step(skill: str, *, first: bool) -> QWidget:
    """A skill of an order, with the arrow that leads to it."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(SPACE)
    if not first:
        row.addWidget(label("→", "muted"))
    row.addWidget(label(skill, "chip", wrap=len(skill) > LONG_NAME), 1)
    return box


def _comparison_card(comparisons: Sequence[words.Comparison]) -> QFrame:
    frame, column = card()
    column.addWidget(label("Compared", "heading"))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE * 3)
    grid.setVerticalSpacing(SPACE)
    for y, item in enumerate(comparisons):
        grid.addWidget(label(item.text, "label", wrap=True), y, 0)
        grid.addWidget(label(item.evidence, wrap=True), y, 1)
        grid.addWidget(label(item.verdict, _role(item.tone)), y, 2, Qt.AlignmentFlag.AlignRight)
    grid.setColumnStretch(0, 2)
    grid.setColumnStretch(1, 3)
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


def _role(tone: str) -> str:
    return {"accent": "accent", "warn": "warn", "bad": "bad", "muted": "muted"}.get(tone, "")
