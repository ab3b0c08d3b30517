"""A line's last slash and what follows it, read as one glyph where its letters cannot be told apart.

A level's need stands for hours while the number before it counts. Where its letters touch, `/6000` is no harder to
know again than a letter is: it is one sign, of a private character that tells how many signs it shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from combatlens.adapters.ocr.glyph_parts import FIRST_TAIL, UNKNOWN, Doubt, signs_in


def tail_of(text: str) -> str:
    """The last slash and what follows it; empty where that is less than two signs, or not known."""
    head, slash, rest = text.rstrip().rpartition("/")
    return slash + rest if head and len(_bare(rest)) > 1 and UNKNOWN not in rest else ""


def folded(text: str, tail: str) -> str:
    """The text with that tail as one sign; as it is where it has another."""
    if not tail or tail_of(text) != tail:
        return text
    return text.rstrip().removesuffix(tail) + chr(FIRST_TAIL + len(_bare(tail)))


def folded_lesson(text: str, sure: str, places: Sequence[float], tail: str) -> tuple[str, str, Sequence[float]]:
    """The same of a text, of what of it is sure, and of its signs' columns: the one sign stands amid those it shows."""
    short = folded(text, tail)
    if short == text:
        return text, sure, places
    head, signs = short[:-1], signs_in(short[-1])
    last = UNKNOWN if UNKNOWN in sure[len(head) :] else short[-1]
    columns = (*places[:-signs], sum(places[-signs:]) / signs) if places else ()
    return short, sure and sure[: len(head)] + last, columns


def unfolded(text: str, tail: str) -> str:
    """Each sign spelt out, in a text or in what is known of one."""
    return "".join(tail if signs_in(char) > 1 else char for char in text)


def unfolded_doubt(doubt: Doubt, tail: str) -> Doubt:
    """The same of what is known of a line that could not be read."""
    return Doubt(doubt.reason, unfolded(doubt.partly, _bare(tail)))


def unfolded_signs(signs: str, tail: str) -> str:
    """What is known of each sign of a folded text: of each one of the text itself. `?` tells nothing of the tail."""
    bare = _bare(tail)
    return signs[:-1] + (UNKNOWN * len(bare) if signs[-1:] == UNKNOWN else bare)


def _bare(tail: str) -> str:
    return tail.replace(" ", "")
