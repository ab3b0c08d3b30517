"""Custom dialects: rules from a profile, what is refused, time bounds, proposals and checks."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from tests.logs import events_of, import_log

from combatlens.adapters.combat_log.checking import check_log
from combatlens.adapters.combat_log.custom import CustomDialect
from combatlens.adapters.combat_log.custom_rules import compile_rules
from combatlens.adapters.combat_log.dialect import LogSetup
from combatlens.adapters.combat_log.proposing import propose_profile
from combatlens.adapters.combat_log.times import zone_named
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Context, DamageTaken, Event, Heal, Kill, Loot, SkillUse, XpGain
from combatlens.domain.profile import decode_profile

TIME = {"event": "time", "pattern": r"^\[(?P<time>[^\]]+)\] ", "format": "%Y-%m-%d %H:%M:%S"}
DAMAGE = {
    "event": "damage",
    "pattern": r"^(?P<attacker>.+?) hits? (?P<target>.+?) with (?P<skill>.+?) for (?P<amount>[\d.,]+)"
    r"(?P<critical> \(crit\))?",
    "contains": " for ",
}  # fmt: skip
RULES: tuple[dict[str, Any], ...] = (
    TIME,
    DAMAGE,
    {"event": "miss", "pattern": r"^(?P<attacker>.+?) miss(?:es)? (?P<target>.+?)(?: \((?P<reason>\w+)\))?$"},
    {"event": "heal", "pattern": r"^(?P<actor>.+?) heals? (?P<target>.+?) for (?P<amount>\d+)"},
    {"event": "xp_gain", "pattern": r"gain (?P<amount>[\d.]+) XP", "decimal": ",", "set": {"xp_type": "combat"}},
    {"event": "kill", "pattern": r"^(?P<actor>.+?) killed (?P<target>.+)"},
    {"event": "loot", "pattern": r"^You loot (?P<count>\d+) (?P<item>.+)"},
    {"event": "context", "pattern": r"^Welcome to (?P<zone>.+)"},
    {"event": "pet", "pattern": r"^Your pet is (?P<pet>.+)"},
    {"event": "ignore", "pattern": r"^\w+ says", "name": "chat"},
)


def dialect(*rules: dict[str, Any], **setup: Any) -> CustomDialect:
    return CustomDialect(LogSetup(zone=zone_named("UTC"), **setup), rules or RULES)


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (
            "You hit a rat with Slash for 1,234 (crit)",
            SkillUse(skill="Slash", damage=1234, target="a rat", critical=True),
        ),
        ("A rat hits you with Bite for 3", DamageTaken(amount=3, source="A rat", skill="Bite")),
        ("Ann hits a rat with Slash for 5", SkillUse(actor="Ann", skill="Slash", damage=5, target="a rat")),
        ("You miss a rat (dodge)", SkillUse(skill="attack", success=False, error="dodge", target="a rat")),
        ("You heal yourself for 5", Heal(amount=5, target="Bob")),
        ("You gain 1.250 XP", XpGain(amount=1250, xp_type="combat")),
        ("You killed a rat", Kill(target="a rat")),
        ("Ann killed a rat", Kill(actor="Ann", target="a rat")),
        ("You loot 3 gold coins", Loot(item="gold coins", count=3)),
        ("Welcome to Rome", Context(zone="Rome")),
        ("Ann says You hit a rat", None),
        ("gibberish", None),
    ],
)
def test_rules_make_events(body: str, wanted: Event | None) -> None:
    found = events_of(dialect(player="Bob"), "[2024-05-06 07:08:09] " + body)
    assert [replace(event, id=None) for event in found] == ([] if wanted is None else [wanted])


def test_known_shapes_unknown_lines_and_pets() -> None:
    reader = dialect(player="Bob")
    assert reader.parse("Ann says hi").shape == "chat"
    assert reader.parse("gibberish").shape == ""
    (pet,) = events_of(reader, "Your pet is Rex", "Rex hits a rat with Bite for 2")
    assert isinstance(pet, SkillUse)
    assert (pet.actor, pet.owner) == ("Rex", "Bob")


@pytest.mark.parametrize(
    ("form", "text", "at"),
    [
        ("%Y-%m-%d %H:%M:%S", "2024-05-06 07:08:09", 1714979289.0),
        ("%d.%m.%Y %H:%M:%S.%f", "06.05.2024 07:08:09.250", 1714979289.25),
        ("%m/%d/%Y %I:%M:%S %p", "05/06/2024 07:08:09 PM", 1715022489.0),
        ("%a %b %d %H:%M:%S %Y", "Mon May  6 07:08:09 2024", 1714979289.0),
        ("%m/%d %H:%M:%S", "5/6 07:08:09", 1714979289.0),
        ("iso", "2024-05-06T07:08:09+02:00", 1714972089.0),
        ("unix", "1714979289", 1714979289.0),
        ("unix_ms", "1714979289250", 1714979289.25),
    ],
)
def test_time_formats(form: str, text: str, at: float) -> None:
    rule = {"event": "time", "pattern": r"^\[(?P<time>[^\]]+)\] ", "format": form}
    reader = dialect(rule, DAMAGE, reference=1720000000.0)
    (occurrence,) = reader.parse(f"[{text}] You hit a rat with Slash for 1").events
    assert occurrence.at == at


def test_bare_times_take_their_day_from_a_dated_line_and_pass_midnight() -> None:
    reader = dialect(
        {"event": "time", "pattern": r"^(?P<time>\d\d:\d\d:\d\d) ", "format": "%H:%M:%S"},
        {"event": "date", "pattern": r"^Log opened (?P<time>.+)", "format": "%Y-%m-%d %H:%M:%S"},
        DAMAGE,
    )
    lines = (
        "Log opened 2024-05-06 23:00:00",
        "23:59:59 You hit a rat with X for 1",
        "00:00:01 You hit a rat with X for 1",
    )
    times = [o.at for line in lines for o in reader.parse(line).events]
    assert times == [1715039999.0, 1715040001.0]


def test_lines_without_any_time_happen_on_arrival_and_differ_by_their_place() -> None:
    reader = dialect(DAMAGE)
    one, two = (reader.parse("You hit a rat with X for 1", n, 1714979289.0 + n).events[0] for n in (1, 2))
    assert (one.at, two.at) == (1714979290.0, 1714979291.0)
    assert one.event.id != two.event.id


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ((), "no rules"),
        (({"event": "kill", "pattern": "(?!a)b"},), "look-ahead"),
        (({"event": "kill", "pattern": r"(?P<target>a)\1"},), "back-references"),
        (({"event": "kill", "pattern": "((a{900}){900}){900}"},), "rule 1"),
        (({"event": "kill", "pattern": "("},), "missing"),
        (({"event": "dance", "pattern": "a"},), "no event 'dance'"),
        (({"event": "kill", "pattern": "(?P<colour>a)"},), "no field colour"),
        (({"event": "time", "pattern": "a", "format": "%H:%M"},), "group `time`"),
        (({"event": "kill", "pattern": "a", "colour": 1},), "colour"),
        (({"event": "kill", "pattern": "a" * 3000},), "rule 1"),
    ],
)
def test_rules_that_cannot_be_are_refused_with_the_reason(rules: tuple[dict[str, Any], ...], reason: str) -> None:
    with pytest.raises(EnvironmentFault, match=reason):
        compile_rules(rules)


@pytest.mark.parametrize("form", ["%Q", "%H", "nothing"])
def test_time_formats_that_cannot_be_are_refused(form: str) -> None:
    with pytest.raises(EnvironmentFault, match="time format"):
        dialect({"event": "time", "pattern": "(?P<time>x)", "format": form}, DAMAGE)


def test_a_pattern_that_would_blow_up_elsewhere_takes_linear_time_here() -> None:
    """Counted in lines of 500 against lines of 2,000 letters: RE2 grows with the length, not with its power."""
    reader = dialect(
        {"event": "kill", "pattern": "^(a+)+(?P<target>b)$"}, {"event": "kill", "pattern": "(a|a)*(a|aa)+c"}
    )

    def spent(length: int) -> float:
        best = 1e9
        for _ in range(5):
            start = time.perf_counter()
            for _ in range(20):
                reader.parse("a" * length)
            best = min(best, time.perf_counter() - start)
        return best

    assert spent(2000) < 40 * spent(500)


STYLES = (
    "[{t}] {you} hit{s} the {mob} with {skill} for {n} damage.",
    "[{t}] {you} gain {n} experience points.",
    "[{t}] {you} killed the {mob}.",
    "[{t}] {who} says: hello there",
)


@pytest.fixture
def foreign_log(tmp_path: Path) -> Path:
    draw = random.Random(7)
    lines = []
    for second in range(400):
        form = STYLES[0] if second % 4 else draw.choice(STYLES[1:])
        lines.append(form.format(
            t=f"2024-05-06 07:{second // 60:02}:{second % 60:02}", you="You", s="",
            mob=draw.choice(["rat", "wolf", "Old Bear"]),
            skill=draw.choice(["Slash", "Fire Bolt", "Kick"]), n=draw.randint(1, 900), who=draw.choice(["Ann", "Eve"]),
        ))  # fmt: skip
    path = tmp_path / "foreign.log"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_a_profile_is_proposed_that_reads_the_log_it_came_from(foreign_log: Path) -> None:
    proposal = propose_profile(foreign_log, "foreign")
    assert proposal.dialect == "custom"
    profile = decode_profile(proposal.toml, "proposal")
    text = foreign_log.read_text()
    check = check_log(profile, foreign_log)
    assert check.events["skill"] == text.count(" damage.")
    assert check.events["xp_gain"] == text.count("experience")
    assert check.events["kill"] == text.count("killed")
    assert all("says" in unmatched.samples[0] for unmatched in check.unmatched)
    total = sum(int(line.split()[-2]) for line in text.splitlines() if line.endswith("damage."))
    assert check.actors["player"].damage_dealt == total


def test_a_known_game_gets_its_dialect(tmp_path: Path) -> None:
    path = tmp_path / "chat.log"
    path.write_text("[Combat]  23:00:01 Bob hits a rat 5 pts\n" * 3)
    proposal = propose_profile(path, "mine")
    assert proposal.dialect == "swg"
    assert check_log(decode_profile(proposal.toml, "x"), path).understood == 1.0


def test_nothing_to_go_by_is_said(tmp_path: Path) -> None:
    empty = tmp_path / "empty.log"
    empty.write_text("\n")
    with pytest.raises(EnvironmentFault, match="no lines"):
        propose_profile(empty, "x")
    empty.write_text("milk\nbread\n" * 20)
    with pytest.raises(EnvironmentFault, match="looks like combat"):
        propose_profile(empty, "x")


def test_a_custom_log_is_imported(foreign_log: Path) -> None:
    result, _ = import_log(foreign_log, dialect="custom", rules=(TIME, DAMAGE), timezone="UTC")
    assert result.files[0].dialect == "custom"
    assert result.files[0].events > 200
