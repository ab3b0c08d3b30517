"""Occupied time of a use, on worked examples."""

from combatlens.domain.occupied import OUTSIDE, Use, occupied_seconds


def uses(*rows: tuple[float, str], encounter: int = 0) -> list[Use]:
    return [Use(at, skill, None, encounter) for at, skill in rows]


def test_a_use_lasts_until_the_next_and_the_last_gets_its_skills_median() -> None:
    seconds = occupied_seconds(uses((0, "a"), (2, "b"), (5, "a"), (7, "b"), (9, "a")))
    assert seconds == [2, 3, 2, 2, 2]


def test_a_long_wait_counts_up_to_twice_the_skills_median() -> None:
    seconds = occupied_seconds(uses((0, "a"), (1, "a"), (2, "a"), (3, "a"), (9, "a")))
    assert seconds == [1, 1, 1, 2, 1]


def test_uses_of_one_stamp_share_the_gap() -> None:
    assert occupied_seconds(uses((0, "a"), (0, "b"), (2, "a"), (3, "a"))) == [1, 1, 1, 1]


def test_a_stated_duration_counts_as_it_is() -> None:
    given = [Use(0, "a", 1500, 0), Use(4, "a", None, 0), Use(6, "a", 500, 0)]
    assert occupied_seconds(given) == [1.5, 2, 0.5]


def test_the_gap_between_encounters_is_nobodys() -> None:
    both = uses((0, "a"), (2, "a")) + uses((60, "a"), (62, "a"), encounter=1)
    assert occupied_seconds(both) == [2, 2, 2, 2]


def test_without_gaps_of_its_own_a_skill_gets_the_median_of_all() -> None:
    rows = [*uses((0, "a"), (2, "a"), (4, "b")), Use(30, "c", None, OUTSIDE)]
    assert occupied_seconds(rows) == [2, 2, 2, 2]


def test_a_lone_use_tells_nothing() -> None:
    assert occupied_seconds(uses((0, "a"))) == [0.0]
    assert occupied_seconds([]) == []
