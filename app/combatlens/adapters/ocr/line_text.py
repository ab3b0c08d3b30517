"""What a reader wrote, in plain characters: whatever script, width or apostrophe it chose."""

from __future__ import annotations

import unicodedata

_PLAIN = dict.fromkeys((*range(32), 127), " ") | {ord("`"): "'"}


def normalise(text: str) -> str:
    """One line, plain spaces and apostrophes, ASCII digits. Superscripts stay what they are: no digits."""
    if text.isascii():
        plain = text if text.isprintable() and "`" not in text else text.translate(_PLAIN)
        return " ".join(plain.split())
    out = []
    for char in text:
        if 0xFF01 <= ord(char) <= 0xFF5E:
            char = chr(ord(char) - 0xFEE0)
        if unicodedata.category(char) in ("Zs", "Cc", "Cf"):
            char = " "
        elif char in "’‘ʼ′`´＇":
            char = "'"
        elif char in "∕⁄":
            char = "/"
        elif not char.isascii() and char.isdecimal():
            char = str(unicodedata.decimal(char))
        out.append(char)
    return " ".join("".join(out).split())
