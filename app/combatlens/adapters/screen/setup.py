"""What the set-up assistant needs of the screen: windows, pictures, a trial reading, a number found at a click."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np

from combatlens.adapters.ocr.find import Parse, candidates, read_at
from combatlens.adapters.ocr.preprocess import to_gray
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.spots import Spot
from combatlens.adapters.screen.grabber import MssGrabber
from combatlens.adapters.screen.windows import GameWindow, open_window_system
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region

if TYPE_CHECKING:
    from combatlens.ports import Image

Read = Callable[["Image"], Reading]
Spots = Callable[["Image"], list[Spot]]
AROUND = (420, 70)
"""So far from a click, in pixels, its text is looked for."""
NEAR = 14.0
OFFERED = 5


class ScreenSetup:
    """Blocking; for one worker thread. `read` reads a line, `spots` finds the texts of a picture."""

    def __init__(self, read: Read, spots: Spots, parse: Parse) -> None:
        self._read, self._spots, self._parse = read, spots, parse

    def windows(self) -> list[tuple[str, Region, str]]:
        """Title, client area and class of every window that can be seen; empty where windows cannot be followed."""
        try:
            system = open_window_system()
        except EnvironmentFault:
            return []
        try:
            return [(window.title, _area(window), window.kind) for window in system.windows() if _usable(window)]
        finally:
            system.close()

    def picture(self, area: Region | None) -> tuple[Image, Region]:
        """The area's picture (the whole screen without one), cut to what lies on the screen, and where that is."""
        grabber = MssGrabber()
        try:
            left, top, width, height = grabber.bounds()
            area = area or Region(left, top, width, height)
            x, y = max(left, area.x), max(top, area.y)
            right, bottom = min(left + width, area.x + area.width), min(top + height, area.y + area.height)
            if right <= x or bottom <= y:
                raise EnvironmentFault("the window is outside the screen", "move it back, then take a new picture")
            return grabber.grab(x, y, right - x, bottom - y), Region(x, y, right - x, bottom - y)
        finally:
            grabber.close()

    def monitors(self) -> list[Region]:
        grabber = MssGrabber()
        try:
            return grabber.monitors()
        finally:
            grabber.close()

    def read(self, image: Image) -> Reading:
        return self._read(image)

    def find(self, image: Image, x: int, y: int) -> Region | None:
        """The text that was clicked on, with as much room to grow as can be read; None where there is none."""
        left, top = max(0, x - AROUND[0]), max(0, y - AROUND[1])
        part = np.ascontiguousarray(image[top : y + AROUND[1], left : x + AROUND[0]])
        if min(part.shape[:2]) < 8:
            return None
        near = [
            (away, spot.region) for spot in self._spots(part) if (away := _away(spot.region, x - left, y - top)) < NEAR
        ]
        if not near:
            return find_text(image, x, y)
        box = min(near, key=lambda one: one[0])[1]
        _, place = read_at(part, box, self._read)
        return Region(left + place.x, top + place.y, place.width, place.height)

    def search(self, image: Image) -> list[tuple[Region, str]]:
        """The texts of the picture that may be the XP, the likeliest first, each with as much room as can be read."""
        found = []
        for one in candidates(self._spots(image), self._parse)[:OFFERED]:
            reading, place = read_at(image, one.spot.region, self._read)
            if reading.sure:
                found.append((place, reading.text))
        return found


def _away(box: Region, x: int, y: int) -> float:
    """From the point to the box, in pixels; 0 inside."""
    across = max(box.x - x, 0, x - box.x - box.width)
    return float(across + max(box.y - y, 0, y - box.y - box.height))


def meaning_in_words(reading: Reading) -> str:
    found = reading.found
    parts = []
    if found.level is not None:
        parts.append(f"level {found.level}")
    if found.value is not None:
        parts.append(f"XP {found.value:,.10g}")
    if found.needed is not None:
        parts.append(f"of {found.needed:,.10g} needed")
    if found.percent is not None:
        parts.append(f"{found.percent:g} %")
    return " ".join(parts)


def find_text(image: Image, x: int, y: int) -> Region | None:
    """Join what stands closely side by side to lines, and take the one under (or next to) the point."""
    left, top = max(0, x - 320), max(0, y - 48)
    part = image[top : y + 48, left : x + 320]
    if min(part.shape[:2]) < 8:
        return None
    edges = cv2.convertScaleAbs(cv2.Sobel(to_gray(part), cv2.CV_16S, 1, 0))
    here = edges[max(0, y - top - 12) : y - top + 12, max(0, x - left - 40) : x - left + 40]
    limit = max(40.0, 0.45 * float(here.max(initial=0)))
    strokes = (edges > limit).astype(np.uint8)
    lines = cv2.morphologyEx(strokes, cv2.MORPH_CLOSE, np.ones((3, 19), np.uint8))
    count, _, stats, _ = cv2.connectedComponentsWithStats(lines)
    best, least = None, 14.0
    for wide, across, width, height, _ in ((s[0], s[1], s[2], s[3], s[4]) for s in stats[1:count].tolist()):
        if height < 6 or width < height // 2:
            continue
        away_x = max(wide - (x - left), 0, (x - left) - (wide + width))
        away_y = max(across - (y - top), 0, (y - top) - (across + height))
        if away_x + away_y < least:
            best, least = (wide, across, width, height), away_x + away_y
    if best is None:
        return None
    wide, across, width, height = best
    side, above = height + height // 2, max(4, height // 3)
    x0, y0 = max(0, left + wide - side), max(0, top + across - above)
    x1 = min(image.shape[1], left + wide + width + side)
    y1 = min(image.shape[0], top + across + height + above)
    return Region(x0, y0, x1 - x0, y1 - y0)


def _usable(window: GameWindow) -> bool:
    return (
        not window.minimised
        and window.width >= 100
        and window.height >= 60
        and "combatlens" not in window.title.lower()
    )


def _area(window: GameWindow) -> Region:
    return Region(window.x, window.y, window.width, window.height)
