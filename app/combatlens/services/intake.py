"""What was refused at the door, how the screen reader did, and how late events came. Counts, never events.

Kept in memory while recording and put into the store when a session ends, as one small document: what a crash takes
are counts of the session that was going on, nothing that was recorded.
"""

from __future__ import annotations

import re
import threading
from collections import Counter, deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import msgspec
from msgspec import Struct

if TYPE_CHECKING:
    from combatlens.ports import Clock

DOCUMENT = "intake"
SESSIONS_KEPT = 300
REASONS_KEPT = 100
"""So many different reasons a session; further ones are counted together."""

READING = "reading"
SAMPLES = 2000
RECENT = 200
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
_NUMBER = re.compile(r"\d[\d.,:]*")


class RefusedCount(Struct, frozen=True):
    """`what`: the kind of event (`skill_event`) or READING."""

    source: str
    what: str
    reason: str
    count: int


class Looks(Struct, frozen=True, kw_only=True):
    """How the screen reader did: pictures that had changed, what became of them, and the seconds that a look took."""

    pictures: int = 0
    accepted: int = 0
    refused: int = 0
    seconds_p50: float | None = None
    seconds_p95: float | None = None


class IntakeCounts(Struct, frozen=True, kw_only=True):
    """`session_id` "": none had ended since. `at`: Unix seconds of the counting."""

    session_id: str = ""
    at: float = 0.0
    refused: tuple[RefusedCount, ...] = ()
    looks: Looks = Looks()


class Documents(Protocol):
    machine: str

    def document(self, name: str) -> str | None: ...
    def put_document(self, name: str, body: str | None) -> None: ...


class Intake:
    """Safe to call from any thread; every call is quick."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._refused: Counter[tuple[str, str, str]] = Counter()
        self._looks: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=SAMPLES)
        self._delays: dict[str, deque[tuple[float, float]]] = {}

    def refused(self, source: str, what: str, reason: str) -> None:
        """An event or a reading was refused. Values in `reason` are left out: they differ, and may be names."""
        plain = _NUMBER.sub("#", _QUOTED.sub("…", reason))[:200]
        with self._lock:
            key = (source, what, plain)
            known = key in self._refused or len(self._refused) < REASONS_KEPT
            self._refused[key if known else (source, what, "other reasons")] += 1

    def looked(self, seconds: float, state: str) -> None:
        """The screen reader judged a picture that had changed: accepted, pending or ignored."""
        with self._lock:
            self._looks[state] += 1
            self._seconds.append(seconds)

    def settled(self) -> None:
        """A picture that was pending was accepted after all."""
        with self._lock:
            self._looks["pending"] -= 1
            self._looks["accepted"] += 1

    def arrived(self, source: str, delay_s: float) -> None:
        """Events were committed so long after they happened."""
        with self._lock:
            self._delays.setdefault(source, deque(maxlen=RECENT)).append((self._clock.now(), delay_s))

    def delays(self, since: float) -> dict[str, list[float]]:
        """The newest delays of each source, in seconds, of what arrived since then (Unix seconds)."""
        with self._lock:
            return {name: [late for at, late in found if at >= since] for name, found in self._delays.items()}

    def counts(self, session_id: str) -> IntakeCounts | None:
        """Everything since the last call, for this session; None where there was nothing."""
        with self._lock:
            refused, self._refused = self._refused, Counter()
            looks, self._looks = self._looks, Counter()
            seconds = sorted(self._seconds)
            self._seconds.clear()
        if not refused and not looks:
            return None
        return IntakeCounts(
            session_id=session_id,
            at=self._clock.now(),
            refused=tuple(RefusedCount(*key, count) for key, count in refused.most_common()),
            looks=Looks(
                pictures=looks.total(),
                accepted=looks["accepted"],
                refused=sum(n for (_, what, _), n in refused.items() if what == READING),
                seconds_p50=seconds[len(seconds) // 2] if seconds else None,
                seconds_p95=seconds[int(0.95 * len(seconds))] if seconds else None,
            ),
        )


def keep_counts(documents: Documents, counts: IntakeCounts) -> None:
    """Put the counts beside those of earlier sessions; the newest SESSIONS_KEPT stay."""
    body = msgspec.json.encode([*load_counts(documents), counts][-SESSIONS_KEPT:]).decode()
    documents.put_document(_name(documents), body)


def _name(documents: Documents) -> str:
    return f"{DOCUMENT}:{documents.machine}" if documents.machine else DOCUMENT


def load_counts(documents: Documents) -> list[IntakeCounts]:
    """What `keep_counts` left on this machine, oldest first."""
    return counts_of(documents.document(_name(documents)))


def counts_of(body: str | None) -> list[IntakeCounts]:
    """The counts in a document; nothing where it cannot be read."""
    try:
        return msgspec.json.decode(body or "[]", type=list[IntakeCounts])
    except msgspec.MsgspecError:
        return []


def summed(kept: Sequence[IntakeCounts], since: float | None = None) -> dict[str, Any]:
    """Over the sessions since then: `refused` by reason, the most frequent first, and how the reader did."""
    chosen = [one for one in kept if since is None or one.at >= since]
    totals: Counter[tuple[str, str, str]] = Counter()
    for one in chosen:
        for row in one.refused:
            totals[(row.source, row.what, row.reason)] += row.count
    looks = [one.looks for one in chosen if one.looks.pictures]
    pictures = sum(look.pictures for look in looks)

    def mean(name: str) -> float | None:
        told = [(getattr(look, name), look.pictures) for look in looks if getattr(look, name) is not None]
        return sum(value * weight for value, weight in told) / sum(weight for _, weight in told) if told else None

    return {
        "refused": [
            {"source": source, "what": what, "reason": reason, "count": count}
            for (source, what, reason), count in totals.most_common()
        ],
        "screen": {
            "sessions": len(looks),
            "pictures": pictures,
            "accepted": sum(look.accepted for look in looks),
            "refused": sum(look.refused for look in looks),
            "seconds_p50": mean("seconds_p50"),
            "seconds_p95": mean("seconds_p95"),
        },
    }
