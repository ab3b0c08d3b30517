"""A line of text -> XP numbers. What can be understood in two ways is refused with a reason, never guessed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from msgspec import Struct

from combatlens.adapters.ocr.line_text import normalise
from combatlens.adapters.ocr.numbers import NINES, Decimal, Number, NumberRefused, parse_number
from combatlens.domain.errors import EnvironmentFault


class XpText(Struct, frozen=True):
    """What a line says. `reason` is empty exactly when there is a value or a percent.

    `shape` is the line's form with every run of digits as `9`: two readings of one display share it.
    """

    value: float | None = None
    needed: float | None = None
    percent: float | None = None
    level: int | None = None
    reason: str = ""
    shape: str = ""
    value_step: float = 1.0
    """What the last shown digit of `value` is worth; 100 for `12.3K`."""
    percent_step: float = 1.0


class _Refused(Exception):
    pass


class _Found(NamedTuple):
    """Where a number stands: `stop` is behind its digits, `end` behind its suffix."""

    start: int
    stop: int
    end: int
    kind: Decimal | Literal["fraction"]
    suffix: str

    def moved(self, by: int) -> _Found:
        return self._replace(start=self.start + by, stop=self.stop + by, end=self.end + by)


class _Plan(NamedTuple):
    """Where in a line its numbers stand, and which of them is what; the level by its first and last + 1 character."""

    found: tuple[_Found, ...]
    value: int | None = None
    needed: int | None = None
    percent: int | None = None
    level: tuple[int, int] | None = None


_LEVEL_WORD = (
    r"(?:level|lvl|lev|lv|niveau|niv|stufe|nivel|nível|livello|poziom|seviye|уровень|ур|等级|等級|レベル|레벨)"
)
_LEVEL = re.compile(
    rf"(?<![^\W\d_])(?<!next )(?<!to ){_LEVEL_WORD}\s?[.:#]?\s?(\d{{1,4}})(?![\d%])(?![.,'][\d ])(?!\s*/\s*\d)",
    re.IGNORECASE,
)
_XP_WORD = re.compile(
    r"(?:experience|exp|xp|ep|erfahrung|expérience|experiencia|esperienza|опыт|经验|經驗|経験値|경험치)\W{0,3}$",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d{1,3}(?: \d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,'](?: (?=\d{3}(?!\d)))?\d+)*")
_BARE = re.compile(rf"({_NUMBER.pattern})(?: ?/ ?({_NUMBER.pattern}))?")
"""One number or a pair of them, and nothing else: what most games show."""
_DIGITS, _SIGN = re.compile(r"\d+"), re.compile(r"\s?%")
_ATTACHED_OK = re.compile(r"[\s()\[\]{}<>:/%=]")
_LOOK_ALIKE = re.compile(r"(?<!\d)\s[lIiOoQSZz|!](?=\s)|\s[lIiOoQSZz!](?=\s)|\s\|(?=\s\D*$)")
_SUFFIX = re.compile(r"\s?(k|m|b|t|mio|mrd|mil)(?![^\W\d_])", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"([^\W\d_]+)[.:]?$")
_WORD_AFTER = re.compile(r"^[^\W\d_]+")
_PAIR = re.compile(r"^\s*(?:/|\s\|\s|\sof\s)[^\d+\-.,']{0,24}$", re.IGNORECASE)
_KNOWN_WORD = re.compile(rf"^(?:{_LEVEL_WORD}|experience|exp|xp|ep|pts?|points?|xps)$", re.IGNORECASE)


_NEITHER = re.compile(r"[^\d.,' /()\[\]{}%]")
"""What is neither number nor bracket: without it no word and no look-alike is to be looked for."""


def compile_patterns(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    """The profile's own expressions. Raises EnvironmentFault for one that cannot be used."""
    compiled = []
    for pattern in patterns:
        try:
            made = re.compile(pattern, re.IGNORECASE)
        except re.error as error:
            raise EnvironmentFault(f"the pattern {pattern!r} is no regular expression: {error}", "mend it") from None
        if not {"value", "percent"} & set(made.groupindex):
            raise EnvironmentFault(
                f"the pattern {pattern!r} names neither `value` nor `percent`", "write (?P<value>…) or (?P<percent>…)"
            )
        compiled.append(made)
    return tuple(compiled)


def parse_xp(text: str, *, decimal: Decimal = "auto", patterns: Sequence[re.Pattern[str]] = ()) -> XpText:
    """Understand one line. The profile's `patterns` come first; without one that fits, nothing else is tried."""
    line = normalise(text)
    form = line.translate(NINES)
    shape, numeric = _shape(form)
    if not numeric:
        return XpText(reason="no number in the text" if line else "no text found", shape=shape)
    try:
        result = _by_pattern(line, patterns, decimal, shape) if patterns else _by_form(line, form, decimal, shape)
        _check(result)
    except (_Refused, NumberRefused) as refusal:
        return XpText(reason=str(refusal), shape=shape)
    return result


def _by_pattern(line: str, patterns: Sequence[re.Pattern[str]], decimal: Decimal, shape: str) -> XpText:
    for pattern in patterns:
        match = pattern.search(line)
        if match is None:
            continue
        part = {name: text for name, text in match.groupdict().items() if text}
        value = _of_group(part.get("value"), decimal)
        needed = _of_group(part.get("needed"), decimal)
        percent = parse_number(part["percent"].strip(" %"), "fraction") if "percent" in part else None
        level = part.get("level")
        if level is not None and not level.strip().isdecimal():
            raise _Refused(f"the level is no whole number: {level!r}")
        return XpText(
            value and value.value, needed and needed.value, percent and percent.value, int(level) if level else None,
            shape=shape, value_step=value.step if value else 1.0, percent_step=percent.step if percent else 1.0,
        )  # fmt: skip
    raise _Refused("the text fits none of the profile's patterns")


def _of_group(text: str | None, decimal: Decimal) -> Number | None:
    if text is None:
        return None
    text = text.strip()
    suffix = _SUFFIX.search(text)
    body = text[: suffix.start()] if suffix else text
    return parse_number(body, decimal, suffix[1] if suffix else "", leading_zeros=True)


@lru_cache(maxsize=256)
def _shape(form: str) -> tuple[str, bool]:
    """A line's shape, and whether there is a digit in it."""
    return _DIGITS.sub("9", form), any(char.isdigit() for char in form)


def _by_form(line: str, form: str, decimal: Decimal, shape: str) -> XpText:
    """`form`: the line with a 9 for each digit. What it says does not matter for what is what, so that is kept."""
    try:
        plan = _known_plan(form, decimal)
    except (_Refused, NumberRefused):
        plan = _plan(line, decimal)  # refused with the line's own words, or only nines were too large
    numbers = [parse_number(line[found.start : found.stop], found.kind, found.suffix) for found in plan.found]
    value = numbers[plan.value] if plan.value is not None else None
    needed = numbers[plan.needed] if plan.needed is not None else None
    percent = numbers[plan.percent] if plan.percent is not None else None
    return XpText(
        value and value.value, needed and needed.value, percent and percent.value,
        int(line[slice(*plan.level)]) if plan.level else None,
        shape=shape, value_step=value.step if value else 1.0, percent_step=percent.step if percent else 1.0,
    )  # fmt: skip


def _plan(line: str, decimal: Decimal) -> _Plan:
    bare = _BARE.fullmatch(line)
    if bare is not None:
        spans = bare.span(1), bare.span(2)
        found = tuple(_Found(start, stop, stop, decimal, "") for start, stop in spans if stop > 0)
        for each in found:
            parse_number(line[each.start : each.stop], decimal)
        return _Plan(found, 0, 1 if len(found) > 1 else None)
    words = _NEITHER.search(line) is not None
    if words and _LOOK_ALIKE.search(f" {line} "):
        raise _Refused("a letter stands where a digit may be")
    if line.count("(") != line.count(")") or line.count("[") != line.count("]") or line.count("{") != line.count("}"):
        raise _Refused("a bracket without its partner: part of the text may be hidden")
    levels = list(_LEVEL.finditer(line)) if words else []
    if len(levels) > 1:
        raise _Refused("more than one level in the text")
    whole = line
    if levels:
        line = line[: levels[0].start()] + "\x00" + line[levels[0].end() :]
        line = line.strip("\x00 ").replace("\x00", " ; ")
    numbers = _numbers(line, decimal)
    percents = [index for index, item in enumerate(numbers) if item.kind == "fraction"]
    if len(percents) > 1:
        raise _Refused("more than one percentage in the text")
    value, needed = _amounts(line, [item for item in numbers if item.kind != "fraction"])
    if value is None and not percents:
        raise _Refused("a level, but no XP beside it" if levels else "no number in the text")
    behind = levels[0].start() if levels else 0
    return _Plan(
        tuple(item.moved(len(whole) - len(line) if item.start >= behind else 0) for item in numbers),
        None if value is None else numbers.index(value), None if needed is None else numbers.index(needed),
        percents[0] if percents else None, levels[0].span(1) if levels else None,
    )  # fmt: skip


_known_plan = lru_cache(maxsize=256)(_plan)


def _numbers(line: str, decimal: Decimal) -> list[_Found]:
    found = []
    for match in _NUMBER.finditer(line):
        start, stop = match.span()
        percent = _SIGN.match(line, stop)
        suffix = None if percent else _SUFFIX.match(line, stop)
        _check_before(line[:start])
        if not suffix and not percent:
            _check_after(line[stop:])
        kind: Decimal | Literal["fraction"] = "fraction" if percent else decimal
        found.append(_Found(start, stop, suffix.end() if suffix else stop, kind, suffix[1] if suffix else ""))
        parse_number(match[0], kind, found[-1].suffix)
    return found


def _check_before(before: str) -> None:
    """Refuse a number that something unknown touches on its left, or a percent sign: that is none then."""
    if not before or (_ATTACHED_OK.match(before[-1]) and before[-1] != "%"):
        return
    if before[-1] in "+-–−":
        raise _Refused("a signed number: a gain, not a counter")
    word = _WORD_BEFORE.search(before)
    if word and re.fullmatch(_LEVEL_WORD, word[1], re.IGNORECASE):
        raise _Refused("level and XP run together")
    if word and _KNOWN_WORD.match(word[1]):
        return
    if word and word[1][-1].isalpha() and not word[1].isascii():
        return
    raise _Refused(f"{before[-1]!r} touches the number")


def _check_after(after: str) -> None:
    if not after or _ATTACHED_OK.match(after[0]):
        return
    word = _WORD_AFTER.match(after)
    if word and (_KNOWN_WORD.match(word[0]) or (word[0].isalpha() and not word[0].isascii())):
        return
    raise _Refused(f"{after[0]!r} touches the number")


def _amounts(line: str, plain: list[_Found]) -> tuple[_Found | None, _Found | None]:
    """The value and, behind a slash, what the level needs."""
    pairs, singles, used = [], [], False
    for index, item in enumerate(plain):
        if used:
            used = False
            continue
        after = plain[index + 1] if index + 1 < len(plain) else None
        between = line[item.end : after.start] if after else line[item.end :]
        if after and _PAIR.match(between):
            pairs.append((item, after))
            used = True
        elif between.lstrip().startswith("/") or (index == 0 and line[: item.start].rstrip().endswith("/")):
            raise _Refused("half of a pair: a slash with one number")
        else:
            singles.append(item)
    candidates: list[tuple[_Found, _Found | None]] = [*pairs, *((item, None) for item in singles)]
    if len(candidates) > 1:
        named = [found for found in candidates if _XP_WORD.search(line[: found[0].start])]
        if len(named) != 1:
            raise _Refused("several numbers, and nothing says which is the XP")
        candidates = named
    if not candidates:
        return None, None
    return candidates[0]


def _check(found: XpText) -> None:
    if found.percent is not None and found.percent > 100:
        raise _Refused(f"{found.percent:g} % is over 100")
    if found.value is not None and found.needed is not None:
        if found.needed <= 0 or found.value > found.needed:
            raise _Refused(f"{found.value:g} of {found.needed:g} is more than the level needs")
        if found.percent is not None:
            true = 100 * found.value / found.needed
            slack = found.percent_step + 100 * found.value_step / found.needed
            if abs(true - found.percent) > slack:
                raise _Refused(f"value / need is {true:.2f} %, but the text says {found.percent:g} %")
