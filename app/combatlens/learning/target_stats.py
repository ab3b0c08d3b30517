"""What the fights with each kind of target came to in a session: won or lost, XP, time."""

from __future__ import annotations

from collections import defaultdict
from operator import itemgetter

from combatlens.domain.names import same_name_key
from combatlens.domain.records import SessionSummary, TargetTotals
from combatlens.learning.moments import moments_of
from combatlens.learning.replay import DeathRow, KillRow, Replay
from combatlens.learning.session_record import TargetStats
from combatlens.learning.time_use import active_clock, back_from_death


def target_stats(summary: SessionSummary, line: Replay) -> dict[str, TargetStats]:
    """A cycle runs from the end of one fight to the end of the next: its search belongs to what was found.

    Kills that name no XP themselves (a log tells it in a line of its own) have equal parts of the target's.
    """
    seen = _ways(summary, line)
    found: dict[str, TargetStats] = {}
    for name in sorted(summary.targets.keys() | seen.keys()):
        own = seen[name]
        told = summary.targets.get(name) or TargetTotals(kills=len(own.kills), xp=sum(xp for xp, _ in own.kills))
        kills = own.kills
        if told.xp and not any(xp for xp, _ in kills):
            kills = [(told.xp / len(kills), took) for _, took in kills]
        found[name] = TargetStats(
            kills=told.kills,
            deaths=told.deaths,
            damage=told.damage,
            xp=told.xp,
            cycle=moments_of([*kills, *((0.0, took) for took in own.lost)]).with_total(told.xp),
            time_to_kill=moments_of((seconds, 1.0) for seconds in own.kill_times),
            killed_by=moments_of(own.killed_by),
        )
    return found


class _Ways:
    """What came of the fights with a target. `kills`: XP, seconds; `lost`: seconds; `killed_by` as in `TargetStats`."""

    __slots__ = ("kill_times", "killed_by", "kills", "lost")

    def __init__(self) -> None:
        self.kills: list[tuple[float, float]] = []
        self.kill_times: list[float] = []
        self.lost: list[float] = []
        self.killed_by: list[tuple[float, float]] = []


def _ways(summary: SessionSummary, line: Replay) -> defaultdict[str, _Ways]:
    """By target, in active seconds. A death that names nobody leaves its time to the next fight."""
    spelt = {same_name_key(name): name for name in summary.targets}
    active_until = active_clock(line.active)
    ends: list[tuple[float, KillRow | DeathRow, float]] = [(kill.at, kill, kill.at) for kill in line.kills]
    ends += [(death.at, death, back) for death, back in zip(line.deaths, back_from_death(line), strict=True)]
    found: defaultdict[str, _Ways] = defaultdict(_Ways)
    before = 0.0
    for at, how, until in sorted(ends, key=itemgetter(0)):
        now = active_until(until)
        if isinstance(how, KillRow):
            if how.target:
                found[how.target].kills.append((how.xp, max(0.0, now - before)))
                if how.seconds is not None:
                    found[how.target].kill_times.append(how.seconds)
        elif how.killer is None:
            continue
        else:
            own = found[spelt.get(same_name_key(how.killer), how.killer)]
            own.lost.append(max(0.0, now - before))
            died = active_until(at)
            own.killed_by.append((max(0.0, died - before) if how.seconds is None else how.seconds, now - died))
        before = max(before, now)
    return found
