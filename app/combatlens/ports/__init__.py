"""What the services need from the outside, as Protocols, a file a subject; the adapters fill them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from combatlens.ports.clock import Clock
from combatlens.ports.past import History, SessionPage, SessionQuery, SortKey
from combatlens.ports.recording import (
    Control,
    Ending,
    Folder,
    Live,
    Origin,
    Overloaded,
    Receipt,
    Recorder,
    Rejection,
    Run,
)
from combatlens.ports.screen import FrameGrabber, TextLine, TextReader
from combatlens.ports.sources import EventSource, HotkeyProblem, Hotkeys, ParsedLine
from combatlens.ports.store import (
    AuditEntry,
    EventStore,
    Overtaken,
    Revision,
    RollupRows,
    RowRefused,
    SessionChange,
    SessionHead,
    Spool,
    Spooled,
    StoreAway,
    StoreRefuses,
)
from combatlens.ports.windows import Coach, SettingsStore

if TYPE_CHECKING:
    from combatlens.ports.screen import Image

__all__ = [
    "AuditEntry",
    "Clock",
    "Coach",
    "Control",
    "Ending",
    "EventSource",
    "EventStore",
    "Folder",
    "FrameGrabber",
    "History",
    "HotkeyProblem",
    "Hotkeys",
    "Image",
    "Live",
    "Origin",
    "Overloaded",
    "Overtaken",
    "ParsedLine",
    "Receipt",
    "Recorder",
    "Rejection",
    "Revision",
    "RollupRows",
    "RowRefused",
    "Run",
    "SessionChange",
    "SessionHead",
    "SessionPage",
    "SessionQuery",
    "SettingsStore",
    "SortKey",
    "Spool",
    "Spooled",
    "StoreAway",
    "StoreRefuses",
    "TextLine",
    "TextReader",
]
