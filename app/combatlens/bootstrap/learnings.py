"""Learning from a home's events: what goes in, what is written, and where it lies."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.metadata import entry_points
from pathlib import Path

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.game_profiles import profile_folders
from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past
from combatlens.bootstrap.store import open_engine
from combatlens.domain.events import Recorded
from combatlens.domain.profile import GameProfile
from combatlens.learning.actions import Extract
from combatlens.learning.attempts import event_attempts
from combatlens.learning.failures import user_patterns
from combatlens.learning.fights import fight_attempts
from combatlens.learning.operations import Operation, Refusal, operations_of, thresholds
from combatlens.ports import SessionQuery
from combatlens.reports import learnings_md
from combatlens.services.intake import load_counts
from combatlens.services.learning_files import LearningFiles
from combatlens.services.learnings import ENTRY_POINTS, LearningRuns, further_analyses, read_tool_log

log = logging.getLogger(__name__)

MAX_EVENTS = 300_000
"""A run looks at the newest sessions that hold about so many events."""


class HomeLearnings:
    """Everything that `learn …` does on a home, for one game profile."""

    def __init__(self, home: Home, profile: GameProfile) -> None:
        own = profile.analysis.get("error_patterns", {})
        self.home = home
        self.profile = profile
        self.clock = SystemClock()
        self._own = user_patterns(own, f"the profile {profile.name}")
        self.files = LearningFiles(home.root / "learnings", self.clock, error_patterns=self._own)
        self.runs = LearningRuns(
            home.root / "logs",
            self.clock,
            learnings_md,
            limits=thresholds(profile.analysis, f"the profile {profile.name}"),
            own=self._own,
            further=further_analyses(entry_points(group=ENTRY_POINTS)),
        )

    def learn(self) -> Extract:
        """Learn from the newest sessions of the profile: actions, attempts, fights lost and won."""
        operations: list[Operation] = []
        events = 0
        for records in self._characters():
            events += len(records)
            operations += operations_of(records)
            attempts = event_attempts(records, self.profile.name, self._own)
            fights = fight_attempts(records, self.profile.name, encounter_gap=self.profile.session.encounter_gap_s)
            if attempts or fights:
                self.files.merge(self.profile.name, [*attempts, *fights])
        self.files.consolidate(self.profile.name)
        origin = f"{events} events of {self.profile.name}"
        refusals = [*read_refusals(self.home.inbox), *counted_refusals(self.home)]
        return self.runs.run(operations, refusals, origin=origin)

    def learn_from_tool_logs(self, paths: Sequence[Path]) -> Extract:
        """Learn from logs of tool uses alone."""
        operations = [one for path in paths for one in read_tool_log(path)]
        return self.runs.run(operations, origin=", ".join(path.name for path in paths))

    def _characters(self) -> Iterator[list[Recorded]]:
        """The events of each character's newest sessions, in order."""
        with open_past(self.home) as history:
            rows = [row for row in history.sessions(SessionQuery()).rows if row.profile == self.profile.name]
        with closing(SqlStore(open_engine(self.home))) as store:
            left = MAX_EVENTS
            kept: dict[str, list[list[Recorded]]] = {}
            for row in rows:
                if left <= 0:
                    break
                records = store.records(row.session_id)
                left -= len(records)
                kept.setdefault(row.character, []).append(records)
            for sessions in kept.values():
                yield [record for records in reversed(sessions) for record in records]


def learnings_of(home: Home, profile: str | None, *, bring: bool = False) -> HomeLearnings:
    """For the profile named, else the one of the settings. `bring`: something is brought in, so a home is made."""
    from combatlens.adapters.settings_file import TomlSettings

    if bring:
        home.prepare()
    home.ensure_there()
    name = profile or TomlSettings(home.settings).load().profile
    return HomeLearnings(home, profile_folders(home).load(name))


def counted_refusals(home: Home) -> list[Refusal]:
    """What was refused at the API and by the screen reader, as counted session by session."""
    with closing(SqlStore(open_engine(home), home.machine)) as store:
        kept = load_counts(store)
    return [Refusal(row.what, row.reason, one.at, row.count) for one in kept for row in one.refused]


def read_refusals(inbox: Path) -> list[Refusal]:
    """The lines that the inbox refused, by the type of their event, with the reasons given."""
    found = []
    for path in sorted(inbox.glob("*.rejected")):
        for text in path.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                entry = json.loads(text)
                found.append(Refusal(_type_of(entry["line"]), str(entry["reason"])))
            except (ValueError, KeyError, TypeError):
                log.warning("%s holds a line that is no refusal", path)
    return found


def _type_of(line: str) -> str:
    try:
        kind = json.loads(line)["type"]
    except (ValueError, KeyError, TypeError):
        return "event"
    return f"{kind}_event" if isinstance(kind, str) else "event"
