"""The set-up assistant: driven by mouse and keyboard over a stand-in screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ui.assistant import AssistantWindow
from combatlens.ui.assistant_words import Answer, Choice, Found, Place, Trial

GAME, SCREEN = Region(100, 50, 400, 300), Region(0, 0, 2000, 1500)


class Screen:
    def __init__(self) -> None:
        self.fault: EnvironmentFault | None = None
        self.answer = Answer(True, "XP 12,345 / 67,890", "XP 12,345 of 67,890 needed")
        self.found: Region | None = Region(30, 40, 120, 24)
        self.offered = [Found(Region(30, 40, 120, 24), "XP 12,345"), Found(Region(10, 200, 90, 20), "9,999")]
        self.screens = [SCREEN]
        self.asked: list[tuple] = []
        self.pictures = 0

    def windows(self):
        return [Place("Some Game", GAME, "some.exe"), Place("Off Screen", Region(-900, 0, 300, 200))]

    def monitors(self):
        return self.screens

    def picture(self, area):
        if self.fault:
            raise self.fault
        self.pictures += 1
        area = area or SCREEN
        return np.full((area.height, area.width, 3), 60, np.uint8), area

    def warm(self):
        pass

    def read(self, image, kind, enlarged):
        self.asked.append((image.shape, kind, enlarged))
        return self.answer

    def find(self, image, x, y):
        self.at = (x, y)
        return self.found

    def search(self, image):
        return self.offered


class OverlayDouble:
    def __init__(self, over: Region | None = None, room: bool = True) -> None:
        self.over, self.room, self.out = over, room, []

    def step_out(self, out):
        self.out.append(out)

    def covers(self, place):
        return self.over is not None

    def make_room(self, place):
        self.over = None if self.room else self.over
        return self.room


def opened(qtbot, theme, worker, screen, overlay=None, saved=None):
    window = AssistantWindow(theme, worker, screen, (saved if saved is not None else []).append, overlay)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isVisible)
    return window


@pytest.fixture
def made(qtbot, theme, worker):
    screen, saved = Screen(), []
    window = opened(qtbot, theme, worker, screen, OverlayDouble(), saved)
    yield window, screen, saved
    window.close()


def at(window: AssistantWindow, x: int, y: int) -> QPoint:
    return window.canvas._to_widget(QRect(x, y, 1, 1)).topLeft().toPoint()


def click(qtbot, window, x=60, y=50):
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=at(window, x, y))


def test_it_is_not_in_its_own_picture(qtbot, theme, worker):
    screen, overlay = Screen(), OverlayDouble()
    window = AssistantWindow(theme, worker, screen, lambda _: None, overlay)
    qtbot.addWidget(window)
    seen: list[bool] = []
    picture = screen.picture
    screen.picture = lambda area: (seen.append(window.isVisible()), picture(area))[1]
    window.show()
    assert not window.isVisible()
    assert overlay.out == [True]
    qtbot.waitUntil(window.isVisible)
    qtbot.keyClick(window.again, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: len(seen) == 2 and window.isVisible())
    assert seen == [False, False]
    window.take(300)
    window.show()  # asked for again, from the tray, while the picture is still to be taken
    assert not window.isVisible()
    qtbot.waitUntil(lambda: len(seen) == 3 and window.isVisible())
    assert not any(seen)
    window.close()
    assert overlay.out[-1] is False


def test_click_finds_the_number_and_saves_it_relative_to_the_window(qtbot, made):
    window, screen, saved = made
    assert window.where.currentText() == "Some Game"
    click(qtbot, window)
    qtbot.waitUntil(window.done.isEnabled)
    assert abs(screen.at[0] - 60) <= 2
    assert window.said.text() == "XP 12,345 of 67,890 needed"
    assert screen.asked[-1] == ((24, 120, 3), "text", 1)
    assert not window.seen.pixmap().isNull()
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved) and not window.isVisible())
    assert saved == [Choice("Some Game", Region(30, 40, 120, 24), (400, 300), window_class="some.exe")]


def test_drag_and_arrow_keys(qtbot, made):
    window, _, _ = made
    canvas = window.canvas
    qtbot.mousePress(canvas, Qt.MouseButton.LeftButton, pos=at(window, 20, 20))
    qtbot.mouseMove(canvas, at(window, 140, 60))
    qtbot.mouseRelease(canvas, Qt.MouseButton.LeftButton, pos=at(window, 140, 60))
    qtbot.waitUntil(window.done.isEnabled)
    before = QRect(canvas.box)
    assert abs(before.x() - 20) <= 2
    assert abs(before.width() - 120) <= 4
    qtbot.keyClick(canvas, Qt.Key.Key_Right)
    qtbot.keyClick(canvas, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    assert canvas.box.x() == before.x() + 11
    qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.box.height() == before.height() + 1
    qtbot.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    for _ in range(9):
        qtbot.keyClick(canvas, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    assert canvas.box.x() >= 0


def test_by_keyboard_alone(qtbot, made):
    window, _, saved = made
    assert window.canvas.hasFocus() or window.focusWidget() is window.canvas
    qtbot.keyClick(window.canvas, Qt.Key.Key_Up)
    qtbot.waitUntil(window.done.isEnabled)
    assert not window.canvas.box.isNull()
    qtbot.keyClick(window.seek, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.canvas.box == QRect(30, 40, 120, 24))
    qtbot.waitUntil(lambda: "1 of 2" in window.hint.text())
    qtbot.keyClick(window.seek, Qt.Key.Key_Space)
    assert window.canvas.box == QRect(10, 200, 90, 20)
    qtbot.waitUntil(window.done.isEnabled)
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(saved))
    assert saved == [Choice("Some Game", Region(10, 200, 90, 20), (400, 300), window_class="some.exe")]


def test_escape_leaves_and_a_new_start_takes_a_new_picture(qtbot, made):
    window, screen, saved = made
    qtbot.keyClick(window.canvas, Qt.Key.Key_Escape)
    assert not window.isVisible()
    taken = screen.pictures
    window.show()
    qtbot.waitUntil(window.isVisible)
    assert screen.pictures == taken + 1
    assert saved == []
    assert window.canvas.box.isNull()


def test_what_cannot_be_read_cannot_be_used(qtbot, made):
    window, screen, _ = made
    screen.answer = Answer(False, "12O45", "'O' touches the number")
    click(qtbot, window)
    qtbot.waitUntil(lambda: "touches" in window.hint.text())
    assert not window.done.isEnabled()
    qtbot.keyClick(window.canvas, Qt.Key.Key_Return)
    assert window.isVisible()
    screen.found = None
    click(qtbot, window)
    qtbot.waitUntil(lambda: window.said.text() == "No text found there")
    screen.offered = []
    qtbot.mouseClick(window.seek, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: "No number that could be" in window.said.text())


def test_small_text_is_offered_to_be_enlarged(qtbot, made):
    window, screen, saved = made
    screen.answer = Answer(False, "", "text too small: scale the game's UI or choose 2×", small=True)
    click(qtbot, window)
    qtbot.waitUntil(window.larger.isVisible)
    assert "Text too small" in window.hint.text()
    screen.answer = Answer(True, "77", "XP 77")
    qtbot.mouseClick(window.larger, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(window.done.isEnabled)
    assert screen.asked[-1][2] == 2
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved))
    assert saved[0].enlarged == 2


def test_the_overlay_over_the_place_is_told_and_moved(qtbot, theme, worker):
    screen, overlay = Screen(), OverlayDouble(GAME)
    window = opened(qtbot, theme, worker, screen, overlay)
    click(qtbot, window)
    qtbot.waitUntil(window.aside.isVisible)
    assert "overlay would cover this place" in window.hint.text()
    qtbot.mouseClick(window.aside, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.aside.isVisible())
    overlay.over, overlay.room = GAME, False
    qtbot.waitUntil(window.aside.isVisible)
    qtbot.mouseClick(window.aside, Qt.MouseButton.LeftButton)
    assert "no room for the overlay" in window.said.text()
    window.close()


def test_faults_are_told(qtbot, made):
    window, screen, _ = made
    screen.fault = EnvironmentFault("there is no screen to capture", "set DISPLAY")
    window.take()
    qtbot.waitUntil(lambda: "Set DISPLAY" in window.hint.text())
    assert window.isVisible()
    screen.fault = None
    window.take()
    qtbot.waitUntil(lambda: not window.canvas._picture.isNull())


def test_a_window_outside_the_screen_is_told(qtbot, made):
    window, _, _ = made
    window.where.setCurrentIndex(1)
    window._cut()
    assert window.said.text() == "The window is outside the screen"


def test_whole_screen_and_each_of_several_are_saved_without_a_window(qtbot, made):
    window, screen, saved = made
    assert window.where.itemText(2) == "The whole screen"
    screen.screens = [Region(0, 0, 1200, 1500), Region(1200, 0, 800, 1500)]
    window.take()
    qtbot.waitUntil(lambda: window.where.findText("Screen 2") > 0 and window.isVisible())
    window.where.setCurrentIndex(window.where.findText("Screen 2"))
    window._cut()
    click(qtbot, window)
    qtbot.waitUntil(window.done.isEnabled)
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved))
    assert saved == [Choice("", Region(1230, 40, 120, 24), None)]


def test_a_bar_is_dragged_and_saved_as_one(qtbot, made):
    window, screen, saved = made
    window.kind.setCurrentIndex(1)
    window._began_anew()
    assert not window.seek.isEnabled()
    screen.answer = Answer(True, "43.2 %", "the bar is 43.2 % full")
    window.canvas.set_box(QRect(10, 10, 200, 12))
    window._chosen()
    qtbot.waitUntil(window.done.isEnabled)
    assert screen.asked[-1][1] == "bar"
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved))
    assert saved[0].kind == "bar"


def test_a_number_and_its_bar_are_chosen_one_after_the_other(qtbot, made):
    window, screen, saved = made
    window.kind.setCurrentIndex(2)
    window._began_anew()
    click(qtbot, window)
    qtbot.waitUntil(window.done.isEnabled)
    assert window.done.text() == "Next: its bar"
    assert screen.asked[-1][1] == "text"
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    assert window.said.text() == "Now the bar"
    assert not window.done.isEnabled()
    assert not window.seek.isEnabled()
    screen.answer = Answer(True, "18.2 %", "the bar is 18.2 % full")
    window.canvas.set_box(QRect(10, 70, 300, 12))
    window._chosen()
    qtbot.waitUntil(window.done.isEnabled)
    assert window.done.text() == "Use both places"
    assert screen.asked[-1][1] == "bar"
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved))
    number, bar = Region(30, 40, 120, 24), Region(10, 70, 300, 12)
    assert saved == [Choice("Some Game", number, (400, 300), "both", 1, "some.exe", bar)]
    window.show()
    qtbot.waitUntil(window.isVisible)
    assert window.canvas.kept.isNull(), "a new start begins with the number again"


def test_the_test_counts_live_readings(qtbot, made):
    window, _, _ = made
    window.canvas.set_box(QRect(10, 10, 200, 12))
    window.move(1000, 900)
    window._chosen()
    qtbot.waitUntil(window.done.isEnabled)
    window._trial = Trial(2)
    qtbot.waitUntil(lambda: "Test passed: 2 of 2 pictures read, the number did not change." in window.said.text())


def test_a_trial_tells_what_came_of_it():
    good, bad = Answer(True, "12", "XP 12"), Answer(False, "", "no text found")
    trial = Trial(5)
    for answer in (good, good, Answer(True, "15", "XP 15"), good, bad):
        trial.note(answer)
    assert trial.passed
    assert trial.words() == "Test passed: 4 of 5 pictures read, from 12 to 12."
    failed = Trial(2)
    failed.note(bad)
    assert failed.words() == "Testing: 0 of 1 pictures read …"
    failed.note(bad)
    assert failed.words() == "Test not passed: 0 of 2 pictures read. No text found."
