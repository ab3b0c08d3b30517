"""The overlay's rectangles: where each part stands in a panel of a given size."""

from __future__ import annotations

from dataclasses import dataclass, field

from PySide6.QtCore import QRect


@dataclass(frozen=True)
class Layout:
    """Rectangles in logical pixels; an empty one is not shown. `height` is the least the parts need."""

    height: int = 0
    hint: QRect = field(default_factory=QRect)
    state: QRect = field(default_factory=QRect)
    clock: QRect = field(default_factory=QRect)
    rate: QRect = field(default_factory=QRect)
    window: QRect = field(default_factory=QRect)
    caption: QRect = field(default_factory=QRect)
    chart: QRect = field(default_factory=QRect)
    tiles: tuple[QRect, ...] = ()
    skills: tuple[QRect, ...] = ()
    tally: QRect = field(default_factory=QRect)
    alert: QRect = field(default_factory=QRect)


class _Stack:
    """Hands out rows from the top down."""

    def __init__(self, left: int, top: int, width: int) -> None:
        self.left, self.y, self.width = left, top, width

    def row(self, height: int, gap: int = 0) -> QRect:
        rect = QRect(self.left, self.y, self.width, height)
        self.y += height + gap
        return rect


def full_layout(*, width: int, height: int, unit: float, skills: int, chart: bool, alert: bool, hint: bool) -> Layout:
    """All parts. Height beyond what they need goes to the chart. `unit` is 1 at a line of 15 pixels."""

    def u(pixels: float) -> int:
        return round(pixels * unit)

    pad = u(14)
    needed = pad * 2 + u(20 + 8 + 34 + 10) + 2 * u(34) + u(8)
    needed += u(14 + 2 + 44 + 10) if chart else 0
    needed += skills * u(20) + u(10) if skills else 0
    needed += u(34 + 6) if alert else 0
    needed += u(18 + 4) if hint else 0
    slack = max(0, height - needed)
    stack = _Stack(pad, pad, width - 2 * pad)
    hint_row = stack.row(u(18), u(4)) if hint else QRect()
    top = stack.row(u(20), u(8))
    hero = stack.row(u(34), u(10))
    caption = stack.row(u(14), u(2)) if chart else QRect()
    line = stack.row(u(44) + slack, u(10)) if chart else QRect()
    clock_width = u(74)
    window_width = u(86)
    tiles = []
    for _ in range(2):
        row = stack.row(u(34), u(8))
        third = row.width() // 3
        tiles += [QRect(row.left() + third * i, row.top(), third, row.height()) for i in range(3)]
    if skills:
        stack.y += u(2)
    bars = tuple(stack.row(u(20)) for _ in range(skills))
    if skills:
        stack.y += u(8)
    return Layout(
        height=needed,
        hint=hint_row,
        state=top.adjusted(0, 0, -clock_width, 0),
        clock=QRect(top.right() + 1 - clock_width, top.top(), clock_width, top.height()),
        rate=hero.adjusted(0, 0, -window_width, 0),
        window=QRect(hero.right() + 1 - window_width, hero.top(), window_width, hero.height()),
        caption=caption,
        chart=line,
        tiles=tuple(tiles),
        skills=bars,
        alert=stack.row(u(34)) if alert else QRect(),
    )


def compact_layout(*, width: int, unit: float, alert: bool, hint: bool) -> Layout:
    """One line: state, XP per hour, kills and deaths, time; the alert below it."""

    def u(pixels: float) -> int:
        return round(pixels * unit)

    pad = u(10)
    stack = _Stack(pad, u(7), width - 2 * pad)
    hint_row = stack.row(u(18), u(2)) if hint else QRect()
    row = stack.row(u(22))
    alert_row = stack.row(u(34)) if alert else QRect()
    clock, tally = u(64), u(92)
    return Layout(
        height=stack.y + u(7),
        hint=hint_row,
        state=QRect(row.left(), row.top(), u(22), row.height()),
        rate=row.adjusted(u(26), 0, -clock - tally, 0),
        tally=QRect(row.right() + 1 - clock - tally, row.top(), tally, row.height()),
        clock=QRect(row.right() + 1 - clock, row.top(), clock, row.height()),
        alert=alert_row,
    )
