"""A trial: the user says what to compare, the app says how long it takes, which side is next, and when it knows.

Only sessions that began after the trial was set count: who picks two builds because one did better so far would find
what chance brought about. The test may be looked at after every session (`sequential`): of trials of two equal sides at
most 5 % are ever decided.
"""

from __future__ import annotations

from math import isfinite
from typing import Any, Literal

import numpy as np
from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.words import counted
from combatlens.learning.compare import (
    KINDS,
    LEAST_MINUTES,
    METRICS,
    WITHOUT,
    members,
    planned,
    session_figures,
    session_pair,
)
from combatlens.learning.cycles import cycle
from combatlens.learning.history import History
from combatlens.learning.sequential import sessions_until
from combatlens.learning.strata import Flags

LEAST_TO_PLAN = 4
WORDS = {"xp_per_hour": "XP per hour", "dps": "damage per second", "success_rate": "rate of success",
         "deaths_per_hour": "deaths per hour"}  # fmt: skip
State = Literal["running", "decided", "no_such_difference"]


class Trial(Struct, frozen=True, kw_only=True):
    """`b` is tried against `a`, values of `kind` (one of compare.KINDS). Of a tag `a` is "without".

    `difference`: the share of a's figure that is worth knowing. `created_at`: Unix seconds. "" as `character`: all.
    """

    trial_id: str
    kind: str
    a: str
    b: str
    metric: str = "xp_per_hour"
    difference: float = 0.1
    created_at: float = 0.0
    character: str = ""


def make_trial(
    trial_id: str, kind: str, a: str, b: str, *, metric: str, difference: float, now: float, character: str = ""
) -> Trial:
    """Raises EnvironmentFault for what cannot be compared."""
    if kind not in KINDS:
        raise EnvironmentFault(f"{kind!r} cannot be compared", f"choose one of {', '.join(KINDS)}")
    if metric not in METRICS:
        raise EnvironmentFault(f"there is no metric {metric!r}", f"choose one of {', '.join(METRICS)}")
    if not 0.01 <= difference <= 1.0:
        raise EnvironmentFault(f"a difference of {difference:.0%} cannot be planned for", "choose 1 % to 100 %")
    a, b = a.strip(), b.strip()
    if kind == "tag" and WITHOUT in (a, b):
        a, b = WITHOUT, b if a == WITHOUT else a
    if not a or not b or a == b or (kind == "rotation" and cycle(a) == cycle(b)):
        raise EnvironmentFault("a trial needs two different sides", f"name two values of {kind}")
    return Trial(
        trial_id=trial_id, kind=kind, a=a, b=b, metric=metric, difference=difference, created_at=now,
        character=character,
    )  # fmt: skip


def trial_state(history: History, trial: Trial) -> dict[str, Any]:
    """How a trial stands: a JSON-able object.

    `sessions`: of a and b since the trial began. `sessions_more`: how many more, taking turns, until a true
    `difference` would be known, in the median; None where too little was played to say, or it would take too long.
    `state`: "decided" is for good; "no_such_difference": one so large would have been found by now in most cases.
    """
    side_a, side_b = (_side(history, trial, name) for name in (trial.a, trial.b))
    mine = np.array([trial.character in ("", label.character) for label in history.labels], bool)
    since = mine & (history.column("start") >= trial.created_at)
    pair = session_pair(history, trial.kind, trial.a, trial.b, trial.metric, side_a & since, side_b & since)
    row = planned(history, pair)
    n_a, n_b = row["sessions"]
    decided = row["verdict"] in ("better", "worse")
    more, usual = _more(history, trial, n_a, n_b, (side_a & mine, side_b & mine, mine))
    state: State = "decided" if decided else "no_such_difference" if more == 0 else "running"
    found = {
        "trial_id": trial.trial_id, "kind": trial.kind, "a": trial.a, "b": trial.b, "metric": trial.metric,
        "difference": trial.difference, "character": trial.character, "created_at": trial.created_at,
        "sessions": [n_a, n_b], "state": state, "sessions_more": None if decided else more,
        "next": None if decided else (trial.a if n_a <= n_b else trial.b), "usual": usual, "comparison": row,
    }  # fmt: skip
    return {**found, "message": trial_words(found)}


def _side(history: History, trial: Trial, name: str) -> Flags:
    held = members(history, trial.kind, said=True)
    if trial.kind == "tag" and name == WITHOUT:
        return ~held[trial.b] if trial.b in held else np.ones(len(history), bool)
    if trial.kind == "rotation":
        name = next((known for known in held if cycle(known) == cycle(name)), name)
    return held.get(name, np.zeros(len(history), bool))


def _more(
    history: History, trial: Trial, n_a: int, n_b: int, sides: tuple[Flags, Flags, Flags]
) -> tuple[int | None, float | None]:
    """`sessions_more`, and a's usual figure. From all that was ever played of the better known side; where that is too
    little, from everything: how far sessions differ is much the same."""
    y, weights = session_figures(history, trial.metric)
    usable = (history.column("active_s") >= LEAST_MINUTES * 60) & np.isfinite(y) & (weights > 0)
    of_a, of_b, of_all = (y[usable & side] for side in sides)
    past = of_a if len(of_a) >= len(of_b) else of_b
    if len(past) < LEAST_TO_PLAN:
        past = of_all
    usual = float(of_a.mean()) if len(of_a) else None
    if len(past) < LEAST_TO_PLAN or not past.std(ddof=1) > 0:
        return None, usual
    found = sessions_until(n_a, n_b, trial.difference * float(abs(past.mean()) / past.std(ddof=1)))
    return (int(found) if isfinite(found) else None), usual


def trial_words(state: dict[str, Any]) -> str:
    """A trial's state in a sentence or two."""
    row, metric = state["comparison"], WORDS[state["metric"]]
    a, b = state["a"], f"with {state['b']}" if state["kind"] == "tag" else state["b"]
    if state["state"] == "decided":
        share = f" ({_percent(row['difference'] / state['usual'], '+.0f')})" if state["usual"] else ""
        low, high = (_amount(bound, state["metric"]) for bound in row["ci"])
        told = f"{b} is {row['verdict']} than {a}: {_amount(row['difference'], state['metric'])} {metric}{share}, "
        return told + f"95 % between {low} and {high}{_held(row)}"
    n_a, n_b = state["sessions"]
    played = f"{n_a} + {n_b} sessions so far"
    if state["state"] == "no_such_difference":
        return f"{played}: a difference of {_percent(state['difference'])} would most likely have been found by now"
    if state["sessions_more"] is None:
        return f"{played}; how many more it takes cannot be said yet, or it takes hundreds; next: {state['next']}"
    more = state["sessions_more"]
    words = f"about {counted(more, 'more session')}"
    return f"{played}; {words} until a difference of {_percent(state['difference'])} is known; next: {state['next']}"


def _percent(share: float, shape: str = ".0f") -> str:
    return f"{share * 100:{shape}} %"


def _amount(value: float, metric: str) -> str:
    if metric == "success_rate":
        return _percent(value, "+.1f")
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.2f}"


def _held(row: dict[str, Any]) -> str:
    held = f"; held equal: {', '.join(row['stratified_by'])}" if row["stratified_by"] else ""
    loose = (
        f"; differed and could not be held equal: {', '.join(row['not_stratified'])}" if row["not_stratified"] else ""
    )
    return (held + loose).replace("party_size", "group size")
