"""A session's time: active, paused, idle, and what happened in each minute (METRICS, "Sessions and time")."""

from __future__ import annotations

from msgspec import Struct

from combatlens.domain.records import IdleGap, Minute

MINUTE_S = 60.0
USER = "user"
KNOWN_REASONS = ("window_gone", "screen_locked", "suspended")


class Bucket(Struct, gc=False):
    """The mutable minute; `Minute` is its frozen image."""

    start: float
    active_s: float = 0.0
    xp: float = 0.0
    damage: float = 0.0
    damage_taken: float = 0.0
    kills: int = 0
    deaths: int = 0
    uses: int = 0

    def frozen(self) -> Minute:
        return Minute(
            start=self.start, active_s=self.active_s, xp=self.xp, damage=self.damage,
            damage_taken=self.damage_taken, kills=self.kills, deaths=self.deaths, uses=self.uses,
        )  # fmt: skip

    def copy(self) -> Bucket:
        return Bucket(
            self.start, self.active_s, self.xp, self.damage, self.damage_taken, self.kills, self.deaths, self.uses
        )


class Timeline:
    """Active time up to `last`, the pauses, the idle gaps and the minutes. Seconds; Unix seconds for moments."""

    __slots__ = ("active_s", "bucket", "gaps", "idle_s", "last", "minutes", "reasons", "start")

    def __init__(self, start: float, idle_s: float) -> None:
        self.start = start
        self.last = start
        self.idle_s = idle_s
        self.active_s = 0.0
        self.reasons: frozenset[str] = frozenset()
        self.gaps: list[IdleGap] = []
        self.bucket = Bucket(start // MINUTE_S * MINUTE_S)
        self.minutes: list[Bucket] = [self.bucket]

    def advance(self, at: float) -> float:
        """Go on to `at` (never back). Returns the active seconds since the last event."""
        last = self.last
        gone = at - last
        if gone <= 0.0:
            return 0.0
        self.last = at
        active = 0.0
        if not self.reasons:
            if gone > self.idle_s:
                self.gaps.append(IdleGap(last, at))
            else:
                active = gone
                self.active_s += gone
        if at < self.bucket.start + MINUTE_S:
            self.bucket.active_s += active
        else:
            self._spread(last, at, active > 0.0)
        return active

    def _spread(self, since: float, at: float, active: bool) -> None:
        """Lay active time over the minutes it crosses; minutes in which nothing ran are not kept."""
        if active:
            edge = self.bucket.start + MINUTE_S
            self.bucket.active_s += edge - since
            while edge + MINUTE_S <= at:
                self._open(edge).active_s = MINUTE_S
                edge += MINUTE_S
            self._open(edge).active_s = at - edge
        else:
            self._open(at // MINUTE_S * MINUTE_S)

    def _open(self, start: float) -> Bucket:
        self.bucket = Bucket(start)
        self.minutes.append(self.bucket)
        return self.bucket

    def pause(self, reason: str | None) -> str | None:
        """Returns the reason that was added, None when it was there already. Unknown words are the user's."""
        name = reason if reason in KNOWN_REASONS else USER
        if name in self.reasons:
            return None
        self.reasons |= {name}
        return name

    def resume(self, reason: str | None) -> bool:
        """Lift a reason; without one all of them, since somebody says that it goes on."""
        before = self.reasons
        self.reasons = before - {reason} if reason in KNOWN_REASONS else frozenset()
        return self.reasons != before

    @property
    def paused_by_user(self) -> bool:
        return USER in self.reasons

    def idle_since(self, now: float) -> float | None:
        """The last event's time when it is over `idle_s` ago and nothing else pauses; else None."""
        return self.last if not self.reasons and now - self.last > self.idle_s else None

    def active_at(self, now: float) -> float:
        """Active seconds at `now`, without recording anything."""
        if self.reasons or now <= self.last or self.idle_since(now) is not None:
            return self.active_s
        return self.active_s + now - self.last

    def save(self) -> tuple[float, float, float, frozenset[str], int, int, Bucket]:
        return (
            self.start, self.last, self.active_s, self.reasons, len(self.gaps), len(self.minutes), self.bucket.copy()
        )  # fmt: skip

    def restore(self, saved: tuple[float, float, float, frozenset[str], int, int, Bucket]) -> None:
        self.start, self.last, self.active_s, self.reasons, gaps, minutes, bucket = saved
        del self.gaps[gaps:]
        del self.minutes[minutes:]
        self.bucket = bucket.copy()
        self.minutes[-1] = self.bucket
