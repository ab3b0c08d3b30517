"""Made pictures of XP bars with known truth. Knows nothing of the reader; everything follows from the seed.

A `BarScene` is one game's bar (size, colours, look, scaling); `frame` draws it at a fill, over scenery that moves.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

KINDS = (
    "plain", "gloss", "gradient", "dark lines", "light lines", "lines as empty", "lines as fill", "gaps", "text",
    "text over the end", "framed", "rounded", "noise", "jpeg", "scaled", "see-through", "mixed",
)  # fmt: skip
MIXED = ("gloss", "gradient", "dark lines", "lines as empty", "text over the end", "framed", "noise", "scaled")
TEXTS = ("45.3%", "12,345 / 67,890", "Level 12", "XP 1,204,551", "[||||]", "EXP 99%", "1111/7777")


@dataclass(frozen=True)
class BarFrame:
    """`image` uint8 BGR (height, width, 3); `percent`: how much of the bar is filled in it."""

    image: np.ndarray
    percent: float


class BarScene:
    def __init__(self, seed: int, kind: str = "", fonts: Sequence[Path] = ()) -> None:
        self._pick = pick = random.Random(seed)
        self._noise = np.random.default_rng(seed)
        self._fonts = fonts
        self.kind = kind or KINDS[seed % len(KINDS)]
        self.looks = {self.kind} if self.kind != "mixed" else set(pick.sample(MIXED, 3))
        self.width, self.height = 4 * pick.randint(55, 225), pick.randint(6, 28)
        if self.looks & {"text", "text over the end"}:
            self.height = pick.randint(12, 30)
        self.fill, self.empty = self._colours()
        self.snapped = pick.random() < 0.3
        self.segments, self.line = pick.choice((4, 5, 8, 10, 20)), pick.randint(1, 3)
        self.frame_width = pick.randint(1, 3) if "framed" in self.looks else 0
        self.frame_colour = pick.choice((self._colour(), self.empty, self._grey(5, 60), self._grey(160, 240)))
        self.margin = pick.randint(0, 2)
        self.factor = pick.choice((1.25, 1.5, 1.75, 2.0)) if "scaled" in self.looks else 1.0
        self.smooth = pick.choice((cv2.INTER_LINEAR, cv2.INTER_CUBIC))
        self.see_through = pick.uniform(0.15, 0.5) if "see-through" in self.looks else 0.0
        self.quality = pick.randint(70, 95)
        self.grain = pick.uniform(2.0, 8.0)
        self._scenery = cv2.resize(self._noise.integers(0, 255, (12, 60, 3)).astype(np.uint8), (2400, 300))

    def frame(self, percent: float) -> BarFrame:
        """`percent` 0 to 100; a bar that fills by whole pixels shows the nearest, and that is its truth."""
        end = percent / 100 * self.width
        if self.snapped:
            end = float(round(end))
        image = self._framed(self._bar(end))
        image = self._on_scenery(image)
        if self.factor > 1:
            size = (round(image.shape[1] * self.factor), round(image.shape[0] * self.factor))
            image = cv2.resize(image, size, interpolation=self.smooth)
        if "noise" in self.looks:
            image = image + self._noise.normal(0, self.grain, image.shape)
        made = np.clip(np.round(image), 0, 255).astype(np.uint8)
        if "jpeg" in self.looks:
            done = cv2.imencode(".jpg", made, [cv2.IMWRITE_JPEG_QUALITY, self.quality])[1]
            made = cv2.imdecode(done, cv2.IMREAD_COLOR)
        return BarFrame(made, 100 * end / self.width)

    def _bar(self, end: float) -> np.ndarray:
        share = np.clip(end - np.arange(self.width), 0, 1)[None, :, None]
        rows = np.linspace(-1, 1, self.height)[:, None, None]
        fill = np.broadcast_to(self.fill, (self.height, self.width, 3)).copy()
        empty = np.broadcast_to(self.empty, (self.height, self.width, 3)).copy()
        if "gradient" in self.looks:
            fill = fill * np.linspace(0.7, 1.15, self.width)[None, :, None]
            empty = empty * np.linspace(1.1, 0.9, self.width)[None, :, None]
        if "gloss" in self.looks:
            fill = fill * (1 - 0.25 * rows) + np.where(rows < -0.2, 25, 0)
            empty = empty * (1 - 0.1 * rows) + np.where(rows < -0.2, 6, 0)
        if self.see_through:
            empty = empty * (1 - self.see_through) + self._behind(self.height, self.width) * self.see_through
        image = np.clip(empty + (fill - empty) * share, 0, 255)
        self._draw_lines(image, empty, fill)
        if self.looks & {"text", "text over the end"}:
            image = self._written(image, end)
        return image

    def _draw_lines(self, image: np.ndarray, empty: np.ndarray, fill: np.ndarray) -> None:
        for index in range(1, self.segments):
            at = round(self.width * index / self.segments)
            line = slice(at, at + self.line)
            if "dark lines" in self.looks:
                image[:, line] = 8
            elif "light lines" in self.looks:
                image[:, line] = image[:, line] * 0.5 + 120
            elif "lines as empty" in self.looks:
                image[:, line] = empty[:, line]
            elif "lines as fill" in self.looks:
                image[:, line] = fill[:, line]
            elif "gaps" in self.looks:
                image[:, line] = self._behind(self.height, self.line)

    def _written(self, image: np.ndarray, end: float) -> np.ndarray:
        pick = self._pick
        height = max(9, round(self.height * pick.uniform(0.5, 0.95)))
        paths = self._fonts
        font = ImageFont.truetype(str(pick.choice(paths)), height) if paths else ImageFont.load_default(height)
        made = Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))
        draw, words = ImageDraw.Draw(made), pick.choice(TEXTS)
        x = self.width / 2
        if "text over the end" in self.looks:
            x = end + pick.uniform(-0.5, 0.5) * draw.textlength(words, font=font)
        colour = pick.choice(((255, 255, 255), (0, 0, 0), (190, 230, 250), tuple(map(int, self.empty)), (230, 230, 90)))
        outline = pick.choice((0, 0, 1))
        edge = (0, 0, 0) if sum(colour) > 200 else (250, 250, 250)
        if pick.random() < 0.3:
            draw.text((x + 1, self.height / 2 + 1), words, fill=(0, 0, 0), font=font, anchor="mm")
        draw.text(
            (x, self.height / 2), words, fill=colour, font=font, anchor="mm", stroke_width=outline, stroke_fill=edge
        )
        return np.asarray(made).astype(np.float64)

    def _framed(self, bar: np.ndarray) -> np.ndarray:
        wide = self.frame_width
        image = np.empty((bar.shape[0] + 2 * wide, bar.shape[1] + 2 * wide, 3))
        image[:] = self.frame_colour
        image[wide : wide + bar.shape[0], wide : wide + bar.shape[1]] = bar
        return image

    def _on_scenery(self, image: np.ndarray) -> np.ndarray:
        """Room above and below shows the game; rounded corners let it through."""
        height, width = image.shape[0] + 2 * self.margin, image.shape[1]
        behind = self._behind(height, width)
        mask = np.zeros((image.shape[0], width), np.uint8)
        radius = min(image.shape[0] // 2, 6) if "rounded" in self.looks else 0
        cv2.rectangle(mask, (radius, 0), (width - 1 - radius, image.shape[0] - 1), 255, -1)
        cv2.rectangle(mask, (0, radius), (width - 1, image.shape[0] - 1 - radius), 255, -1)
        for x in (radius, width - 1 - radius):
            for y in (radius, image.shape[0] - 1 - radius):
                cv2.circle(mask, (x, y), radius, 255, -1, cv2.LINE_AA)
        share = mask[:, :, None] / 255.0
        inner = slice(self.margin, self.margin + image.shape[0])
        behind[inner] = behind[inner] * (1 - share) + image * share
        return behind

    def _behind(self, height: int, width: int) -> np.ndarray:
        x, y = self._pick.randint(0, 2400 - width), self._pick.randint(0, 300 - height)
        return self._scenery[y : y + height, x : x + width].astype(np.float64)

    def _colours(self) -> tuple[np.ndarray, np.ndarray]:
        while True:
            fill, empty = self._colour(), self._grey(10, 90) if self._pick.random() < 0.7 else self._colour()
            if np.abs(fill - empty).mean() > 45:
                return fill, empty

    def _colour(self) -> np.ndarray:
        return np.array([self._pick.randint(10, 245) for _ in range(3)], np.float64)

    def _grey(self, low: int, high: int) -> np.ndarray:
        grey = self._pick.randint(low, high)
        return np.array([grey + self._pick.randint(-5, 5) for _ in range(3)], np.float64).clip(0, 255)
