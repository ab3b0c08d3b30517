"""A report for a bug: the reader's pictures and what it made of them, and nothing else of the screen."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from combatlens.domain.errors import EnvironmentFault

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


class Row(NamedTuple):
    """One judged picture, newest last. `at`: Unix seconds; `step`: who answered; `looks`: what each reader saw."""

    at: float
    image: Pixels
    text: str
    state: str
    reason: str
    step: str
    looks: tuple[str, ...] = ()


def save_report(path: Path, rows: Sequence[Row]) -> Path:
    """The pictures of the region as PNG and the readings as JSON; nothing else. Raises EnvironmentFault."""
    readings = []
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, row in enumerate(rows):
                name = f"{number:03}.png"
                archive.writestr(name, png(row.image))
                readings.append(
                    {"picture": name, **{key: value for key, value in row._asdict().items() if key != "image"}}
                )
            archive.writestr("readings.json", json.dumps(readings, indent=1))
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be written: {error.strerror}", "choose another folder") from error
    return path


def png(image: Pixels) -> bytes:
    """uint8 BGR (height, width, 3) as a PNG file; without metadata of any kind."""
    height, width, _ = image.shape
    lines = np.zeros((height, 1 + 3 * width), np.uint8)
    lines[:, 1:] = image[:, :, ::-1].reshape(height, 3 * width)
    parts = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(lines.tobytes())),
    )
    body = b"".join(_chunk(kind, data) for kind, data in (*parts, (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + body


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
