"""A small game for test_screen_x11: a window that shows the XP, told what to do by lines of JSON on stdin.

`["show", text]`, `["call_it", title]`, `["dress", font family, its size in pixels, colour, ground's colour]`,
`["place", x, y, width, height]` (of the client area), `["cover_it"]`, `["uncover"]`.
The text scales with the window's height, as games do. Each line is answered with "done".
"""

from __future__ import annotations

import json
import sys

from PySide6.QtCore import QRectF, QSocketNotifier, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

TITLE = "Isles of Test"
SIZE = (480, 240)
TEXT = (60, 170, 220, 44)
"""Where the XP stands in a window of `SIZE`."""
MARGIN = 6


class Game(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle(TITLE)
        self.text = "12,345 / 60,000"
        self.family, self.pixels, self.ink, self.ground = "DejaVu Sans", 24, "#f4f0e0", "#182430"

    def paintEvent(self, _: QPaintEvent) -> None:
        scale = self.height() / SIZE[1]
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(self.ground))
            font = QFont(self.family)
            x, y, width, height = (part * scale for part in TEXT)
            font.setPixelSize(round(self.pixels * scale))
            wide = QFontMetricsF(font).horizontalAdvance(self.text) / (width - 2 * MARGIN)
            if wide > 1:  # no game cuts its own number off
                font.setPixelSize(int(self.pixels * scale / wide))
            painter.setFont(font)
            painter.setPen(QColor(self.ink))
            painter.drawText(QRectF(x, y, width, height), Qt.AlignmentFlag.AlignCenter, self.text)


class Player:
    def __init__(self) -> None:
        self.game = Game()
        self.cover: QWidget | None = None

    def show(self, text: str) -> None:
        self.game.text = text
        self.game.update()

    def dress(self, family: str, pixels: int, ink: str, ground: str) -> None:
        self.game.family, self.game.pixels, self.game.ink, self.game.ground = family, pixels, ink, ground
        self.game.update()

    def call_it(self, title: str) -> None:
        self.game.setWindowTitle(title)

    def place(self, x: int, y: int, width: int, height: int) -> None:
        self.game.resize(width, height)
        self.game.move(x, y)
        self.game.show()

    def cover_it(self) -> None:
        """Another program's window would do the same: an opaque one above the text."""
        corner = self.game.mapToGlobal(self.game.rect().topLeft())
        self.cover = QWidget(None, Qt.WindowType.WindowStaysOnTopHint)
        self.cover.setWindowTitle("Chat")
        self.cover.setStyleSheet("background: #404040")
        self.cover.setGeometry(
            corner.x(), corner.y() + self.game.height() // 2, self.game.width(), self.game.height() // 2
        )
        self.cover.show()

    def uncover(self) -> None:
        if self.cover is not None:
            self.cover.close()


def main() -> int:
    app = QApplication(["isles-of-test"])
    app.setQuitOnLastWindowClosed(False)
    player = Player()

    def obey() -> None:
        line = sys.stdin.readline()
        if not line:
            app.quit()
            return
        name, *arguments = json.loads(line)
        getattr(player, name)(*arguments)
        print('"done"', flush=True)

    notifier = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read)
    notifier.activated.connect(obey)
    print('"ready"', flush=True)
    return app.exec()


if __name__ == "__main__":
    sys.exit(main())
