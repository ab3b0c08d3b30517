"""Renders every screen to PNG: light and dark, at 100 % and 200 %, empty, full and failed.

PYTHONPATH=app:. python -m tests.ui.screens /tmp/screens
"""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from tests.ui import fakes, learned
from tests.ui.fake_coach import FakeCoach
from tests.ui.reader_screens import assistants, diagnostics
from tests.ui.test_trends import Reader

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.settings import AlertSettings, OverlaySettings, Settings
from combatlens.ports import HotkeyProblem
from combatlens.resources_path import resources
from combatlens.services.analytics import Analytics
from combatlens.ui.actions import Actions
from combatlens.ui.app import create_application
from combatlens.ui.background import Worker
from combatlens.ui.control_window import ControlWindow
from combatlens.ui.goals import GoalsWindow
from combatlens.ui.history import HistoryWindow
from combatlens.ui.insights import InsightsWindow
from combatlens.ui.live_view import LiveView
from combatlens.ui.overlay import Overlay
from combatlens.ui.problems import ProblemsWindow
from combatlens.ui.settings import SettingsWindow
from combatlens.ui.theme import Choice, Theme
from combatlens.ui.tray import Tray
from combatlens.ui.trends import TrendsWindow

FAULT = EnvironmentFault("the store cannot be opened: the disk is full", "free some space, then try again")
CLOCK = fakes.FakeClock(fakes.T0 + 2_700)
TAKEN = (HotkeyProblem("mark", "ctrl+alt+m", "another program holds this key", "choose another key under Settings"),)


def alert_pages(window: SettingsWindow) -> Iterator[tuple[str, QWidget]]:
    page = window.alerts
    page.address.setText("hooks.example.com/services")
    page._edited()
    yield "settings-alerts-wrong", window
    alerts = AlertSettings(webhook="https://hooks.example.com/services/T0/B0", quiet_from="22:00", quiet_until="08:00")
    window.follow(Settings(alerts=alerts))
    page.try_it.click()
    settle(lambda: page.answer.text().startswith("Not sent"))
    yield "settings-alerts-failed", window


def settle(done: Callable[[], bool]) -> None:
    for _ in range(500):
        if done():
            break
        QTest.qWait(10)
    else:
        raise SystemExit("a screen did not settle within 5 s")
    QTest.qWait(30)


def overlays(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    pause = fakes.snapshot(state="paused", pause_reasons=("window_gone",))
    for name, live, changes in (
        ("full", fakes.FakeLive(), {}),
        ("empty", fakes.FakeLive(fakes.IDLE), {}),
        ("problem-unlocked", fakes.FakeLive(pause, fakes.BROKEN), {"locked": False}),
        ("compact", fakes.FakeLive(), {"compact": True}),
        ("compact-problem", fakes.FakeLive(pause, fakes.BROKEN), {"compact": True}),
        ("large", fakes.FakeLive(), {"scale": 1.5, "skills": 3}),
        ("faint", fakes.FakeLive(), {"opacity": 0.3, "chart": False}),
    ):
        overlay = Overlay(theme, live, CLOCK, OverlaySettings(visible=False, **changes))
        overlay.load_chart()
        overlay.refresh()
        overlay.grab()
        yield f"overlay-{name}", overlay


def histories(theme: Theme, worker: Worker) -> Iterator[tuple[str, QWidget]]:
    failing = fakes.FakeHistory(3)
    failing.fault = FAULT
    for name, history in (("full", fakes.FakeHistory(10_000)), ("empty", fakes.FakeHistory(0)), ("failed", failing)):
        window = HistoryWindow(history, worker, theme, CLOCK)
        window.show()
        settle(lambda w=window: bool(w.list.model.rowCount() or w.list.message.text().strip()))
        yield f"history-{name}", window
    window = HistoryWindow(fakes.FakeHistory(30), worker, theme, CLOCK)
    window.show()
    settle(lambda: window.list.model.rowCount() > 0)
    window.open(fakes.row(2).session_id)
    settle(lambda: window.page is not None and window.page.title.text() != "…")
    yield "session-skills", window
    assert window.page is not None
    window.page.tabs.setCurrentIndex(1)
    window.page.encounters.selectRow(4)
    QTest.qWait(30)
    yield "session-encounters", window
    window.page.tabs.setCurrentIndex(3)
    yield "session-notes", window


def coached(theme: Theme, worker: Worker) -> Iterator[tuple[str, QWidget]]:
    failing = FakeCoach()
    failing.fault = FAULT
    for name, coach in (("full", FakeCoach()), ("empty", FakeCoach(empty=True)), ("failed", failing)):
        goals = GoalsWindow(coach, fakes.FakeHistory(0, learned.insights()), worker, theme)
        goals.show()
        settle(lambda g=goals: "Reading" not in g.page.message.text() or g.page.currentIndex() == 1)
        goals.form.choice.setCurrentIndex(13 if name == "full" else 0)
        if name == "full":
            goals._add()
        yield f"goals-{name}", goals
        window = InsightsWindow(fakes.FakeHistory(0, learned.insights()), worker, theme, coach)
        window.show()
        settle(lambda w=window: w.page.currentIndex() == 1)
        if name == "full":
            yield "coached-advice", window
        for index, page in enumerate(("trials", "learnings", "fixes"), 1):
            window.tabs.setCurrentIndex(index)
            shown = window._pages[index]
            settle(lambda p=shown: "Reading" not in p.message.text() or p.currentIndex() == 1)
            yield f"coached-{page}-{name}", window


def others(theme: Theme, worker: Worker) -> Iterator[tuple[str, QWidget]]:
    for name, found in (("full", learned.insights()), ("empty", {})):
        window = InsightsWindow(fakes.FakeHistory(0, found), worker, theme)
        window.show()
        settle(lambda w=window: w.page.currentIndex() == 1 or "yet" in w.page.message.text())
        yield f"insights-{name}", window
        if name == "full":
            bar = window.findChild(QWidget, "qt_scrollarea_vcontainer").children()[0]
            bar.setValue(bar.maximum())
            QTest.qWait(30)
            yield "insights-full-below", window
    for name, sessions in (("full", 30), ("empty", 0)):
        analytics = Analytics(Reader(sessions), dict, fakes.FakeClock(fakes.T0), zone=UTC)
        trends = TrendsWindow(analytics.dashboard, worker, theme)
        trends.show()
        settle(lambda w=trends: w.page.currentIndex() == 1 or "yet" in w.page.message.text())
        yield f"trends-{name}", trends
    view = LiveView(fakes.FakeLive(health=fakes.BROKEN))
    view.problems = TAKEN
    for name, live in (("some", view), ("none", fakes.FakeLive())):
        problems = ProblemsWindow(live, CLOCK, theme)
        problems.show()
        yield f"problems-{name}", problems
    for index, name in enumerate(("general", "overlay", "hotkeys", "alerts", "connection")):
        keys = Settings(hotkeys={**Settings().hotkeys, "death": "ctrl+alt+k"}, overlay=OverlaySettings(opacity=0.7))
        settings = SettingsWindow(keys, lambda: (("default", "Any game"), ("swg", "Space saga")), worker, theme,
                                  choose_place=lambda: None)  # fmt: skip
        settings.show_hotkey_problems(TAKEN)
        settings.show()
        settle(lambda s=settings: s.profile.count() == 2)
        settings.tabs.setCurrentIndex(index)
        yield f"settings-{name}", settings
        if name == "alerts":
            yield from alert_pages(settings)
    actions = Actions(theme, theme)
    status = fakes.FakeLive(health=fakes.BROKEN).status()
    actions.refresh(status, shown=True, locked=True)
    control = ControlWindow(theme, actions, ())
    control.refresh(status)
    control.show()
    yield "control", control
    for name, text, icon in (("trends", "Trends", "trends"), ("goals", "Goals", "flag"),
                             ("setup", "&Choose where the XP stands …", "target"),
                             ("diagnostics", "Screen reader: diagnostics", "search")):  # fmt: skip
        actions.add(name, text, icon)
    tray = Tray(theme, actions, theme)
    tray.menu.resize(tray.menu.sizeHint())
    yield "tray-menu", tray.menu


def over_scenery(widget: QWidget) -> QPixmap:
    """The widget's picture over something bright and dark, as a game is."""
    ratio = widget.devicePixelRatioF()
    frame = QRect(QPoint(0, 0), widget.size()).adjusted(0, 0, 48, 48)
    picture = QPixmap(frame.size() * ratio)
    picture.setDevicePixelRatio(ratio)
    painter = QPainter(picture)
    sky = QLinearGradient(0, 0, frame.width(), frame.height())
    sky.setColorAt(0, QColor("#d8e2b8"))
    sky.setColorAt(1, QColor("#1b2a3f"))
    painter.fillRect(frame, sky)
    painter.drawPixmap(24, 24, widget.grab())
    painter.end()
    return picture


def tray_icons(theme: Theme) -> QPixmap:
    picture = QPixmap(420, 96)
    picture.fill(QColor(theme.colors.window))
    painter = QPainter(picture)
    for x, name in enumerate(("app", "tray-idle", "tray-recording", "tray-paused", "tray-problem")):
        painter.drawPixmap(12 + x * 82, 10, theme.icons.pixmap(name, "", 48))
        painter.drawPixmap(12 + x * 82, 66, theme.icons.pixmap(name, "", 22))
    painter.end()
    return picture


def render(folder: Path, choice: Choice, suffix: str, app: QApplication) -> None:
    theme = Theme(app, resources(), choice)
    worker = Worker()
    for make in (lambda: overlays(theme), lambda: histories(theme, worker), lambda: coached(theme, worker),
                 lambda: others(theme, worker), lambda: assistants(theme, worker, settle),
                 lambda: diagnostics(theme, worker)):  # fmt: skip
        for name, widget in make():
            QTest.qWait(30)
            picture = over_scenery(widget) if name.startswith("overlay") else widget.grab()
            picture.save(str(folder / f"{name}-{choice}{suffix}.png"))
            if not name.startswith(("session", "insights-full", "coached")):
                widget.hide()
    tray_icons(theme).save(str(folder / f"tray-icons-{choice}{suffix}.png"))
    worker.stop()


def main(folder: Path) -> None:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    folder.mkdir(parents=True, exist_ok=True)
    app = create_application()
    gc.disable()  # see combatlens.ui.collector
    suffix = f"-{round(app.devicePixelRatio() * 100)}"
    for choice in ("dark", "light"):
        render(folder, choice, suffix, app)
    if "QT_SCALE_FACTOR" not in os.environ:
        subprocess.run(
            [sys.executable, "-m", "tests.ui.screens", str(folder)],
            env={**os.environ, "QT_SCALE_FACTOR": "2"},
            check=True,
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
