"""`insights` and `recommend`: what was learned, and what to try next."""

from __future__ import annotations

from typing import Any

import click

from combatlens.bootstrap.home import Home
from combatlens.bootstrap.past import open_past
from combatlens.cli.common import home_option, json_option, number, plain, put_json, table


@click.command("insights")
@home_option
@json_option
def insights_command(home: Home, as_json: bool) -> None:
    """Show what was learned: skills, targets, rotations, builds; each with its evidence."""
    with open_past(home) as history:
        found = history.insights()
    if as_json:
        put_json(found)
        return
    if not found:
        click.echo("nothing learned yet; it comes with the first session that ends")
        return
    _show(found)


def _show(found: dict[str, Any]) -> None:
    skills = found["skill_performance"]
    rows = []
    for name, skill in sorted(skills.items(), key=lambda item: -item[1]["total_damage"]):
        evidence = skill.get("evidence", {})
        needs = evidence.get("needs")
        rows.append((name, str(skill["total_uses"]), number(skill["average_damage"], 1), f"{skill['success_rate']:.1%}",
                     number(skill["damage_per_second"], 1), number(skill["xp_efficiency"], 1),
                     f"needs {needs} more uses" if needs else number(evidence.get("confidence"), 2)))  # fmt: skip
    table("Skills", [("skill", "left"), ("uses", "right"), ("damage", "right"), ("hits", "right"), ("DPS", "right"),
                     ("XP a use", "right"), ("confidence", "right")], rows)  # fmt: skip
    for section in ("xp_efficiency", "combat_patterns", "build_recommendations"):
        for key, value in found[section].items():
            if isinstance(value, str) or (isinstance(value, list) and value):
                shown = " → ".join(value) if isinstance(value, list) else value
                click.echo(f"  {key.replace('_', ' ')}: {plain(shown)}")


@click.command("recommend")
@home_option
@json_option
def recommend_command(home: Home, as_json: bool) -> None:
    """Show what to try next: the change, the gain to expect, and how sure that is."""
    with open_past(home) as history:
        found = history.insights().get("recommendations", [])
    if as_json:
        put_json(found)
        return
    if not found:
        click.echo("no advice yet: nothing is sure enough; play on")
    for advice in found:
        click.echo(plain(str(advice.get("change") or advice.get("recommendation") or advice)))
