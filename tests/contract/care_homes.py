"""Stores and homes with something in them, and a disk without room."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text
from tests.desk import Desk

from combatlens.bootstrap.home import Home
from combatlens.domain.events import DamageTaken, Death, Feedback, Kill, Mark, SessionOp, SkillUse

DAY_S = 86_400.0


def two_sessions(desk: Desk) -> None:
    for number, day in enumerate((0, 40)):
        at = day * DAY_S
        desk.send(
            (at, SessionOp(op="start", session_id=f"s{number}", build="bow", notes="with Ann")),
            (at + 1, SkillUse(skill="a", damage=5, target="A womp rat", id=f"e{number}")),
            (at + 2, Kill(target="womp_rat", xp=3.5)), (at + 3, DamageTaken(amount=4, source="Ben")),
            (at + 4, Death(cause="Ben")), (at + 5, Mark(label="=SUM(1)")), (at + 6, Feedback(rating=4, text="Ann ☠")),
            (at + 7, SessionOp(op="end")), character="Dora",
        )  # fmt: skip


def record(home: Home, count: int = 300) -> None:
    """An ended session in a home's file."""
    home.prepare()
    desk = Desk(home.database)
    desk.send(*[(n, SkillUse(skill=f"s{n % 7}", damage=n, target="x" * 50)) for n in range(count)])
    desk.recorder.call(desk.recorder.end_all).result(10)
    desk.close()


def first_schema(engine: Engine) -> None:
    """A store as the first version made it, with a document in it."""
    config = Config()
    config.set_main_option("script_location", "combatlens.adapters.storage:migrations")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(text("INSERT INTO documents VALUES ('a', 'b')"))


@contextlib.contextmanager
def small_disk(place: Path, size: str) -> Iterator[Path]:
    """A disk of that size (`2m`), at a folder that is made for it. Skips where none can be mounted."""
    place.mkdir()
    if subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(place)], capture_output=True
    ).returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


NAMED = ("Dora", "womp", "Ben", "Jane")


def lived_in(home: Home) -> None:
    """A home with a file of every kind in it, and names in all of them."""
    home.prepare()
    desk = Desk(home.database)
    two_sessions(desk)
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
