"""What lies in a home beside its store, and what is to be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec

from combatlens.adapters.storage.anonymise import Anonymous
from combatlens.bootstrap.home import Home
from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.goals import Goal
from combatlens.services.files import write_whole

BACKED_UP = (
    "settings.toml", "goals.json", "profiles/*.toml", "profiles/learned_combat_insights.json", "learnings/*.json",
    "logs/*.json", "logs/*.md", "logs/learning_runs.log", "reader/*.npz", "glyphs/*", "positions.json",
)  # fmt: skip
"""What cannot be made anew, and what other programs read. Not: locks, the token, the program's log, reports."""

MADE_OF_EVENTS = ("profiles/learned_combat_insights.json", "learnings/*.json", "logs/**/*")
"""What is made of events and holds their names: it is made anew, or gone."""

STAYS = ("logs/combat_usage_log.json", "logs/combatlens.log*")

MAY_NAME = (
    "profiles/*.toml", "logs/combatlens.log*", "reports/**/*", "inbox/*.jsonl", "inbox/*.rejected", "positions.json",
    "combatlens.db.*", "before-restore-*/**/*", "*.corrupt-*", "learnings/*.corrupt-*",
)  # fmt: skip
"""What may name a character, a player or a folder and is not touched by itself."""


def found(home: Home, patterns: Sequence[str], but: Sequence[str] = ()) -> list[Path]:
    """The files of a home that match, in order, but those that match `but`."""
    left_out = {path for pattern in but for path in home.root.glob(pattern)}
    return sorted({p for pattern in patterns for p in home.root.glob(pattern) if p.is_file()} - left_out)


def anonymise_files(home: Home, anonymous: Anonymous) -> tuple[list[str], list[str]]:
    """Names out of the files -> those that were removed, and those that may hold names still. Raises EnvironmentFault.

    Goals keep their targets: their characters become the hashes that the store has, their descriptions are dropped.
    """
    goals = home.root / "goals.json"
    if goals.exists():
        try:
            kept = msgspec.json.decode(goals.read_bytes(), type=list[Goal])
        except (OSError, msgspec.MsgspecError) as error:
            raise EnvironmentFault(f"{goals} cannot be used: {error}", "mend it or delete it") from error
        kept = [msgspec.structs.replace(g, character=anonymous(g.character), description="") for g in kept]
        write_whole(goals, msgspec.json.format(msgspec.json.encode(kept), indent=2) + b"\n")
    removed = found(home, MADE_OF_EVENTS, STAYS)
    for path in removed:
        path.unlink()
    left = found(home, MAY_NAME)
    return [_name(home, path) for path in removed], [_name(home, path) for path in left]


def _name(home: Home, path: Path) -> str:
    return path.relative_to(home.root).as_posix()
