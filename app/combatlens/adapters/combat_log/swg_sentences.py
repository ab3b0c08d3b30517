"""The sentences of Star Wars Galaxies' chat log. The older ones are in `swg_classic`."""

from __future__ import annotations

import re

TERSE = re.compile(
    r"(?P<a>[^\"]+?) (?P<v>hits|crits|critically hits|glances|strikes through|punishes|punishing blows)"
    r"(?: \((?P<n>[^)]*)\))? (?P<t>[^\"]+) (?P<d>[\d,]{1,15}) pts\.?$"
)
DEFENCE = re.compile(r" \((?:\d+% )?(?:evaded|blocked|dodged|parried|countered|glanced)\)$")
"""A note that some clients put behind the target."""
MISS = re.compile(r"(?P<a>(?:(?! but\b| and\b|,)[^\"])+?) misses(?: (?P<t>[^\"(]+?))?(?: \((?P<n>[^)]*)\))?[.!]?$")
VERBOSE = re.compile(
    r"(?P<a>[^\"]+?) attacks? (?P<t>[^\"]+?)(?: (?P<w>with|using) (?P<s>.+?))?(?:\.|,)? ?[Aa]nd "
    r"(?P<v>(?:critically )?hits?|crits?|glances?|strikes? through|punish(?:es)?|miss(?:es)?)(?: \((?P<n>[^)]*)\))?"
    r"(?: for (?P<d>[\d,]{1,15}) points?\b.*|[.!]?)$"
)
CAUSED = re.compile(
    r"(?P<a>[^\"]+?) has caused (?P<t>[^\"]+) to take (?P<d>[\d,]{1,15}) points of (?:(?P<s>[\w ]+?) )?damage\b"
)
TAKEN = re.compile(r"(?P<t>[^\"]+?) ha(?:s|ve) taken (?P<d>[\d,]{1,15}) points of (?:(?P<s>[\w ]+?) )?damage\b")
WRACKED = re.compile(
    r"(?P<t>[^\"]+?) (?:is|are) (?:wracked with crippling pain for|rent by agony sharing) (?P<d>[\d,]{1,15}) points of"
)
SUFFERS = re.compile(
    r"(?P<t>[^\"]+?) suffers (?P<d>[\d,]{1,15}) points of damage from (?P<s>.+?)(?P<p> over time)?\.?$"
)
DAMAGES = re.compile(
    r"(?P<a>[^\"]+?) damages (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points(?: of damage)?(?: with (?P<s>.+?))?[.!]?$"
)
HEALS = re.compile(
    r"(?P<a>[^\"]+?) (?:ha(?:s|ve) healed|heals?) (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points(?: of damage)?"
    r"(?: with (?P<s>.+?))?[.!]?$"
)
USES = re.compile(r"(?P<a>[^\"]+?) uses? (?P<s>[^\"]+?) and heals? (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points\b")
STIMPACK = re.compile(
    r"(?P<a>You|[^\"]+?) uses? (?P<s>an? .+?) to heal (?P<t>[^\"]+?) for (?P<d>[\d,]{1,15}) points of"
)
REPAIRED = re.compile(
    r"(?P<a>[^\"]+?) ha(?:s|ve) repaired (?P<t>[^\"]+?) and healed a total of (?P<d>[\d,]{1,15}) points of"
)
REFRESHED = re.compile(r"You feel refreshed\. +(?P<d>[\d,]{1,15}) points of \w+ damage have been healed\.")
POOLS = re.compile(
    r"(?P<a>[^\"]+?) heals? (?P<t>[^\"]+?) for (?P<rest>[\d,]{1,15} (?:health|action|mind)\b(?! wound).*)$"
)
POOL = re.compile(r"([\d,]{1,15}) (?:health|action|mind)")
PERFORMS = re.compile(r"(?P<a>[^\":]+?) performs (?P<s>.+?)\.?$")
XP = re.compile(
    r"You (?:earned|earn|receive|received|gain|gained|have earned|have received|have gained) (?:(?P<d>[\d,]{1,15}) )?"
    r"(?:points? of )?(?P<s>[^\d].*?) ?(?:experience|Experience|XP)(?: points?)?\.?(?: \(.*\)?)?[.!]?$"
)
FLYTEXT_XP = re.compile(r"(?:\+|GROUP XP: )(?P<d>[\d,]{1,15})(?: XP)?\b")
FACTION = re.compile(
    r"You (?:have been awarded|have received|have earned|receive|have gained|gain)(?: a bonus of)? (?P<d>[\d,]{1,15}) "
    r"(?:points? of )?(?P<s>.+?)(?: \(.*\))?[.!]?$"
)
COINS = re.compile(r"You (?:successfully )?loot(?:ed)? (?P<d>[\d,]{1,15}) credits(?: from (?P<t>.+?))?\.?$")
SHARE = re.compile(
    r"\[GROUP\] You (?:receive (?P<d>[\d,]{1,15}) credits|split .+? credits and receive (?P<e>[\d,]{1,15}) credits)"
)
LOOTED = re.compile(r"(?P<a>[^\"]+?) looted: (?P<s>.+?)\.?$")
LOOTED_FROM = re.compile(r"You (?:have )?loot(?:ed)? (?:an? |the )?(?P<s>[^\d].*?) from .+$")
GROUP_LOOT = re.compile(
    r"\[GROUP\] (?P<a>.+?) looted (?:(?P<c>[\d,]{1,15}) credits|(?P<n>[\d,]{1,15}) items|(?P<s>.+?)) from .+$"
)
SLAIN_YOU = re.compile(r"You were slain by (?P<a>.+?)\. Requesting clone activation")
ALERT = re.compile(r"\[.+? Alert\] (?:[^:]+: )?(?P<t>[^:]+) has been slain in combat by (?:[^:]+: )?(?P<a>[^:]+?)\.?$")
GROUP_DEATH = re.compile(r"\[GROUP\] (?P<t>.+?) has died\.")
INCAPACITATES = re.compile(r"You (?:incapacitate (?P<t>.+?)|have incapacitated your target)\.$")
SPOKEN = re.compile(r"(?!GROUP XP)[A-Z][\w'-]{1,30}(?: [A-Z][\w'-]*)?: ")
"""What somebody says is nobody's deed, whatever it is about."""
INCAPACITATED = re.compile(r"You have been incapacitated by (?P<a>.+?)\.$")
ARTICLE = re.compile(r"(?:an?|the|An?|The|some|Some|one of|corpse of) ")
