"""The windows: time to the first paint of the overlay, its cost on the CPU, and opening the history.

Measured on the offscreen platform, in this process, with stand-ins for the services. "Bare": an empty PySide6 window.
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

ROUNDS = 5
BARE = """
import sys, time; begin = time.perf_counter()
from PySide6.QtWidgets import QApplication, QWidget
class Window(QWidget):
    def paintEvent(self, event): print(time.perf_counter() - begin); QApplication.exit()
app = QApplication([]); window = Window(); window.show(); app.exec()
"""
OVERLAY = """
import sys, time; begin = time.perf_counter()
sys.path[:0] = ["app", "."]
from combatlens.ui.app import DesktopApp, create_application
app = create_application([])
had = time.perf_counter()
from tests.ui import fakes
begin += time.perf_counter() - had
desk = DesktopApp(app, live=fakes.FakeLive(), control=fakes.FakeControl(), history=fakes.FakeHistory(0),
                  settings=fakes.FakeSettings(), clock=fakes.FakeClock(), quit_=app.exit, rebind=lambda keys: ())
desk.overlay.painted.connect(lambda: (print(time.perf_counter() - begin), app.exit()))
desk.show(); app.exec(); desk.shutdown()
"""


def main() -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    print(f"first paint, bare PySide6 window   {_start(BARE) * 1000:7.0f} ms")
    print(f"first paint, overlay               {_start(OVERLAY) * 1000:7.0f} ms")
    _overlay_cost()
    _history()


def _start(code: str) -> float:
    """Median seconds from the first line of a fresh process to its first paint."""
    times = []
    for _ in range(ROUNDS):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        times.append(float(done.stdout.split()[0]))
    return median(times)


def _overlay_cost() -> None:
    import msgspec
    from tests.ui import fakes

    from combatlens.domain.settings import OverlaySettings
    from combatlens.resources_path import resources
    from combatlens.ui.app import create_application
    from combatlens.ui.overlay import Overlay
    from combatlens.ui.theme import Theme

    app = create_application([])
    live, clock = fakes.FakeLive(), fakes.FakeClock()
    overlay = Overlay(Theme(app, resources(), "dark"), live, clock, OverlaySettings())
    overlay._timer.stop()
    overlay.load_chart()
    base = live.current

    def same(_: int) -> None:
        overlay.refresh()

    def texts(i: int) -> None:
        live.current = msgspec.structs.replace(
            base, active_s=base.active_s + i, xp_gained=8_000 + i, xp_per_hour=1_000 + i, kills=i, dps=i, deaths=i
        )
        overlay.refresh()

    def line(i: int) -> None:
        clock.at += 2
        live.current = msgspec.structs.replace(base, series=(*base.series[i:], (9_999 + i, 1_000 + i)))
        overlay.refresh()

    costs = []
    for name, step in (("nothing new", same), ("every text new", texts), ("the line new", line)):
        costs.append(_cpu(step, app.processEvents))
        print(f"overlay, one look, {name:16}{costs[-1] * 1000:7.2f} ms of CPU")
    share = 4 * costs[1] + costs[2]
    print(f"overlay, all new four times a second, the line once: {share * 100:.2f} % of a core")
    overlay.stop()


def _cpu(step: Callable[[int], None], settle: Callable[[], None], rounds: int = 200) -> float:
    begin = time.process_time()
    for i in range(rounds):
        step(i)
        settle()
    return (time.process_time() - begin) / rounds


def _history() -> None:
    from PySide6.QtWidgets import QApplication
    from tests.ui import fakes

    from combatlens.ports import SessionPage, SessionQuery
    from combatlens.resources_path import resources
    from combatlens.ui.background import Worker
    from combatlens.ui.history import HistoryWindow
    from combatlens.ui.theme import Theme

    app = QApplication.instance()
    assert isinstance(app, QApplication)

    class Timed(fakes.FakeHistory):
        """`spent`: the seconds that it took for its pages."""

        spent = 0.0

        def sessions(self, query: SessionQuery) -> SessionPage:
            begin = time.perf_counter()
            page = super().sessions(query)
            self.spent += time.perf_counter() - begin
            return page

    gc.disable()
    theme, worker = Theme(app, resources(), "dark"), Worker()
    for count in (10, 10_000):
        history = Timed(count)
        begin = time.perf_counter()
        window = HistoryWindow(history, worker, theme, fakes.FakeClock())
        window.show()
        while not window.list.model.rowCount():
            app.processEvents()
        window.grab()
        own = time.perf_counter() - begin - history.spent
        print(f"history of {count:6,} sessions, open and painted, without the store's time: {own * 1000:.0f} ms")
        window.hide()
    worker.stop()
