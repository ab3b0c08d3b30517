"""Diagnostics: what the reader saw, and a report with nothing else in it."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from PySide6.QtGui import QImage

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.snapshot import Health
from combatlens.ui.diagnostics import DiagnosticsWindow, Inside
from combatlens.ui.diagnostics_report import Row, png, save_report


def rows() -> list[Row]:
    image = np.zeros((20, 90, 3), np.uint8)
    image[5:15, 10:80] = (10, 200, 255)
    return [
        Row(1_700_000_000.0, image, "XP 12,345 / 67,890", "accepted", "waits for a second picture", "glyphs"),
        Row(
            1_700_000_001.0, image, "12,3", "ignored", "groups are not of three digits", "tesserocr", "tesserocr: 12,3"
        ),
    ]


def test_newest_first_with_words(qtbot, theme, worker):
    inside = [Inside(Health("screen", "ok", "reads XP 12,345 / 67,890"), "0 1 2 % /", [])]
    window = DiagnosticsWindow(theme, worker, lambda: inside[0])
    qtbot.addWidget(window)
    window.show()
    assert window.empty.isVisible()
    inside[0] = inside[0]._replace(rows=rows())
    window.refresh()
    assert window.state.text() == "Reads XP 12,345 / 67,890"
    assert window.table.item(0, 2).text() == "12,3"
    assert window.table.item(0, 3).text() == "✗ ignored"
    assert window.table.item(1, 3).text() == "✓ accepted"
    window.hide()
    assert not window._timer.isActive()


def test_report_holds_the_pictures_and_readings_alone(tmp_path):
    path = save_report(tmp_path / "report.zip", rows())
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["000.png", "001.png", "readings.json"]
        told = json.loads(archive.read("readings.json"))
        assert told[0]["text"] == "XP 12,345 / 67,890"
        assert set(told[0]) == {"picture", "at", "text", "state", "reason", "reader", "looks"}
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        save_report(tmp_path / "absent" / "report.zip", rows())


def test_png_is_what_was_seen():
    image = rows()[0].image
    read = QImage.fromData(png(image))
    assert (read.width(), read.height()) == (90, 20)
    assert read.pixelColor(20, 10).getRgb()[:3] == (255, 200, 10)
