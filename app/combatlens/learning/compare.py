"""Builds, weapons, modes, rotations, tags, targets and zones against each other; sessions are the unit."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from math import isfinite
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from combatlens.learning.corrections import benjamini_hochberg
from combatlens.learning.cycles import as_most_say
from combatlens.learning.history import History
from combatlens.learning.sequential import ALPHA, Contrast, contrast, sessions_until
from combatlens.learning.strata import LEAST_SESSIONS, Flags, confounders, strata_of

Column = NDArray[np.float64]
_Figures = tuple[Column, Column, Flags]
"""A metric of each session, its weight, and whether it says anything."""

LEAST_MINUTES = 5.0
"""Sessions shorter than this say nothing about a rate an hour."""

WORTH_KNOWING = 0.1
"""A difference of this share of a's figure is what `sessions_needed` is planned for, or the one seen where larger."""

PLANNED = 8
"""For so many comparisons without a verdict it is worked out how many sessions they need."""

WITHOUT = "without"
"""The a of a tag's comparison: the sessions that do not have it."""

METRICS = ("xp_per_hour", "dps", "success_rate", "deaths_per_hour")
LOWER_IS_BETTER = frozenset({"deaths_per_hour"})
KINDS = ("build", "weapon", "mode", "rotation", "tag")
ROTATIONS = 6
"""So many are compared, of those played in at least LEAST_SESSIONS: who plays freely has a new one each time."""


def members(history: History, kind: str, *, said: bool = False) -> dict[str, Flags]:
    """Of one of KINDS: value -> which sessions have it. `said`: also by tags that only came with a rating."""
    if kind == "tag":
        found: dict[str, Flags] = {}
        for i, label in enumerate(history.labels):
            for tag in (*label.tags, *label.said) if said else label.tags:
                found.setdefault(tag, np.zeros(len(history), bool))[i] = True
        return found
    numbers, codes = history.numbered(kind)
    if kind == "rotation":
        return {name: np.isin(codes, alike) for name, alike in _rotations(history).items()}
    return {name: codes == number for name, number in numbers.items() if name}


def _rotations(history: History) -> dict[str, list[int]]:
    """The rotations and the numbers of their names, what most sessions were played with first."""
    numbers, codes = history.numbered("rotation")
    counts = np.bincount(codes, minlength=len(numbers)).tolist()
    alike: dict[str, list[int]] = {}
    for name, usual in as_most_say({name: counts[number] for name, number in numbers.items() if name}).items():
        alike.setdefault(usual, []).append(numbers[name])
    sessions = {name: sum(counts[number] for number in own) for name, own in alike.items()}
    return {name: alike[name] for name in sorted(alike, key=lambda name: (-sessions[name], name))}


def _compared(history: History, kind: str) -> dict[str, Flags]:
    if kind != "rotation":
        return members(history, kind)
    codes = history.numbered(kind)[1]
    usual = {name: np.isin(codes, alike) for name, alike in islice(_rotations(history).items(), ROTATIONS)}
    return {name: held for name, held in usual.items() if held.sum() >= LEAST_SESSIONS}


class Pair(Struct, frozen=True, kw_only=True):
    """Two groups of observations in the order of play. `labels`: the session of each observation."""

    kind: str
    a: str
    b: str
    metric: str
    y: Any
    weights: Any
    is_b: Any
    sessions: Any


def comparisons(history: History) -> list[dict[str, Any]]:
    """All comparisons: in each kind the most played one (a) against each other (b). Those with a verdict first."""
    pairs = [*_session_pairs(history), *_place_pairs(history, "target"), *_place_pairs(history, "zone")]
    rows, found = [], []
    codes = confounders(history) if pairs else {}
    for pair in pairs:
        strata, held, loose = strata_of(codes, pair.kind, pair.sessions, pair.is_b)
        result = contrast(pair.y, pair.is_b, pair.weights, strata)
        rows.append(_row(pair, result, held, loose))
        found.append((pair, result))
    for metric in METRICS:
        family = [row for row in rows if row["metric"] == metric]
        for row, q in zip(family, benjamini_hochberg([row.pop("p") for row in family]), strict=True):
            row["p_adjusted"] = q
            row["verdict"] = _verdict(row, q)
    _plan(rows, found)
    rows.sort(key=lambda row: (row["verdict"] not in ("better", "worse"), row["p_adjusted"]))
    return rows


def planned(history: History, pair: Pair) -> dict[str, Any]:
    """One comparison that was planned beforehand: it needs no correction for many."""
    if not pair.is_b.any() or pair.is_b.all():
        row = _row(pair, Contrast(), (), ())
    else:
        strata, held, loose = strata_of(confounders(history), pair.kind, pair.sessions, pair.is_b)
        row = _row(pair, contrast(pair.y, pair.is_b, pair.weights, strata), held, loose)
    row["p_adjusted"] = row.pop("p")
    row["verdict"] = _verdict(row, row["p_adjusted"])
    return row


def session_pair(history: History, kind: str, a: str, b: str, metric: str, side_a: Flags, side_b: Flags) -> Pair:
    """The sessions of two sides that say something about the metric."""
    return _pair(_figures(history, metric), kind, a, b, metric, side_a, side_b)


def _figures(history: History, metric: str) -> _Figures:
    y, weights = session_figures(history, metric)
    return y, weights, (history.column("active_s") >= LEAST_MINUTES * 60) & np.isfinite(y) & (weights > 0)


def _pair(figures: _Figures, kind: str, a: str, b: str, metric: str, side_a: Flags, side_b: Flags) -> Pair:
    y, weights, usable = figures
    chosen = np.flatnonzero(usable & (side_a | side_b))
    return Pair(
        kind=kind, a=a, b=b, metric=metric, y=y[chosen], weights=_capped(weights[chosen]), is_b=side_b[chosen],
        sessions=chosen,
    )  # fmt: skip


def _row(pair: Pair, result: Contrast, held: Sequence[str], loose: Sequence[str]) -> dict[str, Any]:
    return {
        "kind": pair.kind,
        "a": pair.a,
        "b": pair.b,
        "metric": pair.metric,
        "difference": result.difference,
        "ci": list(result.ci) if result.ci else None,
        "effect_size": result.effect_size,
        "p": result.p,
        "p_adjusted": 1.0,
        "verdict": "needs_data",
        "sessions_needed": None,
        "sessions": [int((~pair.is_b).sum()), int(pair.is_b.sum())],
        "stratified_by": list(held),
        "not_stratified": list(loose),
    }


def _verdict(row: dict[str, Any], q: float) -> str:
    if q <= ALPHA and row["difference"]:
        return "better" if (row["difference"] > 0) != (row["metric"] in LOWER_IS_BETTER) else "worse"
    return "needs_data" if min(row["sessions"]) < LEAST_SESSIONS else "no_difference_shown"


def _plan(rows: list[dict[str, Any]], found: list[tuple[Pair, Contrast]]) -> None:
    """Fill in `sessions_needed` where no verdict was reached, for the first PLANNED of them."""
    left = PLANNED
    for row, (pair, result) in zip(rows, found, strict=True):
        if row["verdict"] in ("better", "worse") or not result.spread or left == 0:
            continue
        usual = abs(float(np.average(pair.y[~pair.is_b], weights=pair.weights[~pair.is_b])))
        aim = max(WORTH_KNOWING * usual, abs(result.difference or 0.0))
        more = (
            sessions_until(int(row["sessions"][0]), int(row["sessions"][1]), aim / result.spread)
            if aim
            else float("inf")
        )
        row["sessions_needed"] = int(more) if isfinite(more) else None
        left -= 1


def _session_pairs(history: History) -> list[Pair]:
    pairs = []
    figures: dict[str, _Figures] = {}
    for kind in KINDS:
        held = _compared(history, kind)
        for metric in METRICS if len(held) > (kind != "tag") else ():
            known = figures[metric] = figures.get(metric) or _figures(history, metric)
            for a, b in _against_the_usual(held, known[2], exclusive=kind != "tag"):
                side_a, name = (held[a], a) if kind != "tag" else (~held[b], WITHOUT)
                pairs.append(_pair(known, kind, name, b, metric, side_a, held[b]))
    return pairs


def _against_the_usual(members: dict[str, Flags], usable: Flags, *, exclusive: bool) -> list[tuple[str, str]]:
    """The most played value with each other one; a tag (not exclusive) with the sessions that lack it."""
    counts = {value: int((held & usable).sum()) for value, held in members.items()}
    ranked = sorted((value for value in counts if counts[value]), key=lambda value: (-counts[value], value))
    if exclusive:
        return [(ranked[0], other) for other in ranked[1:]]
    return [(value, value) for value in ranked if counts[value] < int(usable.sum())]


def session_figures(history: History, metric: str) -> tuple[Column, Column]:
    """The metric of each session, and the weight it has."""
    hours = history.column("active_s") / 3600.0
    with np.errstate(divide="ignore", invalid="ignore"):
        if metric == "xp_per_hour":
            return history.column("xp") / hours, hours
        if metric == "dps":
            return history.column("damage") / history.column("encounter_s"), history.column("encounter_s")
        if metric == "success_rate":
            return history.column("successes") / history.column("uses"), history.column("uses")
        return history.column("deaths") / hours, hours


def _place_pairs(history: History, kind: str) -> list[Pair]:
    """Targets or zones by XP per hour, an observation for each session and place."""
    observed: dict[str, tuple[NDArray[np.int32], Column, Column]] = {}
    for name, table in (history.targets if kind == "target" else history.zones).items():
        if kind == "target":
            cycle = table.moments("cycle")
            xp, hours = cycle[:, 1], cycle[:, 2] / 3600.0
        else:
            xp, hours = table.column("xp"), table.column("active_s") / 3600.0
        enough = hours >= LEAST_MINUTES / 60
        if enough.any():
            observed[name] = (table.index[enough], xp[enough] / hours[enough], hours[enough])
    ranked = sorted(observed, key=lambda name: (-len(observed[name][0]), name))
    pairs = []
    for other in ranked[1:]:
        first, second = observed[ranked[0]], observed[other]
        index = np.concatenate([first[0], second[0]])
        y, hours = np.concatenate([first[1], second[1]]), np.concatenate([first[2], second[2]])
        is_b = np.arange(len(y)) >= len(first[0])
        order = np.argsort(index, kind="stable")
        pairs.append(
            Pair(
                kind=kind,
                a=ranked[0],
                b=other,
                metric="xp_per_hour",
                y=y[order],
                weights=_capped(hours[order]),
                is_b=is_b[order],
                sessions=index[order],
            )
        )
    return pairs


def _capped(weights: Column) -> Column:
    """Short sessions count less; beyond the median length more time tells little more, since sessions differ."""
    return np.minimum(weights, np.median(weights)) if len(weights) else weights
