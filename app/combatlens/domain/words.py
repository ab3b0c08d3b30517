"""Numbers with their words."""

from __future__ import annotations


def counted(count: int, word: str) -> str:
    """`1 session`, `2,000 sessions`, `2 losses`."""
    return f"{count:,} {word}" + ("" if count == 1 else "es" if word.endswith("s") else "s")
