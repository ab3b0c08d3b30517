"""A profile's glyphs on disk: `<home>/reader/<profile>.npz`, written whole or not at all."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from combatlens.adapters.ocr.glyph_parts import Anchor, Gap, Glyph
from combatlens.adapters.ocr.glyphs import Sheet
from combatlens.domain.errors import EnvironmentFault

VERSION = 6
"""Raised when what the numbers mean changes: a file of another version is left alone and learned anew."""


class GlyphStore:
    """`SheetStore` in the home folder. A file that cannot be used is set aside; learning it again takes seconds."""

    def __init__(self, home: Path, profile: str) -> None:
        self.path = home / "reader" / f"{profile}.npz"

    def load(self) -> Sheet | None:
        if not self.path.is_file():
            return None
        try:
            with np.load(io.BytesIO(self.path.read_bytes()), allow_pickle=False) as data:
                if msgspec.json.decode(str(data["head"]))["version"] != VERSION:
                    return None
                head = msgspec.json.decode(str(data["head"]), type=_Head)
                return _sheet(head, {name: data[name] for name in data.files if name != "head"})
        except (OSError, ValueError, KeyError, TypeError, msgspec.MsgspecError, zipfile.BadZipFile):
            os.replace(self.path, self.path.with_suffix(".corrupt"))
            return None

    def save(self, sheet: Sheet | None) -> None:
        """None forgets the profile's glyphs, and so does a sheet with a tail, that of one level.

        Raises EnvironmentFault when the folder cannot be written."""
        try:
            if sheet is None or sheet.tail:
                self.path.unlink(missing_ok=True)
                return
            self.path.parent.mkdir(parents=True, exist_ok=True)
            part = self.path.with_suffix(".part")
            with part.open("wb") as file:
                arrays: dict[str, Any] = {"head": np.array(_head(sheet)), **_arrays(sheet)}
                np.savez_compressed(file, **arrays)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self.path)
        except OSError as error:
            raise EnvironmentFault(
                f"{self.path} cannot be written: {error}", "free space or mend its rights"
            ) from error


class _Head(msgspec.Struct):
    version: int
    colour: tuple[float, float, float]
    reach: float
    rows: tuple[int, int]
    size: tuple[int, int]
    slant: float
    gaps: dict[str, Gap]
    forms: set[str]
    widths: dict[str, float]
    proofs: int
    anchor: Anchor
    glyphs: list[tuple[str, int, int, bool]]


def _head(sheet: Sheet) -> str:
    glyphs = [(glyph.label, glyph.votes, glyph.seen, glyph.firm) for glyph in sheet.glyphs]
    head = _Head(
        VERSION,
        sheet.colour,
        sheet.reach,
        sheet.rows,
        sheet.size,
        sheet.slant,
        sheet.gaps,
        sheet.forms,
        sheet.widths,
        sheet.proofs,
        sheet.anchor,
        glyphs,
    )
    return msgspec.json.encode(head).decode()


def _arrays(sheet: Sheet) -> dict[str, NDArray[np.uint8]]:
    return {f"g{index}": np.round(glyph.pixels * 255).astype(np.uint8) for index, glyph in enumerate(sheet.glyphs)}


def _sheet(head: _Head, arrays: dict[str, NDArray[np.uint8]]) -> Sheet:
    sheet = Sheet(head.colour, head.reach, head.rows, head.size, head.slant)
    sheet.proofs, sheet.widths, sheet.anchor = head.proofs, head.widths, head.anchor
    sheet.gaps, sheet.forms = head.gaps, head.forms
    for index, (label, votes, seen, firm) in enumerate(head.glyphs):
        pixels = np.multiply(arrays[f"g{index}"], 1 / 255, dtype=np.float32)
        sheet.glyphs.append(Glyph(label, pixels, votes, seen, firm))
    return sheet
