"""The full reader on real game pictures: none wrong, nearly all read."""

from __future__ import annotations

import csv

import pytest
from tests.realdata import REALDATA

from combatlens.adapters.ocr.full import FullReader
from combatlens.adapters.ocr.images import read_images
from combatlens.adapters.ocr.tesseract import open_tesseract
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.domain.profile import Region

PICTURES = REALDATA / "screenshots"
pytestmark = pytest.mark.skipif(not PICTURES.is_dir(), reason=f"real pictures are not at {PICTURES}")


def truth():
    with (PICTURES / "truth.tsv").open(encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def test_none_wrong_and_nearly_all_read():
    reader = FullReader([open_tesseract()])
    right = refused = 0
    for row in truth():
        region = Region(*(int(row[key]) for key in "xywh"))
        got = next(read_images([PICTURES / row["file"]], reader, region))
        if not got["accepted"]:
            refused += 1
            continue
        true = parse_xp(row["text"])
        assert (got["value"], got["needed"], got["percent"]) == (true.value, true.needed, true.percent), row["file"]
        right += 1
    reader.close()
    assert refused <= 3
    assert right >= 70
