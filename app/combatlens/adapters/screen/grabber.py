"""Pictures of the screen through mss. An instance belongs to the thread that uses it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import numpy as np

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region

if TYPE_CHECKING:
    import mss

    from combatlens.ports import Image


class OutsideScreen(EnvironmentFault):
    """The rectangle does not lie wholly on the screen."""


class MssGrabber:
    """`ports.FrameGrabber` over `mss.MSS`. The connection is made at the first use, on the calling thread."""

    def __init__(self) -> None:
        self._mss: mss.MSS | None = None

    def grab(self, x: int, y: int, width: int, height: int) -> Image:
        """uint8 BGR (height, width, 3), physical pixels. Raises EnvironmentFault."""
        if not self._holds(x, y, width, height):
            self.close()  # the screen may have changed its size: mss keeps the old one
            if not self._holds(x, y, width, height):
                raise OutsideScreen(
                    f"region outside the screen: {width}×{height} at {x},{y}, the screen is {_words(self.bounds())}",
                    "move the game's window onto the screen, or choose the region anew",
                )
        from mss.exception import ScreenShotError

        try:
            shot = self._open().grab({"left": x, "top": y, "width": width, "height": height})
        except ScreenShotError as error:
            self.close()
            raise EnvironmentFault(f"the screen cannot be captured: {error}", _remedy()) from error
        pixels = np.frombuffer(shot.raw, np.uint8).reshape(height, width, 4)
        return np.ascontiguousarray(pixels[:, :, :3])

    def bounds(self) -> tuple[int, int, int, int]:
        whole = self._open().monitors[0]
        return int(whole["left"]), int(whole["top"]), int(whole["width"]), int(whole["height"])

    def monitors(self) -> list[Region]:
        """Every monitor's place, the first one first."""
        found = self._open().monitors[1:] or self._open().monitors[:1]
        return [Region(int(one["left"]), int(one["top"]), int(one["width"]), int(one["height"])) for one in found]

    def close(self) -> None:
        if self._mss is not None:
            self._mss.close()
            self._mss = None

    def _holds(self, x: int, y: int, width: int, height: int) -> bool:
        left, top, wide, high = self.bounds()
        return left <= x and top <= y and x + width <= left + wide and y + height <= top + high

    def _open(self) -> mss.MSS:
        if self._mss is None:
            import mss
            from mss.exception import ScreenShotError

            if os.environ.get("XDG_SESSION_TYPE") == "wayland" and not os.environ.get("DISPLAY"):
                raise EnvironmentFault("this is a Wayland session without X: it cannot be captured", _remedy())
            try:
                self._mss = mss.MSS()
            except ScreenShotError as error:
                raise EnvironmentFault(f"there is no screen to capture: {error}", _remedy()) from error
        return self._mss


def capture_obstacle() -> str:
    """What is known beforehand to spoil captures here, in words; empty when nothing is."""
    if os.environ.get("XDG_SESSION_TYPE") == "wayland":
        return "a Wayland session shows only X11 windows (XWayland) to captures; other windows come out black"
    return ""


def _words(bounds: tuple[int, int, int, int]) -> str:
    return f"{bounds[2]}×{bounds[3]} at {bounds[0]},{bounds[1]}"


def _remedy() -> str:
    if sys.platform == "darwin":
        return "allow screen recording for this program in the system's privacy settings"
    if sys.platform == "win32":
        return "unlock the screen; a remote session that is minimised shows no picture"
    if os.environ.get("XDG_SESSION_TYPE") == "wayland":
        return "log in to an X11 session, or run the game under XWayland and set DISPLAY"
    return "start it in a graphical X11 session, with DISPLAY set"
