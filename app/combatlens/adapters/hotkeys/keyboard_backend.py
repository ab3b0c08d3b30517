"""Hotkeys through the `keyboard` package: Windows, macOS, and Linux as root.

The package listens on threads of its own, one set a process, which end with the process. It sees keys, it does
not take them: the game gets them too.
"""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from typing import Any

from combatlens.adapters.hotkeys.keys import PUNCTUATION, Combo, plan, way_out
from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Clock, HotkeyProblem

_NAMES = {
    "super": "windows", "pageup": "page up", "pagedown": "page down", "scrolllock": "scroll lock",
    "printscreen": "print screen",
}  # fmt: skip


def _name(key: str) -> str:
    return _NAMES.get(key) or PUNCTUATION.get(key) or key


class KeyboardHotkeys:
    """`because` says why a better backend could not be had; it is part of the words when this one fails too."""

    name = "keyboard"

    def __init__(self, clock: Clock, *, because: str = "", platform: str = sys.platform) -> None:
        self._clock = clock
        self._because = because
        self._platform = platform
        self._hooks: list[Callable[[], None]] = []
        self._held: set[str] = set()

    def bind(self, keys: dict[str, str], on_intent: Callable[[str, float], None]) -> tuple[HotkeyProblem, ...]:
        self.stop()
        combos, problems = plan(keys)
        if not combos:
            return problems
        try:
            keyboard = self._start()
        except EnvironmentFault as fault:
            return problems + tuple(HotkeyProblem(i, str(c), fault.what, way_out(i)) for i, c in combos.items())
        taken = (self._hook(keyboard, intent, combo, on_intent) for intent, combo in combos.items())
        return problems + tuple(problem for problem in taken if problem)

    def stop(self) -> None:
        for unhook in self._hooks:
            unhook()
        self._hooks.clear()
        self._held.clear()

    def _start(self) -> Any:
        """The package, listening. It reports trouble by many kinds of exception: all become EnvironmentFault."""
        try:
            keyboard: Any = importlib.import_module("keyboard")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                keyboard._listener.start_if_necessary()
        except (ImportError, AssertionError, OSError, ValueError, KeyError) as error:
            raise EnvironmentFault(self._why(error)) from error
        return keyboard

    def _why(self, error: Exception) -> str:
        if self._platform.startswith("linux"):
            reason = "keys can be heard only on an X11 desktop, or by root on a machine with a keyboard"
        elif self._platform == "darwin":
            reason = "macOS lets no program hear keys before you allow it (Privacy & Security, Input Monitoring)"
        else:
            reason = f"the keyboard cannot be heard ({error or type(error).__name__})"
        return f"{reason}; {self._because}" if self._because else reason

    def _hook(
        self, keyboard: Any, intent: str, combo: Combo, on_intent: Callable[[str, float], None]
    ) -> HotkeyProblem | None:
        def pressed() -> None:
            if intent not in self._held:  # a key that is held repeats
                self._held.add(intent)
                on_intent(intent, self._clock.now())

        def released(_event: object) -> None:
            self._held.discard(intent)

        text = "+".join(_name(part) for part in (*combo.modifiers, combo.key))
        try:
            self._hooks.append(keyboard.add_hotkey(text, pressed))
            self._hooks.append(keyboard.on_release_key(_name(combo.key), released))
        except ValueError as error:
            return HotkeyProblem(intent, str(combo), f"this keyboard has no such key ({error})", way_out(intent))
        return None
