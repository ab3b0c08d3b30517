"""docs/bot-api.md says what is so: its examples run, its tables name every event, field and call."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import msgspec
from tests.api_fakes import Api
from tests.repository import ROOT

from combatlens.adapters.bot_api.calls import Calls
from combatlens.domain.door import decode_event
from combatlens.domain.events import EVENT_TYPES, Acted, Event

PAGE = (ROOT / "docs" / "bot-api.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_the_python_example_runs_and_its_events_are_good(tmp_path: Path) -> None:
    (example,) = blocks("python")
    environment = {**os.environ, "COMBATLENS_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "app")}
    subprocess.run([sys.executable, "-W", "error", "-c", example], check=True, env=environment, timeout=60)
    lines = [line for file in (tmp_path / "inbox").glob("*.jsonl") for line in file.read_bytes().splitlines()]
    assert [type(decode_event(line)).__name__ for line in lines] == [
        "SessionOp", "SkillUse", "SkillUse", "Kill", "Loot", "Action", "Context", "Mark", "SessionOp",
    ]  # fmt: skip


def test_every_event_in_the_shell_and_autohotkey_examples_is_good() -> None:
    shell = re.findall(r"-d '({.*?})'", "".join(blocks("sh")), re.DOTALL)
    keys = "".join(blocks("autohotkey"))
    whole = re.findall(r"Send\('({.*?})'\)", keys)
    parts = [f'{{"at": 1760000000, {part}}}' for part in re.findall(r"^Lens\('(.*)'\)$", keys, re.MULTILINE)]
    found = [decode_event(text.encode()) for text in (*shell, *whole, *parts)]
    assert [type(event).__name__ for event in found] == ["Kill", "Kill", "SkillUse", "Kill"]


def test_the_json_examples_are_json() -> None:
    assert len([json.loads(block) for block in blocks("json")]) == 3


def test_every_event_and_field_stands_in_the_tables() -> None:
    common = set(Event.__struct_fields__) | set(Acted.__struct_fields__)
    for name, kind in EVENT_TYPES.items():
        (row,) = re.findall(rf"^\| `{name}` \| (.*) \|$", PAGE, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == set(kind.__struct_fields__) - common, name
        required = {field.name for field in msgspec.structs.fields(kind) if field.required}
        assert required <= set(re.findall(r"\*\*`(\w+)`\*\*", row)), name


def test_every_call_stands_in_the_table(tmp_path: Path) -> None:
    api = Api(tmp_path)
    nothing: Any = None
    table = Calls(api.server._backend, nothing, nothing, str).table()
    assert [f"{c.method} {c.path}" for c in table if f"`{c.method} {c.path}`" not in PAGE] == []
