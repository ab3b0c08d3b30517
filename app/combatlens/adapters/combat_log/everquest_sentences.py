"""The sentences of EverQuest, of the live client, of the classic ones and of servers that emulate them."""

from __future__ import annotations

import re

VERBS = (
    "hit|slash|pierce|crush|punch|claw|bite|sting|gore|maul|slice|smash|rend|burn|slam|strike|smite|cleave|reave|shoot"
    "|kick|bash|backstab|frenzy on|sweep|whip|stab|chop|thrash|gnaw|lash|rake|slap|butt|assassinate"
)
THIRD = (
    "hits|slashes|pierces|crushes|punches|claws|bites|stings|gores|mauls|slices|smashes|rends|burns|slams|strikes|smites"
    "|cleaves|reaves|shoots|kicks|bashes|backstabs|frenzies on|sweeps|whips|stabs|chops|thrashes|gnaws|lashes|rakes"
    "|slaps|butts|assassinates"
)
SKILLS = {
    "kick": "kick", "kicks": "kick", "bash": "bash", "bashes": "bash", "backstab": "backstab", "backstabs": "backstab",
    "frenzy on": "frenzy", "frenzies on": "frenzy",
}  # fmt: skip
_D = r"(?P<d>\d{1,15})"
_NOTE = r"(?: \((?P<n>[^)]*)\))?$"
_BE = r"(?:is|are|was|were|has been|have been)"
NOTES = re.compile(
    r"Crit|Cripp|Lucky|Riposte|Strike|Twincast|Rampage|Flurry|Assassinate|Headshot|Slay|Blow|Double|Locked|Resist|^\d"
)
"""Words of the notes that say what kind of blow it was."""
MELEE = re.compile(rf"You +(?P<v>{VERBS}) +(?P<t>.+?) for {_D} points? of damage[.!]{_NOTE}")
ANY_MELEE = re.compile(rf"You +(?P<v>[a-z]{{3,12}}) +(?P<t>.+?) for {_D} points? of damage[.!]{_NOTE}")
OTHER_MELEE = re.compile(rf"(?P<a>.+?) +(?P<v>{THIRD}) +(?P<t>.+?) for {_D} points? of damage[.!]{_NOTE}")
ANY_OTHER_MELEE = re.compile(
    rf"(?P<a>.+?) +(?P<v>[a-z]{{3,12}}s) +(?P<t>(?:[A-Z]|an? |the ).*?) for {_D} points? of damage[.!]{_NOTE}"
)
SPELL = re.compile(
    rf"(?P<a>.+?) hit (?P<t>.+?) for {_D} points? of (?P<k>[\w-]+ )?damage(?: by (?P<s>.+?))?[.!]{_NOTE}"
)
SHIELD = re.compile(
    rf"(?P<t>.+?) {_BE} \w+ by (?P<a>.+?)(?:'s)? (?P<s>[\w ]+?) for {_D} points? of non-melee damage[.!]"
)
NON_MELEE = re.compile(rf"(?P<t>.+?) {_BE} hit by non-melee for {_D}(?: points? of)? damage\b")
STRUCK = re.compile(
    rf"(?P<t>.+?) {_BE} [a-z]+ by (?P<a>.+?) for {_D} points? of (?P<k>[\w-]+ )?damage(?: by (?P<s>.+?))?[.!]{_NOTE}"
)
HARMED = re.compile(rf"(?P<t>.+?) {_BE} (?P<k>[a-z]+)(?: [a-z]+){{0,4}} for {_D} points? of (?:[\w-]+ )?damage[.!]")
SUFFERED = re.compile(
    rf"(?P<t>.+?) (?:takes?|took|ha(?:s|ve) taken) {_D} points? of (?:(?P<k>[\w-]+) )?damage(?: from (?P<s>.+?))?[.!]"
)
TICK_YOURS = re.compile(rf"(?P<t>.+?) (?:has|have) taken {_D} damage from your (?P<s>.+?)\.{_NOTE}")
TICK = re.compile(
    rf"(?P<t>.+?) (?:has|have) taken {_D}(?: points? of)? damage"
    rf"(?: from (?P<s>.+?))?(?: by (?P<a>[^.!].*?)?)?(?P<e>[.!]?){_NOTE}"
)
HURT_SELF = re.compile(rf"You hurt yourself for {_D} points?")
CRITICAL = re.compile(
    r"(?P<a>.+?) (?:[sS]cores? a (?:critical hit|Deadly Strike)|delivers? a critical blast|lands? a Crippling Blow"
    r"|ha(?:s|ve) landed a \w+ Kick)!(?: ?\((?P<d>\d{1,15})\))?(?: \([^)]*\))?$"
)
TRY = re.compile(rf"You try to (?P<v>{VERBS}|[a-z]+) +(?P<t>.+?), but (?P<r>.+?)!{_NOTE}")
TRIES = re.compile(rf"(?P<a>.+?) +tries to (?P<v>{VERBS}|[a-z]+) +(?P<t>.+?), but (?P<r>.+?)!{_NOTE}")
RESISTED = re.compile(r"(?P<t>.+?) resisted your (?P<s>.+?)!")
TARGET_RESISTED = re.compile(r"Your target resisted the (?P<s>.+?) spell\.")
BY_THINGS = re.compile(rf"(?P<t>.+?) {_BE} [a-z]+ by (?P<k>[a-z]{{3,12}}) for {_D} points? of (?:[\w-]+ )?damage[.!]")
"""`A wolf was pierced by thorns for …`: what hurts is a thing, and whose it is is not said."""
HEALED = re.compile(
    rf"(?P<a>.+?)(?: ha(?:s|ve))? heal(?:ed|s)? (?P<t>[^.!]+?)(?: over time)? for {_D}(?: \(\d+\))?"
    rf" (?:hit points?|points?(?: of damage)?)(?: by (?P<s>.+?))?[.!]{_NOTE}"
)
BEEN_HEALED = re.compile(
    rf"(?P<t>[^.]+?) {_BE} healed(?: over time)?(?: by (?P<a>[^.]+?))? for {_D}(?: \(\d+\))?"
    rf" (?:hit points?|points?(?: of damage)?)(?: by (?P<s>.+?))?[.!]{_NOTE}"
)
FLAVOUR = re.compile(r".*(?:[!.] |\b(?:is|are|with|fulfilled|soothed) )(?P<a>[A-Z][a-z]+(?:`s \w+)?)$")
"""What stands before the healer when an effect and its healing share a line."""
RUNE = re.compile(rf"You gain a rune for {_D} points of absorption")
SLAIN = re.compile(r"(?P<t>.+?) (?:has been|was) slain by (?P<a>.+?)!")
DIED = re.compile(r"(?P<t>.+?) died\.$")
YOU_SLAIN = re.compile(r"You have slain (?P<t>.+?)!")
SLAIN_YOU = re.compile(r"You have been slain by (?P<a>.+?)!")
XP = re.compile(
    r"You (?:have )?gain(?:ed)? (?P<p>party |raid |group )?experience(?: \(with [^)]*\))?!+"
    r"(?: \((?P<d>\d{1,12}(?:\.\d{1,12})?)%\))?"
)
LEVEL = re.compile(r"You have gained (?:a|\d+) levels?! Welcome to level (?P<l>\d{1,6})!")
LEVEL_LOST = re.compile(r"You have LOST a level! You are now level (?P<l>\d{1,6})!")
ABILITY = re.compile(r"You have gained (?P<d>an|\d{1,6}) ability point")
ZONE = re.compile(r"You have entered (?P<z>.+?)\.$")
LOOTED = re.compile(
    r"(?:--)?(?P<a>You have|You|\S+ has|\S+) looted (?:(?P<n>\d{1,9}) |an? |the )?(?P<s>.+?)"
    r"(?: from (?P<c>.+?)'s corpse)?(?: (?:and sold it for (?P<m>.+?)|to create .+?))?(?:\.--|\.|$)"
)
COINS = re.compile(r"You receive (?P<m>.*?(?:platinum|gold|silver|copper)) (?:from the corpse|as your split)")
SOLD = re.compile(r"You receive (?P<m>\d.*?(?:platinum|gold|silver|copper)) from .+? for the (?P<s>.+?)(?:\(s\))?\.")
PAID = re.compile(r"You give (?P<m>\d.*?(?:platinum|gold|silver|copper)) to (?P<a>.+?)\.")
COIN = re.compile(r"(\d{1,9}) (platinum|gold|silver|copper)")
PET = re.compile(
    r"(?P<a>.+?) (?:t(?:old|ells) you, '(?:Attacking|I am unable|By your|As you|Following|Sorry,|No longer|Guarding"
    r"|Waiting|Now).*Master\b|says,? 'My leader is (?P<l>\w+)\.?')"
)
CHARMED = re.compile(r"(?P<a>.+?) has been charmed\.")
WORN_OFF = re.compile(
    r"Your (?:.*(?:Charm|Beguil|Cajol|Allur|Dictat|Agacerie|Command|Dominat|Befriend|Enslave|Thrall|Persuasion|Request)"
    r".* spell has worn off(?: of (?P<t>.+?))?|charm spell has worn off)\."
)
OWNED = re.compile(r"(?P<o>[A-Z][a-z]+)[`'](?:s|) (?:pet|warder|ward|familiar|doppelganger)\d*$")
TOLD_OWNER = re.compile(r"(?P<a>.+?) \(Owner: (?P<o>\w+)\)$")
NO_ZONE = ("an area where", "an Arena", "the Drunken Monkey stance")
PLATINUM = {"platinum": 1.0, "gold": 0.1, "silver": 0.01, "copper": 0.001}
PETS = ("pet", "warder", "ward", "familiar", "doppelganger")
SELVES = ("himself", "herself", "itself", "themselves", "yourself")
