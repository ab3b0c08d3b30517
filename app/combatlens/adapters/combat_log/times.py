"""Times of a log: local seconds into UTC, with daylight saving, and the day of logs that write only times.

*Local seconds* are the seconds since 1970 that the log's own clock face would show, counted as if it were UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

from combatlens.domain.errors import EnvironmentFault

DAY = 86400.0
OUT_OF_ORDER_S = 60.0
"""Lines may be this late; a clock face that falls back further has passed midnight (or an hour of autumn)."""

SET_BACK_S = 900.0
"""A clock face that falls back no further was set back: nobody plays on a day later, to the quarter of an hour."""

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MONTHS = {name: number for number, name in enumerate(_NAMES, 1)}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EPOCH_DAY = date(1970, 1, 1).toordinal()


def zone_named(name: str) -> tzinfo | None:
    """A profile's `timezone` -> zone; "" is None: this machine's own. Raises EnvironmentFault."""
    if not name:
        return None
    from zoneinfo import ZoneInfo  # slow to load, and most logs are in this machine's own zone

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise EnvironmentFault(f"no time zone is called {name!r}", "write one such as Europe/Berlin or UTC") from error


def local_day(year: int, month: int, day: int) -> float | None:
    """Local seconds at the start of a day; None where there is no such day, or no computer game could log it."""
    if not (1900 <= year <= 2200 and 0 < month < 13 and 0 < day < 32):
        return None
    try:
        return (date(year, month, day).toordinal() - _EPOCH_DAY) * DAY
    except ValueError:
        return None


def year_of_day(day: int) -> int:
    """The year that a day (since 1970) lies in."""
    return date.fromordinal(min(max(1, day + _EPOCH_DAY), date.max.toordinal())).year


def clock_face(hour: str, minute: str, second: str) -> float | None:
    """Seconds since midnight; None where the clock has no such time."""
    try:
        h, m, s = int(hour), int(minute), float(second)
    except ValueError:
        return None
    return h * 3600.0 + m * 60.0 + s if h < 24 and m < 60 and s < 61 else None


_MINUTES = {f"{minute // 60:02}:{minute % 60:02}": minute * 60.0 for minute in range(24 * 60)}
_SECONDS = {f"{second:02}": float(second) for second in range(61)}


def plain_face(text: str) -> float | None:
    """`17:51:24` -> seconds since midnight; None for a clock face that is written in any other way, or is none."""
    minute, second = _MINUTES.get(text[:5]), _SECONDS.get(text[6:])
    return None if minute is None or second is None or text[5] != ":" else minute + second


def plain_seconds(text: str) -> float | None:
    """`24` or `24.125` -> seconds of a minute; None where it is written in any other way, or is none."""
    second = _SECONDS.get(text[:2])
    if second is None or second == 60.0 or (len(text) > 2 and (text[2] != "." or not text[3:].isdecimal())):
        return None
    return second if len(text) == 2 else float(text)


def nearest(face: float, local: float) -> float:
    """The moment nearest to `local` (local seconds) at which a clock shows `face`."""
    return round((local - face) / DAY) * DAY + face


class LocalTime:
    """Local seconds to UTC. The doubled hour of autumn is told apart by the clock face that falls back in it."""

    def __init__(self, zone: tzinfo | None) -> None:
        self._zone = zone
        self._offsets: dict[int, tuple[float, float]] = {}
        self._last = float("-inf")
        self._second_pass = False
        self._plain, self._plain_offset = float("-inf"), 0.0
        """The quarter of an hour last asked for, where nothing is doubled, and its offset."""
        self._plain_exact = False
        """Whether that offset, taken off, leaves the binary digits after the point as they are (2004 to 2038)."""

    def utc(self, local: float) -> float:
        """Local seconds -> Unix seconds."""
        if self._plain <= local < self._plain + 900:
            self._last, self._second_pass = local, False
            return local - self._plain_offset if self._plain_exact else round(local - self._plain_offset, 6)
        quarter = int(local // 900)
        offsets = self._offsets.get(quarter)
        if offsets is None:
            if len(self._offsets) > 4096:
                self._offsets.clear()
            offsets = self._offsets[quarter] = (self._offset(local, 0), self._offset(local, 1))
        if offsets[0] == offsets[1]:
            self._second_pass = False
            self._plain, self._plain_offset = quarter * 900.0, offsets[0]
            self._plain_exact = 2**30 + DAY < local < 2**31 - DAY and offsets[0].is_integer()
        elif local < self._last and (local < self._last - OUT_OF_ORDER_S / 2 or self._last < self._plain + 900):
            self._second_pass = True  # fallen back, or late behind the hour's end
        if offsets[0] != offsets[1]:
            self._plain = float("-inf")
        self._last = local
        return round(local - offsets[self._second_pass], 6)

    @property
    def second_pass(self) -> bool:
        """Whether the last time was in the doubled hour of autumn, the second time round."""
        return self._second_pass

    def local(self, utc: float) -> float:
        """Unix seconds -> local seconds."""
        moment = datetime.fromtimestamp(utc, UTC).astimezone(self._zone)
        return utc + (moment.utcoffset() or timedelta()).total_seconds()

    def doubles_on(self, day: int) -> bool:
        """Whether the clock is set back on a day (since 1970)."""
        return self._offset((day + 1) * DAY, 0) < self._offset(day * DAY, 0)

    def state(self) -> dict[str, Any]:
        return {"last": self._last, "second": self._second_pass} if self._last > 0 else {}

    def restore(self, state: dict[str, Any]) -> None:
        self._last = float(state.get("last", "-inf"))
        self._second_pass = bool(state.get("second", False))

    def _offset(self, local: float, fold: int) -> float:
        naive = (_EPOCH + timedelta(seconds=local)).replace(tzinfo=None, fold=fold)
        aware = naive.replace(tzinfo=self._zone) if self._zone else naive.astimezone()
        return (aware.utcoffset() or timedelta()).total_seconds()


class DayClock:
    """The day of a log that writes only times: it starts at an anchor and moves on at each midnight.

    The anchor is a dated line (a log-in), else the day on which the file was last written, minus the midnights
    that lie in it (`first_day`: days since 1970), else the day of arrival.
    """

    def __init__(self, time: LocalTime, first_day: int | None, reference: float, *, sure: bool = False) -> None:
        """`sure`: `first_day` is the log's own word, not read off the file's date."""
        self._time = time
        self._reference = self._heard = reference
        self._sure = sure
        self._first_day = first_day
        self._last: float | None = None
        self.live: float | None = None
        """Unix seconds at which the lines that are read now were written, give or take hours; None: nobody knows."""

    def anchor(self, local: float) -> None:
        self._last, self._sure = local, True

    def joined(self) -> None:
        """What was read is known; what follows was written by the setup's first day, which may be days later."""
        if self._last is not None and self._first_day is not None and not self._sure:
            self._last = None if self._first_day * DAY > self._last else self._last

    def local(self, face: float) -> float:
        """Seconds since midnight -> local seconds."""
        last = self._last
        if self.live is not None and not self._sure:
            heard, self._heard = self._heard, self.live
            if last is None or self.live - heard > DAY / 2:  # so long a silence may hide a midnight
                self._last = nearest(face, self._time.local(self.live))
                return self._last
        if last is None:
            first, here = self._first_day, self._time.local(self._reference)
            self._last = nearest(face, here) if first is None else first * DAY + face
            return self._last
        found = last - last % DAY + face
        if found > last + DAY - SET_BACK_S:
            found -= DAY  # late, or set back, over midnight
        elif found < last - SET_BACK_S and not self._in_autumn(found):
            found += DAY
        self._last = max(last, found) if found > last - OUT_OF_ORDER_S else found
        return found

    def _in_autumn(self, local: float) -> bool:
        first, second = self._time._offset(local, 0), self._time._offset(local, 1)
        return first != second

    def state(self) -> list[Any]:
        return [self._last, self._sure]

    def restore(self, state: Any) -> None:
        last, sure = state if isinstance(state, list) else (state, False)
        self._last = None if last is None else float(last)
        self._sure = bool(sure) if isinstance(state, list) else self._sure
