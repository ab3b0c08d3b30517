"""The overlay's parts: place, drag, painting of what changed, timers."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, QRect, QSize, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from tests.ui import fakes

from combatlens.domain.settings import OverlaySettings
from combatlens.ui.overlay import Overlay, window_flags
from combatlens.ui.overlay_chart import LiveLine, thin
from combatlens.ui.overlay_drag import Drag, cursor_for, edges_at
from combatlens.ui.overlay_place import Place, inside, position
from combatlens.ui.palette import DARK, LIGHT, Palette
from combatlens.ui.theme import Theme

ONE, TWO = Place("one", QRect(0, 30, 1920, 1050)), Place("two", QRect(1920, 0, 1280, 1024))
whole = st.integers(-10_000, 10_000)


@given(whole, whole, st.integers(50, 1200), st.integers(30, 1000), st.sampled_from(["one", "two", "gone"]))
def test_wherever_it_was_it_lies_on_a_screen(x: int, y: int, width: int, height: int, name: str) -> None:
    size = QSize(width, height)
    window = QRect(position((ONE, TWO), name, QPoint(x, y), size), size)
    assert (TWO if name == "two" else ONE).area.contains(window)


def test_a_place_that_fits_is_kept_exactly() -> None:
    assert position((ONE, TWO), "two", QPoint(100, 50), QSize(300, 200)) == QPoint(2020, 50)
    assert position((ONE, TWO), "", None, QSize(300, 200)) == QPoint(1920 - 300 - 24, 54)
    too_large = inside(ONE.area, QRect(50, 50, 3000, 3000))
    assert too_large.topLeft() == ONE.area.topLeft()


@given(whole, whole, st.integers(0, 15))
def test_a_drag_moves_only_its_edges_and_never_below_the_least(dx: int, dy: int, bits: int) -> None:
    edges = Qt.Edge(bits)
    window, least = QRect(200, 100, 320, 240), QSize(200, 150)
    after = Drag(QPointF(0, 0), window, edges).rectangle(QPointF(dx, dy), least)
    if not edges:
        assert after == window.translated(dx, dy)
        return
    assert after.width() >= least.width()
    assert after.height() >= least.height()
    if not edges & Qt.Edge.LeftEdge and not edges & Qt.Edge.RightEdge:
        assert (after.left(), after.width()) == (window.left(), window.width())
    elif not edges & Qt.Edge.LeftEdge:
        assert after.left() == window.left()


def test_edges_and_their_pointers() -> None:
    size = QSize(300, 200)
    assert edges_at(size, QPoint(150, 100), resizable=True) == Qt.Edge(0)
    assert edges_at(size, QPoint(2, 198), resizable=True) == Qt.Edge.LeftEdge | Qt.Edge.BottomEdge
    assert edges_at(size, QPoint(2, 198), resizable=False) == Qt.Edge(0)
    assert cursor_for(Qt.Edge.LeftEdge | Qt.Edge.BottomEdge) == Qt.CursorShape.SizeBDiagCursor
    assert cursor_for(Qt.Edge(0)) == Qt.CursorShape.SizeAllCursor


def test_flags_keep_it_on_top_and_without_focus() -> None:
    for platform in ("xcb", "windows"):
        flags = window_flags(platform)
        assert flags & Qt.WindowType.WindowStaysOnTopHint
        assert flags & Qt.WindowType.WindowDoesNotAcceptFocus
        assert bool(flags & Qt.WindowType.X11BypassWindowManagerHint) == (platform == "xcb")


@pytest.fixture
def live() -> fakes.FakeLive:
    return fakes.FakeLive()


@pytest.fixture
def overlay(theme: Theme, live: fakes.FakeLive, qtbot: QtBot) -> Overlay:
    made = Overlay(theme, live, fakes.FakeClock(), OverlaySettings(visible=False))
    qtbot.addWidget(made, before_close_func=Overlay.stop)
    return made


def test_it_looks_only_while_it_is_seen(overlay: Overlay, live: fakes.FakeLive, qtbot: QtBot) -> None:
    overlay.set_shown(True)
    asked = live.asked
    qtbot.waitUntil(lambda: live.asked >= asked + 2)
    overlay.set_shown(False)
    assert not overlay._timer.isActive()


def show_and_settle(overlay: Overlay, qtbot: QtBot) -> None:
    """On the screen, all painted, and looking at nothing by itself."""
    overlay.set_shown(True)
    overlay._timer.stop()
    qtbot.waitExposed(overlay)
    QTest.qWait(50)
    overlay._panel.painted_parts = 0


def parts_painted_for_a_kill(overlay: Overlay, live: fakes.FakeLive, qtbot: QtBot) -> int:
    live.current = msgspec.structs.replace(live.current, kills=125)
    overlay.refresh()
    qtbot.waitUntil(lambda: overlay._panel.painted_parts > 0)
    return overlay._panel.painted_parts


def test_only_what_changed_is_painted(overlay: Overlay, live: fakes.FakeLive, qtbot: QtBot) -> None:
    show_and_settle(overlay, qtbot)
    overlay.refresh()
    QTest.qWait(50)
    assert overlay._panel.painted_parts == 0
    assert parts_painted_for_a_kill(overlay, live, qtbot) == 1


def test_a_kill_is_seen_on_one_line_too(overlay: Overlay, live: fakes.FakeLive, qtbot: QtBot) -> None:
    overlay.apply(msgspec.structs.replace(overlay.settings, compact=True))
    show_and_settle(overlay, qtbot)
    assert parts_painted_for_a_kill(overlay, live, qtbot) == 1


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_over_a_faint_ground_quiet_text_is_as_strong_as_the_rest(
    overlay: Overlay, theme: Theme, palette: Palette
) -> None:
    theme.choose("dark" if palette.dark else "light")
    panel = overlay._panel
    panel.opacity = 0.85
    assert panel._ink("muted").name().upper() == palette.muted
    panel.opacity = 0.3
    assert panel._ink("muted").name().upper() == palette.text
    theme.choose("dark")


def test_locked_and_unlocked_differ_in_frame_and_click_through(overlay: Overlay) -> None:
    overlay.set_shown(True)
    handle = overlay.windowHandle()
    assert handle.flags() & Qt.WindowType.WindowTransparentForInput
    height = overlay.height()
    overlay.set_locked(False)
    assert not handle.flags() & Qt.WindowType.WindowTransparentForInput
    assert overlay._panel.framed
    assert overlay.height() > height
    overlay.set_locked(True)
    assert not overlay._panel.framed
    assert overlay.height() == height


def test_it_grows_with_its_rows_and_shrinks_to_one_line(overlay: Overlay, live: fakes.FakeLive) -> None:
    full = overlay.height()
    overlay.apply(msgspec.structs.replace(overlay.settings, skills=0))
    fewer = overlay.height()
    overlay.apply(msgspec.structs.replace(overlay.settings, chart=False))
    plain = overlay.height()
    overlay.apply(msgspec.structs.replace(overlay.settings, compact=True))
    assert full > fewer > plain > overlay.height()


def test_a_notice_stands_for_a_while_in_the_alert_line(overlay: Overlay) -> None:
    overlay.set_shown(True)
    overlay.notice("Kill counted")
    assert overlay._panel.face is not None
    assert overlay._panel.face.alert == "Kill counted"
    assert overlay._notice_timer.isActive()
    overlay._notice_timer.timeout.emit()
    assert overlay._panel.face.alert == ""


def test_the_line_is_drawn_once_a_second_at_most_and_only_when_new(
    overlay: Overlay, live: fakes.FakeLive, monkeypatch: pytest.MonkeyPatch
) -> None:
    overlay.load_chart()
    clock = overlay._clock
    assert isinstance(clock, fakes.FakeClock)
    drawn: list[bool] = []
    real = LiveLine.show_series
    monkeypatch.setattr(LiveLine, "show_series", lambda self, s: drawn.append(real(self, s)) or drawn[-1])
    for _ in range(8):
        clock.at += 0.25
        live.current = msgspec.structs.replace(live.current, series=(*live.current.series, (9_000 + clock.at, 1.0)))
        overlay.refresh()
    assert drawn.count(True) == 2
    clock.at += 5
    overlay.refresh()
    clock.at += 5
    overlay.refresh()
    assert drawn.count(True) == 3


def test_thinning_keeps_peaks_and_the_last_point() -> None:
    points = np.column_stack([np.arange(5_000.0), np.sin(np.arange(5_000) / 50)])
    points[1234, 1], points[3210, 1] = 9.0, -9.0
    thinned = thin(points, 240)
    assert len(thinned) <= 241
    assert {9.0, -9.0} <= set(thinned[:, 1])
    assert thinned[-1].tolist() == points[-1].tolist()
    assert np.all(np.diff(thinned[:, 0]) > 0)
    assert thin(points[:100], 240) is not None
    assert len(thin(points[:100], 240)) == 100
