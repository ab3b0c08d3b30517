"""METRICS, "One fact, several sources", and the growing session that must always equal the plain fold."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.build import START

from combatlens.domain import fold_view
from combatlens.domain.events import Death, Event, Kill, Mark, Recorded, SkillUse, XpGain, XpReading
from combatlens.domain.fold import FoldRules
from combatlens.domain.mentions import merge, richness
from combatlens.domain.refold import GrowingSession, NeedsHistory, effective, fold_all

Told = tuple[float, str, Event]


def grown(*told: Told, one_by_one: bool = True) -> GrowingSession:
    """(seconds, source, event), in order of arrival -> the session."""
    session = GrowingSession(START, "player", FoldRules())
    made = [
        Recorded(n + 1, "s", START + at, START + at, source, "player", event, 1.0 if source == "log" else 0.0)
        for n, (at, source, event) in enumerate(told)
    ]
    for batch in [[record] for record in made] if one_by_one else [made]:
        session.add(batch)
    return session


def kill(target: str | None = None, xp: float = 0) -> Kill:
    return Kill(target=target, xp=xp)


def test_a_kill_told_by_bot_log_and_hotkey_is_one() -> None:
    session = grown((10, "bot", kill(xp=50)), (10.4, "log", kill("rat")), (14, "hotkey", kill()))
    assert session.fold.kills == 1
    assert session.fold.ledger.total == 50
    assert session.fold.targets["rat"].xp == 50


def test_two_equal_records_of_one_source_are_two_facts() -> None:
    assert grown((10, "log", kill("rat")), (10, "log", kill("rat"))).fold.kills == 2


def test_two_kills_told_twice_are_two() -> None:
    session = grown(
        (10, "bot", kill("rat")), (10.5, "bot", kill("rat")), (10, "log", kill("rat")), (10, "log", kill("rat"))
    )  # fmt: skip
    assert session.fold.kills == 2


def test_different_targets_are_different_facts() -> None:
    assert grown((10, "bot", kill("rat")), (10.1, "log", kill("cat"))).fold.kills == 2


@pytest.mark.parametrize(("apart", "kills"), [(1.9, 1), (2.1, 2)])
def test_the_window_is_the_coarser_resolution_and_a_second(apart: float, kills: int) -> None:
    assert grown((10, "bot", kill()), (10 + apart, "log", kill())).fold.kills == kills


def test_nearest_first() -> None:
    session = grown((10, "bot", kill(xp=1)), (11.4, "bot", kill(xp=2)), (11.5, "log", kill("rat")))
    assert session.fold.kills == 2
    assert session.fold.targets["rat"].xp == 2


def test_the_richer_record_counts_and_blanks_are_filled() -> None:
    poor, rich = SkillUse(skill="Head Shot", damage=40), SkillUse(skill="head_shot", damage=0, target="rat", xp=3)
    assert richness(rich) > richness(poor)
    merged = merge(rich, poor)
    assert isinstance(merged, SkillUse)
    assert (merged.damage, merged.target, merged.xp) == (40, "rat", 3)
    session = grown((10, "bot", poor), (10.2, "log", rich))
    assert session.fold.skills.tallies["head_shot"].uses == 1
    assert session.fold.own_damage == 40


def test_a_gain_line_equal_to_named_xp_is_the_same_amount() -> None:
    session = grown((10, "bot", kill("rat", 50)), (10.8, "log", XpGain(amount=50, xp_type="combat")))
    assert session.fold.ledger.total == 50
    assert session.fold.ledger.totals().by_type == {"combat": 50}
    other = grown((10, "bot", kill("rat", 50)), (10.8, "log", XpGain(amount=51)))
    assert other.fold.ledger.total == 101


def test_a_gain_line_far_away_is_another_amount() -> None:
    assert grown((10, "bot", kill(xp=50)), (12.5, "log", XpGain(amount=50))).fold.ledger.total == 100


def test_a_death_told_twice_is_one() -> None:
    assert grown((10, "bot", Death()), (11, "log", Death(cause="bear"))).fold.deaths == 1


def test_a_constant_offset_between_the_sources_is_found() -> None:
    told: list[Told] = []
    for n in range(40):
        at = 7.0 * n + n % 3
        told += [(at, "bot", kill(f"rat {n % 5}")), (at + 4.0, "log", kill(f"rat {n % 5}"))]
    assert grown(*sorted(told, key=lambda t: t[0])).fold.kills == 40


def test_sources_that_tell_different_kills_are_not_shifted_onto_each_other() -> None:
    told: list[Told] = [(n * n * 0.1 + 4.0 * n, "bot" if n % 2 else "log", kill("rat")) for n in range(80)]
    assert grown(*told).fold.kills == 80


def test_effective_leaves_secondaries_out_and_fills_primaries() -> None:
    session = grown((10, "bot", kill(xp=50)), (10.4, "log", kill("rat")))
    links = list(session.resolver.secondary.values())
    records = [
        Recorded(1, "s", START + 10, 0, "bot", "player", kill(xp=50)),
        Recorded(2, "s", START + 10.4, 0, "log", "player", kill("rat")),
    ]
    kept = effective(records, links)
    assert [record.event for record in kept] == [Kill(target="rat", xp=50)]


def test_an_event_before_all_memory_asks_for_history() -> None:
    session = grown(*[(float(n), "bot", Mark(label="x")) for n in range(12_000)], one_by_one=False)
    with pytest.raises(NeedsHistory):
        session.add([Recorded(99_999, "s", START + 1, 0, "bot", "player", Mark(label="late"))])
    assert session.fold.events == 12_000


events = st.one_of(
    st.builds(
        SkillUse, skill=st.sampled_from(["a", "b"]), damage=st.sampled_from([0.0, 5.0]), xp=st.sampled_from([0.0, 3.0]),
        target=st.sampled_from([None, "rat", "cat"]), success=st.booleans(), periodic=st.booleans(),
    ),
    st.builds(Kill, xp=st.sampled_from([0.0, 10.0]), target=st.sampled_from([None, "rat"])),
    st.builds(Death),
    st.builds(XpGain, amount=st.sampled_from([3.0, 10.0]), xp_type=st.sampled_from([None, "combat"])),
    st.builds(XpReading, value=st.integers(0, 500).map(float), needed=st.sampled_from([None, 1000.0])),
)  # fmt: skip
told = st.lists(
    st.tuples(st.integers(0, 4000).map(lambda n: n / 10), st.sampled_from(["bot", "log", "screen", "hotkey"]), events),
    max_size=60,
)


@settings(max_examples=150)
@given(told, st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_the_growing_session_equals_the_plain_fold(told: list[Told], sizes: list[int]) -> None:
    """Whatever the order of arrival and the cuts between batches."""
    session = GrowingSession(START, "player", FoldRules())
    records = [
        Recorded(n + 1, "s", START + at, START, source, "player", event) for n, (at, source, event) in enumerate(told)
    ]
    left, n = list(records), 0
    while left:
        size = sizes[n % len(sizes)]
        session.add(left[:size])
        left, n = left[size:], n + 1
        plain = fold_all(
            records[: len(records) - len(left)], session.resolver.secondary.values(), START, "player", FoldRules()
        )
        now = START + 500
        assert fold_view.snapshot(session.fold, "s", "p", now) == fold_view.snapshot(plain, "s", "p", now)
        assert msgspec.to_builtins(fold_view.detail(session.fold, "s", "p", "active", None)) == msgspec.to_builtins(
            fold_view.detail(plain, "s", "p", "active", None)
        )
