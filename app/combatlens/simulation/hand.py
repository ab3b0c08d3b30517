"""The player's hand and eyes in demo and tests: keys and clicks with xdotool, pictures of the screen.

It belongs to the simulation alone. CombatLens itself sends no input to anything.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from combatlens.simulation.display import wait_for


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

    def window(self, *criteria: str) -> tuple[int, int, int, int] | None:
        """x, y, width, height of the newest visible window that xdotool finds so; None while there is none."""
        found = self._ask("search", "--onlyvisible", *criteria).split()
        return self._place(int(found[-1])) if found else None

    def _place(self, number: int) -> tuple[int, int, int, int] | None:
        """Asked of the server: xdotool counts the frame of a managed window twice."""
        from Xlib import display, error

        connection = display.Display(self._env["DISPLAY"])
        try:
            window = connection.create_resource_object("window", number)
            shape = window.get_geometry()
            corner = connection.screen().root.translate_coords(window, 0, 0)
        except error.BadWindow:
            return None  # closed in the meantime
        finally:
            connection.close()
        return corner.x, corner.y, shape.width, shape.height

    def count(self, *criteria: str) -> int:
        """How many visible windows xdotool finds so."""
        return len(self._ask("search", "--onlyvisible", *criteria).split())

    def wait_for_window(self, *criteria: str) -> tuple[int, int, int, int]:
        """Raises EnvironmentFault when it does not come."""
        wait_for(lambda: self.window(*criteria) is not None, f"the window {criteria[-1]!r}")
        found = self.window(*criteria)
        assert found is not None
        return found

    def picture(self, path: Path, area: tuple[int, int, int, int] | None = None) -> Path:
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
