"""The page of one session: figures, timeline, and tables of skills, encounters and targets."""

from __future__ import annotations

from PySide6.QtCore import QItemSelection, Qt, Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QSizePolicy,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.records import EncounterRecord, SessionDetail, SessionSummary
from combatlens.ui import numbers
from combatlens.ui.flow import flowing
from combatlens.ui.history_fields import SKILLS, TARGETS, encounter_fields
from combatlens.ui.history_model import stars
from combatlens.ui.history_plots import KINDS, SYMBOLS, Timeline
from combatlens.ui.parts import Message, button, card, figure, label, scrolling, sentence, set_role
from combatlens.ui.table_view import SortedTable
from combatlens.ui.theme import SPACE, Theme

BACK = "Alt+Left"
_SHAPES = {"t": "▼", "star": "★", "d": "◆", "s": "■", "t1": "▲"}


class SessionPageView(QWidget):
    """`back` asks for the list."""

    back = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.title, self.subtitle = label("", "title"), label("", "muted", wrap=True)
        self.legend = label("", "caption", wrap=True)
        self._figure_box, self._figures = flowing(SPACE * 4, SPACE)
        self.timeline = Timeline(theme)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.notes = label("", wrap=True)
        self.skills = SortedTable(SKILLS, theme, sort=2)
        self.encounters = SortedTable(encounter_fields(0.0), theme, sort=0)
        self.targets = SortedTable(TARGETS, theme, sort=1)
        self.message = Message(theme)
        self.message.button.clicked.connect(self.back)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._body())
        self._stack.addWidget(self.message)
        column = QVBoxLayout(self)
        column.setContentsMargins(SPACE * 3, SPACE * 2, SPACE * 3, SPACE * 3)
        column.setSpacing(SPACE * 2)
        column.addLayout(self._head())
        column.addWidget(self._stack, 1)
        self.encounters.selectionModel().selectionChanged.connect(self._pick_encounter)

    def _head(self) -> QHBoxLayout:
        self._arrow = button("All sessions", self.back.emit, role="flat")
        self._arrow.setShortcut(BACK)
        self._arrow.setToolTip(f"Back to all sessions ({BACK})")
        self._theme.changed.connect(self._redraw)
        self._redraw()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        head = QHBoxLayout()
        head.setSpacing(SPACE * 2)
        head.addLayout(words, 1)
        head.addWidget(self._arrow, 0, Qt.AlignmentFlag.AlignTop)
        return head

    def _redraw(self) -> None:
        self._arrow.setIcon(self._theme.icon("back"))

    def _body(self) -> QWidget:
        frame, column = card()
        column.addWidget(self._figure_box)
        column.addSpacing(SPACE)
        column.addWidget(self.timeline)
        column.addWidget(self.legend)
        tables, inside = card()
        inside.setContentsMargins(1, 4, 1, 1)
        notes = QWidget()
        lines = QVBoxLayout(notes)
        lines.setContentsMargins(SPACE * 2, SPACE * 2, SPACE * 2, SPACE * 2)
        lines.addWidget(self.notes)
        lines.addStretch()
        for widget, name in (
            (self.skills, "Skills"), (self.encounters, "Encounters"), (self.targets, "Targets"), (notes, "Notes")
        ):  # fmt: skip
            widget.setAccessibleName(name)
            self.tabs.addTab(widget, name)
        inside.addWidget(self.tabs)
        tables.setMinimumHeight(self._theme.body * 13)
        tables.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Ignored)  # else the page scrolls too
        body = QWidget()
        set_role(body, "page")
        outer = QVBoxLayout(body)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(SPACE * 2)
        outer.addWidget(frame)
        outer.addWidget(tables, 1)
        return scrolling(body)

    def wait(self) -> None:
        """Before the session is read: nothing of the last one may stand there."""
        self.title.setText("…")
        self.subtitle.setText("")
        self.message.say("history", "Reading the session", "")
        self._stack.setCurrentIndex(1)

    def show_fault(self, fault: EnvironmentFault) -> None:
        self.title.setText("Session")
        self.message.say("warning", "This session cannot be shown", sentence(fault), button="All sessions", bad=True)
        self._stack.setCurrentIndex(1)

    def show_detail(self, detail: SessionDetail) -> None:
        summary = detail.summary
        self.title.setText(numbers.date(summary.start_time))
        self.subtitle.setText("  ·  ".join(_subtitle(summary)))
        self._fill_figures(summary)
        self.legend.setText(_legend(detail))
        self.timeline.show_detail(detail)
        self.skills.fill(list(summary.skills.items()))
        self.encounters.fill(detail.encounters, encounter_fields(summary.start_time))
        self.targets.fill(list(summary.targets.items()))
        self.notes.setText(_notes(summary))
        for index, count in enumerate((len(summary.skills), len(detail.encounters), len(summary.targets))):
            name = ("Skills", "Encounters", "Targets")[index]
            self.tabs.setTabText(index, f"{name} ({count:,})" if count else name)
        self._stack.setCurrentIndex(0)
        self.tabs.currentWidget().setFocus()

    def _fill_figures(self, summary: SessionSummary) -> None:
        while (item := self._figures.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        kd = summary.kills / summary.deaths if summary.deaths else None
        for caption, value in (
            ("Length", numbers.length(summary.active_minutes)),
            ("XP gained", numbers.cell(summary.total_xp_gained)),
            ("XP per hour", numbers.short(summary.xp_per_hour)),
            ("Kills", numbers.cell(summary.kills)),
            ("Deaths", numbers.cell(summary.deaths)),
            ("K/D", numbers.ratio(kd) if summary.deaths else "no deaths"),
            ("DPS", numbers.short(summary.dps)),
        ):
            self._figures.addWidget(figure(caption, value))

    def _pick_encounter(self, selected: QItemSelection) -> None:
        rows = selected.indexes()
        chosen = self.encounters.row(rows[0].row()) if rows else None
        self.timeline.mark_encounter(chosen if isinstance(chosen, EncounterRecord) else None)


def _subtitle(summary: SessionSummary) -> list[str]:
    parts = [summary.character, summary.build, summary.zone, summary.mode, *summary.tags]
    if summary.state == "error":
        parts.append("broke off, recovered up to its last event")
    if summary.rating is not None:
        parts.append(stars(summary.rating))
    parts.append(summary.session_id)
    return [part for part in parts if part]


def _legend(detail: SessionDetail) -> str:
    present = dict.fromkeys(kind for _, kind, _ in detail.moments)
    named = [f"{_SHAPES.get(SYMBOLS.get(kind, ''), '●')} {KINDS.get(kind, kind)}" for kind in present]
    return "     ".join(named) + ("     Point at a mark to read it." if named else "")


def _notes(summary: SessionSummary) -> str:
    lines = [summary.notes or "No notes. “combatlens sessions edit” adds some."]
    xp = summary.xp
    if xp.observed:
        lines.append(
            f"XP: {numbers.count(xp.observed)} seen on the screen, {numbers.count(xp.attributed)} named by events, "
            f"{numbers.count(xp.unexplained)} unexplained" + (f", {numbers.count(xp.lost)} lost." if xp.lost else ".")
        )
    for death in summary.deaths_detail:
        by = f" by {death.killer}" if death.killer else ""
        lines.append(
            f"Death at {numbers.clock(death.at - summary.start_time)}{by}: "
            f"{numbers.count(death.damage_taken)} damage taken in the 15 seconds before."
        )
    return "\n\n".join(lines)
