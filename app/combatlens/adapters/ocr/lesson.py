"""What the teachers' looks at one picture teach: the text, with `?` where they do not bear each other out."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from statistics import median

from combatlens.adapters.ocr.glyph_parts import BETWEEN_THIRDS, DIGITS, MAYBE, UNKNOWN
from combatlens.adapters.ocr.numbers import NINES
from combatlens.adapters.ocr.reading import ENOUGH, FIRM_CONFIDENCE, Look, Reading, digits_in, meaning

LEAST_BORNE_OUT = 0.6
"""The part of a doubtful text's signs that two teachers must read alike, for any of it to teach …"""
LONE_CERTAINTY = 0.9
"""… unless one of them is as certain as this: then more votes are asked of each sign."""
MISREAD = 0.34
"""A look that reads a larger part of the digits otherwise saw them elsewhere."""
_BESIDE, _THIRDS = re.compile(r"(?<!\d) +| +(?!\d)"), re.compile(r"(?<=\d) (?=\d{3}(?!\d))")
"""Spaces that part no digits, and those between groups of three."""
_STROKE = re.compile(r"(?<=\d)\|(?=\d)|(?<=\d )\|(?= \d)")
_UNPARTED = re.compile(r"(?<![\d.,])\d{4,}")
_NUMBER = re.compile(r"[.,']*\d[\d.,']*(?![\d.,']| ?[A-Za-z])")
_SHARE, _DECIMALS = re.compile(r"(?<![\d.,'])\d+(?= ?%)"), re.compile(r"([.,])(9+)%")
_POINT = re.compile(r"(?<=[\d?])[.,](?=[\d?]+ ?%)")
_SHARES = re.compile(r"[\d?.,]+ ?%")
_APOSTROPHE = re.compile(r"(?<=[\d?])'(?=[\d?]{3}(?![\d?]))")
_FRACTION = re.compile(r"9[.,']9+(?![9%])")
WHOLE = 100
"""Percent."""
_WORD = re.compile(r"[^\W\d_]{2,}")
_SQUARE, _ROUND = re.compile(r"[\[\]]([^\[\]]*)[\[\]]"), re.compile(r"[()]([^()]*)[()]")
_RUN = re.compile(r"((?<=9[.,])9+(?=%))|9+")


def lesson_text(reading: Reading) -> str | None:
    """The text that two looks at least agree on, spaced as most of them write it; None where no two write it alike.

    A sign between groups is sooner missed than made up: of two such texts the one with more of them, as that sign
    which is read there most often.
    """
    same = [look for look in reading.looks if meaning(look.found) == meaning(reading.found) and not look.found.reason]
    counted = Counter(BETWEEN_THIRDS.sub(",", look.text.replace(" ", "")) for look in same)
    twice = [text for text, count in counted.items() if count >= 2]
    if not twice:
        return None
    best = max(twice, key=lambda text: (len(BETWEEN_THIRDS.findall(text)), counted[text]))
    spaced = Counter(look.text for look in same if BETWEEN_THIRDS.sub(",", look.text.replace(" ", "")) == best)
    signs = Counter(sign for line in spaced.elements() for sign in BETWEEN_THIRDS.findall(line))
    line = max(spaced, key=lambda line: (spaced[line], line.count(" ")))
    return BETWEEN_THIRDS.sub(signs.most_common(1)[0][0], line) if signs else line


def seen_twice(looks: Sequence[Look]) -> list[str]:
    """The texts that two looks at least read alike, whoever looked."""
    counted = Counter(meaning(look.found) for look in looks if not look.found.reason)
    texts = {meaning(look.found): look.text for look in looks}
    return [texts[each] for each, count in counted.items() if count >= 2]


def doubtful_lesson(looks: Sequence[Look]) -> tuple[str, str] | None:
    """A text that one teacher reads alike in two views, and the same with `?` for each sign that no other bears out.

    What two of them read so outvotes a third. None where most of it is not borne out and the teacher is not quite
    certain, or where it is not even clear how many signs there are.
    """
    firm = _firm_texts(looks)
    sure = [[each for each in read if each[0] >= FIRM_CONFIDENCE] for read in firm.values()]
    votes = max(sure, key=len, default=[])
    if len(votes) < ENOUGH and len({re.sub(r"\d", "9", number) for number in firm}) != 1:
        return None
    certain, reader, text = max(votes if len(votes) >= ENOUGH else (each for read in firm.values() for each in read))
    bare = text.replace(" ", "")
    backed, denied = [0] * len(bare), [0] * len(bare)
    for look in looks:
        _weigh(bare, look.text.replace(" ", ""), look.reader != reader, backed, denied)
    known = [count > 0 and not against for count, against in zip(backed, denied, strict=True)]
    if sum(known) < LEAST_BORNE_OUT * len(bare):
        if certain < LONE_CERTAINTY:
            return None
        known = [False] * len(bare)
    signs = iter(known)
    return text, "".join(char if char == " " or next(signs) else UNKNOWN for char in text)


def _firm_texts(looks: Sequence[Look]) -> dict[str, list[tuple[float, str, str]]]:
    """The numbers that a reader reads alike in two views: for each its readers' certainties, names and texts.

    Among three readers words are no part of the number: one may take an `X` for an `x`.
    """
    readers = {look.reader for look in looks}
    firm: dict[str, list[tuple[float, str, str]]] = {}
    for reader in readers:
        alike: dict[str, list[Look]] = {}
        for look in looks:
            if look.reader == reader and not look.found.reason and UNKNOWN not in look.text:
                number = BETWEEN_THIRDS.sub("", look.text.replace(" ", ""))
                alike.setdefault(_WORD.sub("", number) if len(readers) > ENOUGH else number, []).append(look)
        for number, own in alike.items():
            if len(own) >= 2:
                longest = max((look.text for look in own), key=len)  # a sign is sooner missed than made up
                firm.setdefault(number, []).append((max(look.confidence for look in own), reader, longest))
    return firm


def _weigh(bare: str, other: str, another: bool, backed: list[int], denied: list[int]) -> None:
    """Which signs `other` has too (they back, where it is another reader's), and which it has otherwise."""
    one, two = BETWEEN_THIRDS.sub(",", bare), BETWEEN_THIRDS.sub(",", other)
    for kind, start, end, there, until in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        for at in range(start, end):
            if kind == "equal":
                backed[at] += another
            elif kind == "replace" and until - there == end - start and two[there + at - start].isdigit():
                denied[at] += 1


def places_of(text: str, looks: Sequence[Look]) -> tuple[float, ...]:
    """The column where each sign of `text` stands that is no space: the median of what the looks tell, else NaN.

    A look with as many signs tells of all of them, one with as many digits (`?` is any) of these. Not one that reads
    many otherwise: what takes `33.27%` for `33.70` sees each digit where the next one stands. Empty: none does.
    """
    bare = text.replace(" ", "")
    seen: list[list[float]] = [[] for _ in bare]
    for look in looks:
        other = look.text.replace(" ", "")
        mine, theirs = _digits_at(bare), _digits_at(other)
        if len(other) == len(bare):
            mine = theirs = list(range(len(bare)))
        if len(look.places) != len(other) or len(mine) != len(theirs):
            continue  # the first: its text was mended
        pairs = [*zip(mine, theirs, strict=True)]
        unlike = sum(bare[at] in DIGITS and other[there] not in (bare[at], UNKNOWN) for at, there in pairs)
        if unlike > MISREAD * sum(char in DIGITS for char in bare):
            continue
        for at, there in pairs:
            if not bare[at].isalpha():  # words it sees as wholes
                seen[at].append(look.places[there])
    return tuple(median(each) if each else math.nan for each in seen) if any(seen) else ()


def _digits_at(bare: str) -> list[int]:
    return [at for at, char in enumerate(bare) if char in DIGITS or char == UNKNOWN]


def same_signs(text: str, known: Sequence[str]) -> str:
    """The text with the sign between its groups that is known already: readers take a comma for a point.

    A stroke between two numbers is always `/`: an upright one is read so and so.
    """
    text = _STROKE.sub("/", text)
    sign = next((label for label in known if label in ".,'"), None)
    return text if sign is None else BETWEEN_THIRDS.sub(sign, text)


def same_point(text: str, point: str) -> str:
    """The text with that sign before a share's decimals, which it is that says nothing; as it is without one."""
    return _POINT.sub(point, text) if point else text


def point_in(text: str) -> str:
    """The sign before a share's decimals, or empty."""
    found = _POINT.search(text)
    return found[0] if found else ""


def other_point(texts: Iterable[str]) -> str:
    """Of `.` and `,` the one that does not part groups of three in those texts; empty where none does."""
    groups = Counter(sign for text in texts for sign in BETWEEN_THIRDS.findall(_SHARES.sub("", text)))
    sign = groups.most_common(1)[0][0] if groups else ""
    return {".": ",", ",": "."}.get(sign, "")


def parted(text: str, sure: str = "") -> tuple[str, str]:
    """Both with the apostrophes between groups of three digits that no teacher saw; what they mean stays the same."""
    places = {found.end() - back for found in _UNPARTED.finditer(text) for back in range(3, len(found[0]), 3)}
    one, two = ("".join("'" * (at in places) + char for at, char in enumerate(line)) for line in (text, sure))
    return one, two


def lost_slash(text: str, needed: float | None) -> bool:
    """Whether that is a value and what the level needs without the `/` between them."""
    digits, need = digits_in(text), f"{needed or 0:.0f}"
    return bool(needed) and "/" not in text and len(digits) > len(need) and digits.endswith(need)


def unparted(text: str, sure: str, places: Sequence[float]) -> tuple[str, str, list[float]]:
    """The same without the apostrophes between groups of three: they may be too faint to be seen."""
    gone = {found.start() for found in _APOSTROPHE.finditer(text)}
    one, two = ("".join(char for at, char in enumerate(line) if at not in gone) for line in (text, sure))
    bare = [at for at, char in enumerate(text) if char != " "]
    return one, two, [place for at, place in zip(bare, places, strict=False) if at not in gone]


def in_both(one: str, two: str) -> str:
    """What two lessons of one text agree on; empty where they deny each other."""
    if len(one) != len(two) or any(a != b and UNKNOWN not in (a, b) for a, b in zip(one, two, strict=True)):
        return ""
    return "".join(a if a == b else UNKNOWN for a, b in zip(one, two, strict=True))


def form_of(text: str) -> str:
    """The text's signs in their order, `9` for each run of digits and each decimal of a share, without signs between
    groups.

    Of spaces those between two numbers count: `1 12,206` is another form than `112,206`.
    """
    return _form_of(text.translate(NINES))


@lru_cache(maxsize=256)
def _form_of(text: str) -> str:
    text = BETWEEN_THIRDS.sub("", _BESIDE.sub("", text.replace(UNKNOWN, "9")))
    return _RUN.sub(lambda run: run[1] or "9", _THIRDS.sub("", text))


def points_of(forms: Iterable[str]) -> set[tuple[str, int]]:
    """The signs before a share's decimals, and how many these are."""
    return {(found[1], len(found[2])) for form in forms for found in _DECIMALS.finditer(form)}


def point_of(forms: Iterable[str]) -> tuple[str, int] | None:
    """The sign before a share's decimals, and how many these always are; None where they differ, or there are none."""
    points = points_of(forms)
    return points.pop() if len(points) == 1 else None


def pointed(text: str, forms: Collection[str], faint: Collection[str]) -> str:
    """A number without the signs that say nothing, and a share with its point, where it would be none without it.

    `faint`: signs that are seen where none is as often as where one is. They say nothing between digits alone, where no
    number but a share has ever had decimals.
    """
    if not any(map(_FRACTION.search, forms)):
        text = _NUMBER.sub(lambda number: "".join(char for char in number[0] if char not in faint), text)
    point, share = point_of(forms), _SHARE.search(text)
    if point is None or share is None or (int(share[0]) <= WHOLE and share[0][0] != "0"):
        return text
    at = share.end() - point[1]
    return text[:at] + point[0] + text[at:] if at > share.start() else text


def bracketed(text: str) -> str:
    """Of two brackets the first opens and the second closes."""
    return _ROUND.sub(r"(\1)", _SQUARE.sub(r"[\1]", text))


def grouped(text: str) -> str:
    """A number of digits and spaces alone without the spaces too many: beside a `1` any gap is as wide as one.

    Unchanged where one is missing between thirds: then a digit may be.
    """
    if " " not in text or _is_grouped(text.translate(NINES)):
        return text
    return _grouped(text)


def settled(text: str) -> str:
    """A text with `MAYBE`: those are spaces where all thirds of a number are parted so, by all its spaces."""
    plain, made = text.replace(MAYBE, ""), grouped(text.replace(MAYBE, " "))
    return made if made == _thirds(made.replace(" ", "")) and _gaps(plain) <= _gaps(made) else plain


@lru_cache(maxsize=256)
def _is_grouped(text: str) -> bool:
    return _grouped(text) == text


def _grouped(text: str) -> str:
    digits = text.replace(" ", "")
    thirds = _thirds(digits)
    return thirds if digits.isdigit() and _gaps(thirds) <= _gaps(text) else text


def _thirds(digits: str) -> str:
    return re.sub(r"(?<=\d)(?=(?:\d{3})+$)", " ", digits)


def _gaps(text: str) -> set[int]:
    """How many characters follow each space."""
    return {len(text[at:].replace(" ", "")) for at, char in enumerate(text) if char == " "}
