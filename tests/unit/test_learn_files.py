"""Insight files: whole or not at all, broken ones set aside."""

import json
import os
from pathlib import Path

import pytest
from tests.clocks import HandClock

from combatlens.domain.errors import EnvironmentFault
from combatlens.services.files import read_json_object, write_json, write_whole
from combatlens.services.insight_files import InsightFile


def test_a_file_is_replaced_whole_and_leaves_nothing_behind(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "insights.json"
    write_json(path, {"a": 1})
    write_json(path, {"a": 2})
    assert json.loads(path.read_text()) == {"a": 2}
    assert [entry.name for entry in path.parent.iterdir()] == ["insights.json"]


def test_a_failed_write_keeps_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "insights.json"
    write_json(path, {"a": 1})

    def refuse(handle: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(EnvironmentFault, match="disk full"):
        write_whole(path, b"{}")
    assert json.loads(path.read_text()) == {"a": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["insights.json"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights there, and pipes are no files")
def test_a_link_stays_one_and_a_pipe_is_written_to(tmp_path: Path) -> None:
    real, link, pipe = (tmp_path / name for name in ("real", "link", "pipe"))
    link.symlink_to(real)
    write_whole(link, b"1")
    assert link.is_symlink()
    assert real.read_bytes() == b"1"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    write_whole(pipe, b"2")
    assert os.read(reader, 9) == b"2"
    os.close(reader)
    assert pipe.is_fifo()


def test_a_name_as_long_as_a_file_may_have_is_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("x" * 255), b"1")
    with pytest.raises(EnvironmentFault, match="could not be written: File name too long; check"):
        write_whole(tmp_path / ("x" * 256), b"1")


def test_no_number_that_json_lacks_reaches_a_file(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(tmp_path / "x.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("broken", [b'{"half": ', b"", b"[1, 2]", b"\xff\xfe"])
def test_a_broken_file_is_set_aside_and_rebuilt(tmp_path: Path, broken: bytes) -> None:
    path = tmp_path / "learned.json"
    path.write_bytes(broken)
    assert InsightFile(path, HandClock()).read({"meta": 1}) == {"meta": 1}
    assert json.loads(path.read_text()) == {"meta": 1}
    aside = tmp_path / "learned.json.corrupt-20231114T221320Z"
    assert aside.read_bytes() == broken


def test_writing_over_a_broken_file_keeps_it_too(tmp_path: Path) -> None:
    path = tmp_path / "learned.json"
    for _ in range(2):
        path.write_bytes(b"{")
        InsightFile(path, HandClock()).write({"a": 1})
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        "learned.json",
        "learned.json.corrupt-20231114T221320Z",
        "learned.json.corrupt-20231114T221320Z-2",
    ]
    assert read_json_object(path, HandClock()) == {"a": 1}
    assert read_json_object(tmp_path / "none.json", HandClock()) is None
