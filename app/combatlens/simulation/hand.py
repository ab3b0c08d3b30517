"""The player's hand and eyes in demo and tests: keys and clicks with xdotool, pictures of the screen.

It belongs to the simulation alone. CombatLens itself sends no input to anything.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from combatlens.simulation.display import TRAY_HEIGHT, wait_to_find

Place = tuple[int, int, int, int]
"""x, y, width, height on the screen."""
_OURS = ("--class", "combatlens")


class Hand:
    """Works on the display of `env`. Where it is not `able` (a person's own display, no xdotool) it presses nothing."""

    def __init__(self, env: Mapping[str, str], *, able: bool = True) -> None:
        self._env = dict(env)
        self.able = able and shutil.which("xdotool") is not None

    def press(self, keys: str) -> None:
        """One combination, such as ctrl+alt+k."""
        self._do("key", "--clearmodifiers", keys)

    def click(self, x: int, y: int, button: int = 1) -> None:
        self._do("mousemove", str(x), str(y), "click", str(button))

    def double_click(self, x: int, y: int) -> None:
        self._do("mousemove", str(x), str(y), "click", "--repeat", "2", "--delay", "80", "1")

    def drag(self, x: int, y: int, to_x: int, to_y: int) -> None:
        self._do("mousemove", str(x), str(y), "mousedown", "1")
        for part in (0.3, 0.7, 1.0):
            self._do("mousemove", str(round(x + (to_x - x) * part)), str(round(y + (to_y - y) * part)))
        self._do("mouseup", "1")

    def move(self, x: int, y: int) -> None:
        self._do("mousemove", str(x), str(y))

    def wait_for_tray_icon(self) -> Place:
        """CombatLens's icon in the tray. Raises EnvironmentFault when it does not come."""

        def icon() -> Place | None:
            return next((place for place in self.windows(*_OURS) if place[3] <= TRAY_HEIGHT), None)

        return wait_to_find(icon, "the icon in the tray")

    def open_tray_menu(self) -> Place:
        """A right click on CombatLens's icon in the tray, once it is there; where the menu stands.

        Raises EnvironmentFault when one of them does not come.
        """

        def menu() -> Place | None:
            new = [number for number in self._numbers(*_OURS) if number not in before]
            return self._place(new[0]) if new else None

        x, y, width, height = self.wait_for_tray_icon()
        before = self._numbers(*_OURS)
        self.click(x + width // 2, y + height // 2, 3)
        return wait_to_find(menu, "the tray menu")

    def windows(self, *criteria: str) -> list[Place]:
        """Where the visible windows stand that xdotool finds so."""
        return [place for number in self._numbers(*criteria) if (place := self._place(number)) is not None]

    def _numbers(self, *criteria: str) -> list[int]:
        return [int(number) for number in self._ask("search", "--onlyvisible", *criteria).split()]

    def window(self, *criteria: str) -> Place | None:
        """The newest of them; None while there is none."""
        return next(reversed(self.windows(*criteria)), None)

    def active(self) -> str:
        """The title of the window that the keys go to; empty when there is none."""
        return self._ask("getactivewindow", "getwindowname").strip()

    def _place(self, number: int) -> Place | None:
        """Asked of the server: xdotool counts the frame of a managed window twice."""
        from Xlib import display, error

        connection = display.Display(self._env["DISPLAY"])
        try:
            window = connection.create_resource_object("window", number)
            shape = window.get_geometry()
            corner = connection.screen().root.translate_coords(window, 0, 0)
        except (error.BadWindow, error.BadDrawable):
            return None  # closed in the meantime
        finally:
            connection.close()
        return corner.x, corner.y, shape.width, shape.height

    def wait_for_window(self, *criteria: str) -> Place:
        """Raises EnvironmentFault when it does not come."""
        return wait_to_find(lambda: self.window(*criteria), f"the window {criteria[-1]!r}")

    def picture(self, path: Path, area: Place | None = None) -> Path:
        """A PNG of the screen, or of x, y, width, height of it."""
        import mss
        import mss.tools

        with mss.MSS(display=self._env.get("DISPLAY")) as screen:
            whole = screen.monitors[0]
            x, y, width, height = area or (0, 0, whole["width"], whole["height"])
            x, y = max(0, x), max(0, y)
            width, height = min(width, whole["width"] - x), min(height, whole["height"] - y)
            shot = screen.grab({"left": x, "top": y, "width": width, "height": height})
        mss.tools.to_png(shot.rgb, shot.size, output=str(path))
        return path

    def _do(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self._env, check=True, timeout=20)

    def _ask(self, *words: str) -> str:
        done = subprocess.run(
            ["xdotool", *words], env=self._env, capture_output=True, text=True, timeout=20, check=False
        )
        return done.stdout
