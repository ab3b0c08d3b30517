"""Real pictures of games: how many numbers are read, refused (and why) and read wrongly, beside the peers.

    python -m tests.benchmarks pictures

The pictures and their truth are those of `screenshots/truth.tsv` in COMBATLENS_REALDATA. The peers get the same crops,
as they are and enlarged three times (what most trackers do first), and their text is understood by CombatLens' own
rules, which spare them many an error: a peer's text in which these find no number counts as refused.
"""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from tests.realdata import REALDATA

from combatlens.adapters.ocr.find import find_xp
from combatlens.adapters.ocr.full import FullReader, ReadingRules
from combatlens.adapters.ocr.game_type import GameTypeReader
from combatlens.adapters.ocr.images import SMALLER, load_image
from combatlens.adapters.ocr.reading import Reading, meaning
from combatlens.adapters.ocr.spots import spots_of
from combatlens.adapters.ocr.teacher import open_teachers
from combatlens.adapters.ocr.tesseract import PytesseractReader
from combatlens.adapters.ocr.xp_text import XpText, parse_xp
from combatlens.domain.errors import EnvironmentFault

FOLDER = REALDATA / "screenshots"


class Case(NamedTuple):
    name: str
    image: Any
    true: XpText


def cases() -> list[Case]:
    with (FOLDER / "truth.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    found = []
    for row in rows:
        x, y, width, height = (int(row[key]) for key in "xywh")
        image = load_image(FOLDER / row["file"])[y : y + height, x : x + width]
        found.append(Case(f"{row['file']} {x},{y}", np.ascontiguousarray(image), parse_xp(row["text"])))
    return found


def whole() -> list[Case]:
    """Pictures that show one number of truth.tsv, uncropped."""
    with (FOLDER / "truth.tsv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    times = Counter(row["file"] for row in rows)
    single = [row for row in rows if times[row["file"]] == 1]
    return [Case(row["file"], load_image(FOLDER / row["file"]), parse_xp(row["text"])) for row in single]


def tally(name: str, wanted: list[Case], read: Callable[[Any], XpText]) -> None:
    count, why, wrong, start = Counter[str](), Counter[str](), list[str](), time.process_time()
    for case in wanted:
        found = read(case.image)
        if found.reason:
            count["refused"] += 1
            why[found.reason] += 1
        elif meaning(found)[:3] == meaning(case.true)[:3]:
            count["right"] += 1
        else:
            count["wrong"] += 1
            wrong.append(f"{_told(found)} for {_told(case.true)}")
    each = 1000 * (time.process_time() - start) / len(wanted)
    print(f"{name:30} {count['right']:5} {count['refused']:8} {count['wrong']:6} {each:9.1f}")
    for reason, times in why.most_common(4):
        print(f"{'':32}refused {times}: {reason}")
    if wrong:
        print(f"{'':32}wrong: {'; '.join(wrong[:4])}{' …' if len(wrong) > 4 else ''}")


def _told(found: XpText) -> str:
    return "/".join(f"{part:.12g}" for part in (found.value, found.needed, found.percent) if part is not None)


def enlarged(image: Any) -> Any:
    return cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)


def peers(teachers: list[Any]) -> Iterator[tuple[str, Callable[[Any], XpText]]]:
    program: list[Any] = []
    try:
        program.append(PytesseractReader())
    except EnvironmentFault as fault:
        print(f"  pytesseract: {fault}")
    for peer in (*program, *teachers):
        yield peer.name, lambda image, p=peer: parse_xp(p.read(image).text)
        yield f"{peer.name}, 3 times larger", lambda image, p=peer: parse_xp(p.read(enlarged(image)).text)


def found(reading: Reading) -> XpText:
    return reading.found if reading.sure and not reading.reason else XpText(reason=reading.reason)


def main() -> None:
    if not Path(FOLDER / "truth.tsv").is_file():
        print(f"no real pictures at {FOLDER}: set COMBATLENS_REALDATA")
        return
    cv2.setNumThreads(1)
    teachers, rules = open_teachers(), ReadingRules()
    full, crops = FullReader(teachers, rules), cases()
    print(f"{len(crops)} numbers, cropped             right  refused  wrong  ms of CPU (a program's own aside)")
    tally("CombatLens", crops, lambda image: found(full.read(image)))
    own = [teacher for teacher in teachers if teacher.name == GameTypeReader.name]
    if own:
        tally("its own reader alone", crops, lambda image: found(FullReader(own, rules).read(image)))
    for name, read in peers([teacher for teacher in teachers if teacher not in own]):
        tally(name, crops, read)
    pictures = whole()
    print(f"\n{len(pictures)} whole pictures, the XP to be found in them")

    def seek(image: Any) -> XpText:
        first = full.read(image)
        if SMALLER not in first.reason:
            return found(first)
        return found(find_xp(image, spots_of(teachers, image), rules.parse, full.read))

    tally("CombatLens", pictures, seek)


if __name__ == "__main__":
    main()
