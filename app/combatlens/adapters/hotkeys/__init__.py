"""Global hotkeys: X11 key grabs where there is an X server, else the `keyboard` package."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from combatlens.domain.errors import EnvironmentFault
from combatlens.ports import Clock, Hotkeys

__all__ = ["choose_hotkeys"]


def choose_hotkeys(clock: Clock, *, platform: str = sys.platform, environ: Mapping[str, str] | None = None) -> Hotkeys:
    """The backend that fits this desktop. Never fails: what cannot be had is said by `bind`, key by key."""
    from combatlens.adapters.hotkeys.keyboard_backend import KeyboardHotkeys

    display = (os.environ if environ is None else environ).get("DISPLAY", "")
    if platform.startswith("linux") and display:
        from combatlens.adapters.hotkeys.x11 import X11Hotkeys

        try:
            return X11Hotkeys(clock, display)
        except EnvironmentFault as fault:
            return KeyboardHotkeys(clock, because=fault.what)
    return KeyboardHotkeys(clock)
