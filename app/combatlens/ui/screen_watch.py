"""The screens that are there, and word of each change of them."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen

from combatlens.ui.overlay_place import Place


class ScreenWatch(QObject):
    """`changed`: a screen came, went, moved or became another size, and there is at least one."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.timeout.connect(self._settled)
        app = QGuiApplication.instance()
        assert isinstance(app, QGuiApplication)
        app.screenAdded.connect(self._watch)
        for signal in (app.screenAdded, app.screenRemoved, app.primaryScreenChanged):
            signal.connect(self._seen)
        for screen in QGuiApplication.screens():
            self._watch(screen)

    def stop(self) -> None:
        self._settling.stop()

    def _watch(self, screen: QScreen) -> None:
        screen.geometryChanged.connect(self._seen)
        screen.availableGeometryChanged.connect(self._seen)

    def _seen(self) -> None:
        # Qt still lists a screen while it says that it goes: look once the event loop is through with it.
        self._settling.start(0)

    def _settled(self) -> None:
        if QGuiApplication.screens():
            self.changed.emit()


def places() -> list[Place]:
    """The screens, the primary first."""
    primary = QGuiApplication.primaryScreen()
    screens = sorted(QGuiApplication.screens(), key=lambda screen: screen is not primary)
    return [Place(screen.name(), screen.availableGeometry()) for screen in screens]
