"""Care of the data, over both engines where it is not a matter of the file."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import text
from tests.contract.care_homes import DAY_S, NAMED, lived_in, two_sessions
from tests.desk import START, Desk
from tests.repository import ROOT

from combatlens.adapters.storage import roles, upkeep
from combatlens.adapters.storage.anonymise import Anonymous, anonymise
from combatlens.adapters.storage.engine import HEAD_REVISION, open_sqlite, upgrade
from combatlens.adapters.storage.transfer import export_store, import_store
from combatlens.bootstrap.care import anonymise_store, check_store
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Attempt, Kill
from combatlens.domain.fold import FoldRules
from combatlens.ports import SessionQuery
from combatlens.services.corrections import Correction
from combatlens.services.editor import recount_all


def test_pruning_takes_events_and_leaves_figures(desk: Desk) -> None:
    two_sessions(desk)
    before = desk.history.summary("s0")
    desk.editor.edit("s1", Correction(favourite=True))
    cutoff = START + 50 * DAY_S
    would = upkeep.prune(desk.engine, cutoff, cutoff, dry_run=True)
    assert (would.sessions, would.events, would.kept_favourites) == (1, 8, 1)
    assert len(desk.store.records("s0")) == 8
    assert upkeep.prune(desk.engine, cutoff, cutoff) == would
    assert desk.store.records("s0") == []
    assert len(desk.store.records("s1")) == 8
    assert desk.history.summary("s0") == before
    assert desk.history.sessions(SessionQuery()).total == 2
    desk.recorder._book.forget_all()
    refused = desk.send((2, Kill()), character="Dora")
    assert (refused.accepted, "pruned" in refused.rejected[0].error) == (0, True)
    with pytest.raises(EnvironmentFault, match="pruned"):
        desk.editor.edit("s0", Correction(build="x"))
    desk.assert_sound()
    assert "prune" in desk.actions()
    upkeep.prune(desk.engine, 2 * cutoff, cutoff, kinds=["nothing"], character="Dora")
    desk.editor.edit("s1", Correction(favourite=False))
    upkeep.prune(desk.engine, 2 * cutoff, cutoff, character="Dora")
    last = desk.store.audit()[-1]
    assert (last.subject, last.detail["events"], last.detail["character"]) == ("1 session", 8, "Dora")


def test_the_queries_and_views_of_the_page_answer(desk: Desk) -> None:
    two_sessions(desk)
    page = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    queries = re.findall(r"^```sql\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    with desk.engine.connect() as connection:
        answers = [connection.execute(text(query)).all() for query in queries]
        days = connection.execute(text("SELECT day, kills FROM performance_by_day ORDER BY day")).all()
        for view in roles.VIEWS:
            connection.execute(text(f"SELECT * FROM {view}")).all()
    assert len(answers) == 3
    assert [tuple(row) for row in days] == [("2023-11-14", 1), ("2023-12-24", 1)]
    assert any(answers)


def test_anonymising_leaves_no_name_and_the_same_figures(desk: Desk, tmp_path: Path) -> None:
    two_sessions(desk)
    upkeep.prune(desk.engine, START + DAY_S, START)
    before = [desk.history.summary(name) for name in ("s0", "s1")]
    assert anonymise(desk.engine, Anonymous(b"salt"), START) == 2
    recount_all(desk.store, lambda _: FoldRules())
    export_store(desk.engine, tmp_path / "out.jsonl", "jsonl")
    told = (tmp_path / "out.jsonl").read_text().casefold()
    for name in ("dora", "ann", "womp", "ben"):
        assert f'"{name}' not in told.replace("anon-", "")
        assert f" {name}" not in told
    for old in before:
        new = desk.history.summary(old.session_id)
        for key in ("kills", "deaths", "total_xp_gained", "skills", "rating", "active_minutes", "own_damage", "build"):
            assert getattr(new, key) == getattr(old, key)
        assert list(new.targets.values()) == list(old.targets.values())
    desk.assert_sound()


def test_what_a_bot_wrote_of_an_attempt_goes_with_the_notes() -> None:
    tried = Attempt(goal="loot", steps=("wait for Jane",), success=False, errors=("Ben was first",), fix_applied="Ann")
    assert Anonymous(b"salt").event(tried) == Attempt(goal="loot", steps=(), success=False)


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_an_export_comes_back_exactly(desk: Desk, tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    two_sessions(desk)
    desk.store.put_document("empty", "")
    first = tmp_path / f"first.{kind}"
    assert export_store(desk.engine, first, kind) == 16
    with pytest.raises(EnvironmentFault, match="exists already"):
        export_store(desk.engine, first, kind)
    with pytest.raises(EnvironmentFault, match="not empty"):
        import_store(desk.engine, first)
    other = open_sqlite(tmp_path / "other.db")
    upgrade(other)
    assert import_store(other, first) == 16
    plain = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    export_store(desk.engine, plain[0], "jsonl")
    export_store(other, plain[1], "jsonl")
    assert plain[0].read_text() == plain[1].read_text()
    other.dispose()


def test_what_is_no_export_is_refused(tmp_path: Path) -> None:
    engine = open_sqlite(tmp_path / "store.db")
    upgrade(engine)
    (tmp_path / "x").write_text("{}\n")
    with pytest.raises(EnvironmentFault, match="no export"):
        import_store(engine, tmp_path / "x")
    (tmp_path / "y").write_text('{"combatlens_store": "9999"}\n')
    with pytest.raises(EnvironmentFault, match=f"schema 9999, this CombatLens has {HEAD_REVISION}"):
        import_store(engine, tmp_path / "y")
    engine.dispose()


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"machine": ""', '"machine": "", "other": 1', "other columns"), ('"seq": 4, ', "", "other columns"),
        ('"body": "{', '"body": "x{', "body cannot be read"), ('"resolution": 0.0', '"resolution": 1e999', "range"),
        ('"seq": 4,', '"seq": true,', "seq is True"), ('"seq": 4,', '"seq": 9223372036854775808,', "range"),
        ('"summary": "{', '"summary": "{{', "summary cannot be read"), ('"seq": 4,', '"seq": 5,', "UNIQUE"),
        ('"table": "events"', '"table": ["events"]', "unknown table"),
        ("\n", "\n" + '{"a":' * 99_999 + "\n", "recursion"),
        ('"session": 2', '"session": 77', "FOREIGN KEY"), ("\n{", "\n[1]\n{", "no export"),
    ],
)  # fmt: skip
def test_an_export_that_was_hurt_is_refused_whole(tmp_path: Path, old: str, new: str, told: str) -> None:
    desk = Desk(tmp_path / "first.db")
    two_sessions(desk)
    desk.close()
    engine = open_sqlite(tmp_path / "first.db")
    export_store(engine, tmp_path / "x.jsonl", "jsonl")
    engine.dispose()
    text_ = (tmp_path / "x.jsonl").read_text()
    assert old in text_
    (tmp_path / "x.jsonl").write_text(text_.replace(old, new, 1))
    other = open_sqlite(tmp_path / "other.db")
    upgrade(other)
    with pytest.raises(EnvironmentFault, match=told):
        import_store(other, tmp_path / "x.jsonl")
    with other.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM sessions")).scalar() == 0
    other.dispose()


@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_an_export_that_was_cut_off_is_refused(tmp_path: Path, kind: str) -> None:
    desk = Desk(tmp_path / "first.db")
    two_sessions(desk)
    desk.close()
    engine, file = open_sqlite(tmp_path / "first.db"), tmp_path / f"x.{kind}"
    export_store(engine, file, kind)
    engine.dispose()
    if kind == "jsonl":
        file.write_text("".join(file.read_text().splitlines(keepends=True)[:-3]))
    else:
        hurt = bytearray(file.read_bytes())
        hurt[200:260] = bytes(60)
        file.write_bytes(hurt)
    other = open_sqlite(tmp_path / "other.db")
    upgrade(other)
    with pytest.raises(EnvironmentFault, match=r"cut off|is no export"):
        import_store(other, file)
    other.dispose()


def test_anonymising_a_home_leaves_no_name_but_where_it_says_so(home: Home) -> None:
    lived_in(home)
    done = anonymise_store(home)
    assert done.sessions == 2
    assert "learnings/x_learnings.json" in done.removed
    assert {"profiles/mine.toml", "reports/a.html", "logs/combatlens.log"} <= set(done.left)
    for path in home.root.rglob("*"):
        if path.is_file() and path.relative_to(home.root).as_posix() not in done.left:
            text_ = path.read_bytes().decode(errors="replace")
            assert [name for name in NAMED if name in text_] == [], path
    (goal,) = json.loads((home.root / "goals.json").read_text())
    with sqlite3.connect(home.database) as connection:
        assert (goal["character"],) in connection.execute("SELECT DISTINCT character FROM sessions").fetchall()
        assert connection.execute("SELECT name FROM documents WHERE name LIKE 'position%'").fetchall() == [
            ("position:inbox:bot.jsonl",)
        ]
    connection.close()
    assert check_store(home)["sound"]


def test_a_mistyped_home_is_not_made(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    for command in (
        "db check", "db audit", "db prune --older-than 1d", "db optimize", "db anonymise --yes", "db upgrade",
        "db backup x.zip", "db export x.jsonl", "sessions list", "sessions show x", "insights", "goals list",
        "analytics dashboard", "report",
    ):  # fmt: skip
        found = CliRunner().invoke(cli, [*command.split(), "--home", str(wrong)], standalone_mode=False)
        assert isinstance(found.exception, EnvironmentFault), command
        assert str(wrong) in str(found.exception), command
        assert not wrong.exists(), command
