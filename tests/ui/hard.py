"""What is hard to show: long names in many scripts and numbers of ten digits, for every window."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec.structs import replace
from tests.ui import evening, fakes, learned
from tests.ui.fake_coach import FakeCoach

from combatlens.domain.records import SessionDetail, SessionRow

LONG = "Greater incandescent whirlwind of the seventh forgotten king"
"""Sixty characters."""
GERMAN = "Donaudampfschifffahrtsgesellschaftskapitänsmützenwurf"
CYRILLIC = "Сокрушительный удар северного медведя-хранителя"
CHINESE = "烈焰风暴·九天玄女之怒·终极奥义第七式"
ARABIC = "ضربة العاصفة المدمرة للملك المنسي"
HEBREW = "מכת הסערה של המלך הנשכח"
NAMES = (LONG, GERMAN, CYRILLIC, CHINESE, ARABIC, HEBREW)
BIG = 4_294_967_295


def _renamed(found: Any) -> Any:
    """The same with each skill of the evening under a hard name."""
    if isinstance(found, str):
        for plain, hard in zip(evening.SKILLS, NAMES, strict=True):
            found = found.replace(plain, hard)
        for plain, hard in zip(("Rifleman", "Carbineer", "Medic", "Dune sea"), (GERMAN, LONG, CYRILLIC, ARABIC),
                               strict=True):  # fmt: skip
            found = found.replace(plain, hard)
        return found
    if isinstance(found, Mapping):
        return {_renamed(key): _renamed(value) for key, value in found.items()}
    if isinstance(found, Sequence):
        return [_renamed(one) for one in found]
    return found


def insights() -> dict[str, Any]:
    found = _renamed(learned.insights())
    for skill in found["skill_performance"].values():
        skill.update(total_uses=BIG, total_damage=BIG * 100, average_damage=float(BIG), damage_per_second=BIG / 7,
                     xp_efficiency=BIG / 10, xp_per_minute=float(BIG))  # fmt: skip
        skill["evidence"] = {**skill["evidence"], "uses": BIG, "xp_per_use_ci": [BIG / 11, BIG / 9],
                             "average_damage_ci": [BIG * 0.9, BIG * 1.1]}  # fmt: skip
    found["time_use"] = {name: minutes * 3e6 for name, minutes in found["time_use"].items()}
    return dict(found)


def snapshot(**changes: Any) -> Any:
    return replace(
        evening.snapshot(), character=LONG, build=GERMAN, zone=ARABIC, xp_gained=BIG, xp_per_hour=BIG * 3.0,
        xp_per_hour_window=BIG * 2.0, level=99, kills=BIG, deaths=BIG, dps=BIG * 9.0, dps_window=BIG * 9.0,
        kd_ratio=float(BIG), active_s=3.6e6, time_to_level_s=3.6e6, xp_value=BIG, xp_needed=BIG * 2,
        series=tuple((at, value * 1e6) for at, value in evening.snapshot().series),
        skills=tuple(replace(line, name=name) for line, name in zip(evening.snapshot().skills, NAMES, strict=True)),
        **changes,
    )  # fmt: skip


def row(index: int) -> SessionRow:
    return replace(
        evening.row(index), character=LONG, build=NAMES[index % len(NAMES)], zone=NAMES[(index + 1) % len(NAMES)],
        total_xp_gained=BIG, xp_per_hour=BIG * 3.0, kills=BIG, deaths=BIG, total_damage_dealt=BIG * 10, notes=LONG * 4,
    )  # fmt: skip


def detail(one: SessionRow) -> SessionDetail:
    plain = evening.detail(evening.row(2))
    summary = plain.summary
    skills = {
        name: replace(totals, usage_count=BIG, total_damage=BIG * 99.0, average_damage=float(BIG),
                      xp_per_use=float(BIG),
                      damage_per_second=float(BIG), criticals=BIG, max_damage=BIG * 3.0)
        for name, totals in zip(NAMES, summary.skills.values(), strict=True)
    }  # fmt: skip
    targets = {
        name: replace(totals, kills=BIG, damage=BIG * 99.0, damage_taken=BIG * 9.0, xp=float(BIG))
        for name, totals in zip(NAMES, summary.targets.values(), strict=False)
    }
    hard = replace(
        summary, session_id=one.session_id, character=LONG, build=GERMAN, zone=ARABIC, mode=CYRILLIC, skills=skills,
        targets=targets, total_xp_gained=BIG, xp_per_hour=BIG * 3.0, kills=BIG, deaths=BIG, dps=float(BIG),
        notes=LONG * 6, tags=(LONG, CHINESE, HEBREW),
    )  # fmt: skip
    encounters = tuple(
        replace(encounter, targets=NAMES[: 1 + i % 3], damage=BIG * 1.0, damage_taken=BIG * 1.0, xp=BIG * 1.0)
        for i, encounter in enumerate(plain.encounters)
    )
    moments = tuple((at, kind, f"{text} {LONG}") for at, kind, text in plain.moments)
    return replace(plain, summary=hard, encounters=encounters, moments=moments)


class HardHistory(fakes.FakeHistory):
    """Sessions with hard names."""

    def __init__(self, count: int = 40) -> None:
        super().__init__(0, insights())
        self.rows = [row(index) for index in range(count)]

    def detail(self, session_id: str) -> SessionDetail:
        return detail(next(one for one in self.rows if one.session_id == session_id))


class HardCoach(FakeCoach):
    """Goals, trials, learnings and fixes with hard names."""

    def __init__(self) -> None:
        super().__init__()
        self._goals, self._trials = _renamed(self._goals), _renamed(self._trials)
        self._learnings, self._patterns = _renamed(self._learnings), _renamed(self._patterns)
        self._goals[0].update(target=BIG * 10, current=BIG, description=f"{LONG}: {GERMAN} at least {BIG:,}")
