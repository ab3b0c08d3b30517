"""What is worth trying, with buttons to say what became of it; and whether what was tried did help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout

from combatlens.ui import coach_words as words
from combatlens.ui import insight_words
from combatlens.ui.parts import button, card, label, rule
from combatlens.ui.theme import SPACE

Decide = Callable[[str, str], None]
NOTED = {
    "accepted": "Noted: you do this. The sessions from now on tell whether it helps.",
    "modified": "Noted: you do something like it. The sessions from now on tell whether it helps.",
    "rejected": "Noted: not for you.",
}
NOTE = "CombatLens changes nothing by itself. Say what you do, and the sessions after that tell whether it helps."
BUTTONS = (("accepted", "I do this"), ("modified", "I do something like it"), ("rejected", "Not for me"))


def advice_card(advice: Sequence[words.Advice], heard: Mapping[str, str], decide: Decide | None) -> QFrame:
    """`heard`: what was decided since the insights were made, and under "fault" why that could not be kept;
    `decide(id, decision)` None: without buttons."""
    frame, column = card()
    column.addWidget(label("Worth trying", "heading"))
    for index, item in enumerate(advice):
        if index:
            column.addWidget(rule())
        row = QHBoxLayout()
        row.addWidget(label(item.text, "label", wrap=True), 1)
        row.addWidget(label(item.certainty, "" if item.tone == "text" else item.tone))
        column.addLayout(row)
        if item.reason:
            column.addWidget(label(item.reason, wrap=True))
        decided = NOTED.get(heard.get(item.advice_id, ""), item.decided)
        if decided:
            column.addWidget(label(decided, "accent", wrap=True))
        elif item.advice_id and decide is not None:
            column.addLayout(_buttons(item.advice_id, decide))
    if "fault" in heard:
        column.addWidget(label(heard["fault"], "bad", wrap=True))
    if decide is not None:
        column.addWidget(label(NOTE, "caption", wrap=True))
    return frame


def _buttons(name: str, decide: Decide) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(SPACE)
    for decision, text in BUTTONS:
        row.addWidget(button(text, partial(decide, name, decision)))
    row.addStretch()
    return row


def outcome_card(rows: Sequence[dict[str, Any]], trust: float | None) -> QFrame:
    """`rows` of the insights' `advice.outcomes`, the newest first."""
    frame, column = card()
    column.addWidget(label("What became of advice", "heading"))
    for index, row in enumerate(rows):
        if index:
            column.addWidget(rule())
        told = words.outcome(row)
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE * 3)
        grid.setVerticalSpacing(2)
        grid.addWidget(label(told.text, "label", wrap=True), 0, 0)
        grid.addWidget(label(told.decision, "muted"), 0, 1)
        grid.setColumnStretch(0, 1)
        if told.verdict:
            grid.addWidget(label(told.verdict, told.tone, wrap=True), 1, 0, 1, 2)
        column.addLayout(grid)
    said = words.trust(trust)
    if said:
        column.addWidget(label(said, "warn", wrap=True))
    return frame


def add_outcomes(column: QVBoxLayout, insights: dict[str, Any], most: int = 8) -> None:
    """The card of outcomes, where there are any."""
    told = insight_words.section(insights, "advice")
    rows = list(reversed(told.get("outcomes") or []))[:most]
    if rows:
        column.addWidget(outcome_card(rows, told.get("trust")))
