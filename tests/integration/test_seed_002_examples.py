"""The learnings that the seed shows are found under its names and in its words, and its thresholds can be set."""

from __future__ import annotations

import json
import re

import pytest
from tests.seed_examples import SEEDS, needs_seed

from combatlens.learning.actions import extract
from combatlens.learning.operations import Operation, thresholds

SEED = "002_83c292cd16bf49be.txt"
pytestmark = needs_seed(SEED)


def examples() -> list[dict[str, str]]:
    text = (SEEDS / SEED).read_text(encoding="utf-8")
    return [json.loads(block) for block in re.findall(r"^```json\n(\{.*?\})\n```", text, re.MULTILINE | re.DOTALL)]


def uses(session: str, *names: str) -> list[Operation]:
    return [Operation(name, session, True, None, None, None, "tool") for name in names]


def a_log() -> list[Operation]:
    """What the seed's examples tell of: three of four fetches slow, files looked for, a workflow of five tools."""
    log = [Operation("WebFetch", f"f{i}", True, 500.0 if i % 4 == 0 else 8000.0, None, None, "tool") for i in range(40)]
    for i in range(20):
        log.append(Operation("Read", f"r{i}", False, None, "file not found", None, "tool"))
        log += uses(f"r{i}", "LS", "Glob", "Read")
    for i in range(38):
        failed = i < 2
        log += uses(f"w{i}", "Grep", "View", "Edit", "Test")
        log.append(Operation("Commit", f"w{i}", not failed, None, "rejected" if failed else None, None, "tool"))
    return log


@pytest.mark.parametrize("number", range(3))
def test_a_learning_of_the_seed_is_found_in_its_words(number: int) -> None:
    shown = examples()[number]
    found = {one.pattern: one for one in extract(a_log()).handed_on}
    ours = found[shown["pattern"]]
    assert ours.description.startswith(shown["description"])
    assert ours.recommendation == shown["recommendation"]


def test_the_seed_s_thresholds_can_be_set() -> None:
    text = (SEEDS / SEED).read_text(encoding="utf-8")
    shown = {name.lower(): float(value) for name, value in re.findall(r"^([A-Z_]{6,}) = ([\d.]+)", text, re.MULTILINE)}
    renamed = {
        "slow_ms": shown.pop("slow_threshold"),
        **{name: int(shown.pop(name)) for name in ("min_sample_size", "min_pattern_frequency")},
        **shown,
    }
    limits = thresholds(renamed)
    assert (limits.slow_ms, limits.high_variance_cv) == (3000, 0.8)
    assert (limits.min_sample_size, limits.min_pattern_frequency) == (5, 3)
