"""A long history of simulated sessions, recorded by the real recorder and learned from by the real learner.

Every event is played and recorded one by one; nothing is copied. What differs from a real history: one character in
one world, a bot that tells everything, and sessions an hour or more apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from random import Random

from msgspec import Struct, structs

from combatlens.adapters.storage.learning import LearningCommit, SqlLearning
from combatlens.bootstrap.core import Core
from combatlens.bootstrap.home import Home
from combatlens.domain.events import Event, Feedback, Occurrence, XpReading
from combatlens.ports import Receipt
from combatlens.services.learn_worker import learn
from combatlens.simulation.models import SKILLS, Build, Rules
from combatlens.simulation.simulate import PAUSE_S, Played, events_of
from combatlens.simulation.world import World

SESSIONS_AT_ONCE = 20
WAITING = 4
"""So many batches may wait for the recorder."""

MODES = ("grind", "quest", "farm")
BUILDS = tuple(
    Build(name=name, skills=SKILLS, power=power, tempo=tempo)
    for name, power, tempo in (("focused", 1.0, 1.0), ("heavy", 1.12, 0.92), ("light", 0.9, 1.08), ("odd", 0.8, 0.95))
)
OPINIONS = (("slow today", "slow"), ("stuck at the bridge", "stuck"), ("went well", "smooth"), ("great spot", "spot"))


class Made(Struct, frozen=True):
    """What was recorded. Times in seconds of this process's CPU."""

    sessions: int
    events: int
    recording_s: float
    learning_s: float


def make_history(
    home: Home, *, sessions: int, minutes: float, seed: int, ends_at: float, say: Callable[[str], None]
) -> Made:
    """Play and record sessions of `minutes` on average, the last one ending at `ends_at` (Unix seconds).

    Raises HomeInUse, EnvironmentFault.
    """
    core = Core(home, what="simulate")
    try:
        core.recorder.start()
        begun = time.process_time()
        events = _record(core, sessions, minutes, seed, ends_at, say)
        recorded = time.process_time()
        _learn(core, ends_at, say)
        return Made(sessions, events, recorded - begun, time.process_time() - recorded)
    finally:
        core.stop()


def _record(core: Core, sessions: int, minutes: float, seed: int, ends_at: float, say: Callable[[str], None]) -> int:
    waiting: list[Future[Receipt]] = []
    batch: list[Occurrence] = []
    events = 0
    played = play_history(sessions=sessions, minutes=minutes, seed=seed, ends_at=ends_at)
    for number, (session, told) in enumerate(played, 1):
        batch += [Occurrence(event, session.start if event.at is None else float(event.at), "bot") for event in told]
        if number % SESSIONS_AT_ONCE and number < sessions:
            continue
        waiting.append(core.recorder.submit(batch))
        batch = []
        while len(waiting) > WAITING or (waiting and number == sessions):
            events += waiting.pop(0).result().accepted
        if number % (50 * SESSIONS_AT_ONCE) == 0:
            say(f"{number:,} sessions, {events:,} events")
    return events


def play_history(*, sessions: int, minutes: float, seed: int, ends_at: float) -> Iterator[tuple[Played, list[Event]]]:
    """Sessions with their events, the oldest first: of uneven length, with all builds and modes, some of them rated."""
    random = Random(f"combatlens-history-{seed}")
    lengths = [minutes * 60 * random.uniform(0.6, 1.4) for _ in range(sessions)]
    pauses = [PAUSE_S * random.uniform(1.0, 1.5) for _ in range(sessions)]
    world = World(seed, Rules())
    lengths, pauses = ([round(seconds, 3) for seconds in column] for column in (lengths, pauses))
    start = ends_at - sum(lengths) - sum(pauses[1:])
    for number in range(sessions):
        build, mode = BUILDS[random.randrange(len(BUILDS))], random.choice(MODES)
        mood = random.gauss(1.0, 0.05)
        world.rules = structs.replace(world.rules, build=structs.replace(build, power=build.power * mood))
        start = round(start + (pauses[number] if number else 0.0), 3)
        reading = XpReading(at=start, value=world.xp, needed=world.need, level=world.level)
        facts = tuple(world.play(lengths[number] / 60))
        played = Played(
            session_id=f"history-{seed}-{number + 1:05d}", build=build, start=start, end=start + lengths[number],
            facts=facts, first_reading=reading,
        )  # fmt: skip
        told = list(events_of(played, mode))
        if random.random() < 0.4:
            told.insert(-1, _opinion(played, mood, random))
        yield played, told
        start = played.end


def _opinion(played: Played, mood: float, random: Random) -> Feedback:
    """What the player thinks of a session; the mood it was played in shows."""
    rating = min(5, max(1, round(3 + (mood - 1.0) * 20 + random.gauss(0, 0.7))))
    text, tag = OPINIONS[min(len(OPINIONS) - 1, rating * len(OPINIONS) // 6)]
    return Feedback(id=f"{played.session_id}-opinion", at=played.end, rating=rating, text=text, tags=(tag,))


def _learn(core: Core, now: float, say: Callable[[str], None]) -> None:
    """The statistics of every session and the insights, in as many runs as the learner needs."""
    reader = SqlLearning(core.engine, core.rules_of, core.home.machine)
    commit = LearningCommit(core.store)
    while True:
        commit.begin()
        learned = learn(reader, now)
        commit(learned)
        if not learned.unfinished:
            return
        say(f"learned from {learned.insights['meta']['sessions']:,} sessions")
