"""Who did what: the figures of every name in a stretch of events, as `import --json` prints them under `actors`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from combatlens.domain.events import DamageTaken, Death, Event, Heal, Kill, SkillUse
from combatlens.domain.records import ActorTotals
from combatlens.domain.tallies import Actor, Table, Taken

WAITING = 20_000
"""So many different events are counted before their figures are added up."""


class Tally:
    """Sums by name. `damage_dealt` is damage to others, shields included; what one does to oneself is `self_damage`.

    A pet has its own row; its damage also stands in its owner's `pet_damage`. A death is counted once: as the victim
    of a kill, or as a death. Two figures stand in `meta`: `drained`, what a skill drained of power, and `source_owner`,
    whose pet did the damage that was taken.
    """

    def __init__(self) -> None:
        self._times = Counter[int]()
        self._waiting: dict[int, Event] = {}
        """Events by their identity: they are held, so that no other object gets it."""
        self._rows = Table(Actor)
        self._taken = Taken[Actor]()
        self._me = self._player = ""

    def add(self, events: Sequence[Event], player: str, me: str = "") -> None:
        """`player` is the name of those events that name neither actor nor character; `me` is another name of it.

        One object that stands for many equal lines of a log is looked at once.
        """
        if (self._me, self._player) != (me, player) or len(self._waiting) > WAITING:
            self._add_up()
            self._me, self._player = me, player
        self._times.update(map(id, events))
        self._waiting.update(zip(map(id, events), events, strict=True))

    def _add_up(self) -> None:
        for name, event in self._waiting.items():
            self._add(event, self._times[name])
        self._times.clear()
        self._waiting.clear()

    def _add(self, event: Event, times: int) -> None:
        rows, player = self._rows, event.character or self._player
        if isinstance(event, SkillUse):
            self._skill(event, event.actor or player, times, own=event.actor is None)
        elif isinstance(event, DamageTaken):
            amount = event.amount * times
            rows[event.actor or player].damage_taken += amount
            if event.source:
                rows[event.source].damage_dealt += amount
                if event.meta and "source_owner" in event.meta:
                    rows[str(event.meta["source_owner"])].pet_damage += amount
        elif isinstance(event, Heal):
            rows[event.actor or player].healing_done += event.amount * times
        elif isinstance(event, Kill):
            rows[event.actor or player].kills += times
            if event.target:
                rows[event.target].deaths += times
        elif isinstance(event, Death):
            rows[event.actor or player].deaths += times

    def _skill(self, event: SkillUse, doer: str, times: int, *, own: bool) -> None:
        row, damage = self._rows[doer], event.damage * times
        if event.meta:
            row.drained += float(event.meta.get("drained", 0.0)) * times
        if event.target == doer or (own and event.target == self._me != ""):
            row.self_damage += damage
            return
        row.damage_dealt += damage
        if event.owner:
            self._rows[self._player if event.owner == self._me else event.owner].pet_damage += damage
        if event.target and damage:
            self._rows[event.target].damage_taken += damage

    def changed(self) -> dict[str, Actor]:
        """The sums so far, by name, of those who did anything since this was last asked."""
        self._add_up()
        return self._taken.changes(self._rows)[0]

    def totals(self) -> dict[str, ActorTotals]:
        self._add_up()
        return {name: row.frozen() for name, row in self._rows.items()}
