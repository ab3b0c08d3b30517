"""RapidOCR as the second teacher: another kind of network, so it errs elsewhere than Tesseract."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from combatlens.adapters.ocr.rapid_line import LineModel
from combatlens.adapters.ocr.spots import Spot
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import Region
from combatlens.ports import TextLine

if TYPE_CHECKING:
    from combatlens.ports import Image

HOW_TO_GET = "pip install rapidocr onnxruntime"


class RapidReader:
    """One line through RapidOCR's recogniser. Its model comes with the wheel; nothing is ever downloaded.

    RapidOCR as a whole is opened only for what needs it: it takes a second.
    """

    name = "rapidocr"

    def __init__(self) -> None:
        spec = find_spec("rapidocr")
        if spec is None or find_spec("onnxruntime") is None or spec.origin is None:
            raise EnvironmentFault("the second reader, RapidOCR, is not installed", HOW_TO_GET)
        models = list((Path(spec.origin).parent / "models").glob("*rec*.onnx"))
        if not models:
            raise EnvironmentFault("RapidOCR is installed without its model", f"{HOW_TO_GET} (version 3.10 or later)")
        self._line: LineModel | None = None
        self._whole: Any = None
        if len(models) == 1:
            try:
                self._line = LineModel(models[0])
            except KeyError:
                self._line = None  # RapidOCR as a whole knows its characters
            except Exception as error:  # each failure of onnxruntime is a class of its own
                raise EnvironmentFault(f"the second reader, RapidOCR, cannot run: {error}", HOW_TO_GET) from error

    @property
    def _engine(self) -> Any:
        if self._whole is None:
            threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
            small = {"Det.limit_type": "min", "Det.limit_side_len": 64}  # else a strip of text is blown up first
            made = import_module("rapidocr").RapidOCR
            self._whole = made(params={"Global.log_level": "error", "Global.text_score": 0.0, **threads, **small})
        return self._whole

    def read(self, image: Image) -> TextLine:
        picture = np.asarray(cv2.cvtColor(image, cv2.COLOR_GRAY2BGR), np.uint8) if image.ndim == 2 else image
        if self._line is not None and self._line.fits(picture):
            text, sure = self._line.read(picture)
            text = " ".join(text.split())
            return TextLine(text, sure if text else 0.0, self.name)
        found = self._engine(picture, use_det=False, use_cls=False, use_rec=True)
        if not found.txts or not found.txts[0].strip():
            return TextLine("", 0.0, self.name)
        return TextLine(" ".join(found.txts[0].split()), float(found.scores[0]), self.name)

    def spots(self, image: Image) -> list[Spot]:
        """Texts and their places in a whole picture; seconds for a large one."""
        picture = cv2.cvtColor(image, cv2.COLOR_GRAY2BGR) if image.ndim == 2 else image
        found = self._engine(picture, use_det=True, use_cls=False, use_rec=True)
        if found.boxes is None or not found.txts:
            return []
        spots = []
        for corners, text, score in zip(found.boxes, found.txts, found.scores, strict=True):
            (left, top), (right, bottom) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
            region = Region(max(0, int(left)), max(0, int(top)), max(1, int(right - left)), max(1, int(bottom - top)))
            spots.append(Spot(" ".join(text.split()), float(score), region))
        return spots

    def close(self) -> None:
        """Its sessions end with the process."""
