"""What half agreed looks teach, and what a stack of pictures shows."""

from __future__ import annotations

import pytest
from msgspec import structs

from combatlens.adapters.ocr.full import decide
from combatlens.adapters.ocr.glyph_parts import MAYBE
from combatlens.adapters.ocr.lesson import (
    doubtful_lesson,
    form_of,
    grouped,
    in_both,
    lesson_text,
    lost_slash,
    other_point,
    parted,
    point_in,
    pointed,
    same_point,
    same_signs,
    settled,
    unparted,
)
from combatlens.adapters.ocr.percent_sign import PercentSign
from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.xp_text import parse_xp


def looks(**texts: tuple[str, ...]) -> tuple[Look, ...]:
    return tuple(
        Look(name, str(index), text, 0.9, parse_xp(text))
        for name, many in texts.items()
        for index, text in enumerate(many)
    )


def test_only_what_both_readers_saw_teaches():
    assert doubtful_lesson(looks(a=("12,345", "12,345"), b=("12,845", "12,8"))) == ("12,345", "12,?45")


def test_a_reader_that_contradicts_itself_teaches_nothing():
    assert doubtful_lesson(looks(a=("12,345", "12,346"), b=("12,345", "17"))) is None


def test_a_text_that_the_other_hardly_sees_teaches_where_one_is_quite_certain():
    seen = looks(a=("12,345", "12,345"), b=("XX", "1"))
    assert doubtful_lesson(seen) == ("12,345", "??????")
    assert doubtful_lesson([structs.replace(look, confidence=0.8) for look in seen]) is None


@pytest.mark.parametrize("seen", [("16,793,960", "16.793.960"), ("16,793,960", "16,793,960")])
def test_signs_that_one_reader_missed_are_taught(seen):
    """Else the digit before takes the sign's ink for its own. It is one sign, whatever it was read as each time."""
    assert lesson_text(decide(looks(a=("16793960", "16793960"), b=seen))) == "16,793,960"


def test_different_lengths_teach_nothing():
    assert doubtful_lesson(looks(a=("12345", "12345"), b=("1234", "1234"))) is None


def test_a_missed_sign_is_no_contradiction():
    assert doubtful_lesson(looks(a=("12'345", "12345"), b=("2345", "12 345"))) == ("12'345", "12?345")


def test_two_lessons_of_one_text_keep_what_both_know():
    assert in_both("12,?45", "1?,345") == "1?,?45"
    assert in_both("12,345", "12,346") == ""
    assert in_both("12,345", "2,345") == ""


def test_a_sign_between_groups_is_written_as_it_is_known():
    assert same_signs("1.234.567", ["1", ","]) == "1,234,567"
    assert same_signs("45.32%", ["1", ","]) == "45.32%"


def test_a_shares_point_is_written_as_it_is_known():
    assert same_point("11,08%", ".") == "11.08%"
    assert same_point("12,345 [45.3 %]", ",") == "12,345 [45,3 %]"
    assert same_point("??,0?%", ".") == "??.0?%", "where a digit is not known"
    assert same_point("1,234 12.5", ".") == "1,234 12.5"
    assert same_point("11,08%", "") == "11,08%"


def test_the_point_of_a_share_is_not_the_sign_between_groups():
    assert other_point(["1,234 [45,32%]", "1,235 [45.3%]"]) == "."
    assert other_point(["1.234 [45.321 %]"]) == ","
    assert other_point(["45,321%", "1'234 [45.3%]", "987 [4,5%]"]) == ""
    assert point_in("12,345 [4,3 %]") == ","
    assert point_in("12,345 [45 %]") == ""


def test_a_stroke_between_two_numbers_is_always_the_same():
    assert same_signs("25,508 | 200,000", ["/"]) == same_signs("25,508 / 200,000", []) == "25,508 / 200,000"


def test_missed_apostrophes_are_written_between_groups():
    assert parted("2796") == ("2'796", "")
    assert parted("12'3456789/1234567", "12'3?56789/12345?7") == ("12'3'456'789/1'234'567", "12'3'?56'789/1'234'5?7")
    assert parted("796 12.3456%") == ("796 12.3456%", "")


def test_apostrophes_that_cannot_be_seen_are_left_out_with_their_places():
    assert unparted("1'345", "1'?45", (1.0, 1.5, 2.0, 3.0, 4.0)) == ("1345", "1?45", [1.0, 2.0, 3.0, 4.0])
    assert unparted("XP 1'3?5 / 60'000", "", ())[0] == "XP 13?5 / 60000"
    assert unparted("12'34", "", ()) == ("12'34", "", []), "a digit may be missing"
    assert unparted("1'234 / 9'000", "", (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0))[2] == [
        0.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 9.0, 10.0
    ]  # fmt: skip


def test_a_form_without_its_decimal_point_is_another():
    assert form_of("1 234 [45.3%]") == form_of("12,345[9.1%]") == "9[9.9%]"
    assert form_of("45.32 %") == form_of("?.32%") == "9.99%", "a share that lost a decimal is no smaller one"
    assert form_of("12,345[91%]") == "9[9%]"
    assert form_of("6 617 500 / 9 000 000") == form_of("6,617,500 / 9,000,000") == "9/9"
    assert form_of("XP 1 12,206 / 200,000") != form_of("XP 112,206 / 200,000"), (
        "beside a 1 any gap may look like a space"
    )


SHARES = {"9[9.99%]", "9[9%]"}


@pytest.mark.parametrize(
    ("read", "meant"),
    [
        ("12345[1884%]", "12345[18.84%]"),
        ("12345[083%]", "12345[0.83%]"),
        ("12345[253.7%]", "12345[25.37%]"),
        ("12345[.2.5.37%]", "12345[25.37%]"),
        ("12.3.45[.18.84%", "12345[18.84%"),
        ("5.4K[18.84%]", "5.4K[18.84%]"),
        ("5.4K[1884%]", "5.4K[18.84%]"),
        ("12345[100%]", "12345[100%]"),
        ("12345[83%]", "12345[83%]"),
        ("5.4K[83%]", "5.4K[83%]"),
        ("1884", "1884"),
    ],
)
def test_a_share_that_would_be_none_has_its_faint_point_where_it_always_stands(read, meant):
    assert pointed(read, SHARES, {"."}) == meant


def test_a_point_that_is_clearly_seen_is_left_where_it_stands():
    assert pointed("253.7%", {"9.99%"}, set()) == "253.7%"
    assert pointed("1884%", {"9.99%", "9.9%"}, {"."}) == "1884%", "which of two forms it has is not known"
    assert pointed("1884%", {"9%"}, {"."}) == "1884%"


@pytest.mark.parametrize(("forms", "meant"), [({"9"}, "3759"), ({"9", "9.9"}, "3.75.9"), ({"9.9K"}, "3.75.9")])
def test_a_faint_sign_between_digits_says_nothing_where_there_are_no_decimals(forms, meant):
    assert pointed("3.75.9", forms, {"."}) == meant
    assert pointed("3.75.9", forms, set()) == "3.75.9"


LEFT = ("10551708", "12 / 345", "9 1.2 %", "10 51 708", "10 551 78")


def test_a_gap_beside_a_one_is_no_new_number():
    assert grouped("10 55 1 708") == "10 551 708"
    assert [grouped(text) for text in LEFT] == list(LEFT)


def test_readers_are_compared_where_each_found_a_number():
    def compared(made: tuple[Look, ...]) -> bool:
        return Reading(text="", found=parse_xp(""), confidence=0, reader="", looks=made).compared

    assert compared(looks(a=("12", "12"), b=("13", "x")))
    assert not compared(looks(a=("12", "12"), b=("y", "x")))
    assert not compared(())


def percent_looks(*texts: str) -> Reading:
    looked = tuple(Look("one", str(index), text, 0.9, parse_xp(text)) for index, text in enumerate(texts))
    return Reading(text=texts[0], found=looked[0].found, confidence=0.9, reader="one", looks=looked)


def test_a_digit_that_may_be_a_percent_sign_is_doubted():
    sign = PercentSign()
    doubted = parse_xp("27.778")
    assert not sign.doubts("27.778", doubted)
    for text in ("27.77", "28.05", "28.50"):
        sign.hear(percent_looks(text + "8", text + "8", text + "%"))
    assert sign.doubts("27.778", doubted)
    assert not sign.doubts("127.778", parse_xp("127.778")), "no percentage is so large"
    assert not sign.doubts("27.77%", parse_xp("27.77%"))


def test_where_many_digits_end_the_number_it_ends_in_a_digit():
    sign = PercentSign()
    for text in ("27.77%", "27.78%"):
        sign.hear(percent_looks(text))
    for text in ("27.771", "27.774", "27.776", "27.779"):
        looked = tuple(Look(name, view, text, 0.9, parse_xp(text)) for name in ("one", "two") for view in "ab")
        sign.hear(Reading(text=text, found=parse_xp(text), confidence=0.9, reader="one+two", agreed=True, looks=looked))
    assert not sign.doubts("27.778", parse_xp("27.778"))


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (f"2 043{MAYBE}277", "2 043 277"),
        (f"2{MAYBE}043{MAYBE}277", "2 043 277"),
        (f"2 0{MAYBE}43 277", "2 043 277"),  # beside a 1 any gap is as wide as a space
        (f"2043{MAYBE}277", "2043277"),
        (f"XP 12{MAYBE}345 / 20 000", "XP 12345 / 20 000"),
    ],
)
def test_a_gap_that_may_be_a_space_is_one_where_thirds_meet(read: str, text: str) -> None:
    assert settled(read) == text


@pytest.mark.parametrize(
    ("text", "needed", "lost"),
    [
        ("33004636000000", 6_000_000, True),
        ("3,300,463 6,000,000", 6_000_000, True),
        ("3300463/6000000", 6_000_000, False),
        ("33004636000000", 7_000_000, False),
        ("33004636000000", None, False),
        ("6000000", 6_000_000, False),
    ],
)
def test_a_value_and_its_need_without_a_slash_are_known_by_the_need(text, needed, lost):
    assert lost_slash(text, needed) is lost
