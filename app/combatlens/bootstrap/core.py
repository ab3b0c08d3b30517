"""The heart without a face: store, recorder, history, live picture and learner of one home. No Qt in here."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import CancelledError
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from combatlens import __version__
from combatlens.adapters.clock import SystemClock
from combatlens.adapters.settings_file import TomlSettings
from combatlens.adapters.spool import FileSpool
from combatlens.adapters.storage.engine import StoreDamaged, answers, hold_machine, still_holds
from combatlens.adapters.storage.learning import LearningCommit, SqlLearning
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.bootstrap.game_profiles import fold_rules, profile_folders
from combatlens.bootstrap.home import Home, HomeLock
from combatlens.bootstrap.own_commands import worker_command
from combatlens.bootstrap.store import bring_up, open_engine, open_sound
from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.fold import FoldRules
from combatlens.domain.profile import GameProfile, Region
from combatlens.domain.settings import Settings
from combatlens.domain.snapshot import Health, Snapshot
from combatlens.domain.words import counted
from combatlens.learning.live.alerts import to_json
from combatlens.learning.news import news
from combatlens.ports import StoreAway, StoreRefuses
from combatlens.services.book import SessionBook
from combatlens.services.closing import Closing
from combatlens.services.committing import SCRIPT
from combatlens.services.editor import EditorService, recount_all
from combatlens.services.files import read_json_object
from combatlens.services.history import HistoryService
from combatlens.services.insight_files import INSIGHTS, InsightFile
from combatlens.services.intake import Intake, keep_counts
from combatlens.services.learner import Learned, Learner
from combatlens.services.live import ControlService, LiveService
from combatlens.services.recorder import RecorderService
from combatlens.services.supervisor import Supervisor
from combatlens.services.usage_log import UsageLog

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

    from combatlens.adapters.storage.salvage import Salvaged
    from combatlens.services.analytics import Analytics

log = logging.getLogger(__name__)


def owner_of_process() -> str:
    """Who records, so that a session left open by a crash can be told from one that goes on."""
    return json.dumps({"pid": os.getpid()})


CLOSING_S = 6.0
"""At the end the learner is waited for so long; what it does not finish is made up for at the next start."""


class Core:
    """One writer of one home. `start` recovers what a crash left open; `stop` commits, learns and lets go."""

    def __init__(
        self,
        home: Home,
        *,
        what: str,
        profile: str | None = None,
        owner: str | None = None,
        session_gap_minutes: float | None = None,
    ) -> None:
        """Take the home's lock. `session_gap_minutes`: instead of the profile's. Raises HomeInUse, EnvironmentFault."""
        home.prepare()
        self.home = home
        self.lock = HomeLock(home)
        self.lock.acquire(what)
        try:
            self._owner = owner or owner_of_process()
            self._build(profile, self._owner, session_gap_minutes)
        except BaseException:
            self.lock.release()
            raise

    def _build(self, profile: str | None, owner: str, gap_minutes: float | None) -> None:
        home = self.home
        self.clock = SystemClock()
        self.settings_file = TomlSettings(home.settings)
        self.settings: Settings = self.settings_file.load()
        self.profiles = profile_folders(home)
        self.profile: GameProfile = self.profiles.load(profile or self.settings.profile)
        suspect = home.suspect.exists()
        engine, salvaged = self._open(suspect)
        home.suspect.unlink(missing_ok=True)
        try:
            self._assemble(engine, salvaged, owner, gap_minutes)
        except BaseException:
            self._release(self._held)
            engine.dispose()
            raise

    def _assemble(self, engine: Engine, salvaged: Salvaged | None, owner: str, gap_minutes: float | None) -> None:
        home = self.home
        self.engine = engine
        self._spool = FileSpool(home.spool) if home.database_url else None
        self.store = SqlStore(engine, home.machine)
        self.past = SqlHistory(engine)
        self.salvaged = salvaged
        if salvaged is not None:
            recount_all(self.store, self.rules_of)
        gap_s = (gap_minutes or self.profile.session.gap_minutes) * 60.0
        self.live = LiveService(
            self.clock, character=self.profile.character, profile=self.profile.name, version=__version__,
            health=self._health,
        )  # fmt: skip
        self.intake = Intake(self.clock)
        self.insight_file = InsightFile(home.insights, self.clock)
        self._learning = LearningCommit(self.store)
        command = worker_command("learn", "--home", str(home.root))
        self.learner = Learner(command, self._learned, self.clock, begin=self._learning.begin)
        self.usage_log = UsageLog(home.usage_log, self.past, self.clock, self.settings.log_sessions_kept)
        self.closing = Closing(self._steps(), self.clock)
        book = SessionBook(self.store, fold_rules(self.profile), self.profile.name, gap_s, owner)
        self.recorder = RecorderService(
            self.store, book, self.clock,
            character=self.profile.character, profile=self.profile.name, gap_s=gap_s, spool=self._spool,
            reach=self._reach, knock=lambda: answers(engine), on_ended=self.closing.ended, on_snapshot=self._publish,
            on_arrived=self.intake.arrived,
        )  # fmt: skip
        self.history = HistoryService(
            self.past, self.store, self.recorder, lambda: read_json_object(home.insights, self.clock)
        )  # fmt: skip
        self.editor = EditorService(self.store, book, self.recorder, self.clock, self.rules_of, self._changed)
        self.control = ControlService(self.recorder, self.clock, self.shown)
        self.supervisor: Supervisor | None = None
        self.extra_health: list[Callable[[], Iterable[Health]]] = []
        self.listeners: list[Callable[[dict[str, Snapshot]], None]] = []
        self.on_alerts: list[Callable[[dict[str, Any]], None]] = []
        self.overlay_covers: Callable[[Region], bool] = lambda _: False
        """Whether the overlay lies over a rectangle of the screen; safe to call from any thread."""

    def _open(self, suspect: bool) -> tuple[Engine, Salvaged | None]:
        """The store, ready to be written to. A server that does not answer is waited for while recording goes on."""
        home = self.home
        self._held: Connection | None = None
        self._away: StoreAway | None = None
        self._recovered = False
        try:
            engine, salvaged = open_sound(home, synchronous=self.settings.synchronous, thorough=suspect)
            try:
                self._held = hold_machine(engine, home.machine)
            except BaseException:
                engine.dispose()
                raise
        except StoreRefuses:
            raise
        except StoreAway as fault:
            self._away = fault
            return open_engine(home, synchronous=self.settings.synchronous), None
        return engine, salvaged

    def _reach(self) -> None:
        """The server answers again: what a start does with the store. On the recorder's thread."""
        bring_up(self.home, self.engine)
        if self._held is None or not still_holds(self._held):
            self._held = None
            self._held = hold_machine(self.engine, self.home.machine)
        if not self._recovered:
            self._catch_up(self._recover(), everything=True)

    def _steps(self) -> Sequence[tuple[str, Callable[[Sequence[str]], None]]]:
        return (("counts", self._count), ("usage log", self.usage_log.update), ("learner", self._learn))

    def _count(self, ended: Sequence[str]) -> None:
        counts = self.intake.counts(ended[-1] if ended else "")
        if counts is not None:
            keep_counts(self.store, counts)

    def rules_of(self, profile: str) -> FoldRules:
        """A profile's fold rules; the usual ones where the profile is gone."""
        try:
            return fold_rules(self.profiles.load(profile))
        except NotFound:
            return FoldRules()

    def _changed(self, session_ids: Sequence[str]) -> None:
        for session_id in session_ids:
            self.closing.ended(session_id)

    def _learn(self, _ended: Sequence[str]) -> None:
        """Wait for a run of the learner, so that the files stand when the closing is done."""
        with suppress(CancelledError):
            self.learner.request().result()

    def _learned(self, learned: Learned) -> None:
        before = self.history.insights()
        self._learning(learned)
        self.insight_file.write(learned.insights)
        for alert in (*learned.alerts, *map(to_json, news(before, learned.insights, self.clock.now()))):
            for listener in self.on_alerts:
                listener(alert)

    def analytics(self) -> Analytics:
        """Questions to the whole history. Without the chances of goals: they need scipy."""
        from combatlens.adapters.storage.analytics import SqlAnalytics
        from combatlens.adapters.storage.asking import ask_engine
        from combatlens.services.analytics import Analytics

        return Analytics(SqlAnalytics(ask_engine(self.engine)), self.history.insights, self.clock)

    def start(self, *, catch_up: bool = False) -> list[str]:
        """Recover, then record. Returns the ids of the sessions that were recovered.

        `catch_up`: make the files and insights of ended sessions that an earlier process left without.
        """
        self.learner.start()
        self.closing.start()
        recovered: list[str] = []
        if self._away is not None:
            self.recorder.begin_away(self._away)
        else:
            recovered = self._recover()
        self.recorder.start()
        if self._away is None:
            self._catch_up(recovered, everything=catch_up)
        return recovered

    def _recover(self) -> list[str]:
        recovered = self.recorder.recover()
        self._recovered = True
        if recovered:
            many = counted(len(recovered), "session")
            log.warning("recovered %s left open by a crash: %s", many, ", ".join(recovered))
        return recovered

    def _catch_up(self, recovered: Sequence[str], *, everything: bool) -> None:
        left = recovered
        if everything:
            left = SqlLearning(self.engine, lambda _profile: FoldRules(), self.home.machine).pending()
        for session_id in left:
            self.closing.ended(session_id)
        if everything and not left and self.store.document(INSIGHTS) is None:
            self.learner.request()  # so that the insights stand with all their keys before the first session

    def stop(self) -> None:
        """Sources first, then the recorder, then what follows the ends of sessions."""
        if self.supervisor is not None:
            self.supervisor.stop()
        if self._owner == SCRIPT:
            self.recorder.finish_past()
        else:
            self.recorder.call(self.recorder.end_all)
        self.recorder.stop()
        self.closing.stop(CLOSING_S)
        with suppress(EnvironmentFault):
            self._count(())
        self.learner.stop()
        self._release(self._held)
        if isinstance(self.recorder.fault, StoreDamaged):
            self.home.suspect.touch()
        if self._spool is not None:
            self._spool.close()
        self.store.close()
        self.lock.release()

    @staticmethod
    def _release(held: Connection | None) -> None:
        """Give the machine's name free; its connection may be broken."""
        if held is not None:
            held.invalidate()
            held.close()

    def shown(self, character: str) -> Snapshot:
        """What the windows show; of this character where one is named."""
        return self.live.status(character).current

    def _publish(self, snapshots: dict[str, Snapshot]) -> None:
        self.live.publish(snapshots)
        for listener in self.listeners:
            listener(snapshots)

    def _health(self) -> Iterable[Health]:
        if self.supervisor is not None:
            yield from self.supervisor.health()
        fault = self.recorder.fault
        if isinstance(fault, StoreAway):
            what, _, reason = fault.what.partition(": ")
            waits = f"{what}; recording goes on, {self.recorder.waiting} events wait on this disk"
            yield Health("store", "warning", waits, f"{fault.remedy} ({reason})".replace(" ()", ""), self.clock.now())
        elif fault is not None:
            yield Health("store", "failed", fault.what, fault.remedy, self.clock.now())
        if self.salvaged is not None:
            yield Health("store", "warning", self.salvaged.told(), "see combatlens sessions list", self.clock.now())
        yield from self.closing.health()
        learner = self.learner.health()
        if learner.state == "failed":
            yield learner
        for more in self.extra_health:
            yield from more()
