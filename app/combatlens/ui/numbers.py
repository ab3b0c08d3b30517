"""Numbers, durations and times as people read them; one place, so that every window says the same."""

from __future__ import annotations

import math
from datetime import UTC, datetime

NOT_YET = "not yet"
NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"


def known(value: float | None) -> bool:
    """Whether there is a finite number to show."""
    return value is not None and math.isfinite(value)


def count(value: float | None) -> str:
    """A number in full, with thousands separated: `12,345`. Decimals only where it has some."""
    if value is None or not math.isfinite(value):
        return NOT_YET
    if abs(value) >= 100 or value == int(value):
        return _sign(f"{value:,.0f}")
    return _sign(f"{value:,.1f}")


def cell(value: float | None) -> str:
    """A number in a column: in full below ten millions, as in `short` from there on."""
    return count(value) if value is None or abs(value) < 9_999_999.5 else short(value)


def average(value: float | None) -> str:
    """A measured figure, its decimals alike all down a column: `21.0`, `9.5`, `312`, `12,345`, `4.29G`."""
    if value is None or not math.isfinite(value):
        return NOT_YET
    return cell(round(value)) if abs(value) >= 99.95 else _sign(f"{value:.1f}")


def short(value: float | None) -> str:
    """A number in at most five signs: `847`, `9,412`, `12.3k`, `1.23M`."""
    if value is None or not math.isfinite(value):
        return NOT_YET
    size = abs(value)
    # Each begins where the smaller unit would round to 1,000 (10,000 for none).
    for begins, divisor, unit in ((999.5e6, 1e9, "G"), (999.5e3, 1e6, "M"), (9_999.5, 1e3, "k")):
        if size >= begins:
            scaled = value / divisor
            digits = 2 if abs(scaled) < 9.995 else 1 if abs(scaled) < 99.95 else 0
            return _sign(f"{scaled:,.{digits}f}{unit}")
    return count(value)


def signed(value: float | None) -> str:
    """A difference with its sign: `+1,240`, `−35`."""
    if value is None or not math.isfinite(value):
        return NOT_YET
    return ("+" if value > 0 else "") + short(value)


def rate(value: float | None, unit: str = "XP/h") -> str:
    """A rate with its unit: `12.3k XP/h`."""
    return f"{short(value)}{NBSP}{unit}" if known(value) else NOT_YET


def percent(share: float | None, digits: int = 0) -> str:
    """A share from 0 to 1 as `43 %`."""
    if share is None or not math.isfinite(share):
        return NOT_YET
    return f"{share * 100:.{digits}f}{NBSP}%"


def ratio(value: float | None) -> str:
    """A ratio with one decimal: `24.0`; from a thousand on as in `short`."""
    if value is None or not math.isfinite(value):
        return NOT_YET
    return f"{value:.1f}" if abs(value) < 999.95 else short(round(value))


def clock(seconds: float | None) -> str:
    """A running time, whole seconds, rounded down: `0:42`, `12:05`, `1:23:45`."""
    if seconds is None or not math.isfinite(seconds):
        return NOT_YET
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{secs:02d}" if hours else f"{minutes}:{secs:02d}"


def lasting(seconds: float | None) -> str:
    """As `clock`, and from a hundred hours on in hours: `99:59:59`, `100 h`, `12.3k h`."""
    if seconds is None or not math.isfinite(seconds) or seconds < 360_000:
        return clock(seconds)
    return f"{short(seconds // 3600)}{NBSP}h"


def length(minutes: float | None) -> str:
    """A length as words for lists: `45 s`, `42 min`, `1 h 05 min`."""
    if minutes is None or not math.isfinite(minutes):
        return NOT_YET
    if minutes < 1:
        return f"{round(minutes * 60)}{NBSP}s"
    whole = round(minutes)
    if whole < 60:
        return f"{whole}{NBSP}min"
    return f"{whole // 60:,}{NBSP}h{NBSP}{whole % 60:02d}{NBSP}min"


def moment(at: float | None) -> datetime:
    """Unix seconds as local time."""
    return datetime.fromtimestamp(at or 0.0, tz=UTC).astimezone()


def date(at: float | None) -> str:
    """`Sat 21 Nov 2026, 03:50`, local time."""
    return moment(at).strftime("%a %d %b %Y, %H:%M") if known(at) else NOT_YET


def day(at: str | None, shape: str = "%a %d %b %Y") -> str:
    """An ISO 8601 time as `Fri 27 Nov 2026`, local time; "" for None."""
    moment = datetime.fromisoformat(at).astimezone() if at is not None else None
    return moment.strftime(shape.replace("%d", str(moment.day))).replace(" ", NBSP) if moment else ""


def time_of_day(at: float | None) -> str:
    """`03:50:12`, local time."""
    return moment(at).strftime("%H:%M:%S") if known(at) else NOT_YET


def ago(seconds: float) -> str:
    """How long ago: `just now`, `4 min ago`."""
    return "just now" if seconds < 5 else f"{length(seconds / 60)} ago"


def many(number: int, one: str, several: str = "") -> str:
    """`1 session`, `12 sessions`."""
    return f"{number:,}{NBSP}{one if number == 1 else several or one + 's'}"


def _sign(text: str) -> str:
    return text.replace("-", MINUS)
