"""What a level needs, misread by one reader in one view of every picture."""

from __future__ import annotations

import pytest
from msgspec import structs

from combatlens.adapters.ocr.full import decide
from combatlens.adapters.ocr.need import VALUES, Need
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.xp_text import parse_xp


def read(**texts: tuple[str, ...]) -> Reading:
    """What each reader reads in its views."""
    looks = [(name, f"{view}", text) for name, views in texts.items() for view, text in enumerate(views)]
    return decide([Look(name, view, text, 0.9, parse_xp(text)) for name, view, text in looks])


def torn(value: str) -> Reading:
    return read(
        a=(f"{value} / 960000", f"{value} / 900000"), b=(f"{value}/900000",) * 2, c=(f"{value} / 900000",) * 2
    )  # fmt: skip


def heard(*readings: Reading) -> Need:
    need = Need()
    for reading in readings:
        assert need.mend(reading, parse_xp) == reading, "it has not stood yet"
    return need


STOOD = [torn(str(412_000 + 37 * step)) for step in range(VALUES)]


def test_a_need_that_stands_is_read_as_the_others_read_it() -> None:
    assert torn("431250").disputed
    mended = heard(*STOOD).mend(torn("431250"), parse_xp)
    assert mended.agreed
    assert not mended.disputed
    assert (mended.found.value, mended.found.needed) == (431250, 900000)


SAME = ("431250/900000",) * 2
OTHER = ("9/980000",) * 2


@pytest.mark.parametrize(
    ("why", "reading"),
    [
        ("only one is sure of it", read(a=SAME, b=("431250/960000", "431250/900000"))),
        ("a third is sure of another", read(a=("431250/980000",) * 2, b=SAME, c=SAME)),
        ("they are sure of another than stood", read(a=("9/980000", "9/900000"), b=OTHER, c=OTHER)),
        ("no need is read", read(a=("431250", "431258"), b=("431250",) * 2)),
    ],
)
def test_it_is_not_mended_where(why: str, reading: Reading) -> None:
    assert heard(*STOOD).mend(reading, parse_xp) == reading, why


def test_the_value_stays_as_it_was_read() -> None:
    reading = read(a=("431258/960000", "431250/900000"), b=SAME, c=SAME)
    mended = heard(*STOOD).mend(reading, parse_xp)
    assert mended.disputed
    assert [look.found.value for look in mended.looks] == [look.found.value for look in reading.looks]
    assert {look.found.needed for look in mended.looks} == {900000}


def test_one_value_that_stands_for_long_says_nothing_of_the_need() -> None:
    assert heard(*STOOD[:1] * 20).mend(STOOD[0], parse_xp) == STOOD[0]


def test_what_was_refused_for_another_reason_stays_refused() -> None:
    refused = structs.replace(torn("431250"), reason="several lines with numbers: choose a smaller region")
    assert heard(*STOOD).mend(refused, parse_xp) == refused
