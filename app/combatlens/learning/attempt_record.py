"""One attempt, as it is kept in `<profile>_learnings.json`."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import Struct

HASH_CHARS = 12
FIGHT = "fight"
"""The `construct_type` of fights won and lost; one step a line in `generated_code`."""


class Learning(Struct, frozen=True, kw_only=True):
    """One attempt. `language` is the profile, `construct_type` what was tried, `generated_code` what was done.

    `timestamp`: ISO 8601 with zone.
    """

    language: str
    construct_type: str
    attempt_number: int
    success: bool
    generated_code: str
    validation_errors: list[str] = []
    error_pattern: str | None = None
    fix_applied: str | None = None
    timestamp: str = ""
    hash: str = ""

    def to_dict(self) -> dict[str, Any]:
        """A plain dictionary, one key a field."""
        return msgspec.structs.asdict(self)


def fingerprint(learning: Learning, ordinal: int) -> str:
    """Twelve hexadecimal digits that tell a learning; `ordinal` tells equal ones of one moment apart."""
    text = msgspec.json.encode((msgspec.structs.astuple(learning)[:-1], ordinal))
    return hashlib.sha256(text).hexdigest()[:HASH_CHARS]


def fixed_failure(learning: Learning, before: Sequence[Learning]) -> Learning:
    """A successful later attempt that names no failure has fixed that of the attempt of its kind just before it."""
    if not learning.success or learning.error_pattern or learning.attempt_number <= 1:
        return learning
    last = next((one for one in reversed(before) if one.construct_type == learning.construct_type), None)
    if last is None or last.success or last.attempt_number >= learning.attempt_number:
        return learning
    return msgspec.structs.replace(learning, error_pattern=last.error_pattern)
