"""Whether a player could read a scene's text: its contrast as drawn, and whether its digits stand apart.

Knows nothing of the reader.
"""

from __future__ import annotations

import cv2
import numpy as np
from tests.benchmarks.ocr_scenes import HEIGHT, WIDTH, Scene

LEAST_CONTRAST = 3.0
"""WCAG 2.2, success criteria 1.4.3 (large text) and 1.4.11: what is under it, people do not read reliably."""
CORE, BODY = 0.7, 0.08
"""Shares of full coverage: the strokes themselves, and all that the text touches."""
HALF = 0.5
"""Of the fullest coverage: digits that are joined by so much ink run into one another."""
MOSTLY_JOINED = 0.5
"""Where so many of the pairs of digits do, a scene's digits do not stand apart."""
RING = 2
"""Pixels around the text that it is seen against: its outline, its shadow, or what is behind it."""


def contrast(seed: int) -> float:
    """The contrast ratio of a scene's strokes to what surrounds them, 1 to 21, the median of three of its pictures.

    Thin strokes are drawn in less than their full colour, so it is told from the pictures, not from the colours chosen.
    """
    scene, ratios = Scene(seed), []
    for _ in range(3):
        scene.gain()
        frame = scene.frame()
        cover = cv2.resize(scene.cover(frame.text), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        body = cover > BODY
        core = cover >= CORE * np.percentile(cover[body], 90)
        ring = (cv2.dilate(body.astype(np.uint8), np.ones((2 * RING + 1,) * 2, np.uint8)) > 0) & ~body
        light = luminance(frame.image)
        darker, lighter = sorted((float(light[core].mean()), float(light[ring].mean())))
        ratios.append((lighter + 0.05) / (darker + 0.05))
    return float(np.median(ratios))


def joined(seed: int) -> float:
    """The part of the hundred pairs of digits that run into one another as a scene's type draws them, 0 to 1."""
    scene = Scene(seed)
    alone = {digit: _parts(scene, digit) for digit in "0123456789"}
    return float(np.mean([_parts(scene, one + two) < alone[one] + alone[two] for one in alone for two in alone]))


def _parts(scene: Scene, text: str) -> int:
    """In how many pieces its strokes stand."""
    cover = cv2.resize(scene.cover(text), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
    return cv2.connectedComponents((cover >= HALF * cover.max()).astype(np.uint8), connectivity=4)[0] - 1


def luminance(image: np.ndarray) -> np.ndarray:
    """Relative luminance, 0 to 1, of a uint8 BGR picture (WCAG 2.2, from sRGB, IEC 61966-2-1)."""
    share = image / 255.0
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return np.asarray(linear @ np.array([0.0722, 0.7152, 0.2126]))
