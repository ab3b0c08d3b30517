"""The simulated world: the same seed gives the same facts, and its truth is exact."""

from __future__ import annotations

import itertools
from pathlib import Path

import msgspec
import pytest

from combatlens.domain.door import admit, decode_event
from combatlens.domain.errors import RefusedEvent
from combatlens.domain.events import Kill, SessionOp, SkillUse, XpReading
from combatlens.simulation.facts import Died, Earned, Killed, Used
from combatlens.simulation.models import DEMO_RULES, FOCUSED, SLUGGISH, Rules
from combatlens.simulation.simulate import events_of, play_sessions, simulate
from combatlens.simulation.truth import compare, tally, to_json
from combatlens.simulation.witness import witnessed
from combatlens.simulation.world import World

ENDS_AT = 1_790_000_000.0


def test_the_same_seed_tells_the_same_story() -> None:
    assert list(World(7).play(20)) == list(World(7).play(20))
    assert list(World(7).play(20)) != list(World(8).play(20))


def test_time_never_falls_and_ends_with_the_session() -> None:
    facts = list(World(3).play(30))
    assert all(a.at <= b.at for a, b in itertools.pairwise(facts))
    assert facts[-1].at < 30 * 60


def test_every_use_keeps_the_cooldown_of_its_skill() -> None:
    uses = [fact for fact in World(5).play(60) if isinstance(fact, Used)]
    for skill in FOCUSED.skills:
        times = [use.at for use in uses if use.skill == skill.name]
        assert min(b - a for a, b in itertools.pairwise(times)) >= skill.cooldown_s - 1e-9


def test_the_counter_of_xp_follows_the_earned_xp() -> None:
    world = World(11)
    value, need = world.xp, world.need
    ups = 0
    for fact in world.play(120):
        if isinstance(fact, Earned):
            if fact.needed != need:
                ups += 1
                assert fact.value == value + fact.amount - need
            else:
                assert fact.value == value + fact.amount
            value, need = fact.value, fact.needed
    assert ups >= 3


def test_a_minute_of_the_demo_has_everything_in_it() -> None:
    for seed in range(1, 6):
        truth = tally(World(seed, DEMO_RULES).play(2))
        assert truth.kills >= 5
        assert truth.deaths >= 1
        assert truth.levels >= 1
        assert len(truth.zones) == 2


def test_the_sluggish_build_earns_a_tenth_less() -> None:
    def earned(rules: Rules) -> int:
        return sum(tally(World(seed, rules).play(60)).total_xp_gained for seed in range(30))

    ratio = earned(Rules(build=SLUGGISH)) / earned(Rules(build=FOCUSED))
    assert ratio == pytest.approx(0.9, abs=0.01)


def test_a_stalled_bot_does_nothing_any_more() -> None:
    facts = list(World(1, Rules(stall_after_s=300)).play(30))
    assert 280 < facts[-1].at < 300


def test_facts_that_one_source_alone_tells_stand_alone() -> None:
    facts = list(World(2, DEMO_RULES).play(30))
    sightings = witnessed(facts, seed=2, apart_s=16)
    assert [seen.fact for seen in sightings] == facts
    assert all(seen.bot or seen.log or isinstance(seen.fact, Earned) for seen in sightings)
    told = [seen for seen in sightings if isinstance(seen.fact, Killed | Died)]
    assert any(seen.bot and not seen.log for seen in told)
    assert any(seen.log and not seen.bot for seen in told)
    assert any(seen.log and seen.bot for seen in told)
    for seen in told:
        if not (seen.bot and seen.log):
            key = getattr(seen.fact, "target", None)
            near = [s for s in told if getattr(s.fact, "target", None) == key and abs(s.fact.at - seen.fact.at) <= 16]
            assert near == [seen]


def test_event_lines_pass_the_door_and_add_up_to_the_truth(tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    truths = simulate(out, minutes=20, sessions=3, seed=9, ends_at=ENDS_AT)
    events = [decode_event(line) for line in out.read_bytes().splitlines()]
    times = [admit(event, now=ENDS_AT, source="bot").at for event in events]
    assert times == sorted(times)
    assert times[-1] == ENDS_AT
    assert len({event.id for event in events}) == len(events)
    assert [e.session_id for e in events if isinstance(e, SessionOp) and e.op == "start"] == list(truths)
    kills = [e for e in events if isinstance(e, Kill)]
    uses = [e for e in events if isinstance(e, SkillUse)]
    assert len(kills) == sum(truth.kills for truth in truths.values())
    assert sum(e.damage for e in uses) == sum(truth.total_damage_dealt for truth in truths.values())
    xp = sum(e.xp for e in kills) + sum(e.xp for e in uses)
    assert xp == sum(truth.total_xp_gained for truth in truths.values())
    told = msgspec.json.decode((tmp_path / "events.jsonl.truth.json").read_bytes())
    assert told["sessions"] == {name: to_json(truth) for name, truth in truths.items()}


def test_a_session_begins_with_the_counter_as_it_stands() -> None:
    first, second = play_sessions(minutes=15, sessions=2, seed=4, ends_at=ENDS_AT)
    last = [fact for fact in first.facts if isinstance(fact, Earned)][-1]
    readings = [event for event in events_of(second) if isinstance(event, XpReading)]
    assert (readings[0].level, readings[0].needed) == (last.level, last.needed)


def test_what_was_recorded_wrong_is_found() -> None:
    truth = tally(World(1, DEMO_RULES).play(5))
    session = to_json(truth)
    assert all(line.agrees for line in compare(truth, session))
    session["kills"] += 1
    session["skills"]["Sunder"]["total_damage"] -= 1
    session["skills"]["ghost"] = {"usage_count": 1}
    wrong = [line.name for line in compare(truth, session) if not line.agrees]
    assert wrong == ["kills", "Sunder: total_damage", "ghost: usage_count"]


def test_the_future_is_refused_at_the_door(tmp_path: Path) -> None:
    out = tmp_path / "events.jsonl"
    simulate(out, minutes=1, seed=1, ends_at=ENDS_AT)
    last = decode_event(out.read_bytes().splitlines()[-1])
    with pytest.raises(RefusedEvent):
        admit(last, now=ENDS_AT - 3600, source="bot")
