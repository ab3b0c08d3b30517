"""On Windows the overlay is left out of captures: the reader sees the game behind it, never the overlay's numbers."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

WDA_EXCLUDEFROMCAPTURE = 0x11
"""Windows 10 version 2004 and later; earlier ones refuse it, and the window stays as it was."""


def leave_out_of_captures(window: int, user32: Any = None) -> bool:
    """Whether the window (its native handle) is now on the screen but in no capture. False where the system cannot."""
    if user32 is None:
        if sys.platform != "win32":
            return False
        user32 = _user32()
    return bool(user32.SetWindowDisplayAffinity(window, WDA_EXCLUDEFROMCAPTURE))


def _user32() -> Any:
    from ctypes import wintypes

    libraries: Any = ctypes
    user32 = libraries.WinDLL("user32", use_last_error=True)
    user32.SetWindowDisplayAffinity.argtypes = [wintypes.HWND, wintypes.DWORD]
    user32.SetWindowDisplayAffinity.restype = wintypes.BOOL
    return user32
