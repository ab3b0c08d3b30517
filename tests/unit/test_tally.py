"""Who did what, counted in pieces: the same as event by event."""

import pytest

from combatlens.domain.events import DamageTaken, Event, Heal, SkillUse
from combatlens.domain.records import ActorTotals
from combatlens.services import tally as module
from combatlens.services.tally import Tally

HIT = SkillUse(skill="slash", damage=7.0, target="a rat")
BITE = DamageTaken(amount=3.0, source="a rat")
PIECES: list[tuple[list[Event], str]] = [
    ([HIT, HIT, BITE], "Bob"),
    ([HIT, Heal(amount=2.0)], "Bob"),
    ([HIT, BITE], "Ann"),  # the log's character is known by another name from here on
    ([HIT], "Bob"),
]


def one_by_one() -> dict[str, ActorTotals]:
    tally = Tally()
    for events, player in PIECES:
        for event in events:
            tally.add([event], player)
            tally.changed()
    return tally.totals()


@pytest.mark.parametrize("waiting", [0, 1, 20_000])
def test_equal_events_are_counted_as_often_as_they_came(monkeypatch: pytest.MonkeyPatch, waiting: int) -> None:
    monkeypatch.setattr(module, "WAITING", waiting)
    tally = Tally()
    for events, player in PIECES:
        tally.add(events, player)
    found = tally.totals()
    assert found == one_by_one()
    assert (found["Bob"].damage_dealt, found["Ann"].damage_dealt, found["a rat"].damage_dealt) == (28.0, 7.0, 6.0)


def test_the_events_may_be_gone_when_they_are_added_up() -> None:
    """Another object may have got a freed one's identity by then."""
    tally = Tally()
    for amount in range(1000):
        tally.add([SkillUse(skill="slash", damage=float(amount))], "Bob")
    assert tally.totals()["Bob"].damage_dealt == sum(range(1000))
