"""Garbage collection on the GUI thread only.

Python collects reference cycles on whichever thread happens to allocate. Where a cycle holds Qt objects (pyqtgraph
makes such cycles), a collection on another thread destroys them there, and the program dies. So the automatic
collection is switched off while the desktop application runs, and its thresholds are looked at here once a second.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class Collector(QObject):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._was_on = False

    def start(self) -> None:
        self._was_on = gc.isenabled()
        gc.disable()
        self._timer.start()

    def stop(self) -> None:
        """Give the collection back as it was."""
        if self._timer.isActive():
            self._timer.stop()
            if self._was_on:
                gc.enable()

    def collect(self) -> None:
        """What Python would have done by itself: the oldest generation whose count is over its threshold."""
        counts, limits = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if limits[0] and counts[generation] > limits[generation]:
                gc.collect(generation)
                return
