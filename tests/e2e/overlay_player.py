"""A program for test_overlay_x11: the real desktop application over stand-ins, or a window to stand behind it.

Reads one command a line (JSON: ["name", argument…]) on stdin and answers with one line of JSON on stdout.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import msgspec
from PySide6.QtCore import QObject, QSocketNotifier, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from tests.ui import fakes

from combatlens.domain.settings import OverlaySettings, Settings
from combatlens.ui.app import DesktopApp, create_application


class Player(QObject):
    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self._input = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._input.activated.connect(self._read)

    def _read(self) -> None:
        line = sys.stdin.readline()
        if not line:
            QApplication.exit(0)
            return
        name, *arguments = json.loads(line)
        print(json.dumps(getattr(self, name)(*arguments)), flush=True)

    def quit(self) -> str:
        QApplication.exit(0)
        return "bye"


class OverlayPlayer(Player):
    def __init__(self, app: QApplication, overlay: OverlaySettings) -> None:
        super().__init__(app)
        self.store = fakes.FakeSettings(Settings(theme="dark", hotkeys_enabled=False, overlay=overlay))
        self.clock = fakes.FakeClock()
        self.desktop = DesktopApp(
            app,
            live=fakes.FakeLive(),
            control=fakes.FakeControl(),
            history=fakes.FakeHistory(3),
            settings=self.store,
            clock=self.clock,
            quit_=lambda: None,
            rebind=lambda keys: (),
        )
        self.desktop.show()
        app.aboutToQuit.connect(self.desktop.shutdown)

    def look(self) -> dict[str, Any]:
        overlay = self.desktop.overlay
        place = overlay.geometry()
        return {
            "window": int(overlay.winId()),
            "place": [place.x(), place.y(), place.width(), place.height()],
            "ratio": overlay.devicePixelRatioF(),
            "visible": overlay.isVisible(),
            "locked": overlay.locked,
            "active": overlay.isActiveWindow(),
            "kept": msgspec.to_builtins(self.desktop.settings.overlay),
            "screens": sorted(screen.name() for screen in QGuiApplication.screens()),
            "tray": self.desktop.tray is not None,
            "control_window": bool(self.desktop.control_window and self.desktop.control_window.isVisible()),
        }

    def put_away(self) -> bool:
        """Hide the control window, once it is there: it would stand in the way of clicks."""
        window = self.desktop.control_window
        if window is None:
            return False
        window.hide()
        return True

    def intent(self, name: str) -> dict[str, Any]:
        self.desktop.handle_intent(name)
        return self.look()

    def come_forward(self) -> dict[str, Any]:
        """What a second start of the program asks for."""
        self.desktop.raise_overlay()
        return self.look()


class Behind(QWidget):
    """A window that counts clicks and notes keys, as a game would take them."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("behind")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.clicks: list[list[int]] = []
        self.keys = ""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = event.globalPosition().toPoint()
        self.clicks.append([at.x(), at.y()])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self.keys += event.text()


class BehindPlayer(Player):
    def __init__(self, app: QApplication) -> None:
        super().__init__(app)
        self.window = Behind()
        self.window.setGeometry(QGuiApplication.primaryScreen().geometry())
        self.window.show()

    def look(self) -> dict[str, Any]:
        window = self.window
        return {
            "clicks": window.clicks,
            "keys": window.keys,
            "active": window.isActiveWindow(),
            "fullscreen": window.isFullScreen(),
            "window": int(window.winId()),
        }

    def fullscreen(self) -> dict[str, Any]:
        self.window.showFullScreen()
        self.window.activateWindow()
        return self.look()


def main() -> int:
    app = create_application(["combatlens-test"])
    role = sys.argv[1]
    player = BehindPlayer(app) if role == "behind" else OverlayPlayer(app, OverlaySettings(**json.loads(sys.argv[2])))
    print(json.dumps("ready"), flush=True)
    code = app.exec()
    del player
    return code


if __name__ == "__main__":
    sys.exit(main())
