from __future__ import annotations

from collections.abc import Sequence

from combatlens.domain.events import Action, DamageTaken, Death, Event, Heal, Kill, Recorded, SkillUse
from combatlens.learning.attempt_record import FIGHT, Learning
from combatlens.learning.examples import UNBEATEN
from combatlens.learning.fights import FIGHTS_KEPT, fight_attempts
from combatlens.learning.hints import hints, hints_text
from combatlens.learning.patterns import consolidate

START = 1_700_000_000.0


class Story:
    """Events two seconds apart; `wait` lets an encounter end."""

    def __init__(self) -> None:
        self.records: list[Recorded] = []
        self.at = START

    def tell(self, *events: Event) -> Story:
        for event in events:
            self.at += 2.0
            self.records.append(
                Recorded(len(self.records), "s1", self.at, self.at, "bot", "me", event),
            )
        return self

    def wait(self, seconds: float = 60.0) -> Story:
        self.at += seconds
        return self

    def fight(self, skills: Sequence[str], target: str, *, won: bool) -> Story:
        self.wait()
        for skill in skills:
            self.tell(Heal(amount=10) if skill == "heal" else SkillUse(skill=skill, target=target))
            self.tell(DamageTaken(amount=50, source=target))
        return self.tell(Kill(target=target) if won else Death(cause="unknown"))

    def attempts(self) -> list[Learning]:
        return fight_attempts(self.records, "swg")


def test_a_death_is_an_attempt_that_failed_and_the_same_target_s_death_the_good_one() -> None:
    story = Story()
    story.fight(["shot", "shot", "burst"], "krayt", won=False).fight(["shot", "heal", "burst"], "krayt", won=True)
    story.fight(["shot"], "rat", won=True)
    lost, won = story.attempts()
    assert (lost.language, lost.construct_type, lost.success) == ("swg", FIGHT, False)
    assert lost.generated_code == "shot × 2\nburst"
    assert lost.validation_errors == ["killed by krayt"]
    assert lost.error_pattern == won.error_pattern == "killed_by_krayt"
    assert won.generated_code == "shot\nheal\nburst"
    assert (lost.success, won.success) == (False, True)


def test_the_pattern_says_what_the_won_fights_had_and_the_lost_ones_had_not() -> None:
    story = Story()
    for _ in range(4):
        story.fight(["shot", "burst"], "krayt", won=False)
        story.fight(["shot", "heal"], "krayt", won=True)
    (pattern,) = consolidate(story.attempts(), now="2026-01-01T00:00:00+00:00")
    assert pattern.success_rate == 0.5
    assert pattern.how_to_fix == (
        "Use heal (in 100% of 4 won, 0% of 4 lost); Avoid burst (in 100% of 4 lost, 0% of 4 won)"
    )
    assert pattern.why_fails == "4 of 8 fights looked at were lost"


def test_of_a_fight_that_was_never_won_no_step_is_called_a_mistake() -> None:
    story = Story()
    for _ in range(3):
        story.fight(["loot", "shot", "burst"], "krayt", won=False)
    (pattern,) = consolidate(story.attempts(), now="2026-01-01T00:00:00+00:00")
    assert (pattern.why_fails, pattern.how_to_fix) == ("3 of 3 fights looked at were lost", UNBEATEN)
    (hint,) = hints([pattern], None, 5)
    assert hint["avoid"] == ""
    assert "burst" not in hints_text([hint])


def test_a_won_fight_beside_a_lost_one_is_told_as_such() -> None:
    story = Story()
    for _ in range(3):
        story.fight(["shot", "burst"], "krayt", won=False).fight(["shot", "heal"], "krayt", won=True)
    told = hints_text(hints(consolidate(story.attempts(), now="2026-01-01T00:00:00+00:00"), None, 5)).splitlines()
    assert told[-2:] == ["   Lost: shot ⏎ burst", "   Won: shot ⏎ heal"]


def test_what_was_done_before_an_encounter_or_against_another_is_not_in_it() -> None:
    story = Story()
    story.tell(SkillUse(skill="old", target="krayt")).wait(11)
    story.tell(SkillUse(skill="aside", target="rat"), SkillUse(skill="shot", target="a Krayt"), Action(name="stim"))
    story.tell(SkillUse(skill="miss", target="krayt", success=False), DamageTaken(amount=9, source="krayt"), Death())
    (lost,) = story.attempts()
    assert lost.generated_code == "shot\nstim\nmiss (failed)"


def test_others_deaths_kills_and_ticks_do_not_count() -> None:
    story = Story()
    story.tell(SkillUse(skill="shot", target="krayt"), SkillUse(skill="poison", target="krayt", periodic=True))
    story.tell(SkillUse(skill="theirs", target="krayt", actor="friend"), Death(actor="friend", cause="krayt"))
    story.tell(DamageTaken(amount=5, source="krayt"), Death())
    (lost,) = story.attempts()
    assert lost.generated_code == "shot"


def test_the_killer_is_who_hurt_last_else_the_cause_else_nobody() -> None:
    story = Story().tell(Death(cause="fall")).wait().tell(Death())
    story.wait().tell(DamageTaken(amount=1, source="rat"), DamageTaken(amount=1, source="krayt"), Death(cause="bleed"))
    assert [one.error_pattern for one in story.attempts()] == ["killed_by_fall", "killed_by_krayt"]


def test_the_same_fights_have_the_same_hashes_and_each_its_own() -> None:
    story = Story()
    for _ in range(3):
        story.fight(["shot"], "krayt", won=False)
    first, again = story.attempts(), story.attempts()
    assert [one.hash for one in first] == [one.hash for one in again]
    assert len({one.hash for one in first}) == 3


def test_of_the_fights_won_the_newest_count() -> None:
    story = Story().fight(["old"], "krayt", won=False)
    for i in range(FIGHTS_KEPT + 20):
        story.fight([f"s{i}"], "krayt", won=True)
    attempts = story.attempts()
    assert len(attempts) == 1 + FIGHTS_KEPT
    assert attempts[1].generated_code == "s20"
