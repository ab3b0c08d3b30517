"""Colours that can be read, and a theme that follows the user."""

import itertools
import re
from pathlib import Path

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QWidget
from tests.repository import ROOT

from combatlens.resources_path import resources
from combatlens.ui.palette import DARK, LIGHT, Palette, contrast
from combatlens.ui.stylesheet import stylesheet
from combatlens.ui.theme import Choice, Theme

AA_TEXT, AA_PARTS = 4.5, 3.0


def test_contrast_is_the_one_of_wcag() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_text_and_controls_reach_aa_on_every_surface(palette: Palette) -> None:
    grounds = (palette.window, palette.surface, palette.raised, palette.selected)
    for tone, ground in itertools.product(("text", "muted", "accent", "warn", "bad"), grounds):
        assert contrast(getattr(palette, tone), ground) >= AA_TEXT, (tone, ground)
    assert contrast(palette.on_accent, palette.accent) >= AA_TEXT
    for ground in (palette.window, palette.surface):
        assert contrast(palette.edge, ground) >= AA_PARTS
        assert contrast(palette.second, ground) >= AA_PARTS


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize("scenery", ["#000000", "#FFFFFF"])
def test_the_overlay_can_be_read_over_any_scenery(palette: Palette, scenery: str) -> None:
    """Text at the default opacity, 0.85, over the brightest and the darkest game."""
    opacity = 0.85
    mixed = "#" + "".join(
        f"{round(int(palette.window[i : i + 2], 16) * opacity + int(scenery[i : i + 2], 16) * (1 - opacity)):02x}"
        for i in (1, 3, 5)
    )
    for tone in ("text", "muted", "accent", "warn", "bad"):
        assert contrast(getattr(palette, tone), mixed) >= AA_TEXT, tone


def test_every_icon_named_in_the_program_is_there() -> None:
    folder = resources() / "icons"
    ui = ROOT / "app" / "combatlens" / "ui"
    text = stylesheet(DARK, 13, folder) + stylesheet(LIGHT, 13, folder)
    for path in re.findall(r'url\("([^"]+)"\)', text):
        assert Path(path).is_file(), path
    named = re.findall(r'"((?:state|tray)-[a-z]+)"', "".join(p.read_text("utf-8") for p in ui.glob("*.py")))
    assert named
    for name in named:
        assert (folder / f"{name}.svg").is_file(), name


def test_a_dressed_widget_follows_the_theme(qapp: QApplication) -> None:
    theme = Theme(qapp, resources(), "dark")
    widget = QWidget()
    theme.dress(widget)
    assert DARK.window in widget.styleSheet()
    theme.choose("light")
    assert LIGHT.window in widget.styleSheet()
    widget.deleteLater()
    del widget
    theme.choose("dark")
    assert theme.colors is DARK


def test_icons_take_the_colour_asked_for(theme: Theme) -> None:
    picture = theme.icons.pixmap("state-recording", "#ff0000", 16, 2.0).toImage()
    assert picture.width() == 32
    assert picture.pixelColor(16, 16).name() == "#ff0000"
    assert picture.pixelColor(0, 0).alpha() == 0


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_a_picture_of_what_cannot_be_used_is_as_faint_as_its_words(qapp: QApplication, choice: Choice) -> None:
    theme = Theme(qapp, resources(), choice)
    picture = theme.icon("stop").pixmap(QSize(32, 32), 1.0, QIcon.Mode.Disabled).toImage()
    assert picture.pixelColor(16, 16).name().upper() == theme.colors.edge
