"""What to change, what it should bring, and whether advice that was followed did bring it.

Nothing here is ever applied: the user or the bot accepts, modifies or rejects, and the sessions after that tell.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from combatlens.learning.compare import LEAST_MINUTES, WITHOUT, members, planned, session_pair
from combatlens.learning.confidence import LIKELY, SESSION_WORTH, confidence, impact_of
from combatlens.learning.deadly import Deadly, deadly_targets
from combatlens.learning.followed import NOTHING_MORE, Followed
from combatlens.learning.history import History
from combatlens.learning.intervals import Estimate, session_ratio
from combatlens.learning.places import targets, xp_per_hour
from combatlens.learning.rotation_plan import Plan
from combatlens.learning.skills import Skill

LOOKED_BACK = 20
"""Sessions before a decision that those after it are held against."""

LEAST_AFTER = 3
IDLE_WORTH_SAYING = 0.05
FIGHTING_TOLD = 0.1
WEAK_SUCCESS = 0.8
DONE = ("accepted", "modified")
GIVEN = ("kind", "text", "expected_gain_xp_per_hour")


def recommendations(
    history: History,
    table: Sequence[Skill],
    plan: Plan,
    usual: Sequence[str],
    compared: Sequence[dict[str, Any]],
    decided: Sequence[dict[str, Any]],
) -> list[dict[str, Any]]:
    """What is worth trying, the largest sure gain first. Only with a confidence of at least 0.6 and a gain whose whole
    95 % interval lies above nothing. `decided`: of `outcomes`; `trust` says how often followed advice has helped."""
    hourly = xp_per_hour(history)
    if not hourly.value:
        return []
    deadly = deadly_targets(history)
    found = [
        *_rotation(history, plan, usual, hourly.value),
        *_left_alone(history, deadly),
        *_comparisons(history, compared, {one.name for one in deadly}),
        *_idle(history, hourly.value),
    ]
    found.extend(_misses(table, history, hourly.value))
    trust = trust_of(decided)
    rows = []
    for row in found:
        row["confidence"] *= trust
        row["trust"] = trust
        row["decision"] = next((o for o in reversed(decided) if o["recommendation_id"] == row["id"]), None)
        low = row["expected_gain_ci"][0] if row["expected_gain_ci"] else 0.0
        if row["confidence"] >= LIKELY and low > 0:
            row["impact"] = impact_of(row["expected_gain_xp_per_hour"] / hourly.value)
            rows.append((low * row["confidence"], row))
    return [row for _, row in sorted(rows, key=lambda pair: (-pair[0], pair[1]["id"]))]


def _advice(
    kind: str, subject: str, text: str, gain: Estimate, sure: float, evidence: dict[str, Any], note: str = ""
) -> dict[str, Any]:
    return {
        "id": f"{kind}-{sha256(subject.encode()).hexdigest()[:10]}",
        "kind": kind,
        "subject": subject,
        "change": text,
        "text": text,
        "reason": _reason(gain) + note,
        "expected_gain_xp_per_hour": gain.value,
        "expected_gain_ci": gain.ci,
        "evidence": evidence,
        "confidence": sure,
        "impact": "low",
    }


def _reason(gain: Estimate) -> str:
    if gain.value is None or gain.low is None or gain.high is None:
        return ""
    return f"about {gain.value:+,.0f} XP/h (95 % between {gain.low:+,.0f} and {gain.high:+,.0f})"


def _rotation(history: History, plan: Plan, usual: Sequence[str], hourly: float) -> list[dict[str, Any]]:
    """Faster kills shorten the part of an hour that is spent fighting, and nothing else."""
    if not plan.skills or plan.gain.value is None or list(plan.skills) == list(usual):
        return []
    fighting = float(history.column("encounter_s").sum() / history.column("active_s").sum())

    def gained(share: float) -> float:
        return hourly * (1 / (fighting / (1 + share) + 1 - fighting) - 1) if share > -1 else -hourly

    low, high = (gained(bound) for bound in (plan.gain.low or 0.0, plan.gain.high or 0.0))
    names = ", ".join(plan.skills)
    filler = f"; {plan.filler} when nothing of it is ready" if plan.filler and plan.filler not in plan.skills else ""
    evidence = {
        "expected_damage_per_second": plan.expected.value,
        "usual_damage_per_second": plan.usual.value,
        "share_of_time_fighting": fighting,
    }
    gain = Estimate(gained(plan.gain.value), low, high)
    text = f"use {names} in this order, passing over what is on cooldown{filler}"
    return [_advice("rotation", names, text, gain, plan.confidence, evidence)]


def _left_alone(history: History, deadly: Sequence[Deadly]) -> list[dict[str, Any]]:
    """Instead is fought what surely brings most of what kills seldom."""
    if not deadly:
        return []
    known = {name: row for name, row in targets(history).items() if row["confidence"] >= LIKELY}
    for one in deadly:
        known.pop(one.name, None)
    instead = max(known, key=lambda name: known[name]["xp_per_hour_ci"][0], default=None)
    found = []
    for one in deadly:
        told = one.evidence | {"instead": instead}
        text = f"leave {one.name} alone" + (f", fight {instead} instead" if instead else "")
        note = f": it killed you {_times(told['deaths'])} and {_died(told['kills'])}"
        if told["until_death_s"] is not None:
            note += f"; a lost fight takes {_clock(told['until_death_s'])}, getting up {_clock(told['recovery_s'])}"
        found.append(_advice("target", f"without {one.name}", text, one.gain, one.confidence, told, note))
    return found


def _died(kills: int) -> str:
    return f"died {_times(kills)}" if kills else "never died"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count:,} times"


def _clock(seconds: float) -> str:
    return f"{round(seconds) // 60}:{round(seconds) % 60:02d}"


def _comparisons(
    history: History, compared: Sequence[dict[str, Any]], left_alone: Collection[str]
) -> list[dict[str, Any]]:
    """What an hour gains is the difference times the share of the time that goes to the worse side until now."""
    found = []
    for row in compared:
        if row["metric"] != "xp_per_hour" or row["verdict"] not in ("better", "worse"):
            continue
        better, other = (row["b"], row["a"]) if row["verdict"] == "better" else (row["a"], row["b"])
        if row["kind"] == "target" and other in left_alone:
            continue
        low, high = sorted(abs(bound) if row["ci"][0] * row["ci"][1] > 0 else 0.0 for bound in row["ci"])
        difference = Estimate(abs(row["difference"]), low, high)
        sure = confidence(SESSION_WORTH * min(row["sessions"]), difference, row["p_adjusted"])
        share = _share_of_time(history, row["kind"], other, row["b"])
        evidence = {
            key: row[key] for key in ("difference", "sessions", "effect_size", "p_adjusted", "stratified_by",
                                      "not_stratified")
        } | {"share_of_time": share}  # fmt: skip
        spent_on = _named(row["kind"], other, row["b"])
        note = f": {abs(row['difference']):+,.0f} in the {share:.0%} of your time that goes to {spent_on}"
        text = _preference(row["kind"], better, other)
        found.append(
            _advice(row["kind"], f"{better} over {other}", text, difference.times(share), sure, evidence, note)
        )
    return found


def _share_of_time(history: History, kind: str, name: str, tag: str) -> float:
    """Of all active time. `tag`: whose sessions or, for WITHOUT, whose lack is meant."""
    active = history.column("active_s")
    if kind == "target":
        spent = float(history.targets[name].moments("cycle")[:, 2].sum())
    elif kind == "zone":
        spent = float(history.zones[name].column("active_s").sum())
    else:
        held = members(history, kind)
        spent = float(active[~held[tag] if name == WITHOUT else held[name]].sum())
    return min(1.0, spent / float(active.sum()))


def _named(kind: str, name: str, tag: str) -> str:
    if kind == "tag":
        return f"sessions without the tag {tag}" if name == WITHOUT else f"sessions with the tag {tag}"
    return name


def _preference(kind: str, better: str, other: str) -> str:
    if kind == "tag":
        return (
            f"prefer sessions without the tag {other}"
            if better == WITHOUT
            else f"prefer sessions with the tag {better}"
        )
    return f"prefer the {kind} {better} to {other}"


def _idle(history: History, hourly: float) -> list[dict[str, Any]]:
    """Idle time is XP an hour for nothing: what half of it would bring. Where hardly any fighting is told, such as by a
    bot that sends its kills alone, nobody knows what happens in between."""
    if history.column("encounter_s").sum() < FIGHTING_TOLD * history.column("active_s").sum():
        return []
    share = session_ratio(history.column("idle"), history.column("active_s"))
    if share.value is None or share.low is None or share.high is None or share.value < IDLE_WORTH_SAYING:
        return []

    def gained(part: float) -> float:
        return hourly * (1 / (1 - part / 2) - 1)

    gain = Estimate(gained(share.value), gained(share.low), gained(share.high))
    sure = confidence(SESSION_WORTH * len(history), share)
    text = f"nothing happens in {share.value:.0%} of the active time: find what is waited for (half of it is counted)"
    return [_advice("idle", "idle time", text, gain, sure, {"idle_share": share.value, "ci": share.ci})]


def _misses(table: Sequence[Skill], history: History, hourly: float) -> list[dict[str, Any]]:
    """A skill that fails often: what the time of its misses is worth."""
    total = float(history.column("active_s").sum())
    found = []
    for skill in table:
        rate = skill.success
        if skill.needs or rate.value is None or rate.high is None or rate.low is None or rate.high >= WEAK_SUCCESS:
            continue
        lost = skill.lost_s / total
        low, high = (hourly * lost * (1 - bound) / (1 - rate.value) for bound in (rate.high, rate.low))
        gain = Estimate(hourly * lost, low, high)
        text = f"{skill.name} fails {1 - rate.value:.0%} of the time: mend what makes it fail, or leave it out"
        sure = confidence(skill.uses, rate, is_rate=True)
        found.append(_advice("misses", skill.name, text, gain, sure, {"success_rate": rate.value, "ci": rate.ci}))
    return found


def outcomes(history: History, followed: Followed = NOTHING_MORE) -> list[dict[str, Any]]:
    """For every decision: the sessions after it, up to the next one on the same advice, against those before, by the
    sequential test; circumstances that differ are held equal where they can be, or named. `together_with`: other
    advice that was taken up in the same time, so that what is seen may be its doing.
    """
    starts = history.column("start")
    enough = history.column("active_s") >= LEAST_MINUTES * 60
    decided = sorted([*history.decisions, *followed.decisions], key=lambda one: one[2])
    found = []
    for i, (name, decision, at) in enumerate(decided):
        until = next((later for other, _, later in decided[i + 1 :] if other == name), float("inf"))
        before = np.flatnonzero(enough & (starts <= at))[-LOOKED_BACK:]
        after = np.flatnonzero(enough & (starts > at) & (starts <= until))
        row = {
            "recommendation_id": name, "decision": decision, "at": _iso(at), "sessions_after": len(after),
            "difference": None, "ci": None, "verdict": "rejected" if decision not in DONE else "too_early",
            "stratified_by": [], "not_stratified": [], "together_with": [],
            **dict.fromkeys(GIVEN), **followed.given.get(name, {}),
        }  # fmt: skip
        if decision in DONE and min(len(after), len(before)) >= LEAST_AFTER:
            row |= _effect(history, name.split("-")[0], before, after)
            since = float(starts[before[0]])
            row["together_with"] = sorted(
                {other for other, what, then in decided if other != name and what in DONE and since < then <= until}
            )
        found.append(row)
    return found


def _effect(history: History, kind: str, before: NDArray[np.int64], after: NDArray[np.int64]) -> dict[str, Any]:
    sides = [np.zeros(len(history), bool), np.zeros(len(history), bool)]
    for side, sessions in zip(sides, (before, after), strict=True):
        side[sessions] = True
    row = planned(history, session_pair(history, kind, "before", "after", "xp_per_hour", sides[0], sides[1]))
    verdict = {"better": "helped", "worse": "made_it_worse"}.get(row["verdict"], "no_difference_shown")
    return {key: row[key] for key in ("difference", "ci", "stratified_by", "not_stratified")} | {"verdict": verdict}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()


def trust_of(decided: Sequence[dict[str, Any]]) -> float:
    """How far advice can be trusted: 1 with none tried; every one that made things worse counts against it twice."""
    helped = sum(row["verdict"] == "helped" for row in decided)
    worse = sum(row["verdict"] == "made_it_worse" for row in decided)
    return float((helped + 4) / (helped + 4 + 2 * worse))
