"""Lines of numbers as games draw them, with what they say: what CombatLens' own reader is trained on.

`python made_lines.py FONTS FOLDER SHARDS`: writes that many files of `SHARD` lines each. FONTS: a folder of npm
packages (`@fontsource/*`, their names in `families.txt`). None of these families is among those of `make bench
ARGS=ocr`, and none of its code draws here, so that its verdict stays one on type that was never seen.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from functools import cache, lru_cache
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from fontTools.ttLib import TTFont, TTLibError
from PIL import Image, ImageDraw, ImageFont

from combatlens.adapters.ocr.full import crop
from combatlens.adapters.ocr.game_type import HEIGHT, network_line
from combatlens.adapters.ocr.preprocess import prepare, text_lines, to_gray

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
CHARACTERS = "0123456789,.'/%[]():-+ " + LETTERS
WORDS = ("XP", "XP", "EXP", "Exp", "xp", "Level", "Level", "Lv", "Lv.", "LVL", "Lvl", "level", "Rank", "Score", "Gold",
         "Points", "Next", "Total", "Renown", "Fame", "Honor", "Base", "Job")  # fmt: skip
SIZES = (8, 9, 10, 10, 10, 11, 11, 12, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32)
SCALES = (1, 1, 1, 1.25, 1.5, 2)
COLOURS = ((255, 255, 255), (225, 225, 225), (200, 200, 200), (90, 220, 255), (120, 230, 250), (180, 255, 180))
SPACED = (-1.5, -1, -1, -1, -0.5, -0.5, 1, 1, 2)
LONGEST, WIDEST, SHARD = 330, 512, 4096


class Fonts:
    """Every family as likely as any other, whatever the number of its weights."""

    def __init__(self, folder: Path) -> None:
        families = defaultdict(list)
        for path in sorted(folder.glob("@fontsource/*/files/*-latin-*.woff2")):
            *_, weight, style = path.stem.split("-")
            if weight in ("300", "400", "600", "700", "900") and style in ("normal", "italic"):
                families[path.parts[-3]].append(path)
        self._families = list(families.values())

    def pick(self, pick: random.Random, size: int) -> ImageFont.FreeTypeFont:
        while True:
            font = _font(pick.choice(pick.choice(self._families)), size)
            if font is not None:
                return font


@lru_cache(maxsize=6000)
def _font(path: Path, size: int) -> ImageFont.FreeTypeFont | None:
    """None for a font without digits."""
    if not _has_numbers(path):
        return None
    font = ImageFont.truetype(str(path), size)
    return font if all(font.getmask(digit).getbbox() for digit in "0123456789") else None


@cache
def _has_numbers(path: Path) -> bool:
    try:
        known = TTFont(path).getBestCmap()
    except TTLibError:
        return False  # some packages hold files that are no fonts
    return all(ord(char) in known for char in "0123456789,./%")


def number(pick: random.Random, parted: str) -> str:
    digits = pick.choice((1, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 9))
    value = pick.randint(10 ** (digits - 1), 10**digits - 1)
    if pick.random() < 0.08:
        value = pick.choice((1, 2, 3, 5, 6, 8)) * 10 ** (digits - 1)
    elif pick.random() < 0.08:
        value = int(pick.choice("123456789") * digits)
    return f"{value:,}".replace(",", parted)


def share(pick: random.Random) -> str:
    return f"{pick.uniform(0, 100):.{pick.choice((0, 1, 2, 2, 2))}f}"


def text(pick: random.Random) -> str:
    kind, parted = pick.random(), pick.choice(("", "", ",", ".", " ", "'"))
    if kind < 0.3:
        line = number(pick, parted)
    elif kind < 0.55:
        line = number(pick, parted) + pick.choice(("/", " / ", "/", " / ", " /")) + number(pick, parted)
    elif kind < 0.7:
        line = share(pick).replace(".", pick.choice("..,")) + pick.choice(("%", "%", " %"))
    elif kind < 0.82:
        opening, closing = pick.choice(("[]", "()"))
        line = f"{number(pick, parted)}{pick.choice(('', ' '))}{opening}{share(pick)}%{closing}"
    elif kind < 0.9:
        line = f"{pick.uniform(0, 999):.{pick.choice((0, 1, 2))}f}{pick.choice('KMBkm')}"
    elif kind < 0.95:
        line = pick.choice("+-") + number(pick, parted)
    else:
        line = f"{pick.choice(WORDS)}{pick.choice((' ', ': '))}{pick.randint(1, 99)}{pick.choice((' ', ' - '))}"
        line += number(pick, parted)
    if pick.random() < 0.2:
        word = pick.choice(WORDS)
        if pick.random() < 0.3:
            word = "".join(pick.choice(LETTERS) for _ in range(pick.randint(1, 6)))
        line = word + pick.choice((" ", ": ", " ", ":")) + line if pick.random() < 0.7 else f"{line} {word}"
    return line


def ground(pick: random.Random, noise: np.random.Generator, high: int, wide: int, base: np.ndarray) -> np.ndarray:
    """What lies behind the text: nothing, a gradient, a bar, noise, scenery or stripes. float32 (high, wide, 3)."""
    made = np.empty((high, wide, 3), np.float32)
    made[:] = base
    kind = pick.random()
    if 0.3 <= kind < 0.4:
        made += np.linspace(-30, 30, wide, dtype=np.float32)[None, :, None] * pick.choice((-1, 1))
    elif 0.4 <= kind < 0.5:
        made[:, : pick.randint(0, wide)] += np.array([pick.randint(-40, 40) for _ in range(3)], np.float32)
    elif 0.5 <= kind < 0.6:
        made += noise.normal(0, pick.uniform(3, 14), made.shape).astype(np.float32)
    elif 0.6 <= kind < 0.85:
        cell = pick.choice((4, 8, 14, 24, 60))
        small = noise.uniform(-1, 1, (high // cell + 2, wide // cell + 2, 3)).astype(np.float32)
        if pick.random() < 0.5:
            small = np.repeat(small[:, :, :1], 3, axis=2)
        smooth = pick.choice((cv2.INTER_CUBIC, cv2.INTER_LINEAR, cv2.INTER_NEAREST))
        large = cv2.resize(small, None, fx=cell, fy=cell, interpolation=smooth)
        made += pick.uniform(8, 45) * large[:high, :wide]
    elif kind >= 0.85:
        lean = np.arange(high)[:, None] * pick.choice((0, 0, 1))
        stripes = (np.arange(wide) + lean + pick.randint(0, 20)) // pick.randint(3, 12) % 2
        made += (np.where(stripes, 1.0, -1.0) * pick.uniform(5, 20)).astype(np.float32)[..., None]
    return made


def spots(pick: random.Random, made: np.ndarray) -> None:
    """Sparks, snow or particles over what lies behind the text."""
    high, wide = made.shape[:2]
    lighter, largest = pick.choice((1, 1, 1, -1)) * pick.uniform(15, 110), pick.choice((2, 3, 4, 6))
    for _ in range(max(1, round(pick.uniform(0.05, 0.6) * wide / 10))):
        layer = np.zeros((high, wide), np.float32)
        centre, size = (pick.randrange(wide), pick.randrange(high)), pick.randint(1, largest)
        if pick.random() < 0.7:
            cv2.circle(layer, centre, size, 1.0, -1, cv2.LINE_AA)
        else:
            corners = [(size, 0), (0, size), (-size, 0), (0, -size)]
            cv2.fillPoly(layer, [np.array(corners, np.int32) + centre], 1.0, cv2.LINE_AA)
        made += lighter * pick.uniform(0.5, 1) * layer[..., None]


def drawn(pick: random.Random, noise: np.random.Generator, fonts: Fonts) -> tuple[np.ndarray, str] | None:
    """One line as the network takes it, uint8 (HEIGHT, width), and its text; None where it came out unusable."""
    scale, size, line = pick.choice(SCALES), pick.choice(SIZES), text(pick)
    font = fonts.pick(pick, size)
    left, top, right, bottom = (int(edge) for edge in font.getbbox(line))
    if scale > 1 and size > 20:
        return None
    if not 2 <= right - left <= LONGEST or bottom - top < 5:
        return None
    if any(font.getmask(char).getbbox() is None for char in set(line) - {" "}):
        return None
    beside, above, spotted = pick.randint(4, 20), pick.randint(3, 10), pick.random() < 0.15
    if spotted and pick.random() < 0.7:
        beside = min(beside + pick.randint(0, 80), max(beside, (LONGEST - right + left) // 2))
    apart = pick.choice(SPACED) if pick.random() < 0.2 else 0.0
    canvas = Image.new("L", (right - left + 2 * beside + ceil(max(0.0, apart) * len(line)), bottom - top + 2 * above))
    pen = ImageDraw.Draw(canvas)
    if pick.random() < 0.12:
        pen.fontmode = "1"
    aside = pick.random() if pick.random() < 0.3 else 0.0
    if apart:
        _letter_spaced(pen, (beside - left + aside, above - top), line, font, apart)
    else:
        pen.text((beside - left + aside, above - top), line, fill=255, font=font)
    ink = np.asarray(canvas, np.float32) / 255
    if pick.random() < 0.1:
        ink = np.clip(ink * pick.uniform(1.1, 1.5), 0, 1)
    picture = _laid(pick, noise, ink, spotted)
    if picture is None or not (ink > 0.3).any():
        return None
    if scale != 1:
        how = pick.choice((cv2.INTER_LINEAR, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST))
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=how)
    picture = _worn(pick, picture)
    rows, columns = np.where(ink > 0.3)
    factor = picture.shape[1] / ink.shape[1]
    true = [factor * edge for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]
    cut, _ = crop(picture, _box(pick, picture, true, spotted))
    how = pick.choice(("as_is", "as_is", "as_is", "flat", "white"))
    made = network_line(prepare(cut, height=HEIGHT, ground=how, pad=0))
    return ((255 * made).astype(np.uint8), line) if made.shape[1] <= WIDEST else None


def _letter_spaced(
    pen: ImageDraw.ImageDraw, place: tuple[float, float], line: str, font: ImageFont.FreeTypeFont, apart: float
) -> None:
    """Letters so many pixels farther apart than their font has them; nearer, so that they touch, below 0."""
    x, y = place
    for char in line:
        pen.text((x, y), char, fill=255, font=font)
        x += font.getlength(char) + apart


def _laid(pick: random.Random, noise: np.random.Generator, ink: np.ndarray, spotted: bool) -> np.ndarray | None:
    """The text over its outline or shadow over the ground: float32 (h, w, 3); None where it would not stand out."""
    dark = pick.random() < 0.2
    low, high = (150, 250) if dark else (5, 110)
    base = np.array([pick.randint(low, high) for _ in range(3)], np.float32)
    if pick.random() < 0.3:
        base[:] = base[0]
    colour = np.array([pick.randint(0, 60) for _ in range(3)], np.float32)
    if not dark:
        colour = np.array(pick.choice((*COLOURS, [pick.randint(90, 255) for _ in range(3)])), np.float32)
    if abs(colour.mean() - base.mean()) < 60:
        return None
    most = max(20.0, min(base.mean() + 60, colour.mean() - 50))
    lowest, highest = (base.mean() - 25, 255) if dark else (0, most)
    behind = ground(pick, noise, *ink.shape, base)
    if spotted:
        spots(pick, behind)
    behind = np.clip(behind, lowest, highest)
    rim, wide = np.zeros_like(ink), pick.choice((0, 0, 1, 1, 2))
    if wide:
        shape = cv2.MORPH_RECT if pick.random() < 0.7 else cv2.MORPH_ELLIPSE
        rim = np.asarray(cv2.dilate(ink, cv2.getStructuringElement(shape, (2 * wide + 1, 2 * wide + 1))))
    if pick.random() < 0.35:
        away = pick.choice((1, 1, 2))
        rim = np.maximum(rim, np.roll(ink, (away, away), (0, 1)))
    rim = (rim * pick.uniform(0.6, 1))[..., None]
    cover = ink[..., None]
    if pick.random() < 0.25:  # sub-pixels
        one, two = (np.roll(ink, step, 1) for step in (-1, 1))
        cover = np.dstack([0.75 * ink + 0.25 * one, ink, 0.75 * ink + 0.25 * two])
    if pick.random() < 0.2:
        cover = cover * pick.uniform(0.6, 1)
    picture = behind * (1 - rim) + (250.0 if dark else 8.0) * rim
    return np.asarray(picture * (1 - cover) + colour * cover, np.float32)


def _worn(pick: random.Random, picture: np.ndarray) -> np.ndarray:
    """What captures do to it: a little smaller, a little blurred, JPEG. uint8."""
    if pick.random() < 0.07:
        across, down = pick.uniform(0.8, 0.98), pick.uniform(0.8, 0.98)
        picture = cv2.resize(picture, None, fx=across, fy=down, interpolation=cv2.INTER_AREA)
    if pick.random() < 0.06:
        picture = cv2.GaussianBlur(picture, (0, 0), pick.uniform(0.3, 0.8))
    picture = np.clip(picture, 0, 255).astype(np.uint8)
    if pick.random() < 0.35:
        quality = [cv2.IMWRITE_JPEG_QUALITY, pick.randint(60, 95)]
        picture = cv2.imdecode(cv2.imencode(".jpg", picture, quality)[1], cv2.IMREAD_COLOR)
    return picture


def _box(pick: random.Random, picture: np.ndarray, true: list[float], spotted: bool) -> tuple[int, int, int, int]:
    """Where the reader would find the line; where it would not, near to where it is."""
    high = true[3] - true[1]
    boxes = text_lines(to_gray(picture))
    if boxes:
        x, y, width, height = max(boxes, key=lambda box: box[3])
        off = np.abs(np.array([x, y, x + width, y + height]) - true)
        if spotted and x <= true[0] + 3 and x + width >= true[2] - 3:
            off[[0, 2]] = 0  # spots beside the text are taken for a part of the line
        if off.max() <= max(3.0, 0.35 * high):
            return x, y, width, height
    left, top, right, bottom = (
        round(edge + side * pick.uniform(-0.08, 0.12) * high) for edge, side in zip(true, (-1, -1, 1, 1), strict=True)
    )
    left, top = max(0, left), max(0, top)
    return left, top, min(picture.shape[1], right) - left, min(picture.shape[0], bottom) - top


def main() -> None:
    fonts, folder, shards = Fonts(Path(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3])
    folder.mkdir(parents=True, exist_ok=True)
    for shard in range(shards):
        pick, noise = random.Random(shard), np.random.default_rng(shard)
        made: list[tuple[np.ndarray, str]] = []
        while len(made) < SHARD:
            line = drawn(pick, noise, fonts)
            if line is not None:
                made.append(line)
        widths = np.array([image.shape[1] for image, _ in made])
        pixels = np.concatenate([image.ravel() for image, _ in made])
        np.savez(folder / f"{shard}.npz", widths=widths, pixels=pixels, texts=np.array([line for _, line in made]))


if __name__ == "__main__":
    main()
