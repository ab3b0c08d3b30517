"""Whatever is recorded, broken off, corrected or taken away, in whatever order: every figure equals a recount."""

from __future__ import annotations

import contextlib
import itertools
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.desk import START, Desk
from tests.postgres import Server

from combatlens.adapters.storage import upkeep
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import (
    Action,
    Context,
    DamageTaken,
    Death,
    Event,
    Feedback,
    Kill,
    Loot,
    SessionOp,
    SkillUse,
    XpGain,
    XpReading,
)
from combatlens.ports import SessionQuery
from combatlens.services.corrections import Correction

TIMES = int(os.environ.get("COMBATLENS_THOROUGH", "1"))
"""So many times the usual examples are tried."""

moments = st.integers(0, 500).map(lambda n: n * 13.7)
sources = st.sampled_from(["bot", "log", "screen", "hotkey"])
names = st.sampled_from([None, "rat", "Ω\u202e'\"--"])
played = st.one_of(
    st.builds(SkillUse, skill=st.sampled_from(["a", "b"]), damage=st.sampled_from([0.0, 5.0, 2.0**53]), target=names),
    st.builds(Kill, xp=st.sampled_from([0.0, 10.0]), target=names),
    st.builds(Death, cause=names),
    st.builds(DamageTaken, amount=st.just(3.0), source=names),
    st.builds(Action, name=st.just("travel"), duration_ms=st.just(500.0)),
    st.builds(XpReading, value=st.integers(0, 99).map(float)),
    st.builds(XpGain, amount=st.just(10.0)),
    st.builds(Loot, item=st.just("hide"), value=st.just(7.0)),
    st.builds(Context, zone=st.sampled_from(["Naboo", "Lok"])),
    st.builds(Feedback, rating=st.integers(1, 5)),
)
picks = st.integers(0, 50)
CORRECTIONS = ("remove", "build", "start", "add", "delete", "split", "merge", "favourite")


class Life(RuleBasedStateMachine):
    """One machine's history. `new_place` gives an empty one: a file, or a database's address."""

    new_place: Callable[[], Path | str]

    @initialize()
    def begin(self) -> None:
        self.place = self.new_place()
        self.desk = self.open_desk()
        self.ids = itertools.count()

    def open_desk(self) -> Desk:
        return Desk(self.place, "north" if isinstance(self.place, str) else "")

    @rule(at=moments, batch=st.lists(played, min_size=1, max_size=5), source=sources)
    def play(self, at: float, batch: list[Event], source: str) -> None:
        self.desk.send(*[(at + n, event) for n, event in enumerate(batch)], source=source)

    @rule(at=moments, op=st.sampled_from(["start", "pause", "resume", "end"]))
    def order(self, at: float, op: Any) -> None:
        self.desk.send((at, SessionOp(op=op)))

    @rule(at=moments)
    def kill_sent_twice(self, at: float) -> None:
        kill = Kill(id=f"k{next(self.ids)}")
        if not self.desk.send((at, kill), (at, kill)).rejected:  # at a time that was pruned
            assert self.desk.send((at, kill)).duplicates == 1

    @rule()
    def quit(self) -> None:
        self.desk.recorder.call(self.desk.recorder.end_all).result(10)
        self.desk.close()
        self.desk = self.open_desk()

    @rule()
    def crash(self) -> None:
        self.desk.close()
        self.desk = self.open_desk()

    @rule(at=moments, rollups_alone=st.booleans())
    def commit_fails(self, at: float, rollups_alone: bool) -> None:
        store = self.desk.store
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store._sessions if rollups_alone else store, "write", _full)
            with contextlib.suppress(EnvironmentFault):
                self.desk.send((at, Kill(xp=5)), (at + 1, XpReading(value=5)))  # goes well where no rollup is due yet
        self.desk.recorder.finish_past().result(10)

    @precondition(lambda self: self.desk.store.heads())
    @rule(pick=picks, other=picks, at=moments, what=st.sampled_from(CORRECTIONS))
    def correct(self, pick: int, other: int, at: float, what: str) -> None:
        heads = self.desk.store.heads()
        name, editor = heads[pick % len(heads)].session_id, self.desk.editor
        records = self.desk.store.records(name)
        one = records[other % len(records)].seq if records else 0
        added = {"type": "kill", "at": START + at, "xp": 3}
        work: dict[str, Callable[[], Any]] = {
            "remove": lambda: editor.edit(name, Correction(remove=(one,))),
            "build": lambda: editor.edit(name, Correction(build="bow", notes="x")),
            "start": lambda: editor.edit(name, Correction(start=START + at)),
            "add": lambda: editor.edit(name, Correction(add=(added,))),
            "favourite": lambda: editor.edit(name, Correction(favourite=True)),
            "delete": lambda: editor.delete([name]),
            "split": lambda: editor.split(name, START + at),
            "merge": lambda: editor.merge([name, heads[other % len(heads)].session_id]),
        }
        with contextlib.suppress(EnvironmentFault):  # refused in words: nothing may have changed
            work[what]()

    @rule(at=moments)
    def prune(self, at: float) -> None:
        before = {row.session_id: row.kills for row in self.desk.history.sessions(SessionQuery()).rows}
        desk = self.desk
        desk.recorder.call(lambda: upkeep.prune(desk.engine, START + at, START)).result(10)
        desk.recorder.call(desk.recorder._book.forget_all).result(10)
        after = {row.session_id: row.kills for row in self.desk.history.sessions(SessionQuery()).rows}
        assert before == after

    @invariant()
    def every_figure_equals_a_recount(self) -> None:
        self.desk.assert_sound()

    @invariant()
    def no_session_lies_over_another(self) -> None:
        heads = self.desk.store.heads()
        for first, second in itertools.pairwise(heads):
            assert (first.end or first.last) <= second.start + 1e-5, (first, second)

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.desk.close()


def _full(*_: object) -> None:
    raise EnvironmentFault("the disk is full", "free some space")


def _live(new_place: Callable[[], Path | str], examples: int) -> None:
    logging.getLogger().error("nothing of it: this line is there in any case")
    machine = type("Life", (Life,), {"new_place": staticmethod(new_place)})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.reuse, Phase.generate],
        ),
    )  # fmt: skip


@pytest.mark.expected_errors("nothing of")
def test_in_a_file(tmp_path: Path) -> None:
    numbers = itertools.count()
    _live(lambda: tmp_path / f"{next(numbers)}.db", 25 * TIMES)


@pytest.mark.expected_errors("nothing of")
def test_on_a_server(postgres: Server) -> None:
    _live(postgres.database, 4 * TIMES)
