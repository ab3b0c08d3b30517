"""Whether a session's rollups equal a recount of its events."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from combatlens.adapters.storage import rows
from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.domain import fold_view
from combatlens.domain.fold import FoldRules
from combatlens.domain.records import SessionDetail
from combatlens.domain.refold import effective, fold_all
from combatlens.learning.told import told
from combatlens.ports import SessionHead


def differences(store: SqlStore, history: SqlHistory, head: SessionHead, rules: FoldRules) -> Iterator[str]:
    """What differs between the kept rollups and the recount, in words. Pruned sessions are passed over."""
    if head.pruned:
        return
    records, links = store.records(head.session_id), store.links(head.session_id)
    fold = fold_all(records, links, head.start, head.character, rules)
    if head.end is not None:
        fold.finish(head.end)
    counted = fold_view.detail(fold, head.session_id, head.profile, head.state, head.end)
    closed = head.end is not None
    columns, heard = history.kept(head.session_id)
    kept = {**_plain(history.detail(head.session_id), closed=closed), **_named(columns), "told": heard}
    found = {**_plain(counted, closed=closed), **_named(rows.session_row(head, counted.summary)), "told": None}
    if heard is not None:
        found["told"] = told(effective(records, links))
    for key, value in found.items():
        if kept[key] != value:
            yield f"{key} is kept as {_short(kept[key])}, a recount gives {_short(value)}"


def _plain(detail: SessionDetail, *, closed: bool) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(detail)
    summary: dict[str, Any] = found.pop("summary")
    for edited in ("notes", "rating"):
        summary.pop(edited)
    if not closed:
        found["encounters"] = []
        for skill in summary["skills"].values():
            for derived in ("occupied_s", "damage_per_second", "xp_per_minute"):
                skill.pop(derived)
    return {**summary, **found}


_COLUMNS = ("active_s", "xp", "xp_per_hour", "kills", "deaths", "damage", "mode", "build", "zone", "events")


def _named(row: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of `sessions` that are counted, of which lists and sums are made."""
    return {f"the column {name}": row[name] for name in _COLUMNS}


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "…"
