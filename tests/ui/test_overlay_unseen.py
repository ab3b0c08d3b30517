"""The overlay and the place of the XP: left out of captures where the system can, else told of and moved."""

from __future__ import annotations

import sys

import pytest
from tests.ui import fakes

from combatlens.domain.profile import Region
from combatlens.domain.settings import OverlaySettings
from combatlens.ui.overlay import Overlay
from combatlens.ui.pixels import Monitor, on_screen, shares
from combatlens.ui.unseen import WDA_EXCLUDEFROMCAPTURE, leave_out_of_captures


class User32:
    def __init__(self, able: int) -> None:
        self.able, self.calls = able, []

    def SetWindowDisplayAffinity(self, window, affinity):
        self.calls.append((window, affinity))
        return self.able


@pytest.fixture
def overlay(qtbot, theme):
    made = []

    def make(leave_out=lambda _: False, **changes):
        one = Overlay(theme, fakes.FakeLive(), fakes.FakeClock(), OverlaySettings(x=300, y=200, **changes), leave_out)
        qtbot.addWidget(one)
        made.append(one)
        return one

    yield make
    for one in made:
        one.stop()


def test_the_call_is_made_with_the_windows_handle():
    for able in (1, 0):
        user32 = User32(able)
        assert leave_out_of_captures(4711, user32) is bool(able)
        assert user32.calls == [(4711, WDA_EXCLUDEFROMCAPTURE)] == [(4711, 0x11)]
    if sys.platform != "win32":
        assert leave_out_of_captures(4711) is False


def test_each_show_leaves_it_out_anew_and_then_it_covers_nothing(overlay):
    user32 = User32(1)
    one = overlay(lambda window: leave_out_of_captures(window, user32))
    place = on_screen(one)
    assert user32.calls == [(int(one.winId()), 0x11)]
    assert not one.covers(place)
    assert not one.lies_over(place)
    one.hide()
    one.show()
    assert len(user32.calls) == 2, "a window that is made anew by the system has lost it"


def test_where_it_cannot_be_left_out_it_tells_what_it_covers_and_makes_room(overlay):
    one = overlay()
    place = on_screen(one)
    beside = Region(place.x + place.width, place.y, 50, 20)
    assert one.lies_over(place)
    assert one.covers(place)
    assert not one.lies_over(beside)
    corner = Region(place.x, place.y, 60, 20)
    kept = []
    one.changed.connect(kept.append)
    assert one.make_room(corner)
    assert not one.lies_over(corner)
    assert kept, "the new place is kept"
    assert not one.make_room(Region(0, 0, 100_000, 100_000))


def test_stepped_out_it_is_gone_whatever_the_settings_do_and_comes_back(overlay):
    one = overlay()
    place = on_screen(one)
    one.step_out(True)
    one.apply(OverlaySettings(x=300, y=200, opacity=0.5))
    assert not one.isVisible()
    assert not one.lies_over(place), "nothing of it is on the screen now"
    assert one.covers(place), "but it will be"
    one.step_out(False)
    assert one.isVisible()
    one.set_shown(False)
    one.step_out(True)
    one.step_out(False)
    assert not one.isVisible(), "the user had hidden it"


@pytest.mark.parametrize(("ratio", "expected"), [(1.0, (1400, 60)), (1.25, (1430, 75)), (1.5, (1460, 90))])
def test_physical_pixels_of_a_second_monitor(ratio, expected):
    from PySide6.QtCore import QRect

    monitor = Monitor(QRect(1280, 0, 800, 600), ratio)
    place = monitor.to_physical(QRect(1400, 60, 100, 40))
    assert (place.x, place.y) == expected
    assert (place.width, place.height) == (round(100 * ratio), round(40 * ratio))
    assert monitor.to_logical(place).contains(QRect(1400, 60, 100, 40))
    assert shares(place, Region(expected[0], expected[1], 1, 1))
