"""`SessionMonitor`: a bot's tools, the scripts it writes and how satisfied its user was, as events of a session.

    monitor = SessionMonitor()
    monitor.start_session("night_run", {"task": "farm hides", "build": "rifleman"})
    monitor.log_tool_usage("pathfinder", success=True, exec_time=150)
    monitor.log_code_generation("rotation.lua", "rotation", code="headshot\nburst_fire")
    monitor.end_session(5, "ran all night", ["farming"])

A tool used is an `action`, a macro or rotation script an `attempt` whose steps are its lines, the user's word is
`feedback`. They travel through a `BotClient`: nothing waits for CombatLens, nothing is lost while it does not run.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any

from combatlens.api.client import BotClient

SESSION_FIELDS = ("mode", "build", "zone", "notes")
MAX_META_BYTES = 4096


class SessionMonitor:
    """Monitors one session at a time. `client` is used as given and not closed; else one is made for `home`."""

    def __init__(
        self,
        client: BotClient | None = None,
        *,
        home: str | os.PathLike[str] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._client = client or BotClient(home, clock=clock)
        self._owns_client = client is None
        self._clock = clock
        self._session_id: str | None = None
        self._uses: list[tuple[bool, float | None]] = []
        self._scripts: list[bool] = []

    def __enter__(self) -> SessionMonitor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start_session(self, session_id: str | None = None, context: Mapping[str, Any] | None = None) -> str:
        """Start a session and return its id.

        Of `context`, mode, build, zone and notes are kept as such, the rest as meta, up to 4 KiB; else ValueError.
        """
        name = session_id or f"session_{int(self._clock())}"
        known = {key: value for key, value in (context or {}).items() if key in SESSION_FIELDS}
        rest = {key: value for key, value in (context or {}).items() if key not in SESSION_FIELDS}
        self._client.session_start(name, meta=_meta(rest), **known)
        self._session_id = name
        self._uses.clear()
        self._scripts.clear()
        return name

    def log_tool_usage(
        self, tool_name: str, success: bool = True, exec_time: float | None = None, error: str | None = None
    ) -> str:
        """A tool of the bot was used. `exec_time` in milliseconds. Returns the event's id."""
        self._uses.append((success, exec_time))
        return self._client.action(tool_name, success, duration_ms=exec_time, error=error)

    def log_code_generation(
        self,
        file_path: str,
        gen_type: str,
        code: str = "",
        context: Mapping[str, Any] | None = None,
        *,
        accepted: bool = True,
        modified: bool = False,
        time_to_accept: float | None = None,
    ) -> str:
        """A macro or rotation script was written.

        `gen_type` is a word such as macro, rotation or config; `time_to_accept` in seconds. Returns the event's id.
        Raises ValueError for a context over 4 KiB.
        """
        steps = [line.strip() for line in code.splitlines() if line.strip()]
        about = {
            "file": str(file_path),
            "generation_type": gen_type,
            "lines": len(steps),
            "modified": modified,
            "time_to_accept_s": time_to_accept,
            **(context or {}),
        }
        self._scripts.append(accepted)
        return self._client.attempt(f"{gen_type}: {file_path}"[-200:], steps, accepted, meta=_meta(about))

    def end_session(
        self, feedback_rating: int | None = None, feedback_text: str | None = None, tags: Iterable[str] = ()
    ) -> dict[str, Any]:
        """End the session, with the user's word on it (1 to 5), and return what was logged in it.

        Raises ValueError for another rating, RuntimeError when no session was started.
        """
        if self._session_id is None:
            raise RuntimeError("no session was started; call start_session first")
        if feedback_rating is not None:
            if feedback_rating not in range(1, 6):
                raise ValueError(f"a rating is 1 to 5, not {feedback_rating!r}")
            self._client.feedback(feedback_rating, feedback_text, tags)
        elif feedback_text:
            self._client.mark(feedback_text[:200])
        self._client.session_end()
        self._client.flush()
        told = self._told(feedback_rating)
        self._session_id = None
        return told

    def close(self) -> None:
        """Let go of the client, if it was made here. Happens by itself at the end of the process."""
        if self._owns_client:
            self._client.close()

    def _told(self, rating: int | None) -> dict[str, Any]:
        times = [spent for _, spent in self._uses if spent is not None]
        good = sum(success for success, _ in self._uses)
        return {
            "session_id": self._session_id,
            "tools_used": len(self._uses),
            "success_rate": good / len(self._uses) if self._uses else None,
            "average_time_ms": sum(times) / len(times) if times else None,
            "code_generated": len(self._scripts),
            "acceptance_rate": sum(self._scripts) / len(self._scripts) if self._scripts else None,
            "feedback_rating": rating,
        }


def _meta(about: Mapping[str, Any]) -> dict[str, Any] | None:
    kept = {key: value for key, value in about.items() if value is not None}
    size = len(json.dumps(kept, default=str).encode())
    if size > MAX_META_BYTES:
        raise ValueError(f"a context of {size} bytes; the limit is {MAX_META_BYTES}")
    return kept or None
