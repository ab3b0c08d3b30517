"""What unmatched lines look like: numbers and names taken out, so that equal sentences count together."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"[+-]?\d[\d.,:/%]*")
_NAME = re.compile(r"\b[A-Z][\w'’`-]*(?: (?:of |the |de |von |\([^)]*\) ?)?[A-Z][\w'’`-]*)*")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']{3,}'")


def shape_of(body: str) -> str:
    """A line without its time -> its shape, at most 120 characters: `Bob performs Sweep 3` is `… performs …`."""
    text = _QUOTED.sub("…", body[:400].strip())
    text = _NAME.sub("…", text)
    text = _NUMBER.sub("#", text)
    return re.sub(r"…(?:\s+(?:…|#))+", "…", text)[:120]
