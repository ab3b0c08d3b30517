"""How often the teachers agree, and what that makes of what they agree on."""

from __future__ import annotations

import msgspec
import pytest
from tests.judged import Screen, reading

from combatlens.adapters.ocr.reading import Look, Reading
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.judge import Judge


def looked(text: str, *, agreed: bool) -> Reading:
    """What two teachers read, looking anew."""
    looks = tuple(Look(name, "v", text, 0.9, parse_xp(text)) for name in ("a", "a", "b", "b"))
    return msgspec.structs.replace(reading(text), reader="a+b", agreed=agreed, disputed=not agreed, looks=looks)


@pytest.mark.parametrize(
    ("differ", "glyphs", "state"), [(2, False, "pending"), (2, True, "accepted"), (1, False, "accepted")]
)
def test_before_glyphs_speak_teachers_who_often_differ_are_not_believed_at_once(differ, glyphs, state):
    """In small type both may take a 1 for a 7: where they differ in two pictures of seven, what they agree on waits."""
    screen = Screen("1,000 / 9,000") if glyphs else Screen()
    for step in range(4):
        screen.judge.weigh(looked("1,000 / 9,000", agreed=True), 100 + step)
    for step in range(differ):
        screen.judge.weigh(looked("1,030 / 9,000", agreed=False), 120 + 0.1 * step)
    made = looked("1,050 / 9,000", agreed=True)
    assert [screen.judge.weigh(made, 122 + 0.1 * step).state for step in range(3)] == ["pending", "pending", state]


def test_a_picture_that_stays_is_one_look_of_the_teachers():
    """However often it is weighed: what they agreed on once says little of how often they do."""
    judge, same = Judge(), looked("1,000 / 9,000", agreed=True)
    for step in range(30):
        judge.weigh(same, 0.1 * step)
    assert list(judge._agreements) == [True]


@pytest.mark.parametrize(("seen", "counted"), [("1:030 / 9,000", True), ("1,080 / 9,000", False)])
def test_signs_read_otherwise_say_nothing_of_how_digits_are_read(seen, counted):
    judge, right = Judge(), looked("1,030 / 9,000", agreed=False)
    other = msgspec.structs.replace(right.looks[0], text=seen, found=parse_xp(seen))
    judge.weigh(msgspec.structs.replace(right, disputed=False, looks=(*right.looks, other)), 1.0)
    assert list(judge._agreements) == [counted]


@pytest.mark.parametrize(("readers", "state"), [(("a", "b", "c"), "accepted"), (("a", "b"), "pending")])
def test_where_teachers_mostly_differ_three_that_agree_are_believed(readers, state):
    screen = Screen()
    for step in range(4):
        screen.judge.weigh(looked("1,000 / 9,000", agreed=True), 100 + step)
    for step in range(2):
        screen.judge.weigh(looked("1,030 / 9,000", agreed=False), 120 + 0.1 * step)
    looks = tuple(Look(name, "v", "1,050 / 9,000", 0.9, parse_xp("1,050 / 9,000")) for name in readers for _ in "12")
    made = msgspec.structs.replace(looked("1,050 / 9,000", agreed=True), looks=looks)
    assert [screen.judge.weigh(made, 122 + 0.1 * step).state for step in range(3)] == ["pending", "pending", state]


def test_what_is_pending_in_doubt_vouches_for_no_reading_of_the_glyphs():
    """Compressed beyond recognition a 0 is an 8 to the glyphs, once: they are to see it twice, as always."""
    screen = Screen("1,947 / 9,000")
    for step in range(4):
        doubtful = looked("1,960 / 9,000", agreed=False)
        assert screen.judge.weigh(doubtful, 120 + 0.1 * step).state == "pending"
    told = reading("1,968 / 9,000")
    assert told.reader == "glyphs"
    assert [screen.judge.weigh(told, 120.4 + 0.1 * step).state for step in range(2)] == ["pending", "accepted"]


def test_of_two_numbers_read_back_and_forth_none_is_believed_until_one_stands():
    """No counter goes from 1,960 to 1,968 and back: in a picture that was compressed too much one is misread."""
    screen = Screen("1,947 / 9,000")
    for step in range(4):
        screen.judge.weigh(looked("1,960 / 9,000", agreed=False), 120 + 0.1 * step)
    back_and_forth = [reading("1,968 / 9,000"), looked("1,960 / 9,000", agreed=False)] * 2
    states = [screen.judge.weigh(each, 120.4 + 0.1 * step).state for step, each in enumerate(back_and_forth)]
    stands = reading("1,968 / 9,000")
    states += [screen.judge.weigh(stands, 120.8 + 0.1 * step).state for step in range(8)]
    assert set(states) == {"pending"}
    later = [screen.judge.weigh(reading("1,975 / 9,000"), 121.8 + 0.1 * step) for step in range(2)]
    assert [verdict.reading.text for verdict in later if verdict.changed] == ["1,975 / 9,000"]


def test_what_was_read_back_and_forth_is_believed_once_it_has_stood():
    screen = Screen("1,947 / 9,000")
    for step in range(6):
        screen.judge.weigh(reading("1,960 / 9,000" if step % 2 else "1,968 / 9,000"), 120 + 0.1 * step)
    states = [screen.judge.weigh(reading("1,960 / 9,000"), 121 + step).state for step in range(11)]
    assert (states[0], states[-1]) == ("pending", "accepted")


def by_all(text: str, *, wavers: str = "", disputed: bool = False) -> Reading:
    """What three teachers read firmly; `wavers`: what one of them read in one of its two views."""
    read = [text] * 5 + [wavers or text]
    looks = tuple(Look(name, "v", each, 0.9, parse_xp(each)) for name, each in zip("aabbcc", read, strict=True))
    made = msgspec.structs.replace(reading(text), reader="a+b+c", agreed=not wavers, looks=looks)
    return msgspec.structs.replace(made, disputed=disputed or bool(wavers))


def told(*readings: Reading) -> list[str]:
    screen = Screen("1,947 / 9,000")
    return [screen.judge.weigh(each, 120 + 0.1 * step).state for step, each in enumerate(readings)]


@pytest.mark.parametrize("firm_at", [0, 1, 2])
def test_a_value_that_all_read_firmly_is_not_held_up_by_pictures_in_which_one_wavers(firm_at):
    """Wherever among its pictures that one stands, and not without it."""
    shown = [by_all("1,960 / 9,000", wavers="19,609,000")] * 3
    assert told(*shown) == ["pending"] * 3
    shown[firm_at] = by_all("1,960 / 9,000")
    assert told(*shown) == ["pending", "pending", "accepted"]


ANOTHER = by_all("1,960 / 9,000", wavers="1,968 / 9,000")
"""One of its looks saw another digit."""


@pytest.mark.parametrize(
    "other",
    [
        ANOTHER,
        msgspec.structs.replace(ANOTHER, sure=False),
        msgspec.structs.replace(ANOTHER, found=parse_xp(""), reason="reader unsure"),
        by_all("1,960 / 9,000", disputed=True),
    ],
)
@pytest.mark.parametrize("at", [1, 2])
def test_it_is_held_up_where_a_look_saw_another_digit_in_any_of_them(other, at):
    """A cursor's edge over a digit: two misread it, and the third, now and then, too."""
    shown = [by_all("1,960 / 9,000")] * 3
    shown[at] = other
    assert told(*shown, by_all("1,960 / 9,000", wavers="19,609,000"))[-1] == "pending"


def test_what_was_laid_on_other_pictures_settles_nothing():
    laid = msgspec.structs.replace(by_all("1,960 / 9,000"), put_off=True)
    assert told(laid, *[by_all("1,960 / 9,000", wavers="19,609,000")] * 4) == ["pending"] * 5


def test_another_value_has_to_be_read_by_all_itself():
    wavers = [by_all("1,966 / 9,000", wavers="19,669,000")] * 4
    assert told(by_all("1,960 / 9,000"), by_all("1,960 / 9,000"), *wavers) == ["pending"] * 6
    assert told(ANOTHER, wavers[0], by_all("1,966 / 9,000"), wavers[0])[-1] == "accepted", (
        "what was seen of that one is its"
    )


def test_what_all_take_for_one_another_now_and_then_is_not_settled_by_all():
    assert told(*[by_all("1,960 / 9,000", disputed=True)] * 8) == ["pending"] * 8


def test_a_value_beyond_the_pace_is_not_settled_by_all():
    assert told(by_all("7,960 / 9,000"), *[by_all("7,960 / 9,000", wavers="79,609,000")] * 8) == ["pending"] * 9


def test_what_glyphs_doubt_waits_for_more_pictures_though_all_read_it():
    doubted = msgspec.structs.replace(by_all("1,960 / 9,000", wavers="19,609,000"), doubted=True)
    firm = msgspec.structs.replace(by_all("1,960 / 9,000"), doubted=True)
    assert told(doubted, firm, *[doubted] * 3) == ["pending"] * 4 + ["accepted"]
    spelt = msgspec.structs.replace(doubted, spelt=True)
    assert told(spelt, by_all("1,960 / 9,000"), spelt)[-1] == "accepted"


def at_pace() -> Screen:
    screen = Screen("1,000 / 9,000")
    for value in range(1005, 1046, 5):
        screen.show(f"{value:,} / 9,000", 4)
    return screen


def borne_out(text: str, **flags: bool) -> Reading:
    return msgspec.structs.replace(looked(text, agreed=True), **{"borne_out": True, **flags})


@pytest.mark.parametrize(
    ("text", "flags", "needed"),
    [
        ("1,050 / 9,000", {}, 2),
        ("1,050 / 9,000", {"agreed": False}, 3),
        ("1,050 / 9,000", {"disputed": True}, 3),
        ("6,111 / 9,000", {}, 4),
    ],
)
def test_what_teachers_agree_on_and_each_glyph_looks_like_needs_no_more_than_glyphs_alone(text, flags, needed):
    """The first picture of a value is often lost: what lay over the one before is still in it."""
    screen = at_pace()
    states = [screen.judge.weigh(borne_out(text, **flags), screen.at + 0.6 * step).state for step in range(needed)]
    assert states == ["pending"] * (needed - 1) + ["accepted"]


@pytest.mark.parametrize(
    "before", [{"disputed": True, "agreed": False}, {"agreed": False}, {"sure": False}, {"borne_out": False}]
)
def test_one_such_picture_does_not_settle_what_was_read_in_doubt(before):
    screen, text = at_pace(), "1,050 / 9,000"
    shown = [borne_out(text, **before), borne_out(text), borne_out(text)]
    states = [screen.judge.weigh(made, screen.at + 0.1 * step).state for step, made in enumerate(shown)]
    assert states == ["pending", "pending", "accepted"]


def test_nor_do_two_where_a_look_saw_another_number():
    screen, text, other = at_pace(), "1,050 / 9,000", "1,056 / 9,000"
    looks = (*looked(text, agreed=True).looks, Look("c", "v", other, 0.6, parse_xp(other)))
    made = [msgspec.structs.replace(borne_out(text), looks=looks), borne_out(text), borne_out(text)]
    states = [screen.judge.weigh(each, screen.at + 0.1 * step).state for step, each in enumerate(made)]
    assert states == ["pending", "pending", "accepted"]


def test_a_first_value_that_is_borne_out_needs_as_many_pictures_as_ever():
    judge, made = Screen().judge, borne_out("1,050 / 9,000")
    assert [judge.weigh(made, 1.0 + step).state for step in range(4)] == [*["pending"] * 3, "accepted"]
