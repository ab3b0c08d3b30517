"""Time formats of custom dialects: `%d.%m.%Y %H:%M:%S` and the like, `iso`, `unix` and `unix_ms`."""

from __future__ import annotations

import re
from datetime import datetime

from combatlens.adapters.combat_log.times import DAY, MONTHS, DayClock, LocalTime, clock_face, local_day, year_of_day
from combatlens.domain.errors import EnvironmentFault

_DIRECTIVES = {
    "Y": r"(?P<Y>\d{4})", "y": r"(?P<y>\d{2})", "m": r"(?P<m>\d{1,2})", "d": r" ?(?P<d>\d{1,2})",
    "b": r"(?P<b>[A-Za-z]{3})",
    "a": r"[^\W\d]{2,4}\.?", "H": r"(?P<H>\d{1,2})", "I": r"(?P<I>\d{1,2})", "M": r"(?P<M>\d{2})", "S": r"(?P<S>\d{2})",
    "f": r"(?P<f>\d{1,9})", "p": r"(?P<p>[AaPp][Mm])", "%": "%",
}  # fmt: skip


class TimeFormat:
    """Reads the text of a `time` group. Raises EnvironmentFault for a format that cannot be."""

    def __init__(self, text: str, time: LocalTime, days: DayClock, reference: float) -> None:
        self._time, self._days, self._reference = time, days, reference
        self._named = text if text in ("iso", "unix", "unix_ms") else ""
        self._pattern = None if self._named else _compile(text)
        self.resolution = 0.001 if "%f" in text or self._named in ("iso", "unix_ms") else 1.0

    def local(self, text: str) -> float | None:
        """Text -> local seconds; None where it is no time."""
        if self._pattern is None:
            return self._by_name(text)
        found = self._pattern.fullmatch(text.strip())
        if found is None:
            return None
        parts = found.groupdict()
        face = _face(parts)
        if face is None or not parts.get("d"):
            return None if face is None else self._days.local(face)
        month = MONTHS.get((parts.get("b") or "").title()) or int(parts.get("m") or 0)
        day = local_day(self._year(parts, month, int(parts["d"])), month, int(parts["d"])) if month else None
        return None if day is None else day + face

    def _by_name(self, text: str) -> float | None:
        try:
            if self._named == "iso":
                moment = datetime.fromisoformat(text.strip())
                if moment.tzinfo is not None:
                    return self._time.local(moment.timestamp())
                day = local_day(moment.year, moment.month, moment.day) or 0.0
                return day + moment.hour * 3600 + moment.minute * 60 + moment.second + moment.microsecond / 1e6
            seconds = float(text) / (1000.0 if self._named == "unix_ms" else 1.0)
            return self._time.local(seconds) if 0 < seconds < 1e11 else None
        except (ValueError, OverflowError, OSError):
            return None

    def _year(self, parts: dict[str, str | None], month: int, day: int) -> int:
        if parts.get("Y"):
            return int(parts["Y"] or 0)
        if parts.get("y"):
            return 2000 + int(parts["y"] or 0)
        here = self._time.local(self._reference)
        year = year_of_day(int(here // DAY))
        start = local_day(year, month, day)
        return year - 1 if start is None or start > here + DAY else year


def _compile(text: str) -> re.Pattern[str]:
    parts, at = [], 0
    while at < len(text):
        if text[at] == "%" and at + 1 < len(text):
            directive = _DIRECTIVES.get(text[at + 1])
            if directive is None:
                raise EnvironmentFault(f"%{text[at + 1]} in the time format {text!r} is not known", _KNOWN)
            parts.append(directive)
            at += 2
        else:
            parts.append(re.escape(text[at]))
            at += 1
    try:
        pattern = re.compile("".join(parts))
    except re.error as error:
        raise EnvironmentFault(f"the time format {text!r} cannot be used: {error}", _KNOWN) from error
    if "M" not in pattern.groupindex or not {"H", "I"} & set(pattern.groupindex):
        raise EnvironmentFault(f"the time format {text!r} names no hour and minute", _KNOWN)
    return pattern


_KNOWN = "use %Y %y %m %d %b %a %H %I %M %S %f %p, or iso, unix, unix_ms"


def _face(parts: dict[str, str | None]) -> float | None:
    hour = int(parts.get("H") or parts.get("I") or 0)
    if parts.get("p"):
        hour = hour % 12 + (12 if (parts["p"] or "").lower() == "pm" else 0)
    fraction = f".{parts['f']}" if parts.get("f") else ""
    return clock_face(str(hour), parts.get("M") or "0", f"{parts.get('S') or '0'}{fraction}")
