"""Who did what: the figures of every name in a stretch of events, as `import --json` prints them under `actors`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from combatlens.domain.events import DamageTaken, Death, Heal, Kill, Occurrence, SkillUse
from combatlens.domain.records import ActorTotals
from combatlens.domain.tallies import Actor


class Tally:
    """Sums by name. `damage_dealt` is damage to others, shields included; what one does to oneself is `self_damage`.

    A pet has its own row; its damage also stands in its owner's `pet_damage`. A death is counted once: as the victim
    of a kill, or as a death. Two figures stand in `meta`: `drained`, what a skill drained of power, and `source_owner`,
    whose pet did the damage that was taken.
    """

    def __init__(self) -> None:
        self._rows: defaultdict[str, Actor] = defaultdict(Actor)
        self._me = self._player = ""

    def add(self, events: Iterable[Occurrence], player: str, me: str = "") -> None:
        """`player` is the name of those events that name neither actor nor character; `me` is another name of it."""
        rows = self._rows
        named, self._me, self._player = player, me, player
        for occurrence in events:
            event = occurrence.event
            player = event.character or named
            if isinstance(event, SkillUse):
                self._skill(event, event.actor or player, own=event.actor is None)
            elif isinstance(event, DamageTaken):
                rows[event.actor or player].damage_taken += event.amount
                if event.source:
                    rows[event.source].damage_dealt += event.amount
                    if event.meta and "source_owner" in event.meta:
                        rows[str(event.meta["source_owner"])].pet_damage += event.amount
            elif isinstance(event, Heal):
                rows[event.actor or player].healing_done += event.amount
            elif isinstance(event, Kill):
                rows[event.actor or player].kills += 1
                if event.target:
                    rows[event.target].deaths += 1
            elif isinstance(event, Death):
                rows[event.actor or player].deaths += 1

    def _skill(self, event: SkillUse, doer: str, *, own: bool) -> None:
        row = self._rows[doer]
        if event.meta:
            row.drained += float(event.meta.get("drained", 0.0))
        if event.target == doer or (own and event.target == self._me != ""):
            row.self_damage += event.damage
            return
        row.damage_dealt += event.damage
        if event.owner:
            self._rows[self._player if event.owner == self._me else event.owner].pet_damage += event.damage
        if event.target and event.damage:
            self._rows[event.target].damage_taken += event.damage

    def rows(self) -> dict[str, Actor]:
        """The sums so far, by name."""
        return self._rows

    def totals(self) -> dict[str, ActorTotals]:
        return {name: row.frozen() for name, row in self._rows.items()}
