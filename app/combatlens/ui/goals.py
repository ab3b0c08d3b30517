"""What the user wants to reach: how far each goal is, when it will be reached, and a line to set a new one."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Coach, History
from combatlens.ui import coach_words as words
from combatlens.ui import insight_words, numbers
from combatlens.ui.asked import AskedPage
from combatlens.ui.background import Worker
from combatlens.ui.parts import Message, button, card, label, sentence, set_role
from combatlens.ui.share import Share
from combatlens.ui.theme import SPACE, Theme


class GoalsWindow(QWidget):
    """Reads the goals anew each time it is opened."""

    def __init__(self, coach: Coach, history: History, worker: Worker, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("Goals")
        set_role(self, "window")
        theme.dress(self)
        self._coach, self._history, self._theme = coach, history, theme
        self._saving = False
        self.page = AskedPage(
            self._read, self._fill, worker, theme, icon="flag", waiting="Reading the goals",
            failed="The goals cannot be read",
        )  # fmt: skip
        self.form = GoalForm(theme)
        self.form.made.clicked.connect(self._add)
        self.form.target.returnPressed.connect(self._add)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page, 1)
        column.addWidget(self.form)
        self.setMinimumSize(theme.body * 40, theme.body * 28)
        self.resize(theme.body * 58, theme.body * 50)

    def showEvent(self, event: QShowEvent) -> None:
        self.page.reload()
        super().showEvent(event)

    def _read(self) -> tuple[list[dict[str, Any]], list[str]]:
        skills = insight_words.section(self._history.insights(), "skill_performance")
        return self._coach.goals(), sorted(skills)

    def _fill(self, column: QVBoxLayout, found: tuple[list[dict[str, Any]], list[str]]) -> None:
        goals, skills = found
        self.form.offer(skills)
        if self._saving:
            self.form.target.clear()
            self.form.tell("")
        self._saving = False
        column.addWidget(label("Goals", "title"))
        if not goals:
            text = (
                "Set one below: so much XP, a level, fewer deaths. Its progress stands here from then on, and the "
                "day on which you will reach it, as soon as a few sessions tell how fast you are."
            )
            column.addWidget(Message.of_nothing(self._theme, "flag", "No goal yet", text), 1)
        for goal in goals:
            line = words.goal_line(goal)
            column.addWidget(self._card(line))

    def _card(self, line: words.GoalLine) -> QFrame:
        frame, column = card()
        head = QHBoxLayout()
        head.addWidget(label(line.title, "label", wrap=True), 1)
        head.addWidget(label(numbers.percent(line.share), "accent" if line.tone == "accent" else "label"))
        column.addLayout(head)
        column.addWidget(Share(line.share, self._theme))
        foot = QHBoxLayout()
        foot.setSpacing(SPACE * 2)
        said = QVBoxLayout()
        said.setSpacing(2)
        said.addWidget(label(line.progress))
        said.addWidget(label(line.finish, line.tone, wrap=True))
        foot.addLayout(said, 1)
        remove = button("Remove", lambda: self._change(lambda: self._coach.remove_goal(line.goal_id)), role="flat")
        remove.setAccessibleName(f"Remove the goal {line.title}")
        foot.addWidget(remove)
        column.addLayout(foot)
        return frame

    def _add(self) -> None:
        wanted = self.form.wanted()
        if wanted is not None:
            self._change(lambda: self._coach.add_goal(*wanted))

    def _change(self, work: Callable[[], object]) -> None:
        self._saving = True
        self.form.tell("Saving …")
        self.page.change(work, self._failed)

    def _failed(self, fault: EnvironmentFault) -> None:
        self._saving = False
        self.form.tell(sentence(fault), bad=True)


class GoalForm(QFrame):
    """A new goal: what, of which skill, how much."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        set_role(self, "bar")
        self.choice, self.skill = QComboBox(), QComboBox()
        for metric, word in words.GOALS.items():
            self.choice.addItem(word, metric)
        self.skill.setEditable(True)
        self.skill.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.skill.currentTextChanged.connect(self.skill.setToolTip)
        self.target = QLineEdit()
        self.target.setFixedWidth(theme.body * 11)
        for widget, name in ((self.choice, "Goal"), (self.skill, "Skill"), (self.target, "Target")):
            widget.setAccessibleName(name)
        self.made = button("Set this goal", lambda: None, role="primary")
        self._bound, self._said = label("at least", "muted"), label("", "muted", wrap=True)
        self._said.hide()
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for part in (self.choice, self._bound, self.target, self.made):
            row.addWidget(part)
        row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        column.addLayout(row)
        self._named = QWidget()  # a line of its own: names of skills are long
        beside = QHBoxLayout(self._named)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(SPACE)
        beside.addWidget(label("of the skill", "muted"))
        beside.addWidget(self.skill, 1)
        column.addWidget(self._named)
        column.addWidget(self._said)
        self.setTabOrder(self.choice, self.skill)
        self.setTabOrder(self.skill, self.target)
        self.setTabOrder(self.target, self.made)
        self.choice.currentIndexChanged.connect(self._follow)
        self._follow()

    def offer(self, skills: list[str]) -> None:
        typed = self.skill.currentText()
        self.skill.clear()
        self.skill.addItems(skills)
        if typed:
            self.skill.setCurrentText(typed)
        field = self.skill.lineEdit()
        if field is not None:
            field.setCursorPosition(0)  # a long name is read from its beginning

    def tell(self, text: str, *, bad: bool = False) -> None:
        self._said.setText(text)
        set_role(self._said, "bad" if bad else "muted")
        self._said.setVisible(bool(text))

    def wanted(self) -> tuple[str, float, str] | None:
        """Metric, target and title; None where something is missing, which is said."""
        offered, skill = str(self.choice.currentData()), self.skill.currentText().strip()
        text = self.target.text().strip().removesuffix("%").replace(",", "").replace(" ", "").replace("\u00a0", "")
        try:
            target = float(text)
            if not isfinite(target):
                raise ValueError(text)
        except ValueError:
            self.tell("Type the number that you want to reach.", bad=True)
            return None
        if offered.startswith("skill.") and not skill:
            self.tell("Name the skill.", bad=True)
            return None
        if offered in words.SHARES:
            target /= 100
        return words.goal_metric(offered, skill), target, words.goal_title(offered, skill, target)

    def _follow(self) -> None:
        offered = str(self.choice.currentData())
        self._named.setVisible(offered.startswith("skill."))
        self._bound.setText("at most" if offered in words.LOWER else "at least")
        self.target.setPlaceholderText("per cent" if offered in words.SHARES else "number")
