"""Windows on Windows, through user32 and dwmapi. Reads positions and titles alone; touches no other process."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

from combatlens.adapters.screen.windows import GameWindow, overlaps
from combatlens.domain.profile import Region

_DWMWA_CLOAKED = 14
_PER_MONITOR_AWARE_V2 = -4


class Win32Windows:
    """`WindowSystem` in physical pixels: the thread is made aware of each monitor's scale first."""

    def __init__(self) -> None:
        libraries: Any = ctypes
        self._user: Any = libraries.WinDLL("user32", use_last_error=True)
        self._dwm: Any = libraries.WinDLL("dwmapi")
        self._declare()
        aware = getattr(self._user, "SetThreadDpiAwarenessContext", None)
        if aware is not None:
            aware.argtypes, aware.restype = [ctypes.c_void_p], ctypes.c_void_p
            aware(ctypes.c_void_p(_PER_MONITOR_AWARE_V2))

    def windows(self) -> list[GameWindow]:
        return [window for window in map(self._describe, self._handles()) if window is not None and window.title]

    def above(self, window: GameWindow, place: Region) -> GameWindow | None:
        for handle in self._handles():
            if handle == window.handle:
                return None
            other = self._describe(handle)
            if other is None or other.minimised or other.width < 1 or other.height < 1:
                continue
            if overlaps(Region(other.x, other.y, other.width, other.height), place):
                return other
        return None

    def close(self) -> None:
        """Nothing is held open."""

    def _handles(self) -> list[int]:
        """Visible top-level windows, foremost first: the order in which EnumWindows gives them."""
        found: list[int] = []

        def take(handle: int, _: int) -> bool:
            if self._user.IsWindowVisible(handle) and not self._cloaked(handle):
                found.append(handle)
            return True

        made: Callable[..., Any] = self._callback
        self._user.EnumWindows(made(take), 0)
        return found

    def _describe(self, handle: int) -> GameWindow | None:
        box, corner = wintypes.RECT(), wintypes.POINT(0, 0)
        if not self._user.GetClientRect(handle, ctypes.byref(box)):
            return None
        if not self._user.ClientToScreen(handle, ctypes.byref(corner)):
            return None
        length = self._user.GetWindowTextLengthW(handle)
        text = ctypes.create_unicode_buffer(length + 1)
        self._user.GetWindowTextW(handle, text, length + 1)
        kind = ctypes.create_unicode_buffer(257)
        self._user.GetClassNameW(handle, kind, len(kind))
        minimised = bool(self._user.IsIconic(handle))
        return GameWindow(text.value, corner.x, corner.y, box.right, box.bottom, minimised, handle, kind.value)

    def _cloaked(self, handle: int) -> bool:
        """Windows of other virtual desktops and suspended apps are 'visible' but cloaked."""
        state = wintypes.DWORD(0)
        self._dwm.DwmGetWindowAttribute(handle, _DWMWA_CLOAKED, ctypes.byref(state), ctypes.sizeof(state))
        return bool(state.value)

    def _declare(self) -> None:
        """Handles are pointers: without these declarations ctypes would cut them to 32 bits."""
        libraries: Any = ctypes
        self._callback = libraries.WINFUNCTYPE(wintypes.BOOL, wintypes.HWND, wintypes.LPARAM)
        handle, user = wintypes.HWND, self._user
        user.EnumWindows.argtypes = [self._callback, wintypes.LPARAM]
        for name in ("IsWindowVisible", "IsIconic", "GetWindowTextLengthW"):
            getattr(user, name).argtypes = [handle]
        for name in ("GetWindowTextW", "GetClassNameW"):
            getattr(user, name).argtypes = [handle, wintypes.LPWSTR, ctypes.c_int]
        user.GetClientRect.argtypes = [handle, ctypes.POINTER(wintypes.RECT)]
        user.ClientToScreen.argtypes = [handle, ctypes.POINTER(wintypes.POINT)]
        self._dwm.DwmGetWindowAttribute.argtypes = [handle, wintypes.DWORD, ctypes.c_void_p, wintypes.DWORD]
