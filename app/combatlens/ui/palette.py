"""The colours: two palettes, one accent. Every text colour has at least 4.5:1 on every surface it stands on (WCAG AA).

`tests/ui/test_theme.py` computes the contrasts, so a new colour cannot quietly break them.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

Tone = Literal["text", "muted", "accent", "warn", "bad"]


class Palette(NamedTuple):
    dark: bool
    window: str
    """The ground of a window."""
    surface: str
    """Cards, tables and fields."""
    raised: str
    """Hovered or alternating rows, buttons."""
    line: str
    """Hairlines that only divide."""
    edge: str
    """Borders that make a control recognisable: at least 3:1."""
    text: str
    muted: str
    accent: str
    on_accent: str
    selected: str
    """The ground of a selected row; text keeps its colour on it."""
    second: str
    """The second line of a chart, told apart by lightness too."""
    warn: str
    bad: str

    def tone(self, tone: Tone) -> str:
        return str(getattr(self, tone))


DARK = Palette(
    dark=True,
    window="#12161B",
    surface="#191F26",
    raised="#222A33",
    line="#2C3641",
    edge="#6B7B8B",
    text="#EDF1F5",
    muted="#A4B1BE",
    accent="#56CBB0",
    on_accent="#062019",
    selected="#1D3F3B",
    second="#C3CEDA",
    warn="#F2BC57",
    bad="#FF8A80",
)

LIGHT = Palette(
    dark=False,
    window="#F4F6F8",
    surface="#FFFFFF",
    raised="#EAEEF2",
    line="#D9DFE5",
    edge="#7C8895",
    text="#171C22",
    muted="#4A5661",
    accent="#07604D",
    on_accent="#FFFFFF",
    selected="#D5ECE6",
    second="#4A5763",
    warn="#6F4900",
    bad="#A8221B",
)


def contrast(one: str, other: str) -> float:
    """Contrast of two `#rrggbb` colours, 1 to 21, as WCAG 2.1 defines it (relative luminance, section 1.4.3)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
