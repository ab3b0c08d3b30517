"""One of a thing is no several."""

from __future__ import annotations

import pytest

from combatlens.domain.words import counted, plain


@pytest.mark.parametrize(
    ("count", "word", "told"),
    [(1, "kill", "1 kill"), (0, "kill", "0 kills"), (2000, "session", "2,000 sessions"), (2, "success", "2 successes")],
)
def test_a_number_with_its_word(count: int, word: str, told: str) -> None:
    assert counted(count, word) == told


def test_no_name_commands_the_terminal_or_turns_the_words_after_it_round() -> None:
    assert plain("a\x1b[31m\x9b1m\u202egnp\u2066\x07") == "a\\x1b[31m\\x9b1m\\u202egnp\\u2066\\x07"
    assert plain("名前 é\n\tok") == "名前 é\n\tok"
