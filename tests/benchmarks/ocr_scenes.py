"""Made pictures with known truth: an XP line in any font over moving scenery, clean or spoiled.

Knows nothing of the reader. A `Scene` is one game's look (font, size, colours, background, scaling); `frame` draws
one picture of it. Everything follows from the seed.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

WIDTH, HEIGHT = 300, 40
BACKGROUNDS = ("panel", "gradient", "bar", "noise", "scenery", "checker", "stripes", "sparks")
SPOILS = ("tooltip", "cursor", "blur", "fade", "half_drawn", "cut", "rolling", "strike", "sparks", "jpeg", "ghost")
FORMS = ("plain", "comma", "dot", "space", "apostrophe", "pair", "pair_comma", "named_pair", "bracket", "percent")
NO_TEXT = re.compile("Symbol|Dingbat|D050000L|Math|Z003|[eE]moji|Unifont|LinBiolinum_K")
"""Parts of the names of fonts that hold no Latin text."""


@lru_cache(maxsize=1)
def fonts() -> tuple[Path, ...]:
    """Latin text fonts of the system and of npm packages (`@fontsource/*` in COMBATLENS_BENCH_FONTS)."""
    listed = subprocess.run(
        ["fc-list", ":lang=en", "file", "family", "style"], capture_output=True, text=True, check=True
    ).stdout
    found = {}
    for line in sorted(listed.splitlines()):
        path = Path(line.split(":")[0])
        if path.suffix in (".ttf", ".otf") and not NO_TEXT.search(path.name):
            found[path.stem] = path
    folder = Path(os.environ.get("COMBATLENS_BENCH_FONTS", "node_modules")) / "@fontsource"
    for path in sorted(folder.glob("*/files/*-latin-400-normal.woff2")):
        found[path.stem] = path
    return tuple(found[name] for name in sorted(found))


@dataclass(frozen=True)
class Frame:
    image: np.ndarray
    text: str
    spoiled: str = ""


class Scene:
    """One game's XP display. `value` and `needed` are set by whoever plays; `frame` draws them."""

    def __init__(
        self, seed: int, *, font: Path | None = None, size: int | None = None, form: str | None = None
    ) -> None:
        pick = self._pick = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self.font_path = font or pick.choice(fonts())
        self.size = size or pick.randint(10, 32)
        self.form = form or pick.choice(FORMS)
        self.background = pick.choice(BACKGROUNDS)
        self.scale = pick.choice((1.0, 1.0, 1.25, 1.5, 2.0))
        self.dark = pick.random() < 0.15
        self.outline = 0 if self.background in ("panel", "gradient") else pick.choice((0, 1, 1, 2))
        self.shadow = pick.random() < 0.4
        self.subpixel = pick.random() < 0.25
        self.quality = pick.choice((0, 0, 0, 92, 85))
        self.colour = self._text_colour()
        self.ground = self._ground_colour()
        self.needed = pick.randint(2, 9) * 10 ** pick.randint(3, 7)
        self.value = pick.randint(self.needed // 50, self.needed // 3)
        self._font = self._fitting_font()
        self._top = self._line_top()
        self.before = self.text()
        self._texture = self._make_texture()
        self._cache: dict[str, tuple[np.ndarray, np.ndarray]] = {}
        self.time = 0

    @property
    def name(self) -> str:
        look = f"{self.background} x{self.scale} outline {self.outline} jpeg {self.quality}"
        return f"{self.font_path.stem} {self.size}px {self.form} {look}"

    def _fitting_font(self) -> ImageFont.FreeTypeFont:
        """No game draws its XP wider than its place: a smaller size, then no scaling, where it would not fit."""
        pixels = max(10, round(self.size / self.scale))
        while True:
            font = ImageFont.truetype(str(self.font_path), pixels)
            left, top, right, bottom = font.getbbox(self.text())
            wide, high = self._size()
            if (right - left <= wide - 24 and bottom - top <= high - 6) or pixels <= 10:
                if pixels <= 10 and self.scale > 1 and not (right - left <= wide - 24 and bottom - top <= high - 6):
                    self.scale, pixels = 1.0, 16
                    continue
                self.size = round(pixels * self.scale)
                return font
            pixels -= 1

    def _line_top(self) -> int:
        """Where the line is drawn, the same for every number: a game's text stands on its baseline."""
        signs = "".join(sorted({*"0123456789", *self.text()} - {" "}))
        _, top, _, bottom = self._font.getbbox(signs)
        return (self._size()[1] - int(bottom - top)) // 2 - int(top)

    def gain(self) -> None:
        """Some XP more; a new level when this one is full."""
        self.before = self.text()
        self.value += self._pick.randint(1, max(2, self.needed // 200))
        if self.value >= self.needed:
            self.value -= self.needed
            self.needed = int(self.needed * 1.2)

    def text(self) -> str:
        value, needed, share = self.value, self.needed, 100 * self.value / self.needed
        comma = f"{value:,}"
        return {
            "plain": str(value),
            "comma": comma,
            "dot": comma.replace(",", "."),
            "space": comma.replace(",", " "),
            "apostrophe": comma.replace(",", "'"),
            "pair": f"{value}/{needed}",
            "pair_comma": f"{comma} / {needed:,}",
            "named_pair": f"XP {comma} / {needed:,}",
            "bracket": f"{value}[{share:.2f}%]",
            "percent": f"{share:.2f}%",
        }[self.form]

    def frame(self, spoil: str = "") -> Frame:
        """The next picture: uint8 BGR, HEIGHT×WIDTH (as much as `scale` needs, cut or padded to that)."""
        self.time += 1
        text = self.text()
        ink, rim = self._mask(text, spoil)
        ground = self._ground_picture()
        strength = self._pick.uniform(0.15, 0.55) if spoil == "fade" else 1.0
        picture = _lay(ground, rim, self._rim_colour(), 0.9 * strength)
        picture = _lay(picture, ink, self.colour, strength)
        if spoil:
            picture = self._spoil(picture, spoil)
        if self.scale != 1.0:
            picture = cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        quality = self._pick.randint(15, 40) if spoil == "jpeg" else self.quality
        picture = np.clip(picture, 0, 255).astype(np.uint8)
        if quality:
            picture = cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 1)
        return Frame(np.ascontiguousarray(picture), text, spoil)

    def cover(self, text: str) -> np.ndarray:
        """How much of each pixel the text's strokes cover, 0 to 1, before scaling."""
        return np.asarray(self._mask(text, "")[0].max(axis=2))

    def _size(self) -> tuple[int, int]:
        return round(WIDTH / self.scale), round(HEIGHT / self.scale)

    def _text_colour(self) -> np.ndarray:
        if self.dark:
            return np.array([self._pick.randint(0, 40) for _ in range(3)], np.float32)
        kinds = ((255, 255, 255), (120, 230, 250), (90, 220, 255), (180, 255, 180), (255, 230, 190), (225, 225, 225))
        return np.array(self._pick.choice(kinds), np.float32)

    def _ground_colour(self) -> np.ndarray:
        low, high = (175, 245) if self.dark else (10, 90)
        return np.array([self._pick.randint(low, high) for _ in range(3)], np.float32)

    def _rim_colour(self) -> np.ndarray:
        return np.array((250, 250, 250) if self.dark else (8, 8, 8), np.float32)

    def _make_texture(self) -> np.ndarray:
        """Scenery larger than the view, to be moved behind the text."""
        high, wide = 220, 700
        texture = np.zeros((high, wide, 3), np.float32)
        for cell, weight in ((64, 40), (24, 25), (8, 14)):
            small = self._noise.uniform(-1, 1, (high // cell + 2, wide // cell + 2, 3)).astype(np.float32)
            texture += weight * cv2.resize(small, (wide, high), interpolation=cv2.INTER_CUBIC)
        return texture

    def _ground_picture(self) -> np.ndarray:
        wide, high = self._size()
        ground = np.empty((high, wide, 3), np.float32)
        ground[:] = self.ground
        kind, time = self.background, self.time
        if kind == "gradient":
            ground += np.linspace(-25, 25, wide, dtype=np.float32)[None, :, None]
        elif kind == "bar":
            fill = int(wide * (self.value / self.needed))
            ground[:, :fill] += np.array((35, -5, 10), np.float32) * (-1 if self.dark else 1)
            ground[: high // 3] += 12
        elif kind == "noise":
            ground += self._noise.normal(0, 9, ground.shape).astype(np.float32)
        elif kind == "scenery":
            x, y = (time * 3) % 380, (time // 2) % 120
            ground += self._texture[y : y + high, x : x + wide]
        elif kind == "checker":
            rows, columns = np.indices((high, wide))
            ground += np.where(((rows // 7 + (columns + time) // 9) % 2)[:, :, None], 18.0, -18.0).astype(np.float32)
        elif kind == "stripes":
            columns = (np.arange(wide) + 2 * time) // 6 % 2
            ground += np.where(columns[None, :, None], 16.0, -16.0).astype(np.float32)
        elif kind == "sparks":
            for _ in range(6):
                centre = self._pick.randrange(wide), self._pick.randrange(high)
                shade = tuple((ground[0, 0] + 45).tolist())
                cv2.circle(ground, centre, self._pick.randint(1, 4), shade, -1, cv2.LINE_AA)
        limit = (150, 255) if self.dark else (0, 125)
        return np.clip(ground, *limit)

    def _mask(self, text: str, spoil: str) -> tuple[np.ndarray, np.ndarray]:
        """Coverage of text and of its outline, 0 to 1, (h, w, 1 or 3)."""
        key = f"{text}|{spoil in ('cut', 'rolling') and self.time}"
        if key not in self._cache:
            if len(self._cache) > 16:
                self._cache.clear()
            self._cache[key] = self._draw(text, spoil)
        return self._cache[key]

    def _draw(self, text: str, spoil: str) -> tuple[np.ndarray, np.ndarray]:
        wide, high = self._size()
        stretch = 3 if self.subpixel else 1
        canvas = Image.new("L", (wide, high))
        pen = ImageDraw.Draw(canvas)
        box = pen.textbbox((0, 0), text, font=self._font)
        x, y = 8 / self.scale, self._top
        if spoil == "cut":
            x = self._pick.choice((wide - (box[2] - box[0]) * self._pick.uniform(0.4, 0.9), -0.3 * (box[2] - box[0])))
        pen.text((int(x), y), text, fill=255, font=self._font)
        ink = np.asarray(canvas, np.float32) / 255
        if spoil == "rolling":
            other = Image.new("L", (wide, high))
            ImageDraw.Draw(other).text((int(x), y), self.before, fill=255, font=self._font)
            row = self._pick.randint(high // 3, 2 * high // 3)
            earlier = np.asarray(other, np.float32) / 255
            shift = self._pick.randint(2, 5)
            ink = np.vstack([earlier[shift:row], ink[: high - row + shift]])[:high]
        rim = np.zeros_like(ink)
        if self.outline:
            rim = cv2.dilate(ink, np.ones((2 * self.outline + 1,) * 2, np.uint8))
        if self.shadow:
            rim = np.maximum(rim, np.roll(ink, (1, 1), (0, 1)))
        if stretch == 3:
            shifted = [np.roll(ink, step, 1) for step in (-1, 0, 1)]
            blue, red = 0.75 * ink + 0.25 * shifted[0], 0.75 * ink + 0.25 * shifted[2]
            return np.dstack([blue, ink, red]), rim[:, :, None]
        return ink[:, :, None], rim[:, :, None]

    def _spoil(self, picture: np.ndarray, spoil: str) -> np.ndarray:
        high, wide = picture.shape[:2]
        pick = self._pick
        if spoil == "tooltip":
            left = pick.randint(-20, wide // 2)
            box = ((left, pick.randint(-10, high // 2)), (left + pick.randint(25, 120), high + 5))
            shade = tuple(float(pick.randint(0, 60)) for _ in range(3))
            cv2.rectangle(picture, *box, shade, -1)
            if pick.random() < 0.5:
                cv2.rectangle(picture, *box, tuple(float(c) for c in self.colour), 1)
        elif spoil == "cursor":
            x, y = pick.randint(5, wide // 2), pick.randint(0, high // 2)
            shape = np.array([(x, y), (x, y + 14), (x + 4, y + 10), (x + 10, y + 10)], np.int32)
            cv2.fillPoly(picture, [shape], (250, 250, 250), cv2.LINE_AA)
            cv2.polylines(picture, [shape], True, (0, 0, 0), 1, cv2.LINE_AA)
        elif spoil == "blur":
            picture = cv2.GaussianBlur(picture, (0, 0), pick.uniform(1.2, 3.0))
        elif spoil == "half_drawn":
            if pick.random() < 0.5:
                picture[: pick.randint(high // 3, 2 * high // 3)] = self.ground
            else:
                picture[:, pick.randint(15, wide // 2) :] = self.ground
        elif spoil == "strike":
            row = pick.randint(high // 3, 2 * high // 3)
            cv2.line(picture, (0, row), (wide, row + pick.randint(-4, 4)), tuple(float(c) for c in self.colour), 1)
        elif spoil == "sparks":
            for _ in range(pick.randint(2, 8)):
                centre = pick.randrange(wide // 2), pick.randrange(high)
                cv2.circle(picture, centre, pick.randint(1, 3), tuple(float(c) for c in self.colour), -1, cv2.LINE_AA)
        elif spoil == "ghost":
            picture = 0.5 * picture + 0.5 * np.roll(picture, pick.choice((-5, -3, 3, 5)), axis=1)
        return picture


def _lay(ground: np.ndarray, mask: np.ndarray, colour: np.ndarray, strength: float) -> np.ndarray:
    cover = mask * strength
    return ground * (1 - cover) + colour * cover


def play(
    scene: Scene, values: int, *, frames_each: int = 4, spoil_share: float = 0.0, seed: int = 0
) -> Iterator[Frame]:
    """A run of the game: `values` values, each shown clean for `frames_each` pictures; spoiled stretches between."""
    pick = random.Random(seed)
    for _ in range(values):
        scene.gain()
        if pick.random() < spoil_share:
            spoil = pick.choice(SPOILS)
            for _ in range(pick.randint(1, 2 * frames_each)):
                yield scene.frame(spoil)
        for _ in range(frames_each):
            yield scene.frame()
