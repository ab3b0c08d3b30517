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
from combatlens.simulation.display import VirtualDesktop, wait_for, wait_to_find
from combatlens.simulation.hand import Hand
from combatlens.simulation.troupe import Troupe

PATIENCE_S = 60.0
"""On a machine under load each step may take many times as long as on an idle one."""
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
        self.clicks += 1
        self.hand.open_tray_menu()
        self.press("c")  # the entry that begins with Choose
        self.wait_for_assistant()

    # --- eyes -------------------------------------------------------------------------------------------------

    def assistant(self) -> Box | None:
        found = self.hand.window("--name", ASSISTANT)
        return Box(*found) if found else None

    def wait_for_assistant(self) -> Box:
        return wait_to_find(self.assistant, "the assistant", PATIENCE_S)

    def ask_for_assistant(self) -> None:
        """It is there, and the keys go to it."""
        self.remote.post("/v1/app/setup")
        self.wait_for_assistant()
        wait_for(lambda: self.hand.active().startswith(ASSISTANT), "the assistant's focus", PATIENCE_S)

    def look(self) -> tuple[Box, Any]:
        box = self.wait_for_assistant()
        path = self.hand.picture(self.troupe.folder / "seen.png", tuple(box))
        return box, cv2.imread(str(path))

    def number(self) -> Box:
        """Where the assistant's frozen picture shows the number: inside the golden frame, twice at the same place."""
        last: list[Box | None] = [None]

        def seen() -> Box | None:
            box, picture = self.look()
            blue, red = picture[:, :, 0].astype(int), picture[:, :, 2].astype(int)
            gold = (red - blue > 45) & (red < 215)
            gold[: box.height * 6 // 10] = False  # the sky
            rows = np.flatnonzero(gold.sum(axis=1) > PANEL[0] * 0.25)
            if len(rows) < 2:
                return None
            columns = np.flatnonzero(gold[rows[0] + 4 : rows[-1] - 3].mean(axis=0) > 0.5)
            if len(columns) < 2:
                return None
            scale = (columns[-1] - columns[0]) / PANEL[0]
            x, y, width, height = (part * scale for part in NUMBER)
            left, top = box.x + columns[0] + x, box.y + rows[0] + y
            before, last[0] = last[0], Box(round(left), round(top), round(width), round(height))
            whole = abs((rows[-1] - rows[0]) / scale - PANEL[1]) < 8
            return before if whole and before == last[0] else None

        return wait_to_find(seen, "the game in the assistant's picture", PATIENCE_S)

    def may_be_used(self) -> bool:
        """Whether the button at the bottom right is one to press."""
        _, picture = self.look()
        corner = picture[-70:-10, -140:-20].reshape(-1, 3).astype(int)
        return any((np.abs(corner - accent).max(axis=1) < 12).mean() > 0.3 for accent in ACCENTS)

    def wait_until_read(self) -> None:
        wait_for(self.may_be_used, "a reading in the assistant", PATIENCE_S)

    def use(self) -> None:
        box = self.wait_for_assistant()
        self.click(box.x + box.width - 70, box.y + box.height - 32)

    def use_what_is_found(self) -> ScreenRules:
        """By keys alone."""
        self.press("alt+f")
        self.wait_until_read()
        self.press("Return")
        return self.wait_until_chosen()

    # --- what became of it ------------------------------------------------------------------------------------

    def chosen(self) -> ScreenRules:
        path = self.troupe.home.profiles / "demo.toml"
        return decode_profile(path.read_text(encoding="utf-8"), str(path)).screen

    def wait_until_chosen(self) -> ScreenRules:
        wait_for(lambda: self.chosen().region is not None and self.assistant() is None, "the choice", PATIENCE_S)
        return self.chosen()

    def health(self) -> dict[str, Any]:
        lines = self.remote.get("/v1/status")["health"]
        return next((line for line in lines if line["name"] == "screen"), {})

    def wait_for_words(self, words: str) -> None:
        try:
            wait_for(lambda: words in self.health().get("message", ""), words, PATIENCE_S)
        except EnvironmentFault:
            pytest.fail(f"waited in vain for {words!r}; the screen says {self.health()}")

    def wait_for_xp(self, value: float) -> None:
        try:
            wait_for(lambda: self.remote.get("/v1/status")["xp_value"] == value, f"{value:g} XP", PATIENCE_S)
        except EnvironmentFault:
            pytest.fail(f"waited in vain for {value:g}; the screen says {self.health()}")
