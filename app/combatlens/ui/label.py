"""A label for any text: names in scripts from right to left stand in their place, long words break where they must."""

from __future__ import annotations

import re
import unicodedata

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from combatlens.ui.numbers import NBSP

LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
BREAK = "\N{ZERO WIDTH SPACE}"
_LONG = re.compile(r"[^\s\u200b]{25,}")
_PER_CENT = re.compile(r"(?<=\d)(?=%)")
_STEP = 12


class Label(QLabel):
    """Plain text. `text()` is what was given; what is drawn may hold marks that cannot be seen."""

    def __init__(self, text: str, *, wrap: bool = False) -> None:
        super().__init__()
        self._given = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(wrap)
        self.setText(text)

    def setText(self, text: str) -> None:
        self._given = text
        drawn = leftward(spaced(text))
        super().setText(breakable(drawn) if self.wordWrap() else drawn)

    def text(self) -> str:
        return self._given


def spaced(text: str) -> str:
    """The same, with a space before each per cent sign, as the windows' own numbers have it."""
    return _PER_CENT.sub(NBSP, text)


def leftward(text: str) -> str:
    """The same, laid out from left to right even where it begins with Arabic or Hebrew; these read on as they do."""
    if not any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text):
        return text
    return LEFT_TO_RIGHT + re.sub(r"(→|, |\n)", rf"\1{LEFT_TO_RIGHT}", text)


def breakable(text: str) -> str:
    """The same, with places inside very long words where a line may end."""
    return _LONG.sub(lambda word: BREAK.join(_pieces(word.group())), text)


def _pieces(word: str) -> list[str]:
    return [word[i : i + _STEP] for i in range(0, len(word), _STEP)]
