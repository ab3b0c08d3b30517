"""Charts as inline SVG. Colours come from the page's variables, so one picture serves light, dark and paper."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, log10

from combatlens.reports.page import escape

WIDTH = 860
LEFT, RIGHT, TOP, FOOT = 56, 12, 14, 26
Marks = Sequence[tuple[float, str, str]]
SHAPES = {"death": "▼", "level_up": "★", "mark": "◆"}


def short(value: float) -> str:
    """A number for an axis: 950, 1.2k, 34k, 5.6M."""
    size = abs(value)
    if size >= 1e15:
        return f"{value:.0e}".replace("e+", "e")
    for limit, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= limit:
            scaled = value / limit
            return f"{scaled:.1f}{unit}".replace(".0", "") if abs(scaled) < 10 else f"{scaled:.0f}{unit}"
    return f"{value:.0f}" if size >= 10 or value == int(value) else f"{value:.2g}"


def steps(high: float, count: int = 4) -> list[float]:
    """Round values from 0 up, the last at or above `high`."""
    if high <= 0:
        return [0.0, 1.0]
    rough = high / count
    unit = 10.0 ** floor(log10(rough))
    step = next(unit * factor for factor in (1, 2, 2.5, 5, 10) if unit * factor >= rough)
    found = [0.0]
    while found[-1] < high:
        found.append(found[-1] + step)
    return found


def area(
    values: Sequence[tuple[float, float]], label: str, ticks: Sequence[tuple[float, str]], *, height: int = 190,
    marks: Marks = (), line: tuple[float, float] | None = None,
) -> str:  # fmt: skip
    """A filled line. `values`: (x, y) with y >= 0; `ticks`: (x, words); `marks`: (x, kind, words); `line`: a trend's y
    at the first and the last x."""
    if len(values) < 2:
        return ""
    low, high = values[0][0], values[-1][0]
    scale = steps(max(*(y for _, y in values), *(line or (0.0,))))
    right, bottom = WIDTH - RIGHT, height - FOOT

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x - low) / (high - low) * (right - LEFT), bottom - y / scale[-1] * (bottom - TOP)

    points = " ".join("{:.1f},{:.1f}".format(*at(x, y)) for x, y in values)
    parts = [_grid(scale, height), *(_tick(at(x, 0)[0], words, height) for x, words in ticks)]
    parts.append(f'<polygon class="fill" points="{LEFT},{bottom} {points} {right},{bottom}"/>')
    parts.append(f'<polyline class="line" points="{points}"/>')
    if line:
        (x1, y1), (x2, y2) = at(low, max(0.0, line[0])), at(high, max(0.0, line[1]))
        parts.append(f'<line class="trend" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>')
    for x, kind, words in marks:
        place = min(max(at(x, 0)[0], LEFT), right)
        parts.append(
            f'<g class="mark {escape(kind)}"><title>{escape(words)}</title>'
            f'<line x1="{place:.1f}" x2="{place:.1f}" y1="{TOP + 8}" y2="{bottom}"/>'
            f'<text x="{place:.1f}" y="{TOP + 4}">{SHAPES.get(kind, "◆")}</text></g>'
        )
    return _svg(label, height, parts)


def columns(
    rows: Sequence[tuple[str, float, str, tuple[float, float] | None]], label: str, *, height: int = 190
) -> str:
    """A column each (name, value, words on pointing at it, interval), names below where there is room."""
    if not rows:
        return ""
    scale = steps(max(max(value, interval[1] if interval else 0.0) for _, value, _, interval in rows))
    right, bottom = WIDTH - RIGHT, height - FOOT
    pitch = (right - LEFT) / len(rows)
    every = max(1, -(-len(rows) * 46 // (right - LEFT)))
    parts = [_grid(scale, height)]
    for i, (name, value, words, interval) in enumerate(rows):
        x, tall = LEFT + pitch * i, value / scale[-1] * (bottom - TOP)
        wide = max(1.0, min(pitch * 0.68, 46.0))
        begin = x + (pitch - wide) / 2
        parts.append(
            f'<rect class="bar{" pale" if interval else ""}" x="{begin:.1f}" y="{bottom - tall:.1f}" '
            f'width="{wide:.1f}" height="{tall:.1f}" rx="2">'
            f"<title>{escape(words)}</title></rect>"
        )
        if interval:
            y1, y2 = (bottom - bound / scale[-1] * (bottom - TOP) for bound in interval)
            middle = x + pitch / 2
            parts.append(f'<line class="whisker" x1="{middle:.1f}" x2="{middle:.1f}" y1="{y1:.1f}" y2="{y2:.1f}"/>')
        if i % every == 0:
            parts.append(_tick(x + pitch / 2, name, height))
    return _svg(label, height, parts)


def share_bar(share: float, words: str) -> str:
    """A small bar for a table's cell; 0 <= share <= 1."""
    wide = max(0.0, min(1.0, share)) * 100
    return (
        f'<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" role="img" aria-label="{escape(words)}">'
        f'<rect class="rail" width="100" height="8" rx="2"/>'
        f'<rect class="bar" width="{wide:.1f}" height="8" rx="2"/></svg>'
    )


def _grid(scale: Sequence[float], height: int) -> str:
    bottom = height - FOOT
    found = []
    for value in scale:
        y = bottom - value / scale[-1] * (bottom - TOP)
        found.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="axis y" x="{LEFT - 8}" y="{y + 4:.1f}">{short(value)}</text>'
        )
    return "".join(found)


def _tick(x: float, words: str, height: int) -> str:
    end = x > WIDTH - RIGHT - 4 * len(words)
    place = WIDTH - RIGHT if end else x
    return f'<text class="axis {"end" if end else "x"}" x="{place:.1f}" y="{height - 8}">{escape(words)}</text>'


def _svg(label: str, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(label)}">'
        + "".join(parts)
        + "</svg>"
    )
