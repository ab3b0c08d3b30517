"""Judgement over time: what is believed at once, what waits, what is never believed."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import structs
from tests.judged import Screen, reading

from combatlens.adapters.ocr.reading import Look, Reading, unreadable
from combatlens.adapters.ocr.xp_text import parse_xp
from combatlens.adapters.screen.judge import Judge
from combatlens.adapters.screen.succession import cut_of


def test_the_first_value_has_to_stand_for_a_second():
    screen = Screen()
    states = screen.show("1,000 / 9,000", 13)
    assert states.index("accepted") in (10, 11)
    assert screen.accepted == ["1,000 / 9,000"]


def test_signs_that_the_glyphs_show_too_need_no_longer_proof_where_the_value_follows():
    def told(value: str, **flags: bool) -> Reading:
        looks = tuple(Look(name, view, value, 0.95, parse_xp(value)) for name in ("one", "two") for view in "ab")
        return structs.replace(reading(value), agreed=True, reader="one+two", looks=looks, doubted=True, **flags)

    def turns(*readings: Reading) -> list[str]:
        judge = Judge()
        for turn in range(20):
            judge.weigh(reading("993"), turn / 10)
        return [judge.weigh(each, 3 + turn / 10).state for turn, each in enumerate(readings)]

    assert turns(*[told("1 019", spelt=True)] * 3) == ["pending", "pending", "accepted"]
    assert turns(*[told("1 019")] * 3) == ["pending"] * 3
    assert turns(*[told("93", spelt=True)] * 3) == ["pending"] * 3, "part of it may be hidden"
    assert turns(reading("1 019"), *[told("1 019")] * 2)[-1] == "accepted", "glyphs have read it so before"
    assert turns(reading("1 016"), *[told("1 019")] * 2)[-1] == "pending"
    assert turns(reading("1 019"), *[told("1 019", disputed=True)] * 2)[-1] == "pending"


def test_a_first_value_that_another_window_covers_has_to_stand_longer():
    judge = Judge()
    verdicts = [judge.weigh(reading("748"), step / 10, cover="'Chat'") for step in range(102)]
    assert "covered by 'Chat'" in verdicts[50].reason
    assert [verdict.state for verdict in verdicts].index("accepted") >= 100


def test_a_round_number_that_follows_one_that_is_not_round_is_one_number():
    """Two numbers whose sign was missed would have been round before, too."""
    screen = Screen("7670950")
    assert screen.show("7671000", 2) == ["pending", "accepted"]
    screen = Screen("48747")
    assert set(screen.show("48748300000", 20)) == {"pending"}


def test_a_picture_half_of_the_last_value_and_half_of_the_next_is_no_value_between():
    screen = Screen("26532346")
    screen.show("26632346", 1)
    screen.show("26674985", 2)
    assert screen.accepted[-1] == "26674985"
    assert "26632346" not in screen.accepted
    screen = Screen("26532344")
    for passing in ("26532346", "26632346"):
        screen.show(passing, 1)
    screen.show("26674985", 2)
    assert "26632346" not in screen.accepted
    screen.show("26674986", 1)
    screen.show("26674989", 1)
    assert screen.accepted[-1] == "26674986", "a counter that runs"


def test_a_gain_is_believed_with_the_second_picture():
    screen = Screen("1,000 / 9,000")
    assert screen.show("1,050 / 9,000", 2) == ["pending", "accepted"]


@pytest.mark.parametrize(
    ("kind", "frames"),
    [
        ({"agreed": True}, 3),
        ({"agreed": True, "doubted": True}, 5),
        ({}, 61),
        ({"disputed": True}, 101),
        ({"sure": False}, 101),
    ],
)
def test_the_less_readers_agree_the_longer_it_waits(kind, frames):
    screen = Screen("1,000 / 9,000")
    made = msgspec.structs.replace(reading("1,050 / 9,000"), **({"reader": "tesserocr"} | kind))
    states = [screen.judge.weigh(made, 10 + 0.1 * step).state for step in range(frames)]
    assert states == ["pending"] * (frames - 1) + ["accepted"]


def test_an_unchanged_picture_settles_no_dispute():
    screen = Screen("1,000 / 9,000")
    made = msgspec.structs.replace(reading("1,050 / 9,000", sure=False), disputed=True)
    assert {screen.judge.again(made, 10 + step).state for step in range(100)} == {"pending"}


@pytest.mark.parametrize(("true", "seen"), [("12345", "1234"), ("12345", "1235"), ("12345", "2345"), ("12345", "350")])
def test_lost_digits_wait_a_minute(true, seen):
    screen = Screen(true)
    assert set(screen.show(seen, 590)) == {"pending"}
    assert "accepted" in screen.show(seen, 30)


@pytest.mark.parametrize(
    ("begun", "values", "believed"),
    [(True, ("2", "8", "13", "31", "37"), True), (False, ("2", "8", "13", "31", "37"), False),
     (True, ("13",) * 5, False), (True, ("13", "31", "13", "31", "13"), False), (True, ("89", "90", "91"), False)],
)  # fmt: skip
def test_a_count_that_begins_anew_is_believed_sooner(begun, values, believed):
    """Its values follow one another and stand where the text always begins: their first digits are not hidden."""
    screen = Screen()
    for value in ("8904", "8921", "8950"):
        screen.show(value, 12)
    states = []
    for value in values:
        made = structs.replace(reading(value), begun=begun)
        for _ in range(4):
            screen.at += 1.0
            states.append(screen.judge.weigh(made, screen.at).state)
    assert ("accepted" in states) == believed
    assert "accepted" not in states[:9]


def test_unreadable_is_ignored_with_its_reason():
    screen = Screen("1,000 / 9,000")
    verdict = screen.judge.weigh(reading("1,0O0 / 9,000"), 9.0)
    assert (verdict.state, verdict.changed) == ("ignored", False)
    assert "touches" in verdict.reason


@pytest.mark.parametrize("wrong", ["234 / 9,000", "8,234 / 9,000", "1,234 / 900,000", "1,234", "1,000"])
def test_a_short_wrong_reading_makes_no_spike(wrong):
    screen = Screen("1,234 / 9,000")
    assert set(screen.show(wrong, 5)) == {"pending"}
    screen.show("1,240 / 9,000", 2)
    assert screen.accepted[-1] == "1,240 / 9,000"
    assert wrong not in screen.accepted


def test_a_flickering_wrong_value_never_gathers_confirmations():
    screen = Screen("1,234 / 9,000")
    for _ in range(50):
        screen.show("234 / 9,000", 3)
        screen.show("1,234 / 9,000", 1)
    assert screen.accepted == ["1,234 / 9,000"]


def test_a_real_loss_is_believed_when_it_stands():
    screen = Screen("5,000 / 9,000")
    screen.show("4,000 / 9,000", 110)
    assert screen.accepted[-1] == "4,000 / 9,000"


def test_a_real_jump_is_believed_after_a_while():
    screen = Screen("1,000 / 9,000")
    screen.show("6,000 / 9,000", 20)
    assert screen.accepted[-1] == "6,000 / 9,000"


def test_level_up_is_confirmed_by_more_pictures():
    screen = Screen("8,900 / 9,000")
    assert screen.show("120 / 12,000", 3) == ["pending", "pending", "accepted"]


def test_level_number_tells_a_level_up_from_a_loss():
    screen = Screen("LV.7 8900")
    assert screen.show("LV.8 120", 3)[-1] == "accepted"


def test_percent_denies_a_wrong_value():
    screen = Screen("50000 [50.00%]")
    screen.show("50100 [50.10%]", 2)
    assert screen.accepted[-1] == "50100 [50.10%]"
    assert set(screen.show("56200 [50.20%]", 5)) == {"pending"}


def test_a_lone_percentage_levels_up():
    screen = Screen("99.80%")
    assert screen.show("0.40%", 3)[-1] == "accepted"
    assert set(screen.show("80.40%", 5)) == {"pending"}


def test_a_value_that_runs_ahead_is_followed():
    """A counter that rises in every picture: each value is seen once, the track is what confirms."""
    screen = Screen("1,000 / 90,000")
    for value in range(1010, 1200, 10):
        screen.show(f"{value:,} / 90,000", 1)
    assert screen.accepted[-1] == "1,180 / 90,000"


@pytest.mark.parametrize("kind", [{}, {"disputed": True}, {"agreed": True, "doubted": True}])
def test_what_is_read_in_doubt_has_to_stand_itself(kind):
    """What was pending before it, and it follows from, lends it nothing."""
    screen = Screen("1,000 / 9,000")
    states = [
        screen.judge.weigh(
            msgspec.structs.replace(reading(f"1,{5 * (step // 4):03} / 9,000"), reader="rapidocr", **kind),
            10 + 0.1 * step,
        ).state
        for step in range(4, 100)
    ]
    assert set(states) == {"pending"}


def test_one_dispute_is_remembered_as_long_as_the_value_stands():
    screen = Screen("1,000 / 9,000")
    right = msgspec.structs.replace(reading("1,050 / 9,000"), reader="tesserocr+rapidocr", agreed=True)
    seen = [right, msgspec.structs.replace(right, agreed=False, disputed=True), *[right] * 99]
    states = [screen.judge.weigh(each, 10 + 0.1 * step).state for step, each in enumerate(seen)]
    assert states == ["pending"] * 100 + ["accepted"]


def by_teachers(value: str, **flags: bool) -> Reading:
    looks = tuple(Look(name, view, value, 0.95, parse_xp(value)) for name in ("one", "two") for view in "ab")
    return structs.replace(reading(value), agreed=True, reader="one+two", looks=looks, **flags)


def test_what_the_learned_signs_bear_out_ends_a_dispute():
    judge = Screen("993").judge
    assert judge.weigh(by_teachers("1 019", disputed=True), 3.0).state == "pending"
    plain = [judge.weigh(by_teachers("1 019"), 3.1 + turn / 10).state for turn in range(3)]
    assert plain == ["pending"] * 3
    assert judge.weigh(by_teachers("1 019", borne_out=True), 3.5).state == "accepted"


def test_a_text_read_from_several_pictures_is_read_again():
    judge = Screen("16,190").judge
    for turn in range(2):
        judge.weigh(by_teachers("16,329", put_off=True), 3.0 + turn / 10)
    once = judge.weigh(by_teachers("16,523", put_off=True), 3.3)
    assert (once.state, once.reason) == ("pending", "read from several pictures as one: waits to be read again")
    assert judge.weigh(by_teachers("16,523", put_off=True), 3.4).state == "accepted"


def test_a_pair_whose_stroke_is_missed_is_no_value():
    screen = Screen()
    for value in range(48748, 90000, 1713):
        assert set(screen.show(f"{value}300000", 30)) == {"pending"}
    screen.show("125000", 610)
    assert screen.accepted == ["125000"]
    assert screen.show("126000", 2)[-1] == "accepted", "a game that counts in thousands"


def test_what_one_look_reads_otherwise_is_a_dispute_even_where_nothing_is_read():
    screen = Screen("1,000 / 9,000")
    right = msgspec.structs.replace(reading("1,050 / 9,000"), reader="tesserocr+rapidocr", agreed=True)
    other = Look("rapidocr", "36", "1,058 / 9,000", 0.9, parse_xp("1,058 / 9,000"))
    seen = [right, unreadable("one reader alone", [other]), *[right] * 20]
    assert {screen.judge.weigh(each, 10 + 0.1 * step).state for step, each in enumerate(seen)} == {"pending", "ignored"}


def test_a_misread_value_amid_a_running_counter_is_dropped():
    screen = Screen("1,000 / 90,000")
    for text in ("1,010", "1,020", "1,730", "1,040", "1,050", "1,060"):
        screen.show(f"{text} / 90,000", 1)
    assert screen.accepted == [f"{text} / 90,000" for text in ("1,000", "1,010", "1,020", "1,040", "1,050")]


@pytest.mark.parametrize("text", ["34.298", "34,298", "XP 7.4296"])
def test_a_percent_sign_that_one_reader_takes_for_a_digit_is_never_believed(text):
    screen = Screen()
    assert set(screen.show(text, 2000, sure=False)) == {"ignored"}
    screen = Screen("34.20%")
    assert set(screen.show(text, 2000, sure=False)) == {"ignored"}


def test_a_number_with_one_point_is_believed_once_it_is_known():
    screen = Screen("34.298")
    assert screen.show("34.310", 110, sure=False)[-1] == "accepted"


def test_a_leap_that_was_believed_is_not_the_pace():
    screen = Screen("12301")
    screen.show("12345", 3)
    screen.show("90345", 20)
    assert screen.accepted[-1] == "90345"
    assert set(screen.show("145345", 10)) == {"pending"}


def test_what_speaks_against_a_value_is_not_outlasted():
    screen = Screen("1,000 / 9,000")
    verdicts = [screen.judge.weigh(reading("1,050 / 9,000"), 10 + step, against="the bar") for step in range(500)]
    assert {(verdict.state, verdict.reason) for verdict in verdicts} == {("pending", "the bar")}


def test_the_head_of_a_value_that_grew_unseen_is_no_new_count():
    assert cut_of(parse_xp("8950"), parse_xp("110"), begun=True), "11,000 with its last two digits covered"
    assert not cut_of(parse_xp("8950"), parse_xp("31"), begun=True)
