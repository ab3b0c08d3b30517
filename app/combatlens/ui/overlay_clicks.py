"""Clicks go through the locked overlay to the game behind it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QWidget


class ClickThrough(QObject):
    """Lets clicks through a window, or not. The window calls `showing` from each of its show events."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._on = self._anew = False

    def set(self, on: bool) -> None:
        self._on = on
        self._flag(on)

    def showing(self) -> None:
        handle = self._window.windowHandle()
        if handle is not None:
            handle.removeEventFilter(self)
            handle.installEventFilter(self)
        self._anew = True
        self._flag(self._on)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A window that is mapped while the flag is set swallows clicks: set it anew once it is on the screen.
        if event.type() == QEvent.Type.Expose and self._anew:
            handle = self._window.windowHandle()
            if handle is not None and watched is handle and handle.isExposed():
                self._anew = False
                self._flag(False)
                self._flag(self._on)
        return super().eventFilter(watched, event)

    def _flag(self, on: bool) -> None:
        handle = self._window.windowHandle()
        if handle is not None:
            handle.setFlag(Qt.WindowType.WindowTransparentForInput, on)
