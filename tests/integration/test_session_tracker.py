"""The session tracker of the seed, without a running CombatLens: what it returns, and what lies in the home then."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from tests.api_fakes import running

from combatlens.api.session_tracker import CombatSession, PassiveLearningTracker, SessionState
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.events import Kill

NO_SESSION = {"status": "no_active_session"}


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[PassiveLearningTracker]:
    made = PassiveLearningTracker(str(tmp_path))
    yield made
    made.close()


def test_a_session_from_start_to_end(tracker: PassiveLearningTracker, tmp_path: Path) -> None:
    assert tracker.get_session_status() == NO_SESSION
    assert tracker.end_session() == {}
    assert tracker.start_session("one", mode="grind") == "one"
    tracker.record_skill_usage("slash", damage=30, xp_gained=5)
    tracker.record_skill_usage("slash", damage=0, success=False)
    tracker.record_kill(xp_gained=15)
    tracker.record_death()
    status = tracker.get_session_status()
    assert (status["status"], status["session_id"], status["kills"], status["skills_used"]) == ("active", "one", 1, 1)
    session = tracker.current_session
    assert isinstance(session, CombatSession)
    assert (session.state, session.skills_used["slash"].success_rate) == (SessionState.ACTIVE, 0.5)
    summary = tracker.end_session()
    assert (summary["total_xp_gained"], summary["kills"], summary["deaths"], summary["state"]) == (
        20,
        1,
        1,
        "completed",
    )
    log = json.loads((tmp_path / "logs/combat_usage_log.json").read_text())
    assert log == {"sessions": [summary], "total_sessions": 1, "total_xp": 20}
    learned = json.loads((tmp_path / "profiles/learned_combat_insights.json").read_text())
    assert learned == tracker.get_learned_insights()
    assert (tracker.get_skill_performance("slash") or {})["total_uses"] == 2
    assert tracker.get_skill_performance("never used") is None


def test_a_reading_after_the_end_does_not_open_the_session_again(tracker: PassiveLearningTracker) -> None:
    tracker.start_session("one")
    tracker.update_xp(100)
    tracker.update_xp(140)
    assert tracker.end_session()["total_xp_gained"] == 40
    tracker.update_xp(150)
    assert tracker.get_session_status() == NO_SESSION


def test_trackers_of_one_home_share_it(tracker: PassiveLearningTracker, tmp_path: Path) -> None:
    """A bot that uses the class and the functions, or makes a tracker a part of itself, has one home."""
    other = PassiveLearningTracker(str(tmp_path))
    tracker.start_session("one")
    other.record_kill()
    other.close()
    trackers = [PassiveLearningTracker(str(tmp_path)) for _ in range(3)]
    threads = [Thread(target=each.record_kill) for each in trackers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tracker.get_session_status()["kills"] == 4
    for each in trackers:
        each.close()
    tracker.record_kill()
    assert tracker.end_session()["kills"] == 5


def test_when_the_instance_is_gone_the_script_goes_on_by_itself(
    tracker: PassiveLearningTracker, tmp_path: Path
) -> None:
    with running(tmp_path) as api:
        tracker.record_kill()
    assert [type(each.event) for each in api.recorder.occurrences] == [Kill]
    tracker.record_kill()
    assert tracker.get_session_status()["kills"] == 1


@pytest.mark.parametrize(("skill", "damage"), [("slash", -1.0), ("", 1.0), ("slash", float("nan")), ("slash", 1e300)])
def test_what_cannot_be_is_refused(tracker: PassiveLearningTracker, skill: str, damage: float) -> None:
    with pytest.raises(EnvironmentFault):
        tracker.record_skill_usage(skill, damage)
    assert tracker.get_session_status() == NO_SESSION
