"""EverQuest lines that carry no event: what kind of talk each is.

A line with a number and a word of combat or of gain that nobody knows stays unknown, for it might be news.
"""

from __future__ import annotations

import re

_KINDS: tuple[tuple[str, str], ...] = (
    (
        r".*\bbegins? (?:casting|singing|to cast|reciting|to change|to memoriz)|Beginning to (?:memorize|scribe)",
        "casting",
    ),
    (
        r".*\b(?:become better at|can now use|have learned|improved|gained the ability|activate|memorizing|forget)\b",
        "skill",
    ),
    (r"Your faction standing", "faction"),
    (r".+ (?:says?|told|tells?|shouts?|auctions?|say)\b.*'", "chat"),
    (r".*(?:spell (?:is interrupted|fizzles|has worn off|did not take hold)|target does not meet)", "spell"),
    (
        r".* (?:ha(?:s|ve) shielded .+ from \d+ points? of damage|absorbed \d+ of \d+ points? of damage)"
        r"|.*magical skin absorbs the damage of ",
        "absorbed",
    ),
    (r".+ performs? an exceptional heal!", "critical"),
    (r"\[(?:\d+|ANONYMOUS)\b|Players on EverQuest|-{5,}|There (?:is|are) ", "who"),
    (r".*\b(?:group|raid|guild)\b", "group"),
    (r".*(?:regards|scowls|glares|glowers|looks|judges|kindly|considers) .*(?:-- |you )", "consider"),
    (r"The master looter, \w+, looted |You received? \d+ (?:platinum|gold|silver|copper)[^.]* from \w+\.$", "trade"),
    (r"\*+|LOADING|Welcome to|It will take|MESSAGE OF THE DAY|Targeted|You (?:can't|cannot|can not|must)\b", "message"),
    (
        r".*(?:You now have|takes? \d+ (?:more )?seconds|creating instance|\d+(?:st|nd|rd|th)|pg\. \d|\+\d+\b)",
        "message",
    ),
)
_COMPILED = tuple((re.compile(pattern), kind) for pattern, kind in _KINDS)
_NUMBER = re.compile(r"\d")
_NEWS = re.compile(
    r"damage|hit points?|heal|slain|kill|die|experience|absor|health|\bmana\b|\blevels?\b|platinum|gold|silver|copper"
    r"|loot|critical|blow",
    re.IGNORECASE,
)


def shape_of_talk(body: str) -> str:
    """A line -> its kind; "" where it is unknown, holds a number and may tell of a fight or a gain."""
    for pattern, kind in _COMPILED:
        if pattern.match(body):
            return kind
    return "" if _NUMBER.search(body) and _NEWS.search(body) else "message"
