"""One number as games write it -> its value. Two possible meanings are a refusal."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from combatlens.domain.events import MAX_AMOUNT

Decimal = Literal[".", ",", "auto"]

_SUFFIXES = {"": 1, "k": 1e3, "mil": 1e3, "m": 1e6, "mio": 1e6, "b": 1e9, "mrd": 1e9, "t": 1e12}
_SEPARATOR = re.compile(r"[.,' ] ?")
NINES = dict.fromkeys(map(ord, "0123456789"), "9")
"""For `str.translate`: a text's form, digit by digit."""


class NumberRefused(Exception):
    """The digits can be understood in two ways, or in none."""


class Number(NamedTuple):
    value: float
    step: float
    """What the last shown digit is worth."""


def parse_number(
    text: str, decimal: Decimal | Literal["fraction"], suffix: str = "", *, leading_zeros: bool = False
) -> Number:
    """`text`: digits with separators; `suffix`: k, m, b … in any case.

    `decimal` says which sign splits off decimals. `auto`: groups of three are thousands, anything else needs a
    suffix. `fraction`: a percentage, whose last `.` or `,` always splits off decimals. Raises NumberRefused.
    """
    layout = _layout(text.translate(NINES), decimal, bool(suffix))
    if layout.refused:
        raise NumberRefused(layout.refused.format(text=text))
    if text[0] == "0" and layout.more and not leading_zeros:
        raise NumberRefused(f"{text!r} begins with 0: part of it may be hidden")
    factor, decimals, digits = _SUFFIXES[suffix.lower()], layout.decimals, text
    for sign in layout.signs:
        digits = digits.replace(sign, "")
    value = float(f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits) * factor
    if value > MAX_AMOUNT:
        raise NumberRefused(f"{text!r} is too large")
    return Number(round(value, 6) if decimals else value, factor * 10.0**-decimals)


class _Layout(NamedTuple):
    """How digits and `signs` are to be understood. `more`: before the decimals is more than one digit."""

    signs: tuple[str, ...] = ()
    decimals: int = 0
    more: bool = False
    refused: str = ""


@lru_cache(maxsize=256)
def _layout(form: str, decimal: Decimal | Literal["fraction"], suffixed: bool) -> _Layout:
    """`form`: a number with a 9 for each digit, so that a display's numbers have few."""
    digits = _SEPARATOR.split(form)
    signs = [sign[0] for sign in _SEPARATOR.findall(form)]
    if not ("".join(digits).isdigit() and form.isascii() and all(digits)):
        return _Layout(refused="{text!r} is no number")
    fraction = ""
    try:
        if signs and _last_is_decimal(digits, signs, decimal, suffixed):
            fraction = digits.pop()
            signs.pop()
        if signs:
            _check_groups(digits, signs)
    except NumberRefused as refusal:
        return _Layout(refused=str(refusal))
    used = tuple(sign for sign in ".,' " if sign in form)
    return _Layout(used, len(fraction), len(digits[0]) > 1 or bool(signs))


def _last_is_decimal(
    digits: list[str], signs: list[str], decimal: Decimal | Literal["fraction"], suffixed: bool
) -> bool:
    sign, tail = signs[-1], digits[-1]
    if sign in "' ":
        return False
    if decimal == "fraction":
        return True
    if decimal != "auto":
        return sign == decimal
    if len(set(signs)) > 1:
        raise NumberRefused("mixed separators: set `decimal` in the profile")
    if len(tail) == 3 and suffixed and len(signs) == 1:
        raise NumberRefused("thousands or decimals? set `decimal` in the profile")
    if len(tail) == 3:
        return False
    if suffixed and len(signs) == 1:
        return True
    raise NumberRefused("groups are not of three digits: part of the number may be hidden, or set `decimal`")


def _check_groups(digits: list[str], signs: list[str]) -> None:
    if len(set(signs)) > 1:
        raise NumberRefused("mixed separators in {text!r}")
    if not 1 <= len(digits[0]) <= 3 or any(len(group) != 3 for group in digits[1:]):
        raise NumberRefused("the groups of {text!r} are not of three digits")
