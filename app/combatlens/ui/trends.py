"""The whole history at a glance: how figures move, when and where it goes best, what comes next, what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from combatlens.learning.trend_words import became, verdict_words
from combatlens.ui import numbers
from combatlens.ui.asked import AskedPage
from combatlens.ui.background import Worker
from combatlens.ui.flow import flowing
from combatlens.ui.parts import card, figure, label, set_role
from combatlens.ui.theme import SPACE, Theme

Found = Mapping[str, Any]
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
NAMES = {"xp_per_hour": "XP per hour", "kills_per_hour": "Kills per hour", "deaths_per_hour": "Deaths per hour",
         "damage_per_hour": "Damage per hour", "rating": "Rating"}  # fmt: skip
SIGNS = {"high": "▲ high", "medium": "● medium", "low": "· low"}
MOST = 6
FEW = 10
"""In fewer sessions everything was hardly seen."""


class TrendsWindow(QWidget):
    """Reads the history anew each time it is opened. `dashboard` answers as `services.analytics` does; it may block."""

    def __init__(self, dashboard: Callable[[], Found], worker: Worker, theme: Theme) -> None:
        super().__init__()
        self.setWindowTitle("Trends")
        set_role(self, "window")
        theme.dress(self)
        self._theme = theme
        self.page = AskedPage(
            dashboard, self._fill, worker, theme, icon="trends", waiting="Reading the history",
            failed="The history cannot be read", empty=_nothing,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.page)
        self.setMinimumSize(theme.body * 36, theme.body * 28)
        self.resize(theme.body * 66, theme.body * 56)

    def showEvent(self, event: QShowEvent) -> None:
        self.page.reload()
        super().showEvent(event)

    def _fill(self, column: QVBoxLayout, found: Found) -> None:
        column.addWidget(label("Trends", "title"))
        column.addWidget(_figures(found["totals"]))
        column.addWidget(self._moves(found["trends"]))
        if found["alerts"]:
            rows = [
                (SIGNS[row["severity"]], row["message"], numbers.day(row["since"])) for row in found["alerts"][:MOST]
            ]
            column.addWidget(_card("Alerts", rows, (0, 1)))
        column.addWidget(_card("What comes next", [(*_foretold(row), "") for row in found["predictions"]]))
        for title, key in (("Best hours", "best_hours"), ("Best places", "best_places")):
            rows = [
                (row["name"], f"{numbers.average(row['xp_per_hour'])} XP/h", _between(row["xp_per_hour_ci"]))
                for row in found[key]
                if row["xp_per_hour_ci"]
            ]
            if rows:
                column.addWidget(_card(title, rows[:MOST]))
        for title, rows in _further(found).items():
            if rows:
                column.addWidget(_card(title, rows[:MOST]))

    def _moves(self, rows: Sequence[Found]) -> QFrame:
        frame, column = card()
        column.addWidget(label("How figures move", "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(SPACE * 3)
        grid.setVerticalSpacing(SPACE)
        for y, row in enumerate(rows):
            grid.addWidget(label(NAMES[row["metric"]]), y, 0)
            grid.addWidget(Course([value for _, value in row["series"]], self._theme), y, 1)
            value = row["median"]
            shown = "–" if value is None else numbers.average(value)
            grid.addWidget(label(shown), y, 2, RIGHT)
            grid.addWidget(label(verdict_words(row), "muted"), y, 3)
        grid.setColumnStretch(1, 1)
        column.addLayout(grid)
        return frame


Rows = list[tuple[str, str, str]]


def _further(found: Found) -> dict[str, Rows]:
    """What else the dashboard knows, by heading."""
    kinds = [row["context"] for row in found["contexts"]]
    return {
        "Skills and actions": [
            (row["name"], f"{numbers.percent(row['success_rate'])} success", numbers.many(row["uses"], "use"))
            for row in found["effectiveness"]
        ],
        "Builds, modes, characters and tags": [
            (row["name"], numbers.rate(row["xp_per_hour"]), numbers.many(row["sessions"], "session"))
            for row in found["contexts"]
            if row["context"] != "zone" and kinds.count(row["context"]) > 1
        ],
        "What is said": [
            (row["theme"], f"{row['rating']:.1f} of 5", numbers.many(row["count"], "time"))
            for row in found["satisfaction"]["themes"]
        ],
        "Advice, and what became of it": [
            (row["text"], became(row), numbers.day(row["first_at"])) for row in found["recommendations"]["each"]
        ],
        "Tried, and scripts offered": [
            (row["name"], f"{numbers.percent(row['success_rate'])} success", numbers.many(row["tries"], "time"))
            for row in found["learning"]
        ],
        "How it was recorded": _recorded(found),
        "Hardly seen, so the advice knows little of it": [
            (row["name"], row["kind"], f"{numbers.percent(row['share'])} of the time")
            for row in found["bias"]["hardly_seen"]
            if found["totals"]["sessions"] >= FEW
        ],
    }


def _recorded(found: Found) -> Rows:
    """How the screen reader did, how late events came, what was refused, and what was corrected."""
    screen, rows = found["intake"]["screen"], Rows()
    if screen["pictures"]:
        read = numbers.percent(screen["accepted"] / screen["pictures"])
        rows.append(("changed pictures", numbers.count(screen["pictures"]), f"{read} read"))
    for row in found["reader"]:
        late = "" if row["delay_p95_s"] is None else f"95 of 100 within {row['delay_p95_s']:.2f} s"
        sure = f"{numbers.percent(row['confidence'])} sure" if row["readings"] else ""
        if late or sure:
            rows.append((row["source"], late, sure))
    for row in found["intake"]["refused"][:5]:
        rows.append((row["reason"], f"refused {numbers.many(row['count'], 'time')}", row["source"]))
    for what, times in found["corrections"].items():
        rows.append((f"{what} in the audit trail", numbers.many(times, "time"), ""))
    return rows


def _nothing(found: Found) -> tuple[str, str] | None:
    if found["totals"]["sessions"]:
        return None
    return "No ended session yet", "With the first one that ends, its figures stand here."


class Course(QWidget):
    """The values as a line, from their least to their largest."""

    def __init__(self, values: Sequence[float], theme: Theme) -> None:
        super().__init__()
        self._values, self._theme = values, theme
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(self._theme.body * 16, round(self._theme.body * 2.4))

    def paintEvent(self, _event: QPaintEvent) -> None:
        if len(self._values) < 2:
            return
        low, high = min(self._values), max(self._values)
        span = (high - low) or 1.0
        wide, tall = self.width() - 4, self.height() - 6
        flat = high == low
        points = [
            QPointF(2 + wide * i / (len(self._values) - 1), 3 + tall * (0.5 if flat else 1 - (value - low) / span))
            for i, value in enumerate(self._values)
        ]
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self._theme.colors.accent), 1.6))
        painter.drawPolyline(QPolygonF(points))
        painter.end()


def _figures(sums: Found) -> QWidget:
    box, row = flowing(SPACE * 4, SPACE)
    shown = [
        ("Sessions", numbers.count(sums["sessions"])), ("Active", numbers.length(sums["active_minutes"])),
        ("XP", numbers.short(sums["total_xp_gained"])), ("XP/h", numbers.short(sums["xp_per_hour"])),
        ("Kills", numbers.short(sums["kills"])), ("Deaths", numbers.short(sums["deaths"])),
    ]  # fmt: skip
    for caption, value in shown:
        row.addWidget(figure(caption, value))
    return box


def _card(title: str, rows: Rows, shares: tuple[int, int] = (4, 5)) -> QFrame:
    """`shares`: of the room, of the first and the second column; 0 = as wide as its text."""
    frame, column = card()
    column.addWidget(label(title, "heading", wrap=True))
    grid = QGridLayout()
    grid.setHorizontalSpacing(SPACE * 3)
    grid.setVerticalSpacing(SPACE)
    for y, (first, second, third) in enumerate(rows):
        grid.addWidget(label(first, wrap=bool(shares[0])), y, 0)
        grid.addWidget(label(second, wrap=True), y, 1)
        grid.addWidget(label(third, "muted"), y, 2, RIGHT)
    for x, stretch in enumerate(shares):
        grid.setColumnStretch(x, stretch)
    column.addLayout(grid)
    return frame


def _foretold(row: Found) -> tuple[str, str]:
    what = {
        "next_session": f"Next session with {row['subject']}, XP per hour",
        "goal_today": f"Reached today: {row['subject']}",
        "skill": f"{row['subject']} stays as reliable",
        "rotation": f"{row['subject']} stays as reliable",
        "satisfaction": "Next rating",
    }[row["kind"]]
    if row["interval"]:
        value = row["value"]
        return (
            what,
            f"{f'{value:.1f}' if value < 10 else numbers.count(value)}, in 8 of 10 cases {_between(row['interval'])}",
        )
    return what, numbers.percent(row["chance"]) if row["chance"] is not None else f"needs {row['needs']} more sessions"


def _between(bounds: Sequence[float] | None) -> str:
    if not bounds:
        return ""
    return " to ".join(f"{bound:.1f}" if bounds[1] < 10 else numbers.count(bound) for bound in bounds)
