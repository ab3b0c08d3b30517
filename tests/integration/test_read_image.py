"""`read-image`: whole screenshots, folders, and learning from them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import cv2
import pytest
from tests.integration.test_ocr_teachers import draw
from tests.realdata import REALDATA

from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.cli.main import run_command

PICTURES = REALDATA / "screenshots"


@pytest.fixture
def read_image(capfd):
    def run(home: Path, *words: str) -> list[dict]:
        code = run_command(["read-image", "--home", str(home), *words])
        said = capfd.readouterr()
        assert code == 0, said.err
        return [json.loads(line) for line in said.out.splitlines()]

    return run


@pytest.mark.skipif(not PICTURES.is_dir(), reason=f"real pictures are not at {PICTURES}")
def test_whole_screenshots_are_read_or_refused_and_none_is_wrong(tmp_path, read_image):
    with (PICTURES / "truth.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    truth = {row["file"]: parse_xp(row["text"]) for row in rows}
    told = {row["file"]: sum(other["file"] == row["file"] for other in rows) for row in rows}
    files = [name for name in truth if told[name] == 1] + [name for name in truth if told[name] > 1][:2]
    read = 0
    for name, row in zip(files, read_image(tmp_path, *(str(PICTURES / name) for name in files)), strict=True):
        if not row["accepted"]:
            assert row["reason"], name
            continue
        assert told[name] == 1, f"{name} shows {told[name]} numbers, none of which is the XP"
        true = truth[name]
        assert (row["value"], row["needed"], row["percent"]) == (true.value, true.needed, true.percent), name
        read += 1
    assert read >= 9


def test_learned_from_a_folder_later_pictures_are_read_by_glyphs(tmp_path, read_image, capfd):
    lessons, later = tmp_path / "lessons", tmp_path / "later"
    for index in range(34):
        folder = lessons if index < 24 else later
        folder.mkdir(exist_ok=True)
        picture = draw(f"XP {10_234 + 3_917 * index:,} / 167,890")
        (folder / f"{index:02}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    (lessons / "notes.txt").write_text("no picture")
    home = tmp_path / "home"
    before = read_image(home, str(later))
    assert "glyphs" not in {row["reader"] for row in before}
    assert len(read_image(home, "--learn", str(lessons))) == 24
    after = read_image(home, str(later))
    assert [row["value"] for row in after] == [10_234 + 3_917 * index for index in range(24, 34)]
    assert {row["reader"] for row in after} == {"glyphs"}
    kept = (home / "reader").stat().st_mtime_ns
    shutil.rmtree(lessons)
    lessons.mkdir()
    assert run_command(["read-image", "--home", str(home), str(lessons)]) == 1
    assert "there is no picture in" in capfd.readouterr().err
    assert (home / "reader").stat().st_mtime_ns == kept, "reading alone learns nothing"
