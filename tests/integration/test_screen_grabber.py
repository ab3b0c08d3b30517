"""Captures from a real X server."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from combatlens.adapters.screen.grabber import MssGrabber, OutsideScreen
from combatlens.domain.errors import EnvironmentFault


@pytest.fixture(scope="module")
def display():
    """A virtual screen of 640×480; its number."""
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed")
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "640x480x24", "-nolisten", "tcp", "-noreset"],
        pass_fds=(write,), stderr=subprocess.DEVNULL,
    )  # fmt: skip
    os.close(write)
    with os.fdopen(read) as answer:
        number = answer.readline().strip()
    yield f":{number}"
    server.terminate()
    server.wait(10)


@pytest.fixture
def grabber(display, monkeypatch):
    monkeypatch.setenv("DISPLAY", display)
    made = MssGrabber()
    yield made
    made.close()


def paint(display: str, colour: int) -> None:
    from Xlib import display as xdisplay

    connection = xdisplay.Display(display)
    root = connection.screen().root
    root.change_attributes(background_pixel=colour)
    root.clear_area(0, 0, 640, 480)
    connection.sync()
    connection.close()


def test_grabs_bgr_pixels(display, grabber):
    paint(display, 0xFF8020)
    image = grabber.grab(600, 460, 40, 20)
    assert image.shape == (20, 40, 3)
    assert image.dtype.name == "uint8"
    assert image[0, 0].tolist() == [0x20, 0x80, 0xFF]
    assert grabber.bounds() == (0, 0, 640, 480)


@pytest.mark.parametrize("place", [(601, 460, 40, 20), (-1, 0, 10, 10), (0, 470, 10, 11), (5000, 0, 10, 10)])
def test_outside_the_screen_is_said(grabber, place):
    with pytest.raises(OutsideScreen, match="outside the screen"):
        grabber.grab(*place)
    assert grabber.grab(0, 0, 10, 10).shape == (10, 10, 3), "it works again at once"


def test_without_a_display(monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(EnvironmentFault, match="DISPLAY"):
        MssGrabber().grab(0, 0, 10, 10)
