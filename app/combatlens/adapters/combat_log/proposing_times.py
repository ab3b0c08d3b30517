"""Where the time stands in the lines of an unknown log, and in which format."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from combatlens.adapters.combat_log.custom_time import TimeFormat
from combatlens.adapters.combat_log.proposing_words import literal
from combatlens.adapters.combat_log.times import DayClock, LocalTime

_DATE = r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
_DAY_FIRST = r"\d{1,2}[-/.]\d{1,2}[-/.]\d{4}"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}"
_FRONTS: tuple[tuple[str, str], ...] = (
    (rf"{_DATE}T{_CLOCK}(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)", "iso"),
    (rf"{_DATE}[ T]{_CLOCK}[.,]\d+", "%Y-%m-%d %H:%M:%S.%f"),
    (rf"{_DATE}[ T]{_CLOCK}", "%Y-%m-%d %H:%M:%S"),
    (rf"{_DAY_FIRST} {_CLOCK} [AaPp][Mm]", "%m/%d/%Y %I:%M:%S %p"),
    (rf"{_DAY_FIRST} {_CLOCK}[.,]\d+", "%d.%m.%Y %H:%M:%S.%f"),
    (rf"{_DAY_FIRST} {_CLOCK}", "%d.%m.%Y %H:%M:%S"),
    (rf"[A-Z][a-z]{{2}} [A-Z][a-z]{{2}} +\d{{1,2}} {_CLOCK} \d{{4}}", "%a %b %d %H:%M:%S %Y"),
    (rf"[A-Z][a-z]{{2}} +\d{{1,2}} {_CLOCK}", "%b %d %H:%M:%S"),
    (rf"{_CLOCK} [AaPp][Mm]", "%I:%M:%S %p"),
    (rf"{_CLOCK}[.,]\d+", "%H:%M:%S.%f"),
    (_CLOCK, "%H:%M:%S"),
    (r"1\d{12}", "unix_ms"),
    (r"1\d{9}(?:\.\d+)?", "unix"),
    (r"\d{1,2}:\d{2}", "%H:%M"),
)
_MOST = 0.6


class FoundTime(Struct, frozen=True):
    """The pattern and the format of a `time` rule, and the lines without their times."""

    pattern: str
    form: str
    bodies: list[str]


def find_time(lines: Sequence[str], written: float) -> FoundTime | None:
    """The time of most lines, near their beginning or behind a key; None where there is none."""
    clock = LocalTime(None)
    for before in (r"[^\d\n]{0,24}?", r".*?\b(?:time|timestamp|ts|date)[\"']?\s*[:=]\s*[\"']?"):
        for pattern, form in _FRONTS:
            front = re.compile(rf"^(?P<before>{before})(?<![\d.])(?P<time>{pattern})(?![\d:])(?P<after>[^\w\n]{{0,3}})")
            hits = [match for line in lines if (match := front.match(line))]
            if len(hits) < _MOST * len(lines):
                continue
            form = _separators(form, [hit["time"] for hit in hits])
            reader = TimeFormat(form, clock, DayClock(clock, 0, 0.0), written)
            if reader.local(hits[0]["time"]) is None:
                continue
            found = _fixed(pattern, form, hits, lines)
            if found is not None:
                return found
    return None


def _fixed(pattern: str, form: str, hits: list[re.Match[str]], lines: Sequence[str]) -> FoundTime | None:
    """The rule with what stands before and behind the time, where that is nearly always the same."""
    ((before, count),) = Counter(hit["before"] for hit in hits).most_common(1)
    if count < _MOST * len(lines):
        return None
    same = [hit for hit in hits if hit["before"] == before]
    after = Counter(_before_content(hit["after"]) for hit in same).most_common(1)[0][0]
    text = f"^{literal(before)}(?P<time>{pattern}){literal(after)}"
    rule = re.compile(text)
    bodies = [line[match.end() :].strip() if (match := rule.match(line)) else line.strip() for line in lines]
    return FoundTime(text, form, bodies)


def _before_content(after: str) -> str:
    """What closes the time, without what opens the text: `] [` is `] `."""
    return re.sub(r"[\[({<\"'+-].*$", "", after) if not after.startswith(('"', "'")) else after


def _separators(form: str, texts: list[str]) -> str:
    """The date's own separators and order, and `T` in place of the model's blank."""
    text = texts[0]
    found = re.match(r"\d{4}([-/.])\d+([-/.])\d+([ T])", text)
    if found and form.startswith("%Y-%m-%d "):
        form = f"%Y{found[1]}%m{found[2]}%d{found[3]}" + form[9:]
    found = re.match(r"\d+([-/.])\d+([-/.])\d{4}", text)
    if found:
        first, second = (max(int(re.split(r"[-/.]", each)[place]) for each in texts) for place in (0, 1))
        american = second > 12 or (first <= 12 and (found[1] == "/" or "%p" in form))
        day = f"%m{found[1]}%d{found[2]}%Y" if american else f"%d{found[1]}%m{found[2]}%Y"
        form = day + form[8:]
    return form.replace(".%f", ",%f") if re.search(r",\d+$", text) else form
