"""One of a thing is no several."""

from __future__ import annotations

import pytest

from combatlens.domain.words import counted


@pytest.mark.parametrize(
    ("count", "word", "told"),
    [(1, "kill", "1 kill"), (0, "kill", "0 kills"), (2000, "session", "2,000 sessions"), (2, "success", "2 successes")],
)
def test_a_number_with_its_word(count: int, word: str, told: str) -> None:
    assert counted(count, word) == told
