"""`combatlens read-image`: what the reader makes of picture files, one JSON-ready dict a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import cv2
import numpy as np

from combatlens.adapters.ocr.reading import Reading
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region

if TYPE_CHECKING:
    from combatlens.ports import Image

PICTURES = frozenset((".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff"))
SMALLER = "choose a smaller region"
"""What the full reader says of a picture that is more than a line."""


class StillReader(Protocol):
    """Reads one picture. `FullReader` is one."""

    def read(self, image: Image) -> Reading: ...


def load_image(path: Path) -> Image:
    """A picture file as BGR uint8; what is transparent lies over black. Raises EnvironmentFault."""
    try:
        raw = np.fromfile(path, np.uint8)  # cv2.imread fails on names outside the code page on Windows
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the name") from error
    image = cv2.imdecode(raw, cv2.IMREAD_UNCHANGED) if raw.size else None
    if image is None:
        raise EnvironmentFault(f"{path} is no picture", "give a PNG, JPEG, BMP or WebP file")
    if image.dtype != np.uint8:
        image = (image.astype(np.float64) * (255.0 / max(1.0, float(image.max())))).astype(np.uint8)
    if image.ndim == 2:
        image = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR)
    elif image.shape[2] == 4:
        alpha = image[:, :, 3:].astype(np.float32) / 255
        image = (image[:, :, :3] * alpha).astype(np.uint8)
    return cast("Image", image)


def enlarged(image: Image, factor: float) -> Image:
    """The picture for text too small to be read as it is; a factor of 1 or less leaves it alone."""
    if factor <= 1:
        return image
    return cast("Image", cv2.resize(image, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC))


def cut(image: Image, region: Region, path: Path) -> Image:
    """The region of a picture. Raises EnvironmentFault when it does not lie inside."""
    height, width = image.shape[:2]
    if region.x < 0 or region.y < 0 or region.x + region.width > width or region.y + region.height > height:
        raise EnvironmentFault(
            f"the region {region.x},{region.y},{region.width},{region.height} is outside {path} ({width}×{height})",
            "give X,Y,W,H inside the picture",
        )
    return image[region.y : region.y + region.height, region.x : region.x + region.width]


class LearningReader(StillReader, Protocol):
    """A reader that can be told which readings hold. `TrainedReader` is one."""

    def confirm(self, image: Image, reading: Reading) -> None: ...


Find = Callable[["Image"], Reading]
"""Looks for the XP in a picture that is more than one line of text."""


def picture_files(paths: Iterable[Path]) -> Iterator[Path]:
    """Files as they are; for a folder the pictures in it, by name. Raises EnvironmentFault for one without any."""
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in PICTURES and one.is_file())
        if not inside:
            raise EnvironmentFault(f"there is no picture in {path}", f"put {', '.join(sorted(PICTURES))} files there")
        yield from inside


def learn_images(
    files: Iterable[Path], reader: LearningReader, region: Region | None = None, find: Find | None = None
) -> Iterator[dict[str, Any]]:
    """As `read_images`, and what every teacher reads alike teaches the reader's glyphs. Closing it keeps them."""
    for path in picture_files(files):
        image = _part(path, region)
        reading = reader.read(image)
        if reading.sure:
            reader.confirm(image, reading)
        yield as_row(path, _or_found(reading, image, find))


def read_images(
    files: Iterable[Path], reader: StillReader, region: Region | None = None, find: Find | None = None
) -> Iterator[dict[str, Any]]:
    """One dict a file, in order: file, text, value, needed, percent, level, confidence, accepted, reader, reason."""
    for path in picture_files(files):
        image = _part(path, region)
        yield as_row(path, _or_found(reader.read(image), image, find))


def _part(path: Path, region: Region | None) -> Image:
    image = load_image(path)
    return image if region is None else cut(image, region, path)


def _or_found(reading: Reading, image: Image, find: Find | None) -> Reading:
    """Where there is more than one line to read, the XP is looked for; what was read at once stays."""
    if find is None or reading.sure or SMALLER not in reading.reason:
        return reading
    return find(image)


def as_row(path: Path, reading: Reading) -> dict[str, Any]:
    found, accepted = reading.found, reading.sure and not reading.reason
    return {
        "file": str(path),
        "text": reading.text,
        "value": _whole(found.value) if accepted else None,
        "needed": _whole(found.needed) if accepted else None,
        "percent": found.percent if accepted else None,
        "level": found.level if accepted else None,
        "confidence": reading.confidence,
        "accepted": accepted,
        "reader": reading.reader,
        "reason": reading.reason or None,
    }


def _whole(number: float | None) -> float | int | None:
    return int(number) if number is not None and number.is_integer() else number
