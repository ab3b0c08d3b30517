"""`BotClient`: what a bot needs to tell CombatLens what it does. Standard library only.

    from combatlens.api.client import BotClient

    with BotClient(character="Ana") as lens:
        lens.skill("headshot", damage=400, xp=255, target="krayt")
        lens.kill("krayt", xp=100)

No call waits for the network, none raises because CombatLens does not run, and no event is lost: each stands in a
file of the inbox before the call returns, and leaves it when CombatLens has committed it.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from collections.abc import Callable, Iterable, Mapping
from types import TracebackType
from typing import Any
from urllib.parse import quote

from combatlens.adapters.home import home_folder
from combatlens.api.courier import Courier, Rejected
from combatlens.api.link import ask, find_instance
from combatlens.identity import new_id

MAX_EVENT_BYTES = 256 * 1024


class BotClient:
    """Sends events to the CombatLens of `home` (default: COMBATLENS_HOME, else the platform's user-data folder).

    Any method takes every further field of its event as a keyword: `at` (Unix seconds, or ISO 8601 with a zone;
    default: now), `id`, `character`, `meta`, `actor`, `owner` and so on. Those that send return the event's id.
    `on_rejected(event, reason)` runs on the client's thread for an event that CombatLens refused.
    """

    def __init__(
        self,
        home: str | os.PathLike[str] | None = None,
        *,
        character: str | None = None,
        on_rejected: Rejected | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._home = home_folder(home)
        self._character = character
        self._clock = clock
        self._courier = Courier(self._home, on_rejected)
        atexit.register(self.close)

    def __enter__(self) -> BotClient:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, event: Mapping[str, Any]) -> str:
        """Send any event of the contract. Raises ValueError or TypeError for what JSON cannot hold."""
        whole = {key: value for key, value in event.items() if value is not None}
        now = self._clock()
        whole.setdefault("id", new_id(now))
        whole.setdefault("at", round(now, 6))
        if self._character is not None:
            whole.setdefault("character", self._character)
        line = json.dumps(whole, separators=(",", ":"), allow_nan=False, default=_plain).encode() + b"\n"
        if len(line) > MAX_EVENT_BYTES:
            raise ValueError(f"an event of {len(line)} bytes; the limit is {MAX_EVENT_BYTES}")
        self._courier.put(line)
        return str(whole["id"])

    def _send(self, kind: str, more: Mapping[str, Any], **fields: Any) -> str:
        return self.send({"type": kind, **fields, **more})

    def skill(self, skill: str, damage: float = 0, xp: float = 0, success: bool = True, **more: Any) -> str:
        """One use of a skill. More: target, critical, periodic, duration_ms, error."""
        return self._send("skill", more, skill=skill, damage=damage, xp=xp, success=success)

    def kill(self, target: str | None = None, xp: float = 0, **more: Any) -> str:
        return self._send("kill", more, target=target, xp=xp)

    def death(self, cause: str | None = None, **more: Any) -> str:
        return self._send("death", more, cause=cause)

    def xp(self, value: float | None = None, *, percent: float | None = None, **more: Any) -> str:
        """A reading of the XP counter: absolute `value` or `percent` of the level. More: needed, level, confidence."""
        return self._send("xp", more, value=value, percent=percent)

    def xp_gain(self, amount: float | None = None, *, percent: float | None = None, **more: Any) -> str:
        """XP that was gained. More: xp_type, skill, target."""
        return self._send("xp_gain", more, amount=amount, percent=percent)

    def damage_taken(self, amount: float, source: str | None = None, **more: Any) -> str:
        return self._send("damage_taken", more, amount=amount, source=source)

    def heal(self, amount: float, target: str | None = None, **more: Any) -> str:
        return self._send("heal", more, amount=amount, target=target)

    def action(self, name: str, success: bool = True, **more: Any) -> str:
        """What the bot does besides fighting: travel, loot, buff. More: duration_ms, error."""
        return self._send("action", more, name=name, success=success)

    def loot(self, item: str, count: float = 1, value: float | None = None, **more: Any) -> str:
        return self._send("loot", more, item=item, count=count, value=value)

    def expense(self, amount: float, item: str | None = None, **more: Any) -> str:
        return self._send("expense", more, amount=amount, item=item)

    def context(self, **fields: Any) -> str:
        """Where and how it plays: zone, mode, build, weapon, level, boost, party_size, tags, quest."""
        return self._send("context", fields)

    def attempt(self, goal: str, steps: Iterable[str], success: bool, **more: Any) -> str:
        """Something that was tried. More: errors, error_pattern, fix_applied, attempt_number."""
        return self._send("attempt", more, goal=goal, steps=list(steps), success=success)

    def feedback(self, rating: int, text: str | None = None, tags: Iterable[str] = (), **more: Any) -> str:
        return self._send("feedback", more, rating=rating, text=text, tags=list(tags))

    def decision(self, recommendation_id: str, decision: str, notes: str | None = None, **more: Any) -> str:
        """What became of advice: accepted, modified or rejected."""
        return self._send("decision", more, recommendation_id=recommendation_id, decision=decision, notes=notes)

    def mark(self, label: str, **more: Any) -> str:
        return self._send("mark", more, label=label)

    def session_start(self, session_id: str | None = None, **more: Any) -> str:
        """More: mode, build, zone, notes."""
        return self._send("session", more, op="start", session_id=session_id)

    def session_pause(self, reason: str | None = None, **more: Any) -> str:
        return self._send("session", more, op="pause", reason=reason)

    def session_resume(self, **more: Any) -> str:
        return self._send("session", more, op="resume")

    def session_end(self, notes: str | None = None, **more: Any) -> str:
        return self._send("session", more, op="end", notes=notes)

    def status(self, timeout: float = 0.05) -> dict[str, Any] | None:
        """The live status; None when no instance answers within `timeout` seconds."""
        return self._ask("/v1/status", timeout)

    def recommendations(self, timeout: float = 0.05) -> list[dict[str, Any]] | None:
        """Advice; None when no instance answers within `timeout` seconds."""
        answer = self._ask("/v1/recommendations", timeout)
        return None if answer is None else answer["recommendations"]

    @property
    def stats(self) -> dict[str, int]:
        """What became of the events so far: accepted, duplicates, rejected, to_inbox, pending."""
        return {**self._courier.counts, "pending": self._courier.pending}

    def flush(self, timeout: float = 5.0) -> bool:
        """Wait until every event is committed or left to the inbox. False when `timeout` seconds were not enough."""
        return self._courier.flush(timeout)

    def close(self, timeout: float = 2.0) -> None:
        """Send what is pending, leave the rest to the inbox. `with` and the end of the process do it by themselves."""
        atexit.unregister(self.close)
        self._courier.close(timeout)

    def _ask(self, path: str, timeout: float) -> dict[str, Any] | None:
        address = find_instance(self._home)
        if address is None:
            return None
        if self._character is not None:
            path += f"?character={quote(self._character, safe='')}"
        return ask(address, path, timeout=timeout)


def _plain(value: Any) -> Any:
    """numpy's numbers and arrays, enums and times, as JSON knows them."""
    for name in ("item", "tolist", "isoformat"):
        convert = getattr(value, name, None)
        if callable(convert):
            return convert()
    raise TypeError(f"{type(value).__name__} is nothing that JSON can hold")
