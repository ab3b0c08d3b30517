"""Where game profiles lie, and what they say about folding."""

from __future__ import annotations

from pathlib import Path

from combatlens.adapters.profiles import ProfileFolders
from combatlens.bootstrap.home import Home
from combatlens.domain.fold import FoldRules
from combatlens.domain.profile import GameProfile


def profile_folders(home: Home) -> ProfileFolders:
    """The user's own profiles before the shipped ones."""
    package = Path(__file__).resolve().parents[1]
    shipped = package / "profiles"
    return ProfileFolders(home.profiles, shipped if shipped.is_dir() else package.parents[1] / "profiles")


def fold_rules(profile: GameProfile) -> FoldRules:
    """What a profile says about folding its sessions."""
    rules = profile.session
    return FoldRules(
        counter=profile.screen.counter, idle_s=rules.idle_minutes * 60.0, encounter_gap_s=rules.encounter_gap_s
    )
