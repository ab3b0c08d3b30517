"""The set-up assistant: driven by mouse and keyboard over a stand-in screen."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ui.assistant import AssistantWindow, Choice


class Screen:
    def __init__(self) -> None:
        self.fault: EnvironmentFault | None = None
        self.answer = (True, "XP 12,345 / 67,890", "XP 12,345 of 67,890 needed")
        self.found: Region | None = Region(30, 40, 120, 24)

    def windows(self):
        return [("Some Game", Region(100, 50, 400, 300))]

    def picture(self, area):
        if self.fault:
            raise self.fault
        area = area or Region(0, 0, 800, 600)
        return np.full((area.height, area.width, 3), 60, np.uint8), area

    def read(self, image):
        self.size = image.shape
        return self.answer

    def find(self, image, x, y):
        self.at = (x, y)
        return self.found


@pytest.fixture
def made(qtbot, theme, worker):
    screen, saved = Screen(), []
    window = AssistantWindow(theme, worker, screen, saved.append)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.canvas._picture.isNull())
    return window, screen, saved


def at(window: AssistantWindow, x: int, y: int) -> QPoint:
    return window.canvas._to_widget(QRect(x, y, 1, 1)).topLeft().toPoint()


def test_click_finds_the_number_and_saves_it_relative_to_the_window(qtbot, made):
    window, screen, saved = made
    assert window.where.currentText() == "Some Game"
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=at(window, 60, 50))
    qtbot.waitUntil(window.done.isEnabled)
    assert abs(screen.at[0] - 60) <= 2
    assert window.said.text() == "XP 12,345 of 67,890 needed"
    assert screen.size == (24, 120, 3)
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved) and not window.isVisible())
    assert saved == [Choice("Some Game", Region(30, 40, 120, 24), (400, 300))]


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
    assert canvas.box.x() == before.x() + 1
    qtbot.keyClick(canvas, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert canvas.box.height() == before.height() + 1


def test_what_cannot_be_read_cannot_be_used(qtbot, made):
    window, screen, _ = made
    screen.answer = (False, "12O45", "'O' touches the number")
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=at(window, 60, 50))
    qtbot.waitUntil(lambda: "touches" in window.hint.text())
    assert not window.done.isEnabled()
    screen.found = None
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=at(window, 60, 50))
    qtbot.waitUntil(lambda: window.said.text() == "No text found there")


def test_faults_are_told_and_the_overlay_is_warned_of(qtbot, theme, worker):
    screen = Screen()
    window = AssistantWindow(theme, worker, screen, lambda _: None, covered=lambda _: True)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(lambda: not window.canvas._picture.isNull())
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=at(window, 60, 50))
    qtbot.waitUntil(lambda: "overlay would cover" in window.hint.text())
    screen.fault = EnvironmentFault("there is no screen to capture", "set DISPLAY")
    window.take()
    qtbot.waitUntil(lambda: "Set DISPLAY" in window.hint.text())


def test_whole_screen_is_saved_without_a_window(qtbot, made):
    window, _, saved = made
    window.where.setCurrentIndex(0)
    window.take()
    qtbot.waitUntil(lambda: window._place == Region(0, 0, 800, 600))
    qtbot.mouseClick(window.canvas, Qt.MouseButton.LeftButton, pos=at(window, 60, 50))
    qtbot.waitUntil(window.done.isEnabled)
    qtbot.mouseClick(window.done, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(saved))
    assert saved == [Choice("", Region(30, 40, 120, 24), None)]
