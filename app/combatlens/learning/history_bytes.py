"""A history as bytes, to be kept, and back."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from msgspec import Struct

from combatlens.learning.columns import Table
from combatlens.learning.history import LAYOUT, GramTotals, History, Labels
from combatlens.learning.session_record import STATS_VERSION


class _Packed(Struct, array_like=True):
    version: int
    labels: tuple[Labels, ...]
    sessions: memoryview
    tables: dict[str, dict[str, tuple[memoryview, memoryview]]]
    gaps: dict[str, tuple[float, ...]]
    grams: dict[str, GramTotals]
    decisions: list[tuple[str, str, float]]


def pack(history: History) -> bytes:
    """As MessagePack, laid out by hand, so that the rows are copied once; `_Packed` reads it."""
    encode = msgspec.msgpack.encode
    parts: list[bytes | memoryview] = [b"\x97", encode(STATS_VERSION), encode(history.labels)]
    parts += _binary(history.sessions.packed()[1] if len(history) else [])
    parts.append(_map_of(len(history.tables)))
    for kind, entries in history.tables.items():
        parts += [encode(kind), _map_of(len(entries))]
        for name, table in entries.items():
            index, rows = table.packed()
            parts += [encode(name), b"\x92", *_binary(index), *_binary(rows)]
    parts += [encode(history.gaps), encode(history.grams), encode(history.decisions)]
    return b"".join(parts)


def _map_of(size: int) -> bytes:
    return b"\xdf" + size.to_bytes(4, "big")


def _binary(pieces: Sequence[memoryview]) -> list[bytes | memoryview]:
    return [b"\xc6" + sum(len(piece) for piece in pieces).to_bytes(4, "big"), *pieces]


def unpack(raw: bytes) -> History | None:
    """None where it was packed by another version, or is broken: it is built anew from the sessions then."""
    try:
        packed = msgspec.msgpack.decode(raw, type=_Packed)
    except msgspec.MsgspecError:
        return None
    if packed.version != STATS_VERSION:
        return None
    history = History()
    history.labels = packed.labels
    if packed.labels:  # numpy cannot shape nothing
        rows = np.frombuffer(packed.sessions).reshape(len(packed.labels), -1)
        history.sessions = history.sessions.extended(np.arange(len(packed.labels), dtype=np.int32), rows)
    for kind, entries in packed.tables.items():
        for name, (index, table) in entries.items():
            numbers = np.frombuffer(index, np.int32)
            rows = np.frombuffer(table).reshape(len(numbers), -1)
            history.tables[kind][name] = Table(*LAYOUT[kind], [(numbers, rows)])
    history.gaps, history.grams, history.decisions = packed.gaps, packed.grams, packed.decisions
    return history
