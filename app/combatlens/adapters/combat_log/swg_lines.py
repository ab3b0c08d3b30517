"""Where a line of Star Wars Galaxies bears its chat window and its time.

A line may begin with its window (`[Combat]`), a time, both in either order, or nothing; days come from
`Logging In [date]`.
"""

from __future__ import annotations

import re
from typing import Any

from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect, Said
from combatlens.adapters.combat_log.times import MONTHS, clock_face, local_day, plain_face

_LOGIN = re.compile(r"Logging In \[\w{3} (\w{3}) +(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})\]")
PERFORM_S = 3.0
"""So long after `Bob performs Sweep` the blow that is told is that use's."""


class SwgLines(LineDialect):
    """Takes lines apart. Subclasses read what is left."""

    name = "swg"

    def __init__(self, setup: LogSetup) -> None:
        super().__init__(setup)
        self._clock_text, self._local = "", 0.0
        self._prefix, self._prefix_chat = "", False
        """What stood before the last line's text, time and window; the next line's is mostly the same."""
        self._lead, self._gap = "", ""
        """The same before and behind the time."""
        self._framed = False
        self._naked = False
        self._performed: dict[tuple[str, str], float] = {}
        self._chat = False
        self._tables: tuple[tuple[dict[str, Said], ...], ...] = (self._said, {}), ({}, {})
        """What bodies say: within a window of chat or not, and then while somebody performs a skill or not. While
        somebody does, the blows of skills are not kept."""

    def _forget(self) -> None:
        for table in (*self._tables[False], *self._tables[True]):
            table.clear()

    def state(self) -> dict[str, Any]:
        performed = [[*key, at] for key, at in self._performed.items()]
        return super().state() | {"day": self._days.state(), "framed": self._framed, "performed": performed}

    def restore(self, state: dict[str, Any]) -> None:
        super().restore(state)
        self._days.restore(state.get("day"))
        self._clock_text = self._prefix = ""
        self._framed = bool(state.get("framed", False))
        self._performed = {(who, what): at for who, what, at in state.get("performed", ())}

    def split(self, line: str) -> tuple[float | None, str]:
        if self._prefix and (line.startswith(self._prefix) or self._goes_on(line)):
            rest = line[len(self._prefix) :]
            if rest and rest[0] != "[" and not rest[0].isspace():
                self._chat, self._naked = self._prefix_chat, False
                self._recalled = self._tables[self._chat][bool(self._performed)]
                return self._local, rest
        self._recalled = None
        rest, framed = line, False
        self._chat = False
        if rest.startswith("["):
            end = rest.find("]")
            if 1 < end < 32 and rest[1].isalpha() and not rest.startswith("[GROUP]"):
                self._chat = not rest.startswith("[Combat")
                rest, framed = rest[end + 1 :].lstrip(), True
        local = None
        if rest[2:3] == ":" and rest[5:6] == ":":
            local = self._local if rest[:8] == self._clock_text else self._face(rest[:8])
            if local is not None:
                begin = len(line) - len(rest)
                rest, framed = rest[8:].lstrip(), True
                if rest.startswith(("[Combat", "[Chat")) and "]" in rest[:32]:
                    self._chat = not rest.startswith("[Combat")
                    rest = rest[rest.index("]") + 1 :].lstrip()
                self._prefix, self._prefix_chat = line[: len(line) - len(rest)], self._chat
                self._lead, self._gap = self._prefix[:begin], self._prefix[begin + 8 :]
        elif rest.startswith("Logging In ["):
            self._login(rest)
            return None, rest
        self._naked = not framed
        self._framed = self._framed or framed
        if framed and not rest.startswith(("[Combat", "[Chat")):  # else the same words may begin another line's window
            self._recalled = self._tables[self._chat][bool(self._performed)]
        return local, rest

    def _standing(self) -> tuple[str, dict[str, Said] | None]:
        return self._prefix, self._tables[self._prefix_chat][bool(self._performed)] if self._prefix else None

    def _goes_on(self, line: str) -> bool:
        """Whether a line begins as the one before, but for its time."""
        begin = len(self._lead)
        text = line[begin : begin + 8]
        if not (
            line.startswith(self._gap, begin + 8) and line.startswith(self._lead)
            and text[2:3] == text[5:6] == ":" and self._gap and line[len(self._prefix) : len(self._prefix) + 1] > " "
            and line[len(self._prefix)] != "[" and self._face(text) is not None
        ):  # fmt: skip
            return False
        self._prefix = line[: len(self._prefix)]
        return True

    def stands_alone(self, line: str) -> bool:
        return _LOGIN.match(line) is not None or super().stands_alone(line)

    def _face(self, text: str) -> float | None:
        face = plain_face(text)
        if face is None and (text[:2] + text[3:5] + text[6:]).isdecimal():
            face = clock_face(text[:2], text[3:5], text[6:])
        if face is None:
            return None
        self._clock_text, self._local = text, self._days.local(face)
        return self._local

    def _advance(self, local: float) -> None:
        super()._advance(local)
        if self._performed:
            self._performed = {key: at for key, at in self._performed.items() if abs(self.at - at) <= PERFORM_S}

    def _login(self, text: str) -> None:
        found = _LOGIN.match(text)
        month = MONTHS.get(found[1]) if found else None
        if found is None or month is None:
            return
        day, face = local_day(int(found[6]), month, int(found[2])), clock_face(found[3], found[4], found[5])
        if day is not None and face is not None:
            self._days.anchor(day + face)
            self._clock_text = self._prefix = ""
            self._advance(day + face)
