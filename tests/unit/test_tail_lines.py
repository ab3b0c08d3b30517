"""Bytes into lines: encodings, cuts anywhere, overlong lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from combatlens.adapters.combat_log.lines import MAX_CHARACTERS, LineSplitter
from combatlens.domain.errors import EnvironmentFault

LINES = ["first", "zweite Zeile mit Ä und €", "", "the last, 漢字 too"]


def split(data: bytes, cuts: list[int], encoding: str = "auto") -> list[str]:
    splitter, lines, at = LineSplitter(encoding), [], 0
    for cut in [*sorted(cuts), len(data)]:
        lines += splitter.feed(data[at:cut])
        at = cut
    lines += splitter.finish()
    assert splitter.done == len(data)
    return lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings_are_seen(encoding: str, ending: str) -> None:
    data = ending.join(LINES).encode(encoding)
    for cut in range(len(data)):
        assert split(data, [cut]) == LINES


def test_a_line_that_is_no_utf8_is_cp1252() -> None:
    data = "gr\u00fc\u00dfe \u2013\n".encode("cp1252") + "gr\u00fc\u00dfe \u2013\n".encode() + b"hole \x81\n"
    assert split(data, []) == ["gr\u00fc\u00dfe \u2013", "gr\u00fc\u00dfe \u2013", "hole \x81"]


def test_a_named_encoding_is_obeyed_and_an_unknown_one_refused() -> None:
    assert split(b"\xe4\xf6\n", [], "latin-1") == ["\u00e4\u00f6"]
    with pytest.raises(EnvironmentFault, match="no encoding"):
        LineSplitter("klingon")


def test_only_line_feeds_end_lines() -> None:
    assert split("a\u2028b\x0bc\x85d\ne".encode(), []) == ["a\u2028b\x0bc\x85d", "e"]


@given(st.binary(max_size=300), st.lists(st.integers(0, 300), max_size=6))
def test_any_bytes_cut_anywhere_give_the_same_lines(data: bytes, cuts: list[int]) -> None:
    cuts = [min(cut, len(data)) for cut in cuts]
    assert split(data, cuts) == split(data, [])


@given(st.integers(1, 40_000), st.lists(st.integers(0, 80_000), max_size=5), st.sampled_from(["x", "\u00e4", "\u6f22"]))
def test_overlong_lines_are_cut_the_same_however_they_come(length: int, cuts: list[int], letter: str) -> None:
    data = (letter * length + "\nnext\n").encode()
    lines = split(data, [min(cut, len(data)) for cut in cuts])
    assert lines[1] == "next"
    assert lines == split(data, [])
    assert lines[0] == (letter * length)[:MAX_CHARACTERS]
