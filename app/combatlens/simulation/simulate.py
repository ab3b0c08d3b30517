"""`combatlens simulate`: event lines with known truth, for tests, demonstrations and calibration."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from combatlens.domain.events import Context, Event, SessionOp, XpReading
from combatlens.simulation.events import event_of
from combatlens.simulation.facts import AnyFact
from combatlens.simulation.models import FOCUSED, SLUGGISH, Build, Rules
from combatlens.simulation.truth import Truth, tally, to_json
from combatlens.simulation.world import World

PAUSE_S = 3600.0
"""Between two sessions; longer than the gap that would join them."""


class Played(Struct, frozen=True, kw_only=True):
    """One simulated session: `start` and `end` in Unix seconds, its facts in simulated seconds."""

    session_id: str
    build: Build
    start: float
    end: float
    facts: tuple[AnyFact, ...]
    first_reading: XpReading


def play_sessions(
    *, minutes: float, sessions: int, seed: int, ends_at: float, rules: Rules | None = None,
    builds: tuple[Build, ...] = (FOCUSED, SLUGGISH),
) -> Iterator[Played]:  # fmt: skip
    """Sessions one after the other, the last one ending at `ends_at` (Unix seconds), with the builds in turn."""
    world = World(seed, rules)
    base = world.rules
    length = minutes * 60
    for index in range(sessions):
        build = builds[index % len(builds)]
        world.rules = replace(base, build=build)
        end = ends_at - (sessions - 1 - index) * (length + PAUSE_S)
        reading = XpReading(at=end - length, value=world.xp, needed=world.need, level=world.level)
        name = f"simulated-{seed}-{index + 1:03d}"
        facts = tuple(world.play(minutes))
        yield Played(session_id=name, build=build, start=end - length, end=end, facts=facts, first_reading=reading)


def events_of(played: Played, mode: str = "grind") -> Iterator[Event]:
    """A session's events from its start to its end, each with an id, so that sending them twice counts once."""
    name = played.session_id
    yield SessionOp(
        id=f"{name}-start", at=played.start, op="start", session_id=name, build=played.build.name, mode=mode
    )
    yield Context(id=f"{name}-context", at=played.start, build=played.build.name, mode=mode)
    yield replace(played.first_reading, id=f"{name}-xp")
    for index, fact in enumerate(played.facts):
        yield event_of(fact, at=played.start + fact.at, identity=f"{name}-{index}")
    yield SessionOp(id=f"{name}-end", at=played.end, op="end", session_id=name)


def simulate(
    out: Path, *, minutes: float = 30.0, sessions: int = 1, seed: int = 1, ends_at: float, rules: Rules | None = None
) -> dict[str, Truth]:
    """Write event lines to `out` and the exact totals to `<out>.truth.json`; returns the totals by session id.

    `ends_at`: Unix seconds at which the last session ends. Raises OSError where the files cannot be written.
    """
    truths: dict[str, Truth] = {}
    encode = msgspec.json.Encoder().encode
    with out.open("wb") as lines:
        for played in play_sessions(minutes=minutes, sessions=sessions, seed=seed, ends_at=ends_at, rules=rules):
            truths[played.session_id] = tally(played.facts)
            lines.writelines(encode(event) + b"\n" for event in events_of(played))
    told = {"seed": seed, "minutes": minutes, "sessions": {name: to_json(truth) for name, truth in truths.items()}}
    out.with_name(f"{out.name}.truth.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    return truths
