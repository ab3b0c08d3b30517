"""Trials: one way against another. What to play next, how many sessions it still takes, and the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from combatlens.ports import Coach
from combatlens.ui import coach_words as words
from combatlens.ui.asked import AskedPage
from combatlens.ui.background import Worker
from combatlens.ui.parts import Message, button, card, label, sentence, set_role
from combatlens.ui.theme import SPACE, Theme

WHAT = (
    "Name two builds, weapons, modes, orders of skills or tags. Play both in turns; CombatLens says after how many "
    "more sessions it will know which is better, and when it knows. You may look as often as you like: "
    "of two equal ones it calls at most 5 in 100 different. Only sessions from now on count."
)


class TrialsPage(QWidget):
    def __init__(self, coach: Coach, worker: Worker, theme: Theme) -> None:
        super().__init__()
        self._coach, self._theme = coach, theme
        self.page = AskedPage(
            coach.trials, self._fill, worker, theme, icon="insights", waiting="Reading the trials",
            failed="The trials cannot be read",
        )  # fmt: skip
        self.kind, self.a, self.b = QComboBox(), QLineEdit(), QLineEdit()
        for kind, word in words.TRIALS.items():
            self.kind.addItem(word, kind)
        self.kind.setAccessibleName("What to compare")
        self.kind.currentIndexChanged.connect(self._follow)
        self._said = label("", "muted", wrap=True)
        self._said.hide()
        for field in (self.a, self.b):
            field.returnPressed.connect(self._add)
        row = QHBoxLayout()
        row.setSpacing(SPACE)
        for widget in (self.kind, self.a, label("against", "muted"), self.b):
            row.addWidget(widget)
        row.addWidget(button("Begin this trial", self._add, role="primary"))
        form = QFrame()
        set_role(form, "bar")
        inside = QVBoxLayout(form)
        inside.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 2)
        inside.addLayout(row)
        inside.addWidget(self._said)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.page, 1)
        column.addWidget(form)
        self._follow()

    def _follow(self) -> None:
        kind = self.kind.currentData()
        of_rotation, of_tag = kind == "rotation", kind == "tag"
        self.b.setEnabled(not of_tag)
        self.b.setText("without it" if of_tag else "" if self.b.text() == "without it" else self.b.text())
        word = str(self.kind.currentText()).lower()
        examples = ("A > B > C", "B > A > C") if of_rotation else (f"first {word}", f"second {word}")
        for field, example in zip((self.a, self.b), examples, strict=True):
            field.setPlaceholderText(example)
            field.setAccessibleName(example)

    def _add(self) -> None:
        kind, one, other = str(self.kind.currentData()), self.a.text().strip(), self.b.text().strip()
        if kind == "tag":
            other = "without"
        if not one or not other:
            self._tell("Name both sides.", bad=True)
            return
        self._change(lambda: self._coach.add_trial(kind, other, one))

    def _change(self, work: Callable[[], object]) -> None:
        self._tell("Saving …")
        self.page.change(work, lambda fault: self._tell(sentence(fault), bad=True))

    def _tell(self, text: str, *, bad: bool = False) -> None:
        self._said.setText(text)
        set_role(self._said, "bad" if bad else "muted")
        self._said.setVisible(bool(text))

    def _fill(self, column: QVBoxLayout, trials: list[dict[str, Any]]) -> None:
        if self._said.text() == "Saving …":
            self.a.clear()
            self.b.setText("without it" if self.kind.currentData() == "tag" else "")
            self._tell("")
        column.addWidget(label("Trials", "title"))
        column.addWidget(label(WHAT, "muted", wrap=True))
        if not trials:
            what = "Name its two sides below and begin."
            column.addWidget(Message.of_nothing(self._theme, "insights", "No trial yet", what), 1)
        for state in trials:
            column.addWidget(self._card(state))

    def _card(self, state: dict[str, Any]) -> QFrame:
        frame, column = card()
        head = QHBoxLayout()
        b = f"with {state['b']}" if state["kind"] == "tag" else state["b"]
        head.addWidget(label(f"{words.TRIALS[state['kind']]}: {b} against {state['a']}", "label", wrap=True), 1)
        word, tone = words.trial_state(state["state"])
        head.addWidget(label(word, tone if tone != "text" else ""))
        column.addLayout(head)
        foot = QHBoxLayout()
        foot.setSpacing(SPACE * 2)
        said = str(state["message"])
        foot.addWidget(label(said[:1].upper() + said[1:] + ".", wrap=True), 1)
        name = str(state["trial_id"])
        foot.addWidget(button("Remove", lambda: self._change(lambda: self._coach.remove_trial(name)), role="flat"))
        column.addLayout(foot)
        return frame
