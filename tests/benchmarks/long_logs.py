"""Real logs repeated to any size: each repetition follows the one before in time, as if it were played once more.

Stamps alone are rewritten. Breaks of over ten minutes within a log are cut to ten, and half an hour and more lies
between repetitions, so that each is a session of its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from itertools import cycle
from pathlib import Path
from random import Random

from msgspec import Struct

from combatlens.adapters.combat_log.lines import line_blocks
from combatlens.adapters.combat_log.recognise import open_dialect, take_sample
from combatlens.domain.profile import LogRules

BREAK_S = 600.0
BETWEEN_S = 2400.0
START = datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()


class Form(Struct, frozen=True):
    """Where a line of a dialect bears its time, and how it is written; `amount` finds the amounts in its text."""

    stamp: re.Pattern[str]
    amount: re.Pattern[str]
    style: str
    digits: int = 0


FORMS = {
    "swg": Form(re.compile(r"(?:\[\w+\] *)?(\d\d:\d\d:\d\d)"), re.compile(r"\b\d+(?= (?:pts|points))"), "%H:%M:%S"),
    "everquest": Form(
        re.compile(r"\[([^]]{24})\]"), re.compile(r"\b\d+(?= (?:point|damage|hit))"), "%a %b %d %H:%M:%S %Y"
    ),
    "nwn": Form(re.compile(r"\[CHAT WINDOW TEXT\] \[([^]]+)\]"), re.compile(r"(?<=: )\d+(?= \()"), "%a %b %d %H:%M:%S"),
    "swtor": Form(
        re.compile(r"\[(\d\d/\d\d/\d{4} \d\d:\d\d:\d\d)\]"), re.compile(r"(?<=\()\d\d+"), "%m/%d/%Y %H:%M:%S"
    ),
    "wow": Form(
        re.compile(r"(\d\d?/\d\d? \d\d:\d\d:\d\d\.\d{3})"), re.compile(r"(?<=,)\d\d+(?=,\d)"), "%m/%d %H:%M:%S", 3
    ),
    "sto": Form(
        re.compile(r"(\d\d:\d\d:\d\d:\d\d:\d\d:\d\d\.\d)"), re.compile(r"(?<=,)\d+(?=\.\d+,)"), "%y:%m:%d:%H:%M:%S", 1
    ),
}


def write(source: Path, dialect: str, size: float, target: Path, *, varied: bool = False) -> Path:
    """Write `size` bytes or a little more of `source`, a log in `dialect`, repeated. Returns `target`.

    `varied`: with other amounts each time, so that few lines say what another did.
    """
    lines = list(_timed(source, dialect))
    form, length, written, turn = FORMS[dialect], lines[-1][0] + BETWEEN_S, 0, 0
    with target.open("w", encoding="utf-8", newline="\n") as file:
        if dialect == "swg":
            file.write(f"Logging In [{datetime.fromtimestamp(START, UTC):%a %b %d %H:%M:%S %Y}]\n")
        while written < size:
            begin = START + turn * length
            stamps: dict[float, str] = {}
            told = _varied(lines, form, turn) if varied else lines
            text = "".join(
                f"{head}{stamps.get(after) or stamps.setdefault(after, _written(begin + after, form))}{rest}\n"
                for after, head, rest in told
            )
            file.write(text)
            written += len(text.encode())
            turn += 1
    return target


def as_of_now(source: Path, dialect: str) -> Iterator[Callable[[float], str]]:
    """The lines of `source` again and again, each asked with the time (Unix seconds, UTC) that it is to bear."""
    form = FORMS[dialect]
    for _, head, rest in cycle(list(_timed(source, dialect))):
        yield partial(_line, head, rest, form)


def _line(head: str, rest: str, form: Form, at: float) -> str:
    return f"{head}{_written(at, form)}{rest}\n"


def _varied(lines: list[tuple[float, str, str]], form: Form, turn: int) -> Iterator[tuple[float, str, str]]:
    numbers = Random(turn)
    for after, head, rest in lines:
        yield after, head, form.amount.sub(lambda _found: str(numbers.randint(10, 99_999)), rest)


def _timed(source: Path, dialect: str) -> Iterator[tuple[float, str, str]]:
    """(seconds after the first line, what stands before the stamp, what follows it) of each line with a time."""
    rules = LogRules(dialect=dialect)
    reader, form = open_dialect(rules, take_sample(source), source), FORMS[dialect]
    before, now = None, 0.0
    for block, _ in line_blocks(source, rules.encoding):
        for line in block:
            found = form.stamp.match(line)
            reader.parse(line)
            if found is None:
                continue
            if before is not None:
                now += min(max(0.0, reader.stamp - before), BREAK_S)
            before = reader.stamp
            yield round(now, 3), line[: found.start(1)], line[found.end(1) :]


def _written(at: float, form: Form) -> str:
    moment = datetime.fromtimestamp(round(at, 3), UTC)
    text = moment.strftime(form.style)
    return f"{text}.{moment.microsecond // 10 ** (6 - form.digits):0{form.digits}}" if form.digits else text
