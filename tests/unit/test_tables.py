"""Tables on a terminal: aligned by what the eye sees, folded where the terminal is narrow."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click
import pytest

from combatlens.cli.common import table

Lines = Callable[..., list[str]]


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    def drawn(*rows: list[str], title: str = "", columns: tuple[tuple[str, str], ...]) -> list[str]:
        table(title, columns, rows)
        return click.unstyle(capsys.readouterr().out).splitlines()

    return drawn


def test_columns_stand_under_each_other_whatever_their_letters(lines: Lines) -> None:
    found = lines(
        ["Bolt", "1,234"], ["日本", "5"], ["é́", "77"], title="Skills", columns=(("name", "left"), ("n", "right"))
    )
    assert found == ["Skills", "name      n", "Bolt  1,234", "日本      5", "é́        77"]


def test_without_headings_there_is_no_empty_line(lines: Lines) -> None:
    assert lines(["a", "b"], columns=(("", "left"), ("", "left"))) == ["a  b"]
    assert lines(columns=(("", "left"),)) == []


def test_words_are_folded_to_the_terminal_and_numbers_are_not(lines: Lines, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "30")
    words = "one two three four"
    found = lines([words, "123,456", "x" * 20], columns=(("", "left"), ("", "right"), ("", "left")))
    assert all(len(line) <= 30 for line in found)
    assert "123,456" in found[0]
    assert [word for line in found for word in line.split() if word in words.split()] == words.split()
    assert sum(line.count("x") for line in found) == 20


def test_a_line_break_in_a_cell_stays_one(lines: Lines) -> None:
    assert lines(["a\nb", "1"], columns=(("", "left"), ("n", "right"))) == ["   n", "a  1", "b"]
