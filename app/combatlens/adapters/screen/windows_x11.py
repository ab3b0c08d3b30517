"""Windows on X11, through python-xlib. One connection, used by one thread."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from combatlens.adapters.screen.windows import GameWindow, overlaps
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region


class X11Windows:
    """`WindowSystem` over the window manager's client list; without a manager, over the root's children."""

    def __init__(self, display: str | None = None) -> None:
        xdisplay, self._error = import_module("Xlib.display"), import_module("Xlib.error")
        try:
            self._display: Any = xdisplay.Display(display)
        except (self._error.DisplayError, OSError) as error:
            raise EnvironmentFault(f"the X display cannot be opened: {error}", "set DISPLAY") from error
        self._root = self._display.screen().root
        self._kinds: dict[int, str] = {}
        self._names = [self._display.intern_atom(name) for name in ("_NET_WM_NAME", "WM_NAME")]

    def windows(self) -> list[GameWindow]:
        handles = self._stacking()
        self._kinds = {handle: kind for handle, kind in self._kinds.items() if handle in handles}
        found = [self._describe(handle) for handle in handles]
        return [window for window in found if window is not None and window.title]

    def above(self, window: GameWindow, place: Region) -> GameWindow | None:
        for handle in self._stacking():
            if handle == window.handle:
                return None
            other = self._describe(handle)
            if other is None or other.minimised:
                continue
            if overlaps(Region(other.x, other.y, max(1, other.width), max(1, other.height)), place):
                return other
        return None

    def close(self) -> None:
        self._display.close()

    def _stacking(self) -> list[int]:
        """Handles, foremost first."""
        for name in ("_NET_CLIENT_LIST_STACKING", "_NET_CLIENT_LIST"):
            listed = self._root.get_full_property(self._display.intern_atom(name), 0)
            if listed is not None:
                return [int(handle) for handle in reversed(listed.value)]
        return [child.id for child in reversed(self._root.query_tree().children)]

    def _describe(self, handle: int) -> GameWindow | None:
        window = self._display.create_resource_object("window", handle)
        try:
            shape = window.get_geometry()
            corner = window.translate_coords(self._root, 0, 0)
            hidden = window.get_attributes().map_state != 2 or self._has_state(window, "_NET_WM_STATE_HIDDEN")
            title, kind = self._title(window), self._kind(window, handle)
        except (self._error.BadWindow, self._error.BadDrawable):
            return None  # it closed while we asked
        return GameWindow(title, -corner.x, -corner.y, shape.width, shape.height, hidden, handle, kind)

    def _title(self, window: Any) -> str:
        for name in self._names:
            text = window.get_full_property(name, 0)
            if text is not None and text.value:
                raw = text.value
                return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw)
        return ""

    def _kind(self, window: Any, handle: int) -> str:
        """The class of WM_CLASS; asked once a window, since it stays."""
        if handle not in self._kinds:
            names = window.get_wm_class()
            self._kinds[handle] = names[1] if names else ""
        return self._kinds[handle]

    def _has_state(self, window: Any, name: str) -> bool:
        states = window.get_full_property(self._display.intern_atom("_NET_WM_STATE"), 0)
        return states is not None and self._display.intern_atom(name) in states.value
