"""The import path that existing bots use: `from logs.session_tracker import start_session`, from a checkout."""

import builtins
import importlib.util
import sys
from pathlib import Path

if importlib.util.find_spec("combatlens") is None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "app"))

from combatlens.api.session_tracker import (
    CombatSession,
    PassiveLearningTracker,
    SessionState,
    SkillUsage,
    end_session,
    get_learned_insights,
    get_session_status,
    get_skill_performance,
    record_death,
    record_kill,
    record_skill_usage,
    scan_xp_from_screen,
    start_session,
    update_xp,
)

__all__ = [
    "CombatSession",
    "PassiveLearningTracker",
    "SessionState",
    "SkillUsage",
    "end_session",
    "get_learned_insights",
    "get_session_status",
    "get_skill_performance",
    "record_death",
    "record_kill",
    "record_skill_usage",
    "scan_xp_from_screen",
    "start_session",
    "update_xp",
]

# The tracker's first published example calls record_kill without importing it. Scripts copied from it run as they
# stand because of this line; new ones import combatlens.api.session_tracker, which adds nothing anywhere.
vars(builtins).setdefault("record_kill", record_kill)
