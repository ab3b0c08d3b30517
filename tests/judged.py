"""What is shown to a judge in tests, and what it believes."""

from __future__ import annotations

from combatlens.adapters.ocr.reading import Reading
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.judge import Judge


def reading(text: str, sure: bool = True) -> Reading:
    found = parse_xp(text)
    reader = "glyphs" if sure else "tesserocr"
    return Reading(text=text, found=found, confidence=0.9, reader=reader, reason=found.reason, sure=sure)


class Screen:
    """Ten pictures a second; `show` returns the states and remembers the accepted values."""

    def __init__(self, first: str = "") -> None:
        self.judge, self.at, self.accepted = Judge(), 0.0, []
        if first:
            self.show(first, 12)
            assert self.accepted[-1:], "the first value is believed"

    def show(self, text: str, frames: int, sure: bool = True) -> list[str]:
        states = []
        for _ in range(frames):
            self.at += 0.1
            verdict = self.judge.weigh(reading(text, sure), self.at)
            states.append(verdict.state)
            if verdict.changed:
                self.accepted.append(verdict.reading.text)
        return states
