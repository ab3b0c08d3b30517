"""Whether a session's rollups equal a recount of its events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from combatlens.adapters.storage.reading import SqlHistory
from combatlens.adapters.storage.store import SqlStore
from combatlens.domain import fold_view
from combatlens.domain.fold import FoldRules
from combatlens.domain.records import SessionDetail
from combatlens.domain.refold import fold_all
from combatlens.ports import SessionHead


def recount(store: SqlStore, head: SessionHead, rules: FoldRules) -> SessionDetail:
    """The session's detail from its events alone."""
    fold = fold_all(store.records(head.session_id), store.links(head.session_id), head.start, head.character, rules)
    if head.end is not None:
        fold.finish(head.end)
    return fold_view.detail(fold, head.session_id, head.profile, head.state, head.end)


def differences(store: SqlStore, history: SqlHistory, head: SessionHead, rules: FoldRules) -> Iterator[str]:
    """What differs between the kept rollups and the recount, in words. Pruned sessions are passed over."""
    if head.pruned:
        return
    kept = _plain(history.detail(head.session_id), closed=head.end is not None)
    counted = _plain(recount(store, head, rules), closed=head.end is not None)
    for key in counted:
        if kept[key] != counted[key]:
            yield f"{key} is kept as {_short(kept[key])}, a recount gives {_short(counted[key])}"


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


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 120 else text[:117] + "…"
