"""The `attempt` events of a bot as attempts to learn from."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from combatlens.domain.events import Attempt, Recorded
from combatlens.learning.attempt_record import HASH_CHARS, Learning, fixed_failure
from combatlens.learning.failures import recognise
from combatlens.learning.known_failures import ErrorPattern


def event_attempts(records: Iterable[Recorded], profile: str, own: Sequence[ErrorPattern] = ()) -> list[Learning]:
    """Every `attempt` among `records` (in order of time); the failure is recognised where the bot did not name it.

    The same event always gives the same hash, so that it is taken once however often this is asked.
    """
    found: list[Learning] = []
    for record in records:
        event = record.event
        if not isinstance(event, Attempt):
            continue
        identity = f"{record.session_id}\0{record.seq}\0{record.at!r}"
        one = Learning(
            language=profile,
            construct_type=event.goal,
            attempt_number=event.attempt_number or _number(event, found),
            success=event.success,
            generated_code="\n".join(event.steps),
            validation_errors=list(event.errors),
            error_pattern=event.error_pattern or recognise(event.errors, profile, own),
            fix_applied=event.fix_applied,
            timestamp=datetime.fromtimestamp(record.at, UTC).isoformat(timespec="microseconds"),
            hash=hashlib.sha256(identity.encode()).hexdigest()[:HASH_CHARS],
        )
        found.append(fixed_failure(one, found))
    return found


def _number(event: Attempt, before: Sequence[Learning]) -> int:
    """Without a number: one more than the failures of the same goal just before."""
    number = 1
    for one in reversed(before):
        if one.construct_type == event.goal:
            if one.success:
                break
            number += 1
    return number
