"""What the actions taught, and the failures with what fixed them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from combatlens.ports import Coach
from combatlens.ui import coach_words as words
from combatlens.ui import insight_words, numbers
from combatlens.ui.asked import AskedPage
from combatlens.ui.background import Worker
from combatlens.ui.face import titled
from combatlens.ui.parts import Message, button, card, label, rule, sentence
from combatlens.ui.theme import SPACE, Theme

SURE = 0.6
MOST = 30
LEARN_NOW = (
    "“Learn now” looks at what your bot did: what is slow or erratic, what fails and what works after that, "
    "which orders are proven, what is refused and why."
)
PARTS = (("Why", "why_fails"), ("Fix", "how_to_fix"), ("Failed", "bad_example"), ("Worked", "good_example"))


class LearningsPage(AskedPage):
    """Learnings from actions with confidence and impact; a button runs `learn run`."""

    def __init__(self, coach: Coach, worker: Worker, theme: Theme) -> None:
        self._coach = coach
        super().__init__(
            coach.learnings, self._fill_page, worker, theme, icon="insights", waiting="Reading the learnings",
            failed="The learnings cannot be read",
        )  # fmt: skip
        self._said = label("", "muted")

    def _fill_page(self, column: QVBoxLayout, found: Mapping[str, Any]) -> None:
        head = QHBoxLayout()
        head.addWidget(label("Learnings from actions", "title"), 1)
        self._said = label("", "muted", wrap=True)
        head.addWidget(self._said)
        head.addWidget(button("Learn now", self._learn, role="primary" if not found else ""))
        column.addLayout(head)
        meta = insight_words.section(found, "metadata")
        rows = [row for row in found.get("learnings") or () if isinstance(row, Mapping)]
        if not meta:
            column.addWidget(
                Message.of_nothing(self._theme, "insights", "Nothing learned from actions yet", LEARN_NOW), 1
            )
            return
        column.addWidget(label(_rests_on(meta), "muted", wrap=True))
        sure = [row for row in rows if row["confidence"] >= SURE]
        unsure = [row for row in rows if row["confidence"] < SURE]
        for title, part in (("Sure enough to act on", sure), ("Needs more data", unsure)):
            if part:
                column.addWidget(_card(title, part[:MOST]))

    def _learn(self) -> None:
        self._said.setText("Learning …")
        self.change(self._coach.learn, lambda fault: self._said.setText(sentence(fault)))


def _rests_on(meta: Mapping[str, Any]) -> str:
    text = f"From {numbers.many(int(meta.get('operations') or 0), 'action')}"
    text += f" in {numbers.many(int(meta.get('sessions') or 0), 'session')}"
    made = numbers.day(meta.get("generated_at"), "%a %d %b %Y, %H:%M")
    text += f", {made}." if made else "."
    return text + (f" To learn more, it takes {meta['needs']}." if meta.get("needs") else "")


def _card(title: str, rows: Sequence[Mapping[str, Any]]) -> QFrame:
    frame, column = card()
    column.addWidget(label(title, "heading"))
    for index, row in enumerate(rows):
        if index:
            column.addWidget(rule())
        head = QHBoxLayout()
        head.setSpacing(SPACE * 2)
        head.addWidget(label(words.KINDS.get(row["type"], str(row["type"])), "chip"))
        head.addWidget(label(f"{row['impact']} impact", "warn" if row["impact"] == "high" else "muted"))
        head.addStretch()
        certainty, tone = insight_words.confidence(row["confidence"])
        head.addWidget(label(certainty, tone if tone != "text" else ""))
        column.addLayout(head)
        column.addWidget(label(titled(str(row["description"])), "label", wrap=True))
        column.addWidget(label(str(row["recommendation"]), wrap=True))
    return frame


class FixesPage(AskedPage):
    """Failures seen again and again: why, how to fix them, and how often the fix works."""

    def __init__(self, coach: Coach, worker: Worker, theme: Theme) -> None:
        super().__init__(
            coach.patterns, self._fill_page, worker, theme, icon="insights", waiting="Reading the failures and fixes",
            failed="The failures and fixes cannot be read",
        )  # fmt: skip

    def _fill_page(self, column: QVBoxLayout, patterns: Sequence[Mapping[str, Any]]) -> None:
        column.addWidget(label("Failures and what fixes them", "title"))
        if not patterns:
            text = (
                "Deaths and lost fights are counted by themselves, and what won against the same target later. Of "
                "other failures your bot tells by events of the type “attempt”."
            )
            column.addWidget(Message.of_nothing(self._theme, "insights", "No failure seen twice yet", text), 1)
        for one in patterns[:MOST]:
            column.addWidget(_fix(one))


def _fix(one: Mapping[str, Any]) -> QFrame:
    frame, column = card()
    head = QHBoxLayout()
    head.addWidget(label(titled(str(one["pattern_name"]).replace("_", " ")), "label", wrap=True), 1)
    head.addWidget(label(f"{one['occurrence_count']:,} times, {numbers.percent(one['success_rate'])} worked", "muted"))
    column.addLayout(head)
    for title, key in (
        ("Why", "why_fails"),
        ("Fix", "how_to_fix"),
        ("Failed", "bad_example"),
        ("Worked", "good_example"),
    ):
        if one.get(key):
            row = QHBoxLayout()
            row.setSpacing(SPACE * 2)
            name = label(title, "muted")
            name.setMinimumWidth(name.fontMetrics().averageCharWidth() * 9)
            row.addWidget(name, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(_cut(str(one[key])), wrap=True), 1)
            column.addLayout(row)
    before, after = one.get("success_rate_before"), one.get("success_rate_after")
    if before is not None and after is not None:
        told = f"Of attempts of this kind {numbers.percent(before)} worked before this was known, "
        told += f"{numbers.percent(after)} since."
        column.addWidget(label(told, "caption", wrap=True))
    return frame


def _cut(text: str, most: int = 400) -> str:
    return text if len(text) <= most else text[:most].rstrip() + " …"
