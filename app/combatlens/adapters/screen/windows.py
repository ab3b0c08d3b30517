"""Following the game's window: where its client area is, and what of it cannot be seen."""

from __future__ import annotations

import os
import sys
from typing import Protocol

from msgspec import Struct

from combatlens.adapters.screen.window_match import best_window
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region, ScreenRules


class GameWindow(Struct, frozen=True):
    """A window's client area in physical pixels of the screen."""

    title: str
    x: int
    y: int
    width: int
    height: int
    minimised: bool = False
    handle: int = 0
    kind: str = ""
    """The window class: the program's own name, or its engine's. It stays when the title changes."""


class WindowSystem(Protocol):
    """What following needs of a desktop. Belongs to one thread."""

    def windows(self) -> list[GameWindow]:
        """All titled windows, foremost first."""

    def above(self, window: GameWindow, place: Region) -> GameWindow | None:
        """The first window above `window` that covers part of `place`, in screen pixels."""

    def close(self) -> None: ...


class WindowGone(EnvironmentFault):
    """The game's window is closed or minimised: recording waits for it."""


class WindowRegion:
    """`Locator`: a region of a window's client area, scaled with its size.

    `reference_size` of the rules is the client area's size for which the region was chosen; without it the region
    is taken as it is.
    """

    def __init__(self, rules: ScreenRules, system: WindowSystem) -> None:
        self._rules, self._system = rules, system
        self._window: GameWindow | None = None
        self._handle = 0
        self._others: frozenset[int] = frozenset()

    def locate(self, region: Region) -> Region:
        """Raises WindowGone, or EnvironmentFault when the region does not lie in the window."""
        title = self._rules.window_title
        window = self._window = self._find(title, self._rules.window_class)
        if window is None:
            raise WindowGone(f"game window not found: {title!r}", "start the game, or choose its window anew")
        if window.minimised:
            raise WindowGone(f"the game window {window.title!r} is minimised", "restore it to go on recording")
        place = scaled(region, self._rules.reference_size, (window.width, window.height))
        if place.x < 0 or place.y < 0 or place.x + place.width > window.width or place.y + place.height > window.height:
            raise EnvironmentFault("the region lies outside the game window", "choose the region anew")
        return Region(window.x + place.x, window.y + place.y, place.width, place.height)

    def _find(self, title: str, kind: str) -> GameWindow | None:
        windows = self._system.windows()
        window = best_window(windows, title, kind, self._handle, self._others)
        if window is not None:
            self._handle = window.handle
            self._others = frozenset(one.handle for one in windows if one.handle != window.handle)
        return window

    def cover(self, place: Region) -> str:
        """What lies above the region, in words; a clear window above it may well let it shine through."""
        above = self._system.above(self._window, place) if self._window is not None else None
        if above is None:
            return ""
        return "the overlay" if "combatlens" in above.title.casefold() else repr(above.title or "another window")

    def close(self) -> None:
        self._system.close()


def scaled(region: Region, reference: tuple[int, int] | None, size: tuple[int, int]) -> Region:
    """The region for a window of another size: games scale their interface with the height, from the nearest edges."""
    if reference is None or reference == size:
        return region
    factor = size[1] / reference[1]
    width, height = max(1, round(region.width * factor)), max(1, round(region.height * factor))
    x = _along(region.x, region.width, reference[0], size[0], factor)
    y = _along(region.y, region.height, reference[1], size[1], factor)
    return Region(x, y, width, height)


def _along(start: int, length: int, reference: int, size: int, factor: float) -> int:
    """Kept at its distance from the nearest of: near edge, far edge, middle."""
    before, after = start, reference - start - length
    aside = start + length / 2 - reference / 2
    if abs(aside) <= min(before, after):
        return round(size / 2 + (aside - length / 2) * factor)
    if before <= after:
        return round(before * factor)
    return round(size - (after + length) * factor)


def overlaps(one: Region, two: Region) -> bool:
    """Whether two rectangles share a pixel; the overlay uses it to warn that it would cover the region."""
    return (
        one.x < two.x + two.width
        and two.x < one.x + one.width
        and one.y < two.y + two.height
        and two.y < one.y + one.height
    )


def open_window_system() -> WindowSystem:
    """This desktop's. Raises EnvironmentFault where windows cannot be followed."""
    if sys.platform == "win32":
        from combatlens.adapters.screen.windows_win32 import Win32Windows

        return Win32Windows()
    if sys.platform.startswith("linux") and os.environ.get("DISPLAY"):
        from combatlens.adapters.screen.windows_x11 import X11Windows

        return X11Windows()
    raise EnvironmentFault("windows cannot be followed here", "choose a region of the screen without a window")
