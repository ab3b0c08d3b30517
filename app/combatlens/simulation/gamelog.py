"""Facts as lines of a combat log, in the verbose style of the Star Wars Galaxies client (times in UTC)."""

from __future__ import annotations

from datetime import UTC, datetime

from combatlens.simulation.facts import AnyFact, Died, Earned, Hurt, Killed, Looted, Ticked, Used
from combatlens.simulation.models import ATTACK


def opening(at: float) -> str:
    """The line that a client writes at log-in; it carries the date of the lines after it. `at`: Unix seconds."""
    return f"Logging In [{datetime.fromtimestamp(at, UTC):%a %b %d %H:%M:%S %Y}] \n"


def line_of(fact: AnyFact, *, at: float, character: str) -> str:
    """One line, with its end; "" where a game writes none. `at`: Unix seconds."""
    window, sentence = _sentence(fact, character)
    return f"[{window}]  {datetime.fromtimestamp(at, UTC):%H:%M:%S} {sentence}\n" if sentence else ""


def _sentence(fact: AnyFact, who: str) -> tuple[str, str]:
    if isinstance(fact, Used):
        blow = "" if fact.skill == ATTACK else f" with {fact.skill}"
        start = f"{who} attacks {_a(fact.target)}{blow} and"
        if not fact.hit:
            return "Combat", f"{start} misses (dodge)."
        verb = "crits" if fact.critical else "hits"
        return "Combat", f"{start} {verb} for {fact.damage} points ({fact.damage} kinetic)."
    if isinstance(fact, Ticked):
        return "Combat", f"{who} has caused {_a(fact.target)} to take {fact.damage} points of {fact.name} damage."
    if isinstance(fact, Hurt):
        return (
            "Combat",
            f"{_a(fact.source, big=True)} attacks {who} and hits for {fact.amount} points ({fact.amount} kinetic).",
        )
    if isinstance(fact, Killed):
        return "Combat", f"{_a(fact.target, big=True)} is no more."
    if isinstance(fact, Died):
        return "Combat", f"You were slain by {_a(fact.cause)}. Requesting clone activation..."
    if isinstance(fact, Earned):
        return "Chat", f"You earned {fact.amount} Combat experience."
    if isinstance(fact, Looted):
        return "Chat", f"You looted {fact.coins} credits."
    return "", ""


def _a(name: str, *, big: bool = False) -> str:
    article = "an" if name[0] in "aeiou" else "a"
    return f"{article.capitalize() if big else article} {name}"
