"""What the overlay, the tray and the control window say of a status: words and shapes, without Qt."""

from __future__ import annotations

from typing import Literal, NamedTuple

from combatlens.domain.snapshot import Health, LiveStatus, Snapshot
from combatlens.ui import numbers
from combatlens.ui.palette import Tone

Shape = Literal["idle", "recording", "paused", "problem", "completed"]

_REASONS = {
    "user": "paused by you",
    "window_gone": "no game window",
    "idle": "nothing happens",
    "screen_locked": "screen locked",
    "suspended": "computer asleep",
}
_WORST = {"failed": 2, "warning": 1}


class Mood(NamedTuple):
    """The state as a shape, a word and a tone; `detail` is one more sentence for tooltips."""

    shape: Shape
    word: str
    tone: Tone
    detail: str = ""


class SkillBar(NamedTuple):
    name: str
    percent: int
    text: str


_WAITING = ("Recording starts with the first fight", "The line begins after a minute")
"""Without a session, and with one."""


class Face(NamedTuple):
    """Everything the overlay writes, as text: equal faces need no painting."""

    mood: Mood
    clock: str
    rate: str
    window: str
    peak: str
    waiting: str
    """What stands in place of the line while there is none."""
    tiles: tuple[tuple[str, str], ...]
    skills: tuple[SkillBar, ...]
    alert: str = ""
    alert_tone: Tone = "warn"


def mood(snapshot: Snapshot) -> Mood:
    """The session's state in a word."""
    match snapshot.state:
        case "active":
            return Mood("recording", "Recording", "accent")
        case "paused":
            reasons = [_REASONS.get(reason, reason) for reason in snapshot.pause_reasons]
            return Mood("paused", "Paused", "warn", ", ".join(reasons))
        case "completed":
            return Mood("completed", "Session ended", "muted")
        case "error":
            return Mood("problem", "Session broke off", "bad")
        case _:
            return Mood("idle", "Not recording", "muted")


def problems(health: tuple[Health, ...]) -> list[Health]:
    """What is wrong, the worst first."""
    return sorted((line for line in health if line.state in _WORST), key=lambda line: -_WORST[line.state])


def tray_mood(status: LiveStatus) -> Mood:
    """Like `mood`, but a failed source outweighs the session's state; a warning is told beside it."""
    own = mood(status.current)
    wrong = problems(status.health)
    if not wrong:
        return own
    told = f"{titled(wrong[0].name)}: {wrong[0].message}"
    if wrong[0].state == "failed":
        return Mood("problem", f"{own.word}, with a problem", "bad", told)
    return own._replace(detail="\n".join(filter(None, (own.detail, told))))


def face(status: LiveStatus, skills: int) -> Face:
    """The overlay's texts for a status, with at most `skills` skill rows."""
    now = status.current
    wrong = problems(status.health)
    own = mood(now)
    if own.shape == "paused" and own.detail:
        own = own._replace(word=f"Paused: {own.detail}" if now.pause_reasons != ("user",) else "Paused")
    peak = max((rate for _, rate in now.series), default=None)
    return Face(
        mood=own,
        clock=numbers.lasting(now.active_s) if now.session_id else "",
        rate=numbers.short(now.xp_per_hour),
        window=numbers.short(now.xp_per_hour_window),
        peak=f"peak {numbers.short(peak)}" if len(now.series) > 1 else "",
        waiting=_WAITING[now.session_id is not None] if len(now.series) < 2 else "",
        tiles=_tiles(now),
        skills=tuple(_bar(line.name, line.share) for line in now.skills[:skills]),
        alert=_alert(wrong),
        alert_tone="bad" if wrong and wrong[0].state == "failed" else "warn",
    )


def _tiles(now: Snapshot) -> tuple[tuple[str, str], ...]:
    level = f"To level {now.level + 1}" if now.level is not None else "To next level"
    return (
        ("XP gained", numbers.short(now.xp_gained)),
        (level, numbers.lasting(now.time_to_level_s)),
        ("DPS", numbers.short(now.dps)),
        ("Kills", numbers.short(now.kills)),
        ("Deaths", numbers.short(now.deaths)),
        ("K/D", numbers.ratio(now.kd_ratio)),
    )


def _bar(name: str, share: float) -> SkillBar:
    whole = round(100 * min(1.0, max(0.0, share)))
    return SkillBar(name, whole, f"{whole}{numbers.NBSP}%")


def _alert(wrong: list[Health]) -> str:
    if not wrong:
        return ""
    more = f" (+{len(wrong) - 1} more)" if len(wrong) > 1 else ""
    return f"{titled(wrong[0].name)}: {wrong[0].message}{more}"


def titled(name: str) -> str:
    """A source's name with a capital first letter, the rest as it is."""
    return name[:1].upper() + name[1:]
