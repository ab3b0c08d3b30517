"""The teachers' program: asked over pipes, replaced when it dies, ended when idle or when its parent is gone."""

from __future__ import annotations

import os
import subprocess
import sys

import cv2
import numpy as np
import pytest

from combatlens.adapters.ocr.full import FullReader
from combatlens.adapters.ocr.images import learn_images, read_images
from combatlens.adapters.ocr.preprocess import prepare
from combatlens.adapters.ocr.rapid import RapidReader
from combatlens.adapters.ocr.teaching import TeacherProcess, teacher_command
from combatlens.adapters.screen.build import learning_reader, still_reader
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import GameProfile, ScreenRules


class Clock:
    at = 0.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at


def draw(text: str) -> np.ndarray:
    image = np.full((40, 300, 3), 40, np.uint8)
    cv2.putText(image, text, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (235, 235, 235), 1, cv2.LINE_AA)
    return image


def test_asked_killed_and_asked_again():
    clock = Clock()
    made = TeacherProcess(ScreenRules(), clock, idle_seconds=10)
    assert not made.running
    first = made.read(draw("XP 12,345 / 67,890"))
    assert (first.found.value, first.found.needed, first.sure) == (12345, 67890, True)
    assert "tesserocr" in made.teachers
    made._process.kill()
    made._process.wait()
    assert made.read(draw("XP 12,346 / 67,890")).found.value == 12346
    clock.at = 11.0
    made.rest()
    assert not made.running
    made.close()


@pytest.mark.parametrize("text", ["XP 12,345 / 67,890", "45.32%", "1 234 567", "12345 [45.3%]", ""])
def test_rapidocrs_model_run_directly_says_what_rapidocr_says(text):
    """Its preparation and decoding are written anew: a new version that does it otherwise shows here."""
    reader = RapidReader()
    assert reader._line is not None
    for height in (36, 44):
        picture = prepare(draw(text), height=height)
        direct = reader.read(picture)
        found = reader._engine(cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR), use_det=False, use_cls=False, use_rec=True)
        assert direct.text == " ".join("".join(found.txts or ()).split())
        if direct.text:
            assert direct.confidence == pytest.approx(float(found.scores[0]), abs=1e-4)


def test_it_ends_when_stdin_closes():
    process = subprocess.Popen(
        teacher_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )  # fmt: skip
    assert process.stdout is not None
    assert len(process.stdout.read(4)) == 4
    process.communicate(timeout=20)
    assert process.returncode == 0


def test_a_program_that_ends_at_once_is_told():
    with pytest.raises(EnvironmentFault, match="ended at once"):
        TeacherProcess(ScreenRules(), Clock(), command=[sys.executable, "-c", ""]).read(draw("1"))


def test_read_image_learns_from_a_folder(tmp_path):
    profile = GameProfile(name="game", screen=ScreenRules())
    files = []
    for index in range(24):
        path = tmp_path / f"{index:02}.png"
        path.write_bytes(cv2.imencode(".png", draw(f"XP {10_234 + 3_917 * index:,} / 167,890"))[1].tobytes())
        files.append(path)
    reader = learning_reader(profile, tmp_path, Clock())
    rows = list(learn_images(files, reader))
    reader.close()
    assert all(row["accepted"] for row in rows)
    assert [row["value"] for row in rows] == [10_234 + 3_917 * index for index in range(24)]
    assert {row["reader"] for row in rows[12:22]} == {"glyphs"}
    assert (tmp_path / "reader/game.npz").is_file()
    full: FullReader = still_reader(profile)
    assert next(read_images(files[:1], full))["value"] == 10_234
    full.close()
