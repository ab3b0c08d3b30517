"""The heart without a face: store, recorder, history, live picture and learner of one home. No Qt in here."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from combatlens import __version__
from combatlens.adapters.clock import SystemClock
from combatlens.adapters.profiles import ProfileFolders
from combatlens.adapters.settings_file import TomlSettings
from combatlens.adapters.storage.engine import open_sqlite, upgrade
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.domain.fold import FoldRules
from combatlens.domain.profile import GameProfile
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health, Snapshot
from combatlens.services.book import SessionBook
from combatlens.services.closing import Closing
from combatlens.services.history import HistoryService
from combatlens.services.live import ControlService, LiveService
from combatlens.services.recorder import RecorderService
from combatlens.services.supervisor import Supervisor
from combatlens.services.usage_log import UsageLog

log = logging.getLogger(__name__)


def profile_folders(home: Home) -> ProfileFolders:
    """The user's own profiles before the shipped ones."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "profiles"
    return ProfileFolders(home.profiles, shipped if shipped.is_dir() else package.parents[1] / "profiles")


def owner_of_process() -> str:
    """Who records, so that a session left open by a crash can be told from one that goes on."""
    return json.dumps({"pid": os.getpid()})


class Core:
    """One writer of one home. `start` recovers what a crash left open; `stop` commits, learns and lets go."""

    def __init__(self, home: Home, *, what: str, profile: str | None = None, owner: str | None = None) -> None:
        """Takes the home's lock. Raises HomeInUse, EnvironmentFault."""
        home.prepare()
        self.home = home
        self.lock = HomeLock(home)
        self.lock.acquire(what)
        try:
            self._build(profile, owner or owner_of_process())
        except BaseException:
            self.lock.release()
            raise

    def _build(self, profile: str | None, owner: str) -> None:
        home = self.home
        self.clock = SystemClock()
        self.settings_file = TomlSettings(home.settings)
        self.settings: Settings = self.settings_file.load()
        self.profiles = profile_folders(home)
        self.profile: GameProfile = self.profiles.load(profile or self.settings.profile)
        engine = open_sqlite(home.database, synchronous=self.settings.synchronous)
        upgrade(engine)
        self.store = SqlStore(engine)
        self.past = SqlHistory(engine)
        rules = self.profile.session
        fold_rules = FoldRules(
            counter=self.profile.screen.counter, idle_s=rules.idle_minutes * 60.0, encounter_gap_s=rules.encounter_gap_s
        )
        gap_s = rules.gap_minutes * 60.0
        self.live = LiveService(
            self.clock, character=self.profile.character, profile=self.profile.name, version=__version__,
            health=self._health,
        )  # fmt: skip
        self.usage_log = UsageLog(home.usage_log, self.past, self.clock, self.settings.log_sessions_kept)
        self.closing = Closing(self._steps(), self.clock)
        self.recorder = RecorderService(
            self.store, SessionBook(self.store, fold_rules, self.profile.name, gap_s, owner), self.clock,
            character=self.profile.character, profile=self.profile.name, gap_s=gap_s, on_ended=self.closing.ended,
            on_snapshot=self._publish,
        )  # fmt: skip
        self.history = HistoryService(self.past, self.store, self.recorder)
        self.control = ControlService(self.recorder, self.clock, self.is_paused_by_user)
        self.supervisor: Supervisor | None = None
        self.extra_health: list[Callable[[], Iterable[Health]]] = []
        self.listeners: list[Callable[[dict[str, Snapshot]], None]] = []

    def _steps(self) -> Sequence[tuple[str, Callable[[Sequence[str]], None]]]:
        return (("usage log", self.usage_log.update),)

    def start(self) -> list[str]:
        """Recover, then record. Returns the ids of the sessions that were recovered."""
        self.closing.start()
        recovered = self.recorder.recover()
        if recovered:
            log.warning("recovered %d sessions that were left open: %s", len(recovered), ", ".join(recovered))
        self.recorder.start()
        return recovered

    def stop(self) -> None:
        """Sources first, then the recorder, then what follows the ends of sessions."""
        if self.supervisor is not None:
            self.supervisor.stop()
        self.recorder.stop()
        self.closing.stop(30.0)
        self.store.close()
        self.lock.release()

    def is_paused_by_user(self, character: str) -> bool:
        return "user" in self.live.status(character).current.pause_reasons

    def _publish(self, snapshots: dict[str, Snapshot]) -> None:
        self.live.publish(snapshots)
        for listener in self.listeners:
            listener(snapshots)

    def _health(self) -> Iterable[Health]:
        if self.supervisor is not None:
            yield from self.supervisor.health()
        fault = self.recorder.fault
        if fault is not None:
            yield Health("store", "failed", fault.what, fault.remedy, self.clock.now())
        yield from self.closing.health()
        for more in self.extra_health:
            yield from more()
