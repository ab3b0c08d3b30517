"""Diagnostics: what the reader saw, by which step, the glyphs it learned, and a report with nothing else in it."""

from __future__ import annotations

import getpass
import json
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QLabel

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.snapshot import Health
from combatlens.ui.diagnostics import DiagnosticsWindow, Glyph, Inside
from combatlens.ui.diagnostics_report import Row, png, save_report


def rows() -> list[Row]:
    image = np.zeros((20, 90, 3), np.uint8)
    image[5:15, 10:80] = (10, 200, 255)
    looks = ("Tesseract at 36: '12,3', 91 % sure (groups are not of three digits)", "RapidOCR at 36: '12,3', 88 % sure")
    return [
        Row(1_700_000_000.0, image, "XP 12,345 / 67,890", "accepted", "waits for a second picture", "glyphs"),
        Row(1_700_000_001.0, image, "12,3", "ignored", "groups are not of three digits", "Tesseract + RapidOCR", looks),
    ]


def glyphs() -> list[Glyph]:
    one = np.zeros((18, 9), np.uint8)
    one[2:16, 4:6] = 255
    return [Glyph("1", True, one), Glyph("/", False, one[:, ::-1])]


@pytest.fixture
def window(qtbot, theme, worker):
    inside = [Inside(Health("screen", "ok", "reads XP 12,345 / 67,890"))]
    made = DiagnosticsWindow(theme, worker, lambda: inside[0])
    made.inside = inside
    qtbot.addWidget(made)
    made.show()
    return made


def test_newest_first_with_words_and_steps(window):
    assert window.empty.isVisible()
    assert "None yet" in window.glyph_words.text()
    window.inside[0] = window.inside[0]._replace(rows=rows(), glyphs=glyphs())
    window.refresh()
    assert window.state.text() == "Reads XP 12,345 / 67,890"
    assert [window.table.item(0, column).text() for column in range(2, 6)] == [
        "12,3", "Tesseract + RapidOCR", "✗ ignored", "groups are not of three digits",
    ]  # fmt: skip
    assert [window.table.item(1, column).text() for column in (3, 4)] == ["glyphs", "✓ accepted"]
    window.hide()
    assert not window._timer.isActive()


def test_each_look_and_the_pictures_of_the_glyphs_are_shown(window):
    window.inside[0] = Inside(Health("screen", "warning", "no text found", "move it"), glyphs(), rows())
    window.refresh()
    assert window.remedy.text() == "Move it"
    assert "Tesseract at 36: '12,3', 91 % sure" in window.looks.text()
    assert not window.large.pixmap().isNull()
    window.table.selectRow(1)
    assert "Read by glyphs: “XP 12,345 / 67,890”." in window.looks.text()
    pictures = [one for one in window._shelf.parentWidget().findChildren(QLabel) if not one.pixmap().isNull()]
    assert len(pictures) == 2
    assert window.glyph_words.text().startswith("1 of 2 are used")
    image = pictures[0].pixmap().toImage()
    ink = [image.pixelColor(x, image.height() // 2).lightness() for x in range(image.width())]
    assert min(ink) < 20 < 235 < max(ink), "the glyph's own strokes, dark on light"


def test_a_chosen_row_stays_chosen_while_new_ones_come(window):
    window.inside[0] = Inside(Health("screen", "ok", "reads"), (), rows())
    window.refresh()
    window.table.selectRow(1)
    window.inside[0] = Inside(Health("screen", "ok", "reads"), (), [*rows(), rows()[0]._replace(at=1_700_000_002.0)])
    window.refresh()
    assert window.table.currentRow() == 1


def test_the_report_holds_the_pictures_and_readings_alone(window, qtbot, tmp_path):
    window.inside[0] = Inside(Health("screen", "warning", "covered by 'Private chat'"), glyphs(), rows())
    window.refresh()
    path = tmp_path / "report.zip"
    window.save(path)
    qtbot.waitUntil(lambda: "Saved report.zip" in window.note.text())
    with zipfile.ZipFile(path) as archive:
        assert sorted(archive.namelist()) == ["000.png", "001.png", "readings.json"]
        told = json.loads(archive.read("readings.json"))
        for name, row in zip(("000.png", "001.png"), rows(), strict=True):
            picture = QImage.fromData(archive.read(name))
            assert (picture.width(), picture.height()) == (row.image.shape[1], row.image.shape[0])
            assert picture.textKeys() == [], "no metadata"
        everything = b"".join(archive.read(name) for name in archive.namelist()) + archive.comment
    assert told[0]["text"] == "XP 12,345 / 67,890"
    assert set(told[0]) == {"picture", "at", "text", "state", "reason", "step", "looks"}
    for secret in ("Private chat", str(Path.home()), os.uname().nodename, getpass.getuser()):
        assert secret.encode() not in everything or len(secret) < 5, f"{secret!r} is in the report"


def test_a_report_that_cannot_be_written_is_told(window, qtbot, tmp_path):
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        save_report(tmp_path / "absent" / "report.zip", rows())
    window.save(tmp_path / "absent" / "report.zip")
    qtbot.waitUntil(lambda: "cannot be written" in window.note.text())


def test_png_is_what_was_seen():
    image = rows()[0].image
    read = QImage.fromData(png(image))
    assert (read.width(), read.height()) == (90, 20)
    assert read.pixelColor(20, 10).getRgb()[:3] == (255, 200, 10)
