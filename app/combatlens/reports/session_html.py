"""One session as a page."""

from __future__ import annotations

from collections.abc import Sequence

from combatlens.domain.records import SessionDetail, SessionSummary
from combatlens.domain.words import counted
from combatlens.reports.page import duration, escape, moment, number, page, percent, section, table, tiles
from combatlens.reports.svg import area, share_bar

MOST_ROWS = 25


def session_page(detail: SessionDetail, made_at: float) -> str:
    """`made_at`: Unix seconds."""
    title, about = _titles(detail.summary)
    return page(title, about, _parts(detail), made_at)


def sessions_page(details: Sequence[SessionDetail], made_at: float) -> str:
    """Several sessions on one page, in the order given; a list of them first."""
    if len(details) == 1:
        return session_page(details[0], made_at)
    rows, body = [], []
    for number_, detail in enumerate(details):
        s, (title, about) = detail.summary, _titles(detail.summary)
        rows.append([
            f'<a href="#s{number_}">{escape(title)}</a>', duration(s.active_minutes), number(s.total_xp_gained),
            number(s.xp_per_hour), number(s.kills), number(s.deaths),
        ])  # fmt: skip
        body.append(f'<h1 class="next" id="s{number_}">{escape(title)}</h1><p class="sub">{escape(about)}</p>')
        body += _parts(detail)
    index = table(["session", "active", "XP", "XP per hour", "kills", "deaths"], rows)
    return page(counted(len(details), "session"), "", [section("Sessions", index, long=True), *body], made_at)


def _titles(s: SessionSummary) -> tuple[str, str]:
    title = f"{s.character or 'Session'}, {moment(s.start_time)}"
    parts = [part for part in (s.build, s.zone, s.mode, s.profile) if part]
    about = " · ".join([duration(s.active_minutes) + " active", *parts, s.session_id])
    if s.state in ("active", "paused"):
        about += " · still running"
    return title, about


def _parts(detail: SessionDetail) -> list[str]:
    s = detail.summary
    return [
        tiles(figures(s)),
        section("Timeline", _timeline(detail)),
        section("Skills", _skills(s), long=True),
        section("Targets", _targets(s), long=True),
        section("Zones", _zones(s)),
        section("Deaths", _deaths(s)),
        section("XP", _xp(s)),
        section("Notes", f"<p>{escape(s.notes)}</p>" if s.notes else ""),
    ]


def figures(s: SessionSummary) -> list[tuple[str, str]]:
    found = [
        (number(s.total_xp_gained), "XP gained"),
        (number(s.xp_per_hour), "XP per hour"),
        (number(s.kills), "kills"),
        (number(s.deaths), "deaths"),
        (number(s.dps, 1), "damage per second"),
        (duration(s.active_minutes), "active"),
    ]
    if s.loot_value or s.spent:
        found.append((number(s.profit_per_hour), "profit per hour"))
    if s.rating is not None:
        found.append((f"{s.rating:g} of 5", "rating"))
    return found


def _timeline(detail: SessionDetail) -> str:
    minutes = detail.minutes
    if len(minutes) < 2:
        return ""
    begin, end = minutes[0].start, minutes[-1].start
    rows = {m.start: m for m in minutes}
    whole = [rows.get(begin + 60 * i) for i in range(int((end - begin) // 60) + 1)]
    size = max(1, -(-len(whole) // 240))
    groups = [whole[i : i + size] for i in range(0, len(whole), size)]
    xp = [(float(i * size), sum(m.xp for m in g if m) / size) for i, g in enumerate(groups)]
    damage = [(float(i * size), sum(m.damage for m in g if m) / size / 60) for i, g in enumerate(groups)]
    ticks = _ticks(xp[-1][0])
    marks = [
        ((at - begin) / 60, kind, text or kind.replace("_", " "))
        for at, kind, text in detail.moments
        if kind in ("death", "level_up", "mark")
    ]
    return (
        "<p class=muted>XP a minute</p>" + area(xp, "XP by the minute", ticks, marks=marks)
        + "<p class=muted>Damage a second</p>" + area(damage, "Damage a second", ticks, height=140)
        + ("<p class=muted>▼ death, ★ level-up, ◆ mark</p>" if marks else "")
    )  # fmt: skip


def _ticks(minutes: float) -> list[tuple[float, str]]:
    step = next((s for s in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440) if minutes / s <= 9), 2880)
    return [(float(m), f"{m // 60}:{m % 60:02d}") for m in range(0, int(minutes) + 1, step)]


def _skills(s: SessionSummary) -> str:
    ranked = sorted(s.skills.items(), key=lambda item: -item[1].total_damage)[:MOST_ROWS]
    whole = sum(skill.total_damage for skill in s.skills.values()) or 1.0
    return table(
        ["skill", "share of damage", "", "damage", "uses", "a use", "success", "DPS", "XP a use"],
        [
            [escape(name), share_bar(k.total_damage / whole, f"{k.total_damage / whole:.0%}"),
             percent(k.total_damage / whole), number(k.total_damage), number(k.usage_count),
             number(k.average_damage, 1), percent(k.success_rate if k.usage_count else None, 1),
             number(k.damage_per_second, 1), number(k.xp_per_use, 1)]
            for name, k in ranked
        ],
    )  # fmt: skip


def _targets(s: SessionSummary) -> str:
    ranked = sorted(s.targets.items(), key=lambda item: (-item[1].kills, -item[1].damage))[:MOST_ROWS]
    return table(
        ["target", "kills", "damage", "taken from it", "deaths to it", "time to kill", "XP"],
        [
            [escape(name), number(t.kills), number(t.damage), number(t.damage_taken), number(t.deaths),
             "–" if t.time_to_kill_s is None else f"{t.time_to_kill_s:.1f} s", number(t.xp)]
            for name, t in ranked
        ],
    )  # fmt: skip


def _zones(s: SessionSummary) -> str:
    ranked = sorted(s.zones.items(), key=lambda item: -item[1].active_minutes)
    return table(
        ["zone", "active", "kills", "XP", "XP per hour"],
        [
            [escape(name), duration(z.active_minutes), number(z.kills), number(z.xp),
             number(z.xp / z.active_minutes * 60 if z.active_minutes else None)]
            for name, z in ranked
        ],
    )  # fmt: skip


def _deaths(s: SessionSummary) -> str:
    def from_whom(by_source: dict[str, float]) -> str:
        ranked: Sequence[tuple[str, float]] = sorted(by_source.items(), key=lambda item: -item[1])[:3]
        return escape(", ".join(f"{name} {damage:,.0f}" for name, damage in ranked)) or "–"

    return table(
        ["after", "killed by", "where", "damage in the last 15 s", "from"],
        [
            [duration(max(0.0, d.at - s.start_time) / 60), escape(d.killer or d.cause or "–"), escape(d.zone or "–"),
             number(d.damage_taken), from_whom(d.by_source)]
            for d in s.deaths_detail[:MOST_ROWS]
        ],
        words=(1, 2, 4),
    )  # fmt: skip


def _xp(s: SessionSummary) -> str:
    xp = s.xp
    if not (xp.observed or xp.attributed):
        return ""
    parts = [
        f"{number(xp.observed)} read from the screen or told as readings",
        f"{number(xp.attributed)} named by events",
    ]
    if xp.unexplained:
        parts.append(f"{number(xp.unexplained)} without a cause that was told")
    if xp.lost:
        parts.append(f"{number(xp.lost)} lost")
    if xp.levels_gained:
        parts.append(f"{xp.levels_gained:.2f} levels gained")
    return f"<p>{escape('; '.join(parts))}.</p>"
