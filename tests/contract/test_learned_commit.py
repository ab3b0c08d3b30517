"""What a run of the learner leaves in the store, on either engine, while recording goes on."""

from __future__ import annotations

import pytest
from tests.desk import START, Desk

from combatlens.adapters.storage import learning, stored
from combatlens.adapters.storage.learning import LearningCommit, SqlLearning
from combatlens.domain.events import Action, Context, Feedback, Kill, SessionOp, SkillUse
from combatlens.domain.fold import FoldRules
from combatlens.learning.session_record import decode_stats
from combatlens.services.corrections import Correction
from combatlens.services.learn_worker import learn
from combatlens.services.learner import Learned


def played(desk: Desk) -> None:
    desk.send((0, SessionOp(op="start", session_id="one")), (1, Action(name="pull")), (60, SessionOp(op="end")))


class Run:
    """A run of the learner that is cut in two: what it looks at, and what it leaves."""

    def __init__(self, desk: Desk) -> None:
        self.reader = SqlLearning(desk.engine, lambda _: FoldRules())
        self.commit = LearningCommit(desk.store)

    def look(self) -> Learned:
        self.commit.begin()
        return learn(self.reader, START + 1e6)


@pytest.mark.parametrize("later", ["an event", "an edit"])
def test_a_session_that_is_written_while_it_is_learned_from_stays_pending(desk: Desk, later: str) -> None:
    played(desk)
    run = Run(desk)
    found = run.look()
    if later == "an event":
        desk.send((61, Kill()), (62, SessionOp(op="end")))
    else:
        desk.editor.edit("one", Correction(remove=(desk.seq_of("one", Action),)))
    run.commit(found)
    assert run.reader.pending() == ["one"]
    run.commit(run.look())
    assert run.reader.pending() == []
    desk.assert_sound()


def test_a_session_too_large_for_memory_gives_the_same(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.send((0, Context(zone="Lok", build="rifle", party_size=2)), source="log")
    hits = [SkillUse(skill=name, damage=n, target="rat") for n, name in enumerate(("shot", "stab", "shot", "kick"))]
    desk.send(*((n, hits[n % 4]) for n in range(200)), (200, Kill(target="rat", xp=7)), source="log")
    desk.send((90, Action(name="pull", duration_ms=300)), (120, Feedback(rating=4, tags=("calm",))), source="log")
    desk.send((201, SessionOp(op="end")), source="log")
    held = Run(desk).look()
    monkeypatch.setattr(learning, "HELD", 0)
    monkeypatch.setattr(stored, "PART", 7)
    streamed = Run(desk).look()
    assert (streamed.stats, streamed.told, streamed.insights) == (held.stats, held.told, held.insights)
    ((_, stats),) = ((name, decode_stats(body)) for name, body in streamed.stats.items())
    assert stats is not None
    assert (stats.uses, stats.kills, stats.circumstances.party_size, stats.resolution) == (200, 1, 2, 1.0)


def test_what_is_written_of_another_session_does_not_matter(desk: Desk) -> None:
    played(desk)
    run = Run(desk)
    found = run.look()
    desk.send((10_000, Kill()), (10_001, Feedback(rating=4)))
    run.commit(found)
    assert run.reader.pending() == []
    desk.assert_sound()
