"""The echo: an accepted text is known again over moving ground; a text that changed never is."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from combatlens.adapters.ocr.echo import Echo
from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.xp_text import parse_xp

READING = Reading(text="12,345", found=parse_xp("12,345"), confidence=0.9, reader="glyphs", sure=True)
NAMES = (
    "DejaVuSans", "DejaVuSans-ExtraLight", "DejaVuSansCondensed", "DejaVuSerif", "LiberationSans-Regular", "FreeSans",
    "LiberationSansNarrow-Regular", "LiberationMono-Regular", "NimbusSans-Bold", "NimbusSansNarrow-Regular",
)  # fmt: skip
FONTS = [path for path in sorted(Path("/usr/share/fonts").rglob("*.[to]tf")) if path.stem in NAMES]
LOOKS = {"light": (235, 20), "dim": (120, 30), "dark": (20, 220)}


def line(text: str, font: Path | None, size: int, ink: int = 235, ground: float | np.ndarray = 20) -> np.ndarray:
    """uint8 BGR (32, 140, 3)."""
    canvas = Image.new("L", (140, 32))
    face = ImageFont.truetype(str(font), size) if font else ImageFont.load_default(size)
    ImageDraw.Draw(canvas).text((8, 6), text, fill=255, font=face)
    cover = np.asarray(canvas, np.float32) / 255
    gray = np.asarray(ground * (1 - cover) + ink * cover, np.float32).round().astype(np.uint8)
    return np.dstack([gray] * 3)


def remembering(image: np.ndarray) -> Echo:
    echo = Echo()
    echo.remember(image, READING)
    return echo


def size_for(font: Path, height: int) -> int | None:
    for size in range(height, 3 * height):
        box = ImageFont.truetype(str(font), size).getbbox("0")
        if box[3] - box[1] == height:
            return size
    return None


def test_same_text_over_moving_ground_is_heard():
    columns = np.arange(140)
    grounds = [30 + 5 * np.sin((columns + 3 * step) / 12)[None, :] for step in range(30)]
    echo = remembering(line("12,345", None, 16, ground=grounds[0]))
    heard = [echo.hears(line("12,345", None, 16, ground=ground)) for ground in grounds[1:]]
    assert heard == [READING] * 29


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("height", [8, 10, 12])
def test_no_other_digit_is_heard_in_any_font(height: int, look: str):
    if not FONTS:
        pytest.skip("none of the fonts is installed (apt install fonts-dejavu fonts-liberation)")
    ink, ground = LOOKS[look]
    remembered = 0
    for font in FONTS:
        size = size_for(font, height)
        if size is None:
            continue
        shown = [line(f"12,3{digit}5", font, size, ink, ground) for digit in range(10)]
        for one, two in combinations(range(10), 2):
            echo = remembering(shown[one])
            remembered += echo.hears(shown[one]) is READING
            assert echo.hears(shown[two]) is None, f"{font.stem} {height} px: {two} was heard as {one}"
    assert remembered > 0, "nothing was remembered: the test shows nothing"


@pytest.mark.parametrize("colour", [(255, 255, 255), (60, 255, 60), (0, 0, 255)])
def test_a_bright_icon_does_not_make_a_dim_text_stale(colour: tuple[int, int, int]):
    for ink in range(60, 200, 20):
        eight, six = (line(text, None, 12, ink, 30) for text in ("12,385", "12,365"))
        for picture in (eight, six):
            cv2.rectangle(picture, (90, 4), (135, 28), colour, -1)
        assert remembering(eight).hears(six) is None, ink


def test_coloured_text_of_the_ground_s_brightness_is_not_remembered():
    pictures = []
    for text in ("12,385", "12,365"):
        cover = line(text, None, 12, 255, 0)[:, :, :1] / np.float32(255)
        picture = ((1 - cover) * (58, 58, 58) + cover * (0, 0, 190)).astype(np.uint8)
        cv2.rectangle(picture, (90, 4), (135, 28), (255, 255, 255), -1)
        pictures.append(picture)
    assert remembering(pictures[0]).hears(pictures[1]) is None


def test_digits_that_come_or_go_are_not_heard():
    short, long = line("1,234", None, 14), line("1,2345", None, 14)
    assert remembering(short).hears(long) is None
    assert remembering(long).hears(short) is None


def test_while_it_fades_another_digit_is_not_heard():
    echo = remembering(line("12,385", None, 14))
    for strength in np.linspace(0.05, 1.0, 20):
        ink = round(20 + 215 * float(strength))
        assert echo.hears(line("12,365", None, 14, ink)) is None


def test_a_cursor_across_the_text_is_not_heard_and_after_it_the_text_is():
    clear = line("12,345", None, 16)
    echo = remembering(clear)
    for x in range(8, 60, 4):
        covered = clear.copy()
        cv2.fillPoly(covered, [np.array([(x, 8), (x, 22), (x + 4, 18), (x + 10, 18)])], (250, 250, 250), cv2.LINE_AA)
        assert echo.hears(covered) is None
        assert echo.hears(clear) is READING


def test_what_has_no_contrast_another_size_or_was_forgotten_is_not_heard():
    clear = line("12,345", None, 16)
    assert remembering(line("12,345", None, 16, 60, 30)).hears(line("12,345", None, 16, 60, 30)) is None
    assert remembering(clear).hears(np.ascontiguousarray(clear[:, 1:])) is None
    echo = remembering(clear)
    echo.forget()
    assert echo.hears(clear) is None
