"""What of a growing session has changed since the last commit, as rows of its rollups."""

from __future__ import annotations

from combatlens.domain import fold_view
from combatlens.domain.refold import GrowingSession
from combatlens.domain.skills import Tally
from combatlens.domain.snapshot import State
from combatlens.domain.tallies import Actor, Taken, Target, Zone
from combatlens.domain.timeline import MINUTE_S
from combatlens.ports import RollupRows


class RollupWriter:
    """Follows one growing session; `changed` gives what the next commit must write."""

    def __init__(self, growing: GrowingSession, *, fresh: bool) -> None:
        """`fresh`: nothing of it is in the store. Else all of it is taken as changed at first."""
        self._growing = growing
        self._minute = float("-inf")
        self._encounters = 0
        self._moments = 0
        self._skills = Taken[Tally]()
        self._targets = Taken[Target]()
        self._zones = Taken[Zone]()
        self._actors = Taken[Actor]()
        self._everything = not fresh

    def changed(self, session_id: str, profile: str, state: State, end: float | None, *, final: bool) -> RollupRows:
        """The rows to write now. `final`: the session is closed, so its occupied times are known for good."""
        fold = self._growing.fold
        since = self._growing.refolded_from
        self._growing.refolded_from = None
        rows = RollupRows(summary=fold_view.head(fold, session_id, profile, state, end), replaces_all=self._everything)
        if self._everything:
            since = float("-inf")
            self._everything = False
        self._minutes(rows, since)
        self._lists(rows, since)
        changed, rows.skills_gone = self._skills.changes(fold.skills.tallies)
        if final:
            rows.skills = fold.skills.frozen()
        else:
            rows.skills = {name: tally.frozen(0.0) for name, tally in changed.items()}
        rows.targets, rows.targets_gone = self._targets.changes(fold.targets)
        rows.zones, rows.zones_gone = self._zones.changes(fold.zones)
        rows.actors, rows.actors_gone = self._actors.changes(fold.actors)
        return rows

    def _minutes(self, rows: RollupRows, since: float | None) -> None:
        first = self._minute if since is None else min(self._minute, since // MINUTE_S * MINUTE_S)
        minutes = self._growing.fold.timeline.minutes
        begin = len(minutes)
        while begin > 0 and minutes[begin - 1].start >= first:
            begin -= 1
        rows.minutes_from = minutes[begin].start if begin else float("-1e18")
        rows.minutes = tuple(minute.frozen() for minute in minutes[begin:])
        self._minute = minutes[-1].start

    def _lists(self, rows: RollupRows, since: float | None) -> None:
        encounters, moments = self._growing.fold.encounters, self._growing.fold.moments
        first, first_moment = self._encounters, self._moments
        if since is not None:
            first = min(first, len(encounters.closed))
            while first > 0 and encounters.closed[first - 1].end >= since - encounters.gap_s:
                first -= 1
            first_moment = min(first_moment, len(moments))
            while first_moment > 0 and moments[first_moment - 1][0] >= since:
                first_moment -= 1
        if first < len(encounters.closed) or since is not None:
            rows.encounters_from, rows.encounters = first, tuple(encounters.closed[first:])
        if first_moment < len(moments) or since is not None:
            rows.moments_from, rows.moments = first_moment, tuple(moments[first_moment:])
        self._encounters, self._moments = len(encounters.closed), len(moments)
