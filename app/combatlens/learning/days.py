"""Days and hours where the user lives."""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

DAY = 86400.0


class Calendar:
    """Days and hours as they are in `zone` (None: the computer's own). Fast over many times of the same days."""

    def __init__(self, zone: tzinfo | None = None) -> None:
        self._zone = zone
        self._offsets: dict[int, float | None] = {}

    def day(self, at: float) -> int:
        """Days since 1970-01-01; a Thursday."""
        return int((at + self._offset(at)) // DAY)

    def hour(self, at: float) -> int:
        return int((at + self._offset(at)) % DAY // 3600)

    def _offset(self, at: float) -> float:
        """Seconds east of UTC; asked once a day, but on the days on which it changes."""
        day = int(at // DAY)
        if day not in self._offsets:
            ends = self._ask(day * DAY), self._ask((day + 1) * DAY - 1)
            self._offsets[day] = ends[0] if ends[0] == ends[1] else None
        known = self._offsets[day]
        return self._ask(at) if known is None else known

    def _ask(self, at: float) -> float:
        offset = datetime.fromtimestamp(at, UTC).astimezone(self._zone).utcoffset()
        return offset.total_seconds() if offset else 0.0


def date_of(day: int) -> str:
    """YYYY-MM-DD of a `Calendar.day`."""
    return datetime.fromtimestamp(day * DAY, UTC).strftime("%Y-%m-%d")
