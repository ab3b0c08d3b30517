"""What the learner has to know of advice besides the sessions. Without numpy: the recording process reads it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import Struct


class Followed(Struct, frozen=True, kw_only=True):
    """What the sessions do not tell. `given`: text, kind and expected gain of every advice there ever was, by its id;
    `decisions`: those made while no session was open, as `SessionStats.decisions`."""

    given: Mapping[str, Mapping[str, Any]] = {}
    decisions: Sequence[tuple[str, str, float]] = ()


NOTHING_MORE = Followed()
