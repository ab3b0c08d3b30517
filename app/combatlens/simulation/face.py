"""What the simulated game shows, and where on its window. Sizes in logical pixels of the client area."""

from __future__ import annotations

from msgspec import Struct

Box = tuple[int, int, int, int]
"""x, y, width, height."""


class Face(Struct, frozen=True, kw_only=True):
    value: int
    needed: int
    level: int
    lines: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.value:,} / {self.needed:,}"


def bar_box(size: tuple[int, int]) -> Box:
    """The XP bar, at the bottom in the middle."""
    return size[0] // 2 - 190, size[1] - 30, 380, 12


def text_box(size: tuple[int, int]) -> Box:
    """The number above the bar."""
    return size[0] // 2 - 190, size[1] - 68, 380, 32
