"""The older sentences of Star Wars Galaxies: `Bob uses Sweep on a bantha for 120 points of damage, but it blocks it!`

The client has some 1,800 such templates; they follow the few grammars below. A number that is stated is damage done;
a sentence that names a defence and no number is a miss.
"""

from __future__ import annotations

import re

from msgspec import Struct

from combatlens.domain.skills import ATTACK


class Blow(Struct, frozen=True):
    """A sentence understood. `target` None: a line that names no attacker; `attacker` is then who was hurt."""

    attacker: str
    target: str | None
    skill: str
    damage: str = "0"
    missed: bool = False
    reason: str | None = None


_PART = r"'s? (?:torso|head|legs?|weapon|direction|mind|psyche|air flow|energy|limbs)\b"
_END = (
    rf"(?={_PART}|,| but | and | for [\d,]+ point| doing [\d,]+| inflicting | down\b| while | with a sudden"
    r"| using the | from \w+ (?:knees|feet)| from (?:kneeling|prone)| to the ground| to become| lands"
    r"| with cybernetic|[.!]+\s*$|\s*$)"
)
_T = rf"(?P<t>[^\"]+?){_END}"
_A = r"-?(?P<a>[^\"]+?)"
_FORCE = (
    rf"{_A} (?:attempts to use|uses|has used) the [Ff]orce to "
    rf"(?P<s>invade|constrict|choke|siphon energy from|siphon|knock|throw (?:several|many) pieces of junk at) {_T}"
)
_GRAMMARS: tuple[tuple[str, str], ...] = (
    (_FORCE, ""),
    (rf"{_A} attempts to (?P<s>knock|weaken|debilitate) {_T}", ""),
    (rf"{_A} uses (?:the |an? )?(?P<s>[^\"]+?) (?:on|at|against) {_T}", ""),
    (rf"{_A} executes (?P<s>[^\"]+?) on {_T}", ""),
    (rf"{_A} does an? (?P<s>[^\"]+?) (?:on|at) {_T}", ""),
    (rf"{_A} rolls forward while firing, but (?P<t>[^\"]+?)(?= blocks| counterattacks)", "Roll Shot"),
    (rf"{_A} rolls forward while firing,? (?:but misse?s? |and hits |but )?{_T}", "Roll Shot"),
    (rf"{_A} ripostes an attack and hits {_T}", "riposte"),
    (rf"{_A} returns fire and hits {_T}", "return fire"),
    (rf"{_A} is protected by a reflective barrier of the Force causing (?P<t>.+?) to be injured", "Force feedback"),
    (rf"{_A} calls lightning from the sky and hits {_T}", "lightning from the sky"),
    (rf"{_A} scores a head shot {_T}", "head shot"),
    (rf"{_A} aims for {_T}", "head shot"),
    (rf"{_A} emit(?:e)?s a (?P<s>blast wave) striking {_T}", ""),
    (r"(?P<t>[^\"]+?) is caught in (?P<a>[^\"]+?)'s (?P<s>energy wave)", ""),
    (r"(?P<t>[^\"]+?) easily evades (?P<a>[^\"]+?)'s (?P<s>[^\"]+?)\.$", ""),
    (r"You feel your lifeforce falter as (?:the )?(?P<a>.+?) drains (?P<t>you) for", "drain"),
    (r"The cavern trembles as (?:the )?(?P<a>.+?) lashes .+? strikes (?P<t>.+?) for", "falling rock"),
    (rf"{_A} (?:tries to surprise|(?:shoots(?: wildly)?|swings|charges|joins the volley of fire) at) {_T}", ATTACK),
    (rf"{_A} strafes the ground near {_T}", "strafe"),
    (rf"{_A} dives to the ground, shooting at,? {_T}", "Dive Shot"),
    (rf"{_A} shoots (?P<s>an arc of suppressing fire) in {_T}", ""),
    (
        rf"{_A} (?:fires|directs|throws|hurls|lets loose|unleashes|sprays) (?:an? |\w+self |his |her |its |their )?"
        rf"(?P<s>[^\"]+?) (?:at|towards|on|in) {_T}",
        "",
    ),
    (rf"{_A}'s (?P<s>[^\"]+?) fails to hit \w+ target, {_T}", ""),
    (rf"{_A}'s (?P<s>[^\"]+?)(?: attack)? (?:misses|hits|blasts|lands on|strikes|knocks|on) {_T}", ""),
    (rf"{_A} (?:attacks|hits|tries to hit|misses) {_T}", ATTACK),
    (r"Your? (?P<s>[^\"]+?) hits (?P<t>[^\"]+?) for(?P<a>)", ""),
)  # fmt: skip
_COMPILED = tuple((re.compile(pattern), skill) for pattern, skill in _GRAMMARS)
_DAMAGE = re.compile(r"(?<![\d,])([\d,]{1,15})(?: points?(?: of damage\b|\.?$)| (?:crushing )?damage\b)")
_DEFENCE = re.compile(
    r"\b(?:(block)s?|(counterattack)s?|(evade)s?|(dodge)s?|(duck)s?|(resist)|(miss)(?:es)?|loses (concentration)"
    r"|doesn't work)\b"
)
_MISSED = re.compile(r"\bmiss|fails to hit|n't work")
_ATTACKING = re.compile(
    r"points? of damage|\d damage|\b(?:misse?s?|blocks?|counterattacks?|evades?|dodges|ducks|resist)\b"
    r"| loses concentration|n't work|fails to hit|blinds |stuns |crushing damage| and hits "
)
_FUMBLE = re.compile(r"(?P<a>[^\"]+?) fumbles \w+ attack and does (?P<d>[\d,]{1,15}) points of damage to")
_HURT = re.compile(
    r"(?P<a>You) have triggered a mine and taken (?P<d>[\d,]{1,15}) points of damage|"
    r"(?P<b>[^\"]+?) is caught in the blast of an exploding droid and takes (?P<e>[\d,]{1,15}) damage"
)
_STATES = re.compile(
    r".* (?:snaps off a free shot|(?:stands up|kneels|lays prone|takes cover|stops fighting|slows down|goes berserk|"
    r"looks (?:dizzy|stunned|around alertly)|stops to reload|has lost cover|rallies|tumbles|fails|rescues|taunts|"
    r"braces|intends to be|is so dizzy|is no longer|has been|causes|cures|infects|attempts to|tries to|is out of range|"
    r"carefully aims|appears to be|begins to|transfers|successfully|was unable|resists the effects)\b.*)[.!]?$|"
    r"(?:You|Your|That|This|The maximum health of|The target|\+|-|>>|\.\.\.|Critical|Envy|Wisdom|Vigilance)\b.*"
)
_QUIET = re.compile(
    r".*(?:\bwounds?\b|\bcredits\b|was mitigated|\bdeaths before\b|\bharvested\b|\blots back\b|reduced by"
    r"|\bList truncated|in the last \d+ minutes| \d+ (?:strength|quickness|focus|action|mind damage),?$"
    r"| \d+ (?:attribute points|Force enhancements)\b"
    r"| and \d+ \w+ damage\.$)"
)
"""Wounds are no damage, and coins that change hands are no loot."""
_PREVENTED = re.compile(
    r"(?:Your|[^\"]+?'s) .*?\b(?:prevented|absorbed|absorbs|protects \w+ from) [\d,]{1,15} points?(?: of damage)?[.!]?$"
)
_NUMBER = re.compile(r"\d")
_NEWS = re.compile(r"\d.*\b(?:damage|experience|XP)\b|\b(?:damage|experience)\b.*\d|\b(?:slain|killed|kill|slew)\b")
"""A sentence of no known form that tells of damage, XP or a kill is not passed over in silence."""


def read(body: str) -> Blow | str:
    """A sentence -> the blow it tells of, or the name of a known shape; "" where it is unknown."""
    hurt = _HURT.match(body)
    if hurt:
        return Blow(hurt["a"] or hurt["b"], None, "explosion", hurt["d"] or hurt["e"])
    found = _FUMBLE.match(body)
    if found:
        return Blow(found["a"], found["a"], "fumble", found["d"])
    if " points" in body and _PREVENTED.match(body):
        return "absorbed"
    if _ATTACKING.search(body):
        for pattern, skill in _COMPILED:
            found = pattern.match(body)
            if found:
                return _blow(body, found, skill)
    if _QUIET.match(body):
        return "wounds, coins and effects"
    if body.startswith(("+", "-", "...")) or _STATES.match(body):
        return "" if _NEWS.search(body) else "state of combat"
    if _NUMBER.search(body) or _NEWS.search(body):
        return ""
    return "state of combat"  # a sentence without a number that nobody dies in


def _blow(body: str, found: re.Match[str], skill: str) -> Blow:
    named = (found.groupdict().get("s") or skill).removeprefix("the ").strip() or ATTACK
    damage = _DAMAGE.search(body)
    defence = _DEFENCE.search(body, found.end("t") if found.end("t") > found.end("a") else 0)
    reason = next((word for word in defence.groups() if word), "no effect") if defence else None
    amount = damage[1] if damage else "0"
    attacker = found["a"] or "You"
    missed = reason is not None and amount.strip("0,") == ""
    if damage is None and reason is None:
        missed = _MISSED.search(body) is not None
    return Blow(attacker, found["t"], named[:200], amount, missed, reason)
