from __future__ import annotations

import json
import multiprocessing
from pathlib import Path

import pytest
from tests.clocks import TickingClock

from combatlens.api.learning_engine import LearningConsolidator, LearningEngine
from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.failures import recognise, user_patterns
from combatlens.learning.known_failures import CODE, GAME

START = 1_700_000_000.0


@pytest.fixture
def engine(tmp_path: Path) -> LearningEngine:
    return LearningEngine(tmp_path / "kept", clock=TickingClock(step=60.0), consolidate_every=0)


def fail(engine: LearningEngine, steps: str, error: str, attempt: int = 1, kind: str = "pull") -> None:
    engine.capture_learning("swg", kind, attempt, False, steps, [error])


def fix(engine: LearningEngine, steps: str, attempt: int = 2, kind: str = "pull", told: str | None = None) -> None:
    engine.capture_learning("swg", kind, attempt, True, steps, [], fix_applied=told)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Target is out of range.", "out_of_range"),
        ("You are too far away!", "out_of_range"),
        ("You do not have enough action to do that.", "not_enough_action"),
        ("Not enough mana", "not_enough_mana"),
        ("Insufficient Force", "not_enough_mana"),
        ("Target not in line of sight", "line_of_sight"),
        ("You cannot see your target.", "line_of_sight"),
        ("Your target is dead.", "target_dead"),
        ("Your inventory is full", "inventory_full"),
        ("You cannot do that while incapacitated.", "incapacitated"),
        ("Ability is not ready yet.", "on_cooldown"),
        ("Your spell is interrupted.", "interrupted"),
        ("You must be standing to perform that action.", "wrong_posture"),
        ("You have no target.", "no_target"),
        ("The target is immune.", "immune"),
        ("You are stunned!", "controlled"),
        ("You must face your target.", "facing"),
    ],
)
def test_the_games_own_messages_are_recognised(text: str, name: str) -> None:
    assert recognise([text], "swg") == name


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("go", "package helpers is not in std", "go_import_error"),
        ("go", "undefined: Tel", "go_undefined_tel"),
        ("go", "cannot use x (variable of type int) as string value", "go_type_error"),
        ("go", "syntax error: unexpected newline", "go_syntax_error"),
        ("python", "NameError: name 'mob' is not defined", "python_undefined_variable"),
        ("python", "SyntaxError: invalid syntax", "python_syntax_error"),
        ("python", "IndentationError: unexpected indent", "python_indentation_error"),
        ("python", "ModuleNotFoundError: No module named 'loot'", "python_import_error"),
        ("javascript", "ReferenceError: mob is not defined", "js_undefined_variable"),
        ("javascript", "SyntaxError: Unexpected token '}'", "js_syntax_error"),
        ("javascript", "Error: Cannot find module './loot'", "js_import_error"),
    ],
)
def test_the_seed_s_patterns_are_recognised_in_their_language_alone(language: str, text: str, name: str) -> None:
    assert recognise([text], language) == name
    assert recognise([text], "swg") != name


def test_every_known_failure_says_why_and_what_to_do() -> None:
    assert len({p.name for p in (*CODE, *GAME)}) == len(CODE) + len(GAME)
    assert all(p.why and p.fix for p in (*CODE, *GAME))


def test_a_failure_nobody_knows_is_known_when_it_comes_again() -> None:
    first = recognise(["The 3rd lever 'north' jams at 14:02"], "swg")
    assert first == recognise(["the 7th lever 'south' jams at 9:15"], "swg")
    assert first != recognise(["the bridge collapses"], "swg")
    assert recognise([" "], "swg") is None


def test_the_user_s_own_patterns_come_first_and_bring_their_words(tmp_path: Path) -> None:
    table = {"lever": {"match": r"lever .* jams", "why": "Rust.", "fix": "Oil it."}}
    engine = LearningEngine(tmp_path, error_patterns=user_patterns(table))
    for _ in range(2):
        fail(engine, "pull the lever", "The lever 'north' jams: out of range")
    (pattern,) = LearningConsolidator(engine).consolidate_language("swg")
    assert (pattern.pattern_name, pattern.why_fails, pattern.how_to_fix) == ("lever", "Rust.", "Oil it.")


@pytest.mark.parametrize("entry", [{}, {"match": "("}, "text"])
def test_a_user_s_pattern_that_cannot_be_used_is_named(entry: object) -> None:
    with pytest.raises(EnvironmentFault, match=r"error_patterns\.lever in swg"):
        user_patterns({"lever": entry}, "swg")


def test_a_fix_belongs_to_the_failure_before_it(engine: LearningEngine) -> None:
    fail(engine, "shoot", "out of range")
    fix(engine, "step closer\nshoot")
    fix(engine, "shoot", attempt=1)
    assert [one.error_pattern for one in engine.get_learnings("swg")] == ["out_of_range", "out_of_range", None]


def test_learnings_can_be_chosen(engine: LearningEngine) -> None:
    fail(engine, "a", "x")
    fix(engine, "b")
    fail(engine, "c", "x", kind="loot")
    assert [one.generated_code for one in engine.get_learnings("swg")] == ["a", "b", "c"]
    assert [one.generated_code for one in engine.get_learnings("swg", only_failures=True)] == ["a", "c"]
    assert [one.generated_code for one in engine.get_learnings("swg", "pull", limit=1)] == ["b"]
    assert engine.get_learnings("swg", limit=0) == []
    assert engine.get_learnings("go") == []


def test_statistics(engine: LearningEngine) -> None:
    fail(engine, "a", "out of range")
    fail(engine, "a", "out of range", attempt=2)
    fix(engine, "b", attempt=3)
    fail(engine, "c", "no target", kind="loot")
    assert engine.get_statistics("swg") == {
        "total_learnings": 4,
        "failures": 3,
        "successes": 1,
        "success_rate": 0.25,
        "by_construct_type": {
            "pull": {"total": 3, "successes": 1, "failures": 2},
            "loot": {"total": 1, "successes": 0, "failures": 1},
        },
        "error_patterns": {"out_of_range": 2, "no_target": 1},
    }
    assert engine.get_statistics("go")["success_rate"] == 0.0


def test_the_pair_shown_is_the_one_that_differs_least(engine: LearningEngine) -> None:
    fail(engine, "target rat\nshoot\nloot\nrest", "out of range")
    fail(engine, "something else entirely", "out of range")
    fix(engine, "target rat\nstep closer\nshoot\nloot\nrest")
    fail(engine, "x", "out of range")
    fix(engine, "run away and come back tomorrow")
    (pattern,) = LearningConsolidator(engine).consolidate_language("swg")
    assert pattern.bad_example == "target rat\nshoot\nloot\nrest"
    assert pattern.good_example == "target rat\nstep closer\nshoot\nloot\nrest"
    assert (pattern.occurrence_count, pattern.failure_count, pattern.success_rate) == (5, 3, 0.4)
    assert len(set(pattern.learning_hashes)) == 5


def test_the_same_steps_that_failed_are_not_shown_as_what_works(engine: LearningEngine) -> None:
    fail(engine, "aim\nshoot", "out of range")
    fail(engine, "aim\nshoot", "out of range")
    fix(engine, "aim\nshoot", told="went nearer")
    consolidator = LearningConsolidator(engine)
    (alike,) = consolidator.consolidate_language("swg")
    assert (alike.bad_example, alike.good_example, alike.how_to_fix) == ("aim\nshoot", "", "went nearer")
    assert "Do:" not in consolidator.generate_prompt_injection("swg", "pull")
    fail(engine, "aim\nshoot", "out of range")
    fix(engine, "walk\naim\nshoot")
    (differing,) = consolidator.consolidate_language("swg")
    assert differing.good_example == "walk\naim\nshoot"


def test_what_was_told_to_fix_it_comes_before_the_known_remedy_and_the_difference(engine: LearningEngine) -> None:
    consolidator = LearningConsolidator(engine)
    fail(engine, "pull lever", "the lever jams")
    fix(engine, "oil lever\npull lever")
    assert consolidator.consolidate_language("swg")[0].how_to_fix == "Do instead: oil lever"
    assert consolidator.consolidate_language("swg")[0].why_fails == "the lever jams (1 of 1 failures)"
    fail(engine, "pull lever", "the lever jams")
    fix(engine, "oil lever\npull lever", told="Oil it first")
    assert consolidator.consolidate_language("swg")[0].how_to_fix == "Oil it first"
    fail(engine, "a", "out of range", kind="cast")
    fix(engine, "b", kind="cast")
    cast = next(p for p in consolidator.consolidate_language("swg") if p.construct_type == "cast")
    assert cast.how_to_fix.startswith("Close in first")


def test_too_few_or_only_successes_make_no_pattern(engine: LearningEngine) -> None:
    consolidator = LearningConsolidator(engine)
    fail(engine, "a", "out of range")
    assert consolidator.consolidate_language("swg") == []
    assert len(consolidator.consolidate_language("swg", min_occurrences=1)) == 1
    for _ in range(3):
        engine.capture_learning("swg", "loot", 1, True, "b", [], error_pattern="never_failed")
    assert consolidator.consolidate_language("swg") == [], "met once is too seldom now"


def test_the_success_rate_is_told_before_and_after_the_pattern_was_known(engine: LearningEngine) -> None:
    consolidator = LearningConsolidator(engine)
    for _ in range(3):
        fail(engine, "a", "out of range")
    fix(engine, "b")
    (first,) = consolidator.consolidate_language("swg")
    assert (first.success_rate_before, first.success_rate_after, first.attempts_after) == (0.25, None, 0)
    fix(engine, "b", attempt=1)
    fix(engine, "b", attempt=1)
    fail(engine, "a", "out of range")
    fix(engine, "b")
    (later,) = consolidator.consolidate_language("swg")
    assert later.first_known == first.first_known
    assert (later.success_rate_before, later.attempts_before) == (0.25, 4)
    assert (later.success_rate_after, later.attempts_after) == (0.75, 4)


def test_consolidating_again_changes_nothing(engine: LearningEngine, tmp_path: Path) -> None:
    consolidator = LearningConsolidator(engine)
    fail(engine, "a", "out of range")
    fix(engine, "b")
    consolidator.consolidate_language("swg")
    before = (tmp_path / "kept" / "swg_patterns.json").read_bytes()
    consolidator.consolidate_language("swg")
    assert (tmp_path / "kept" / "swg_patterns.json").read_bytes() == before


def test_patterns_are_made_by_themselves_every_n(tmp_path: Path) -> None:
    engine = LearningEngine(tmp_path, consolidate_every=4)
    for _ in range(3):
        fail(engine, "a", "out of range")
    assert engine.load_patterns("swg") == []
    fail(engine, "a", "out of range")
    assert engine.load_patterns("swg")[0].occurrence_count == 4


def test_the_number_kept_is_bounded_and_patterns_outlive_their_attempts(tmp_path: Path) -> None:
    engine = LearningEngine(tmp_path, clock=TickingClock(step=60.0), max_learnings=3, consolidate_every=0)
    fail(engine, "a", "out of range")
    fix(engine, "b")
    LearningConsolidator(engine).consolidate_language("swg")
    for i in range(5):
        engine.capture_learning("swg", "loot", 1, True, f"l{i}", [])
    assert [one.generated_code for one in engine.get_learnings("swg")] == ["l2", "l3", "l4"]
    (pattern,) = LearningConsolidator(engine).consolidate_language("swg")
    assert (pattern.pattern_name, pattern.good_example) == ("out_of_range", "b")


def test_hints_are_a_text_and_the_same_as_json(engine: LearningEngine) -> None:
    consolidator = LearningConsolidator(engine)
    assert consolidator.generate_prompt_injection("swg", "pull") == ""
    assert consolidator.generate_prompt_injection("swg", "pull", as_json=True) == "[]"
    for _ in range(3):
        fail(engine, "target rat\nshoot", "out of range")
    fix(engine, "target rat\nwalk\nshoot")
    fail(engine, "x", "no target")
    fix(engine, "y")
    fail(engine, "z", "no target", kind="loot")
    fail(engine, "z", "no target", kind="loot")
    consolidator.consolidate_language("swg")
    text = consolidator.generate_prompt_injection("swg", "pull", max_patterns=1)
    assert text.splitlines() == [
        "What earlier attempts taught:",
        "1. out_of_range (seen 4 times, solved 25%)",
        "   Why: The target was farther away than the skill reaches.",
        "   Fix: Close in first, or use a skill of longer range.",
        "   Don't: target rat ⏎ shoot",
        "   Do: target rat ⏎ walk ⏎ shoot",
    ]
    found = json.loads(consolidator.generate_prompt_injection("swg", "pull", as_json=True))
    assert [hint["pattern"] for hint in found] == ["out_of_range", "no_target"]
    assert found[0]["prefer"] == "target rat\nwalk\nshoot"


def test_recent_context_is_newest_first(engine: LearningEngine) -> None:
    fail(engine, "shoot", "out of range")
    fix(engine, "walk\nshoot", told="walk first")
    assert engine.get_recent_context("swg", "pull").splitlines() == [
        "- attempt 2 worked: walk ⏎ shoot",
        "  fix: walk first",
        "- attempt 1 failed (out_of_range): shoot",
        "  error: out of range",
    ]
    assert engine.get_recent_context("swg", "loot") == ""


def test_clearing_forgets_one_profile_alone(engine: LearningEngine) -> None:
    fail(engine, "a", "x")
    engine.capture_learning("go", "function", 1, True, "code")
    engine.clear_learnings("swg")
    assert engine.get_learnings("swg") == []
    assert engine.languages() == ["go"]


@pytest.mark.parametrize("content", [b"", b"[{", b"{}", b'[{"language": 3}]', b"\xff\xfe"])
def test_a_broken_file_is_set_aside_and_kept(engine: LearningEngine, tmp_path: Path, content: bytes) -> None:
    fail(engine, "a", "x")
    path = tmp_path / "kept" / "swg_learnings.json"
    path.write_bytes(content)
    fail(engine, "b", "x")
    assert [one.generated_code for one in engine.get_learnings("swg")] == ["b"]
    (aside,) = path.parent.glob("swg_learnings.json.corrupt-*")
    assert aside.read_bytes() == content


def test_export_and_import_share_attempts_and_patterns_once(engine: LearningEngine, tmp_path: Path) -> None:
    fail(engine, "a", "out of range")
    fix(engine, "b")
    LearningConsolidator(engine).consolidate_language("swg")
    path = engine.export_learnings(tmp_path / "shared.json")
    other = LearningEngine(tmp_path / "other", consolidate_every=0)
    assert other.import_learnings(path) == {"swg": 2}
    assert other.import_learnings(path) == {"swg": 0}
    assert other.get_learnings("swg") == engine.get_learnings("swg")
    assert other.load_patterns("swg") == engine.load_patterns("swg")

    third = LearningEngine(tmp_path / "third", consolidate_every=0)
    third.import_learnings(engine.export_learnings(tmp_path / "p.json", patterns_only=True))
    assert third.get_learnings("swg") == []
    assert [p.pattern_name for p in third.load_patterns("swg")] == ["out_of_range"]


@pytest.mark.parametrize("content", ["", "[]", '{"format": "other"}', '{"version": 9}'])
def test_another_file_is_refused(engine: LearningEngine, tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content)
    with pytest.raises(EnvironmentFault):
        engine.import_learnings(path)


@pytest.mark.parametrize("name", ["../up", "a/b", "", ".hidden", "x" * 65, "a\\b"])
def test_a_profile_cannot_leave_its_folder(engine: LearningEngine, name: str) -> None:
    with pytest.raises(EnvironmentFault, match="no name of a profile"):
        engine.capture_learning(name, "pull", 1, True, "code")


def test_verbose_says_what_is_done(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    engine = LearningEngine(tmp_path, verbose=True)
    fail(engine, "a", "out of range")
    fail(engine, "a", "out of range")
    LearningConsolidator(engine, verbose=True).consolidate_language("swg")
    said = capsys.readouterr()
    assert said.out == ""
    assert "learning: swg/pull attempt 1 failed: out_of_range" in said.err
    assert "learning: out_of_range (2 occurrences, 0% solved)" in said.err


def test_nothing_is_created_before_something_is_kept(tmp_path: Path) -> None:
    engine = LearningEngine(tmp_path / "not" / "yet")
    assert engine.get_learnings("swg") == []
    assert not (tmp_path / "not").exists()


def _capture_many(folder: str) -> None:
    engine = LearningEngine(folder)
    for i in range(15):
        engine.capture_learning("swg", "pull", 1, False, f"try {i}", ["out of range"])


def test_several_programs_at_once_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=_capture_many, args=(str(tmp_path),)) for _ in range(3)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(60)
    assert [program.exitcode for program in programs] == [0, 0, 0]
    assert len(LearningEngine(tmp_path).get_learnings("swg")) == 45
