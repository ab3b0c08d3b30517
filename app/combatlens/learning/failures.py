"""Known failures: how the text of an error tells which one it was, why it happens and what helps."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.known_failures import CODE, GAME, ErrorPattern

KNOWN = (*CODE, *GAME)
"""The eleven of the code kind belong to their language; the games' messages are known in every profile."""

_LANGUAGES = frozenset(p.only for p in CODE)


def user_patterns(table: Mapping[str, Any], origin: str = "the profile") -> tuple[ErrorPattern, ...]:
    """The user's own from a profile's `[analysis.error_patterns.<name>]`: `match`, and `why` and `fix` where given.

    Raises EnvironmentFault for one that cannot be used.
    """
    found = []
    for name, entry in table.items():
        if not isinstance(entry, Mapping) or not isinstance(entry.get("match"), str):
            raise EnvironmentFault(f"error_patterns.{name} in {origin} has no `match`", "give it a regular expression")
        try:
            re.compile(entry["match"])
        except re.error as error:
            raise EnvironmentFault(f"error_patterns.{name} in {origin}: {error}", "mend the expression") from error
        found.append(ErrorPattern(name, entry["match"], str(entry.get("why", "")), str(entry.get("fix", ""))))
    return tuple(found)


def recognise(errors: Iterable[str], profile: str, own: Sequence[ErrorPattern] = ()) -> str | None:
    """The name of the failure that the errors tell of: the user's own first, then the profile's, then the games'.

    A failure that nobody knows is named after its text, numbers and quoted names aside, so that it is
    recognised when it comes again. None without an error.
    """
    texts = [text for text in errors if text.strip()]
    known = [p for p in KNOWN if p.only == profile]
    if profile not in _LANGUAGES:
        known = [p for p in KNOWN if not p.only]
    for pattern in (*own, *known):
        if any(_compiled(pattern.match).search(text) for text in texts):
            return pattern.name
    return _named_after(texts[0]) if texts else None


def known_pattern(name: str, own: Sequence[ErrorPattern] = ()) -> ErrorPattern | None:
    """The known failure of this name; the user's own words come first."""
    return next((p for p in (*own, *KNOWN) if p.name == name), None)


@lru_cache(maxsize=512)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.IGNORECASE)


def _named_after(text: str) -> str:
    plain = re.sub(r"\"[^\"]*\"|'[^']*'|\d+\w*", " ", text.lower())
    words = re.findall(r"[^\W_]+", plain)[:6]
    return "other_" + ("_".join(words)[:60] or "unnamed")
