"""Someone who sets CombatLens up for the first time: looks at the screen, clicks, presses keys, and is timed."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import cv2
import numpy as np
import pytest

from combatlens.bootstrap.remote import Remote
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import ScreenRules, decode_profile
from combatlens.simulation.display import VirtualDesktop, wait_for
from combatlens.simulation.hand import Hand
from combatlens.simulation.troupe import Troupe

ASSISTANT = "Choose where the XP stands"
ACCENTS = ((0x4D, 0x60, 0x07), (0xB0, 0xCB, 0x56))
"""Of the button that may be pressed, in light and dark."""
PANEL = (408, 68)
NUMBER = (14, 8, 380, 32)
"""Size of the golden frame about the simulated game's XP, and where in it the number stands."""


class Box(NamedTuple):
    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> tuple[int, int]:
        return self.x + self.width // 2, self.y + self.height // 2


class NewUser:
    """Works on the assistant of a running CombatLens. `clicks` and `keys` count what it took."""

    def __init__(self, desktop: VirtualDesktop, troupe: Troupe, remote: Remote) -> None:
        self.hand, self.troupe, self.remote = Hand(desktop.env), troupe, remote
        self.clicks = self.keys = 0
        self.began = time.monotonic()

    @property
    def took(self) -> float:
        return time.monotonic() - self.began

    # --- hands ------------------------------------------------------------------------------------------------

    def click(self, x: int, y: int, button: int = 1) -> None:
        self.clicks += 1
        self.hand.click(x, y, button)

    def drag(self, box: Box) -> None:
        self.clicks += 1
        self.hand.drag(box.x, box.y, box.x + box.width, box.y + box.height)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keys += 1
            self.hand.press(key)

    def open_from_the_tray(self) -> None:
        x, y, width, height = self.hand.wait_for_window("--class", "trayer")
        before = self.hand.count("--class", "combatlens")
        self.click(x + width - height // 2, y + height // 2, 3)
        wait_for(lambda: self.hand.count("--class", "combatlens") > before, "the tray menu")
        self.press("c")  # the entry that begins with Choose
        self.wait_for_assistant()

    # --- eyes -------------------------------------------------------------------------------------------------

    def assistant(self) -> Box | None:
        found = self.hand.window("--name", ASSISTANT)
        return Box(*found) if found else None

    def wait_for_assistant(self) -> Box:
        found: list[Box] = []

        def there() -> bool:
            """It hides itself while it takes a new picture: a second look might miss it."""
            found.extend(filter(None, [self.assistant()]))
            return bool(found)

        wait_for(there, "the assistant", 40.0)
        return found[-1]

    def look(self) -> tuple[Box, Any]:
        box = self.wait_for_assistant()
        path = self.hand.picture(self.troupe.folder / "seen.png", tuple(box))
        return box, cv2.imread(str(path))

    def number(self) -> Box:
        """Where the assistant's frozen picture shows the number: inside the golden frame."""
        found: list[Box] = []

        def seen() -> bool:
            box, picture = self.look()
            blue, red = picture[:, :, 0].astype(int), picture[:, :, 2].astype(int)
            gold = (red - blue > 45) & (red < 215)
            gold[: box.height * 6 // 10] = False  # the sky
            rows = np.flatnonzero(gold.sum(axis=1) > PANEL[0] * 0.25)
            if len(rows) < 2:
                return False
            columns = np.flatnonzero(gold[rows[0] + 4 : rows[-1] - 3].mean(axis=0) > 0.5)
            if len(columns) < 2:
                return False
            scale = (columns[-1] - columns[0]) / PANEL[0]
            x, y, width, height = (part * scale for part in NUMBER)
            left, top = box.x + columns[0] + x, box.y + rows[0] + y
            found.append(Box(round(left), round(top), round(width), round(height)))
            return abs((rows[-1] - rows[0]) / scale - PANEL[1]) < 8

        wait_for(seen, "the game in the assistant's picture")
        return found[-1]

    def may_be_used(self) -> bool:
        """Whether the button at the bottom right is one to press."""
        _, picture = self.look()
        corner = picture[-70:-10, -140:-20].reshape(-1, 3).astype(int)
        return any((np.abs(corner - accent).max(axis=1) < 12).mean() > 0.3 for accent in ACCENTS)

    def wait_until_read(self) -> None:
        wait_for(self.may_be_used, "a reading in the assistant", 40.0)

    def use(self) -> None:
        box = self.wait_for_assistant()
        self.click(box.x + box.width - 70, box.y + box.height - 32)

    # --- what became of it ------------------------------------------------------------------------------------

    def chosen(self) -> ScreenRules:
        path = self.troupe.home.profiles / "demo.toml"
        return decode_profile(path.read_text(encoding="utf-8"), str(path)).screen

    def wait_until_chosen(self) -> ScreenRules:
        wait_for(lambda: self.chosen().region is not None and self.assistant() is None, "the choice", 40.0)
        return self.chosen()

    def health(self) -> dict[str, Any]:
        lines = self.remote.get("/v1/status")["health"]
        return next((line for line in lines if line["name"] == "screen"), {})

    def wait_for_words(self, words: str) -> None:
        try:
            wait_for(lambda: words in self.health().get("message", ""), words, 40.0)
        except EnvironmentFault:
            pytest.fail(f"waited in vain for {words!r}; the screen says {self.health()}")

    def wait_for_xp(self, value: float) -> None:
        try:
            wait_for(lambda: self.remote.get("/v1/status")["xp_value"] == value, f"{value:g} XP", 40.0)
        except EnvironmentFault:
            pytest.fail(f"waited in vain for {value:g}; the screen says {self.health()}")
