"""Numbers with their words, and other people's words made safe for a page of ours."""

from __future__ import annotations


def counted(count: int, word: str) -> str:
    """`1 session`, `2,000 sessions`, `2 losses`."""
    return f"{count:,} {word}" + ("" if count == 1 else "es" if word.endswith("s") else "s")


_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C, 0x2028, 0x2029)
_UNSEEN = {code: f"\\x{code:02x}" for code in (*range(32), *range(127, 160)) if code not in (9, 10)}
_UNSEEN |= {code: f"\\u{code:04x}" for code in _TURNING}


def plain(text: str) -> str:
    """Text from a log or a bot: control characters, and those that turn the words after them round, are shown as their
    codes, not obeyed."""
    return text.translate(_UNSEEN)
