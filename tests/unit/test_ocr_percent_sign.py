"""A percent sign that one teacher takes for the same digit again and again; a point that is read now as a comma."""

import random
import re

import pytest
from msgspec import structs
from tests.unit.test_ocr_glyphs import draw
from tests.unit.test_ocr_trained import Clock, Oracle

from combatlens.adapters.ocr.full import ReadingRules, decide
from combatlens.adapters.ocr.glyph_start import Sample
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.pupil import Pupil
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.trained import TrainedReader
from combatlens.adapters.ocr.xp_text import parse_xp

SHOWN = ["17.83", "18.27", "19.08", "20.80", "21.38", "22.48", "23.58"]


def read(seen: str, taken: str) -> Reading:
    """One teacher reads `seen` in two views, another `taken`."""
    return decide([
        Look(name, view, text, 0.9, parse_xp(text)) for name, text in (("a", seen), ("b", taken)) for view in "xy"
    ])  # fmt: skip


def heard(*readings: Reading) -> PercentSign:
    sign = PercentSign()
    for reading in readings:
        sign.hear(reading)
    return sign


def test_the_sign_is_read_once_it_was_taken_for_one_digit_in_many_numbers() -> None:
    sign = heard(*(read(f"{number}%", f"{number}8") for number in SHOWN))
    torn = read("45.18 %", "45.188")
    assert not torn.sure
    mended = sign.mend(torn, parse_xp)
    assert mended.sure
    assert mended.agreed
    assert mended.found.percent == 45.18


@pytest.mark.parametrize(
    ("why", "readings"),
    [
        ("too few numbers", [read(f"{number}%", f"{number}8") for number in SHOWN[:5]]),
        ("the same number again", [read("17.83%", "17.838")] * 20),
        ("the place is a digit's: it varies", [read(f"{number}%", f"{number}{n}") for n, number in enumerate(SHOWN)]),
        (
            "all readers saw another digit there",
            [read(f"{number}%", f"{number}8") for number in SHOWN] + [read("24.714", "24.714")],
        ),
        (
            "who sees the sign never saw the digit: it may look so to it",
            [read(f"{n}.5%", f"{n}.58") for n in range(20, 27)],
        ),
    ],
)
def test_it_is_not_read_where(why: str, readings: list[Reading]) -> None:
    torn = read("45.18%", "45.188")
    assert heard(*readings).mend(torn, parse_xp) == torn, why


def test_a_digit_that_nobody_sees_a_sign_in_stays_one() -> None:
    """The display may show another number by now."""
    sign = heard(*(read(f"{number}%", f"{number}8") for number in SHOWN))
    for clear in (read("12.348", "12.348"), read("12.347%", "12.358"), read("12.34%", "12.345")):
        assert sign.mend(clear, parse_xp) == clear


def test_what_was_refused_for_another_reason_stays_refused() -> None:
    sign = heard(*(read(f"{number}%", f"{number}8") for number in SHOWN))
    refused = structs.replace(read("45.18%", "45.188"), reason="several lines with numbers: choose a smaller region")
    assert sign.mend(refused, parse_xp) == refused


def in_parts(number: str, one: str, two: str) -> Reading:
    """One teacher reads `one` behind the number, the other `two`."""
    return read(number + one, number + two)


@pytest.mark.parametrize(
    ("one", "two"), [("0/", "9/0"), ("9/6", "°/o"), ("%", "96"), ("%6", "%"), ("%", "%0"), ("%4", "%")]
)
def test_a_sign_that_is_read_in_parts_behind_every_number_is_one(one: str, two: str) -> None:
    sign = heard(*(in_parts(number, one, two) for number in SHOWN))
    mended = sign.mend(in_parts("45.18", one, two), parse_xp)
    assert mended.agreed
    assert mended.found.percent == 45.18


@pytest.mark.parametrize("text", ["31.87°9/0", "31.87°/o0", "31.87º/o", "31,87°9/o0"])
def test_a_small_ring_a_stroke_and_a_ring_are_a_sign_where_signs_were_seen(text: str) -> None:
    torn = read(text, "31.87%")
    assert PercentSign().mend(torn, parse_xp) == torn
    mended = heard(read("30.11%", "30.11%")).mend(torn, parse_xp)
    assert mended.agreed
    assert mended.found.percent == 31.87
    assert heard(read("30.11%", "30.11%"), read("1/500", "1/500")).mend(torn, parse_xp) == torn, "pairs were read here"


@pytest.mark.parametrize("text", ["31.87°", "1.5×", "12°345/6", "31.87 9/0", "12,34°/", "30.0°/90"])
def test_other_signs_behind_a_fraction_are_none(text: str) -> None:
    torn = read(text, text)
    assert heard(read("30.11%", "30.11%")).mend(torn, parse_xp) == torn


def test_a_share_of_a_small_need_is_no_percentage() -> None:
    sign = PercentSign()
    for value in range(1000, 6000, 7):
        torn = read(f"{value / 100:.2f}/60", f"{value / 100:.2f}/60")
        sign.hear(torn)
        assert sign.mend(torn, parse_xp) == torn


def test_a_sign_in_parts_may_stand_in_brackets() -> None:
    sign = heard(*(in_parts(f"12345 [{number}", "0/]", "9/0]") for number in SHOWN))
    mended = sign.mend(in_parts("22345 [45.18", "0/]", "9/0]"), parse_xp)
    assert mended.found.percent == 45.18
    assert mended.found.value == 22345


@pytest.mark.parametrize(
    ("why", "readings"),
    [
        ("too few numbers", [in_parts(number, "0/", "9/0") for number in SHOWN[:5]]),
        ("half of a pair may be hidden: nothing was seen behind the stroke", [in_parts(n, "0/", "0/") for n in SHOWN]),
        ("a need of 0 is read alike by all", [read(f"{n}0/0", f"{n}O/0") for n in SHOWN]),
        ("pairs were read here", [read("1/500", "1/500"), *(in_parts(number, "0/", "9/0") for number in SHOWN)]),
        ("no sign was ever seen", [in_parts(number, "96", "96") for number in SHOWN]),
        ("the last digits vary", [in_parts(number, f"{n}/", f"{n}/0") for n, number in enumerate(SHOWN)]),
    ],
)  # fmt: skip
def test_parts_are_no_sign_where(why: str, readings: list[Reading]) -> None:
    sign = heard(*readings)
    for one, two in (("0/", "9/0"), ("96", "96"), ("0/0", "0/0")):
        torn = in_parts("45.18", one, two)
        assert sign.mend(torn, parse_xp) == torn, why


def test_the_point_of_a_share_is_the_one_that_most_looks_have() -> None:
    assert PercentSign().point == ""
    assert heard(read("12,345", "12,345")).point == "", "a sign between groups says nothing"
    assert heard(read("17.83%", "17,83%")).point in {".", ","}
    assert heard(read("17.83%", "17,83%"), read("17,84%", "17,84%")).point == ","
    assert heard(read("17.83%", "17,83%"), read("12,345 [18.27%]", "12,345 [18.27%]")).point == "."
    assert heard(read("100,00%", "100,00%")).point == heard(read("4,3213 %", "4,3213 %")).point == ","


def shown_to(reader: TrainedReader, oracle: Oracle, shown: list[str], is_misread) -> None:
    """Teachers take the point of every share for the other sign where `is_misread` says so."""
    for at, text in enumerate(shown):
        other = re.sub(r"[.,](?=\d+%)", lambda sign: "," if sign[0] == "." else ".", text)
        oracle.text = other if is_misread(at) else text
        picture = draw(text, at)
        reader.confirm(picture, reader.read(picture))


@pytest.mark.parametrize("is_misread", [lambda at: at % 3 == 0, lambda at: at < 1, lambda at: at >= 12])
def test_a_point_that_is_read_now_as_a_comma_is_learned_as_one_sign(is_misread) -> None:
    """Under two names the same look would say neither, and every share be read by the teachers for ever."""
    oracle = Oracle()
    reader = TrainedReader(oracle, ReadingRules(), Clock(), paced=False)
    shown_to(reader, oracle, [f"{10 + 1.37 * at:.2f}%" for at in range(40)], is_misread)
    assert reader.sheet is not None
    assert {glyph.label for glyph in reader.sheet.glyphs} & {".", ","} == {"."}
    assert reader.sheet.forms == {"9.99%"}
    for at, share in enumerate((45.32, 18.07, 76.49)):
        made = reader.read(draw(f"{share:.2f}%", 100 + at))
        assert (made.reader, made.found.percent) == ("glyphs", share)


@pytest.mark.parametrize("form", ["{:,} [{:.2f}%]", "{:_} [{:.2f}%]"])
def test_a_point_mostly_taken_for_the_sign_between_groups_is_the_other_one(form: str) -> None:
    oracle, pick = Oracle(), random.Random(3)
    reader = TrainedReader(oracle, ReadingRules(), Clock(), paced=False)
    shown = [form.format(pick.randint(1000, 99_999), pick.uniform(10, 99)) for _ in range(40)]
    shown = [text.replace(".", ",").replace("_", ".") if "_" in text else text for text in shown]
    shown_to(reader, oracle, shown, lambda at: at % 5 in (0, 2, 4))
    assert reader.sheet is not None
    assert reader.sheet.forms == ({"9[9.99%]"} if "," in form else {"9[9,99%]"})
    assert reader._pupil.speaks


@pytest.mark.parametrize("form", ["{:.2f}%", "{:.3f}%", "{:.4f}%", "12,345 [{:.2f}%]"])
def test_a_kept_sheet_names_its_point_whatever_the_teachers_say_today(form: str) -> None:
    """Three decimals look like a group: no form of the sheet has a point then."""
    oracle = Oracle()
    first = TrainedReader(oracle, ReadingRules(), Clock(), paced=False)
    shown = [form.format(10 + 1.3717 * at) for at in range(40)]
    shown_to(first, oracle, shown, lambda at: False)
    again = Pupil(parse_xp, first.sheet, lambda: None)
    for text in shown[:4]:
        other = text.replace(".", ",")
        again.hear(read(other, other))
        assert again.spelt(other) == text


def test_pictures_whose_texts_the_counting_told_have_one_point_too() -> None:
    pupil = Pupil(parse_xp, None, lambda: None)
    pupil.hear(read("17.83%", "17.83%"))
    shares = [f"{10 + 1.37 * at:.2f}%" for at in range(40)]
    pupil.take_deciphered(
        [Sample(draw(text, at), text if at % 3 else text.replace(".", ",")) for at, text in enumerate(shares)]
    )
    assert pupil.sheet is not None
    assert pupil.sheet.forms == {"9.99%"}
