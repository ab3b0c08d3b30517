"""Tables for a terminal, in plain text: it starts with the command, where a library for it would double the wait."""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterator, Sequence

import click

GAP = "  "
FILE_WIDTH = 200
"""Where the output is no terminal."""
LEAST = 8
"""No column of words is made narrower to fit the terminal."""


def drawn(title: str, columns: Sequence[tuple[str, str]], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """The lines. `columns`: (heading, left or right); what stands left is folded where the terminal is too narrow."""
    if title:
        yield click.style(title, italic=True)
    headings = [heading for heading, _ in columns]
    right = [side == "right" for _, side in columns]
    table = [headings, *rows] if any(headings) else list(rows)
    widths = [max((_width(line) for row in table for line in row[i].split("\n")), default=0) for i in range(len(right))]
    room = shutil.get_terminal_size().columns if sys.stdout.isatty() else FILE_WIDTH
    _narrow(widths, right, room - len(GAP) * (len(columns) - 1))
    for number, row in enumerate(table):
        for line in _lines(row, widths, right):
            yield click.style(line, bold=True) if number == 0 and any(headings) else line


def _narrow(widths: list[int], right: Sequence[bool], room: int) -> None:
    """Take what is too much from the widest column of words, again and again."""
    while sum(widths) > room:
        words = [i for i in range(len(widths)) if not right[i] and widths[i] > LEAST]
        if not words:
            return
        widest = max(words, key=lambda i: widths[i])
        second = max((widths[i] for i in words if i != widest), default=LEAST)
        widths[widest] -= min(sum(widths) - room, max(1, widths[widest] - second), widths[widest] - LEAST)


def _lines(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> Iterator[str]:
    cells = [list(_folded(cell, width)) for cell, width in zip(row, widths, strict=True)]
    for number in range(max(map(len, cells), default=0)):
        parts = []
        for cell, width, is_right in zip(cells, widths, right, strict=True):
            text = cell[number] if number < len(cell) else ""
            space = " " * (width - _width(text))
            parts.append(space + text if is_right else text + space)
        yield GAP.join(parts).rstrip()  # lines are copied, compared and wrapped: no spaces at their ends


def _folded(text: str, width: int) -> Iterator[str]:
    """Lines of at most `width`, broken between words where that is possible."""
    for line in text.split("\n"):
        kept = ""
        for word in line.split(" "):
            joined = f"{kept} {word}" if kept else word
            if _width(joined) <= width:
                kept = joined
                continue
            if kept:
                yield kept
            while _width(word) > width:
                size = next(n for n in range(len(word), 0, -1) if n == 1 or _width(word[:n]) <= width)
                yield word[:size]
                word = word[size:]
            kept = word
        yield kept


def _width(text: str) -> int:
    """The columns that a text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
