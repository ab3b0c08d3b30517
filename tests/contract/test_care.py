"""Care of the data, over both engines where it is not a matter of the file."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from tests.desk import START, Desk
from tests.postgres import Server, programs
from tests.repository import ROOT

from combatlens.adapters.storage import upkeep
from combatlens.adapters.storage.anonymise import Anonymous, anonymise
from combatlens.adapters.storage.engine import (
    HEAD_REVISION,
    StoreDamaged,
    faults,
    open_postgresql,
    open_sqlite,
    upgrade,
)
from combatlens.adapters.storage.transfer import export_store, import_store
from combatlens.bootstrap.backup import backup_store, restore_store
from combatlens.bootstrap.care import anonymise_store, check_store, export_to, import_from, upgrade_store
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.cli.main import cli
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import DamageTaken, Death, Feedback, Kill, Mark, Occurrence, SessionOp, SkillUse
from combatlens.domain.fold import FoldRules
from combatlens.ports import SessionQuery
from combatlens.services.corrections import Correction
from combatlens.services.editor import recount_all
from combatlens.services.recorder import SCRIPT

DAY_S = 86_400.0


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path / "store.db"
    return str(request.getfixturevalue("postgres").database())


@pytest.fixture
def desk(place: Path | str) -> Iterator[Desk]:
    made = Desk(place)
    yield made
    made.close()


def _two_sessions(desk: Desk) -> None:
    for number, day in enumerate((0, 40)):
        at = day * DAY_S
        desk.send(
            (at, SessionOp(op="start", session_id=f"s{number}", build="bow", notes="with Ann")),
            (at + 1, SkillUse(skill="a", damage=5, target="A womp rat", id=f"e{number}")),
            (at + 2, Kill(target="womp_rat", xp=3.5)), (at + 3, DamageTaken(amount=4, source="Ben")),
            (at + 4, Death(cause="Ben")), (at + 5, Mark(label="=SUM(1)")), (at + 6, Feedback(rating=4, text="Ann ☠")),
            (at + 7, SessionOp(op="end")), character="Dora",
        )  # fmt: skip


def test_pruning_takes_events_and_leaves_figures(desk: Desk) -> None:
    _two_sessions(desk)
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


def test_the_queries_and_views_of_the_page_answer(desk: Desk) -> None:
    _two_sessions(desk)
    page = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8")
    queries = re.findall(r"^```sql\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    with desk.engine.connect() as connection:
        answers = [connection.execute(text(query)).all() for query in queries]
        days = connection.execute(text("SELECT day, kills FROM performance_by_day ORDER BY day")).all()
        for view in upkeep.VIEWS:
            connection.execute(text(f"SELECT * FROM {view}")).all()
    assert len(answers) == 3
    assert [tuple(row) for row in days] == [("2023-11-14", 1), ("2023-12-24", 1)]
    assert any(answers)


def test_anonymising_leaves_no_name_and_the_same_figures(desk: Desk, tmp_path: Path) -> None:
    _two_sessions(desk)
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


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_an_export_comes_back_exactly(desk: Desk, tmp_path: Path, kind: str, request: pytest.FixtureRequest) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    _two_sessions(desk)
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


def test_a_file_moves_to_a_server_and_goes_on_there(postgres: Server, tmp_path: Path) -> None:
    here = Desk(tmp_path / "here.db")
    _two_sessions(here)
    export_store(here.engine, tmp_path / "all.jsonl", "jsonl")
    here.close()
    there = Desk(postgres.database(), "north")
    try:
        assert import_store(there.engine, tmp_path / "all.jsonl", "north") == 16
        there.recorder._book.reload("Dora")
        assert there.send((1, SkillUse(skill="a", damage=5, id="e0")), (100 * DAY_S, Kill())).duplicates == 1
        assert there.history.sessions(SessionQuery()).total == 3
        there.editor.edit("s0", Correction(build="new"))
        there.assert_sound()
    finally:
        there.close()


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


def test_roles(postgres: Server) -> None:
    url = postgres.database()
    owner = Desk(url, "north")
    owner.send((0, Kill()))
    for role in upkeep.ROLES:
        upkeep.grant(owner.engine, role, f"test_{role}")
    recorder = Desk(url.replace("owner@", "test_recorder@"), "south")
    engine = create_engine(url.replace("postgresql://owner@", "postgresql+psycopg://test_analyst@"))
    try:
        recorder.send((0, Kill()), (1, SessionOp(op="end")))
        recorder.send((40 * DAY_S, Kill()))  # its month is made for it
        recorder.assert_sound()
        with pytest.raises(EnvironmentFault, match="does not let this user"):
            recorder.editor.delete([recorder.store.heads()[0].session_id])
        with engine.connect() as connection:
            assert connection.execute(text("SELECT sum(kills) FROM performance_by_day")).scalar() == 1
            with pytest.raises(Exception, match="permission denied"):
                connection.execute(text("SELECT * FROM events"))
    finally:
        engine.dispose()
        recorder.close()
        owner.close()


def test_the_owner_role_may_correct_prune_and_grant(postgres: Server) -> None:
    url = postgres.database()
    first = Desk(url, "north")
    upkeep.grant(first.engine, "owner", "test_admin")
    first.send((0, SessionOp(op="start", session_id="old")), (5, Kill()), (6, SessionOp(op="end")))
    first.send((40 * DAY_S, SessionOp(op="start", session_id="new")), (40 * DAY_S + 5, Kill()))
    first.close()
    admin = Desk(url.replace("owner@", "test_admin@"), "north")
    try:
        assert admin.editor.edit("old", Correction(build="x")) == "old"
        cutoff = START + 30 * DAY_S
        assert upkeep.prune(admin.engine, cutoff, cutoff).sessions == 1
        assert _months(admin) == 1
        admin.recorder._book.forget_all()
        admin.send((80 * DAY_S, Kill()))
        assert _months(admin) == 2
        assert upkeep.optimize(admin.engine, Path())[0] > 0
        with pytest.raises(EnvironmentFault, match="does not let this user"):
            upkeep.grant(admin.engine, "analyst", "test_reader")  # making users is the server's administrator's
        admin.editor.delete(["old"])
        admin.assert_sound()
    finally:
        admin.close()


def test_a_session_of_another_machine_is_said_to_be_one(postgres: Server) -> None:
    url = postgres.database()
    north = Desk(url, "north")
    north.send((0, SessionOp(op="start", session_id="old")), (5, Kill()), (6, SessionOp(op="end")))
    north.close()
    south = Desk(url, "south")
    try:
        with pytest.raises(EnvironmentFault, match="'old' was recorded by another machine"):
            south.editor.delete(["old"])
        with pytest.raises(EnvironmentFault, match="no session 'none'"):
            south.editor.delete(["none"])
    finally:
        south.close()


def test_an_empty_database_is_told_what_to_do(postgres: Server, tmp_path: Path) -> None:
    home = Home(tmp_path, postgres.database())
    with pytest.raises(EnvironmentFault, match="no tables of CombatLens yet; run: combatlens db upgrade"):
        check_store(home)


def _months(desk: Desk) -> int:
    with desk.engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"))
        return int(found.scalar_one())


def test_a_server_is_backed_up_before_it_is_brought_up_and_a_newer_one_refused(
    postgres: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from alembic import command
    from alembic.config import Config

    home = Home(tmp_path / "home", postgres.database(), "north")
    home.prepare()
    engine = open_postgresql(home.database_url)
    config = Config()
    config.set_main_option("script_location", "combatlens.adapters.storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO documents VALUES ('a', 'b')"))
    monkeypatch.setenv("PATH", f"{programs()}{os.pathsep}{os.environ['PATH']}")
    assert "kept as" in upgrade_store(home)
    (dump,) = home.root.glob("combatlens-before-*.dump")
    assert dump.read_bytes()[:5] == b"PGDMP"
    assert "up to date" in upgrade_store(home)
    with engine.begin() as connection:
        assert connection.execute(text("SELECT body FROM documents")).scalar() == "b"
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for work in (lambda: Core(home, what="x"), lambda: check_store(home), lambda: upgrade_store(home)):
        with pytest.raises(EnvironmentFault, match=f"schema 9999, this CombatLens (knows|has) {HEAD_REVISION}"):
            work()
    engine.dispose()


# the file ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def _record(home: Home, count: int = 300) -> None:
    """An ended session in a home's file."""
    home.prepare()
    desk = Desk(home.database)
    desk.send(*[(n, SkillUse(skill=f"s{n % 7}", damage=n, target="x" * 50)) for n in range(count)])
    desk.recorder.call(desk.recorder.end_all).result(10)
    desk.close()


@pytest.mark.expected_errors("damaged|learner")
@pytest.mark.parametrize("hurt", ["header", "middle", "torn"])
def test_a_damaged_file_is_set_aside_and_what_can_be_read_comes_back(home: Home, hurt: str) -> None:
    _record(home, 3000)
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE sessions SET end_at = NULL, state = 'active'")  # as after a crash
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    size = home.database.stat().st_size
    with home.database.open("r+b") as file:
        if hurt == "header":
            file.write(b"\0" * 100)
        elif hurt == "middle":
            file.seek(size // 2 // 4096 * 4096)
            file.write(os.urandom(4096))
        else:
            file.truncate(size - 3 * 4096 - 2048)
    core = Core(home, what="a test")
    core.start()
    try:
        assert core.salvaged is not None
        assert any("recovered" in str(health) for health in core._health())
        now = core.clock.now()
        assert core.recorder.submit([Occurrence(Kill(), now, "bot")]).result(10).accepted == 1
        found = core.salvaged.events
    finally:
        core.stop()
    assert check_store(home)["sound"]
    assert list(home.root.glob("combatlens.db.damaged-*"))
    assert 2000 < found <= 3000


def test_a_headless_start_says_what_was_recovered(home: Home) -> None:
    _record(home, 5)
    home.database.write_bytes(b"no database at all" * 500)
    command = [sys.executable, "-m", "combatlens", "run", "--headless", "--for", "0", "--home", str(home.root)]
    env = {**os.environ, "PYTHONPATH": str(ROOT / "app")}
    done = subprocess.run(command, capture_output=True, text=True, env=env, timeout=60)
    assert (done.returncode, done.stdout.splitlines()[0][:29]) == (0, "the database file was damaged"), done.stderr


@pytest.mark.expected_errors("damaged|cannot be read")
def test_a_recovery_that_fails_leaves_the_damaged_file_in_its_place(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    _record(home, 5)
    home.database.write_bytes(damaged := b"no database at all" * 500)

    def full(_from: Path, _to: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(shutil, "copyfile", full)
        with pytest.raises(EnvironmentFault, match="cannot be recovered now: No space left"):
            Core(home, what="a test")
    assert home.database.read_bytes() == damaged
    assert not list(home.root.glob("*.damaged-*"))


@pytest.mark.expected_errors("damaged|learner|nothing of|closed")
def test_damage_met_while_recording_is_mended_at_the_next_start(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    _record(home)
    core = Core(home, what="a test", owner=SCRIPT)
    core.start()

    def damaged(*_: object) -> None:
        raise StoreDamaged("the database file is damaged", "")

    with monkeypatch.context() as patch:
        patch.setattr(core.store, "write", damaged)
        with pytest.raises(StoreDamaged):
            core.recorder.submit([Occurrence(Kill(), core.clock.now(), "bot")]).result(10)
        core.stop()
    assert home.suspect.exists()
    with home.database.open("r+b") as file:
        file.seek(home.database.stat().st_size // 2 // 4096 * 4096)
        file.write(os.urandom(4096))
    core = Core(home, what="a test", owner=SCRIPT)
    core.stop()
    assert core.salvaged is not None
    assert core.salvaged.events > 100
    assert not home.suspect.exists()


def test_a_newer_store_is_refused_with_both_versions(home: Home) -> None:
    _record(home, 1)
    with sqlite3.connect(home.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    for work in (lambda: Core(home, what="x"), lambda: check_store(home), lambda: upgrade_store(home)):
        with pytest.raises(EnvironmentFault, match=f"schema 9999, this CombatLens (knows|has) {HEAD_REVISION}"):
            work()


def test_an_older_store_is_copied_before_it_is_brought_up(home: Home) -> None:
    from alembic import command
    from alembic.config import Config

    home.prepare()
    engine = open_sqlite(home.database)
    config = Config()
    config.set_main_option("script_location", "combatlens.adapters.storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO documents VALUES ('a', 'b')"))
    engine.dispose()
    assert "kept as" in upgrade_store(home)
    (copy,) = home.root.glob("combatlens.db.before-*")
    with sqlite3.connect(copy) as old:
        assert old.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert old.execute("SELECT body FROM documents").fetchone() == ("b",)
    old.close()
    _record(home, 1)
    assert check_store(home)["sound"]


@pytest.mark.expected_errors("nothing of")
def test_a_store_held_by_another_program_is_told_of_and_goes_on(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("combatlens.adapters.storage.engine.BUSY_TIMEOUT_MS", 50)
    core = Core(home, what="a test", owner=SCRIPT)
    core.start()
    other = sqlite3.connect(home.database)
    try:
        other.execute("BEGIN EXCLUSIVE")
        kill = Occurrence(Kill(id="k"), core.clock.now(), "bot")
        with pytest.raises(EnvironmentFault, match="another program holds the database"):
            core.recorder.submit([kill]).result(10)
        other.rollback()
        assert core.recorder.submit([kill]).result(10).accepted == 1
    finally:
        other.close()
        core.stop()
    assert check_store(home)["sound"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is made by root alone")
@pytest.mark.expected_errors("nothing of|disk is full")
def test_a_full_disk_is_told_of_and_recording_goes_on_once_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1500k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        core = Core(Home(disk), what="a test", owner=SCRIPT)
        core.start()
        try:
            filler, kept = disk / "filler", 0
            now = core.clock.now() - 500
            filler.write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - 150_000))
            fault: BaseException | None = None
            for n in range(100):
                batch = [Occurrence(SkillUse(skill="a", target="t" * 99), now + n, "bot") for _ in range(50)]
                future = core.recorder.submit(batch)
                fault = future.exception(10)
                if fault is not None:
                    break
                kept += future.result().accepted
            assert "the disk is full" in str(fault)
            filler.unlink()
            kept += core.recorder.submit([Occurrence(Kill(), now + 200, "bot")]).result(10).accepted
        finally:
            core.stop()
        found = check_store(Home(disk))
        assert (found["sound"], found["events"]) == (True, kept)
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_a_disk_that_answers_with_an_error_is_named() -> None:
    """What SQLite says on opening a store on a full disk, before it writes anything."""
    with pytest.raises(EnvironmentFault, match="see whether it is full"), faults():
        raise OperationalError("PRAGMA", None, sqlite3.OperationalError("disk I/O error"))


ONE_LINE = {
    "run --headless --for 1": "cannot be written", "session log-kill": "cannot be written",
    "sessions list": "cannot be written", "db optimize": "cannot be written",
    "db backup {home}/x.zip": "cannot be written", "db check": "cannot be written",
}  # fmt: skip


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="taking rights away needs setpriv")
def test_a_read_only_home_is_told_in_one_line(home: Home) -> None:
    """As a user without special rights: what may be done to files is what their bits say."""
    _record(home, 5)
    for path in (*home.root.rglob("*"), home.root):
        path.chmod(path.stat().st_mode & ~0o222)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2] / "app")}
    drop = ["setpriv", "--bounding-set=-all", "--inh-caps=-all"] if os.geteuid() == 0 else []
    try:
        for command, told in ONE_LINE.items():
            words = command.format(home=home.root).split()
            line = [*drop, sys.executable, "-m", "combatlens", *words, "--home", str(home.root)]
            done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)
            assert done.returncode == 1, command
            assert done.stderr.startswith("combatlens: error: "), command
            assert done.stderr.count("\n") == 1, command
            assert told in done.stderr, (command, done.stderr)
    finally:
        for path in (home.root, *home.root.rglob("*")):
            path.chmod(path.stat().st_mode | 0o200)
    assert check_store(home)["sound"]


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_home_that_cannot_be_written_is_told_of(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be made"):
        Core(Home(tmp_path / "file" / "home"), what="x")


NAMED = ("Dora", "womp", "Ben", "Jane")


def _lived_in(home: Home) -> None:
    """A home with a file of every kind in it, and names in all of them."""
    home.prepare()
    desk = Desk(home.database)
    _two_sessions(desk)
    desk.store.put_document("position:log:D:/Jane/eqlog_Dora.txt", "{}")
    desk.store.put_document("position:inbox:bot.jsonl", '{"offset": 5}')
    desk.close()
    files = {
        "settings.toml": 'profile = "default"\n', "profiles/mine.toml": 'name = "mine"\ncharacter = "Dora"\n',
        "profiles/learned_combat_insights.json": '{"targets": {"womp": 1}}', "learnings/x_learnings.json": '["Ben"]',
        "logs/combat_usage_log.json": '{"sessions": ["Dora"]}', "logs/tool_learnings.json": '["Dora"]',
        "logs/learning_runs.log": "Dora", "logs/combatlens.log": "Dora", "reports/a.html": "Dora",
        "inbox/bot.jsonl": "{}", "inbox/bot.jsonl.rejected": "Dora", "reader/mine.npz": "x", "api.json": "token",
        "goals.json": '[{"goal_id": "g", "metric": "kills", "target": 5, "description": "beat Ben", '
                      '"character": "Dora"}]',
    }  # fmt: skip
    for name, content in files.items():
        path = home.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def test_anonymising_a_home_leaves_no_name_but_where_it_says_so(home: Home) -> None:
    _lived_in(home)
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


def test_a_backup_holds_all_that_cannot_be_made_again(home: Home, tmp_path: Path) -> None:
    _lived_in(home)
    with pytest.raises(EnvironmentFault, match="exists already"):
        backup_store(home, home.database)
    assert backup_store(home, tmp_path / "all.zip") == 16
    other = Home(tmp_path / "other")
    assert "kept" not in restore_store(other, tmp_path / "all.zip")
    assert check_store(other) == check_store(home)
    for name in ("settings.toml", "goals.json", "profiles/mine.toml", "learnings/x_learnings.json", "reader/mine.npz"):
        assert (other.root / name).read_text() == (home.root / name).read_text()
    assert not (other.root / "api.json").exists()
    (other.root / "goals.json").write_text("[]")
    _record(Home(tmp_path / "third"), 5)
    backup_store(Home(tmp_path / "third"), tmp_path / "third.db")
    assert "kept in" in restore_store(other, tmp_path / "third.db")
    assert check_store(other)["events"] == 5
    restore_store(other, tmp_path / "all.zip")
    assert (other.root / "goals.json").read_text() == (home.root / "goals.json").read_text()
    assert [path.read_text() for path in other.root.glob("before-restore-*/goals.json")] == ["[]"]


@pytest.mark.parametrize("content", ["nothing", "no backup", "outside", "newer"])
def test_what_is_no_backup_changes_nothing(home: Home, tmp_path: Path, content: str) -> None:
    _record(home, 5)
    bad = tmp_path / "bad.zip"
    if content == "nothing":
        bad.write_bytes(b"")
    elif content == "newer":
        backup_store(home, bad.with_suffix(".db"))
        with sqlite3.connect(bad.with_suffix(".db")) as connection:
            connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.close()
        bad = bad.with_suffix(".db")
    else:
        with zipfile.ZipFile(bad, "w") as archive:
            archive.writestr("../outside.toml", "x")
            archive.writestr("combatlens.db", "x")
            if content == "outside":
                archive.writestr("combatlens-backup.json", "{}")
    with pytest.raises(EnvironmentFault, match=r"is no backup|schema 9999"):
        restore_store(home, bad)
    assert not (tmp_path / "outside.toml").exists()
    assert check_store(home)["events"] == 5


def test_a_backup_takes_the_place_of_a_damaged_store(home: Home, tmp_path: Path) -> None:
    _record(home, 5)
    backup_store(home, tmp_path / "kept.zip")
    home.database.write_bytes(b"no database at all" * 500)
    restore_store(home, tmp_path / "kept.zip")
    assert check_store(home)["events"] == 5
    assert [path.read_bytes()[:11] for path in home.root.glob("before-restore-*/combatlens.db")] == [b"no database"]


def test_a_backup_that_fails_leaves_nothing(home: Home, tmp_path: Path) -> None:
    _record(home, 5)
    home.database.write_bytes(home.database.read_bytes()[:30_000])
    for name in ("half.db", "half.zip"):
        with pytest.raises(EnvironmentFault, match="could not be made"):
            backup_store(home, tmp_path / name)
    assert not list(tmp_path.glob("half*"))
    assert not list(tmp_path.glob(".backup-*"))


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="a small disk is made by root alone")
def test_a_backup_that_finds_no_room_changes_nothing(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        home, other = Home(disk), Home(tmp_path / "other")
        _record(home, 5)
        _record(other, 7)
        (disk / "filler").write_bytes(b"x" * max(0, shutil.disk_usage(disk).free - 120_000))
        for name in ("kept.zip", "kept.db"):
            backup_store(other, tmp_path / name)
            with pytest.raises(EnvironmentFault, match=r"could not be put back.*nothing was changed"):
                restore_store(home, tmp_path / name)
        (disk / "filler").unlink()
        assert not list(disk.glob("before-*"))
        assert not list(disk.glob(".restore-*"))
        assert check_store(home)["events"] == 5
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


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


def test_backup_and_transfer_of_a_home(home: Home, tmp_path: Path) -> None:
    _record(home, 20)
    assert backup_store(home, tmp_path / "copy.db") == 20
    assert export_to(home, tmp_path / "all.csv.zip", "csv") == 20
    other = Home(tmp_path / "other")
    assert import_from(other, tmp_path / "all.csv.zip") == 20
    assert check_store(other) == check_store(home)
