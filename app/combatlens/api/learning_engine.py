"""Failures and their fixes, for bots: capture attempts, make patterns of them, get hints before the next attempt.

>>> engine = LearningEngine(storage_dir=folder)
>>> one = engine.capture_learning("swg", "heal", 1, False, "heal self", ["Not enough mana."])
>>> one.error_pattern
'not_enough_mana'

Files are `<profile>_learnings.json` and `<profile>_patterns.json` in `storage_dir`, by default `learnings` in
CombatLens' home. In the records `language` is the game's profile, or a programming language.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from combatlens.adapters.clock import SystemClock
from combatlens.adapters.home import home_folder
from combatlens.learning.attempt_record import Learning
from combatlens.learning.hints import hints, hints_text, recent_text
from combatlens.learning.known_failures import ErrorPattern
from combatlens.learning.patterns import Pattern, statistics
from combatlens.ports import Clock
from combatlens.services.learning_files import CONSOLIDATE_EVERY, MAX_LEARNINGS, MIN_OCCURRENCES, LearningFiles

__all__ = ["ErrorPattern", "Learning", "LearningConsolidator", "LearningEngine", "Pattern"]


class LearningEngine:
    """Captures attempts and keeps them. Safe to use from several threads and programs at once.

    `verbose` says on stderr what is done. `consolidate_every`: patterns are made by themselves after so many new
    attempts (0: only when asked). `error_patterns`: the user's own, looked at before the known ones.
    """

    def __init__(
        self,
        storage_dir: str | Path | None = None,
        verbose: bool = False,
        *,
        consolidate_every: int = CONSOLIDATE_EVERY,
        max_learnings: int = MAX_LEARNINGS,
        error_patterns: Sequence[ErrorPattern] = (),
        clock: Clock | None = None,
    ) -> None:
        self.storage_dir = Path(storage_dir).expanduser() if storage_dir else home_folder() / "learnings"
        self.verbose = verbose
        self.files = LearningFiles(
            self.storage_dir,
            clock or SystemClock(),
            consolidate_every=consolidate_every,
            max_learnings=max_learnings,
            error_patterns=error_patterns,
        )

    def capture_learning(
        self,
        language: str,
        construct_type: str,
        attempt_number: int,
        success: bool,
        generated_code: str,
        validation_errors: Sequence[str] | None = None,
        error_pattern: str | None = None,
        fix_applied: str | None = None,
    ) -> Learning:
        """Keep one attempt. Without `error_pattern` the failure is recognised from the text of the errors; a success
        in a later attempt without one is taken as the fix of the failure just before it."""
        learning = self.files.capture(
            Learning(
                language=language,
                construct_type=construct_type,
                attempt_number=attempt_number,
                success=bool(success),
                generated_code=generated_code,
                validation_errors=list(validation_errors or ()),
                error_pattern=error_pattern,
                fix_applied=fix_applied,
            )
        )
        outcome = "worked" if success else "failed"
        self._say(f"{language}/{construct_type} attempt {attempt_number} {outcome}: {learning.error_pattern or '-'}")
        return learning

    def get_learnings(
        self,
        language: str,
        construct_type: str | None = None,
        only_failures: bool = False,
        limit: int | None = None,
    ) -> list[Learning]:
        """The newest `limit` attempts, oldest first."""
        found = [
            one
            for one in self.files.learnings(language)
            if construct_type in (None, one.construct_type) and not (only_failures and one.success)
        ]
        return found if limit is None else found[max(0, len(found) - limit) :]

    def get_statistics(self, language: str) -> dict[str, Any]:
        """`total_learnings`, `failures`, `successes`, `success_rate` (0–1), `by_construct_type`, `error_patterns`."""
        return statistics(self.files.learnings(language))

    def get_recent_context(self, language: str, construct_type: str | None = None, limit: int = 5) -> str:
        """The newest attempts in words, newest first; empty without any."""
        return recent_text(self.get_learnings(language, construct_type, limit=limit))

    def load_patterns(self, language: str) -> list[Pattern]:
        """The patterns made so far, most frequent failure first."""
        return self.files.patterns(language)

    def languages(self) -> list[str]:
        """Every profile or language of which something is kept."""
        return self.files.profiles()

    def clear_learnings(self, language: str) -> None:
        """Forget the attempts and patterns of a profile."""
        self.files.clear(language)
        self._say(f"{language}: cleared")

    def export_learnings(
        self, path: str | Path, languages: Sequence[str] | None = None, *, patterns_only: bool = False
    ) -> Path:
        """Write everything (or the patterns alone) into one file to share."""
        return self.files.export(Path(path), languages, patterns_only=patterns_only)

    def import_learnings(self, path: str | Path) -> dict[str, int]:
        """Add what someone exported; nothing is added twice. Answers with the attempts added by profile."""
        return {name: attempts for name, (attempts, _) in self.files.bring_in(Path(path)).items()}

    def _say(self, text: str) -> None:
        if self.verbose:
            sys.stderr.write(f"learning: {text}\n")


class LearningConsolidator:
    """Makes patterns of an engine's attempts, and hints of the patterns."""

    def __init__(self, engine: LearningEngine, verbose: bool = False) -> None:
        self.engine = engine
        self.verbose = verbose

    def consolidate_language(self, language: str, min_occurrences: int = MIN_OCCURRENCES) -> list[Pattern]:
        """Make and write the patterns of one profile; what was met under `min_occurrences` times makes none."""
        patterns = self.engine.files.consolidate(language, min_occurrences)
        if self.verbose:
            for one in patterns:
                seen = f"{one.occurrence_count} occurrences, {one.success_rate:.0%} solved"
                sys.stderr.write(f"learning: {one.pattern_name} ({seen})\n")
        return patterns

    def consolidate_all(self, min_occurrences: int = MIN_OCCURRENCES) -> dict[str, list[Pattern]]:
        """The patterns of every profile, by its name."""
        return {name: self.consolidate_language(name, min_occurrences) for name in self.engine.languages()}

    def generate_hints(
        self, language: str, construct_type: str | None = None, max_patterns: int = 5
    ) -> list[dict[str, Any]]:
        """What to mind before the next attempt.

        Each has `pattern, construct_type, occurrences, success_rate, avoid, prefer, why, fix`; the costliest first.
        """
        return hints(self.engine.load_patterns(language), construct_type, max_patterns)

    def generate_prompt_injection(
        self, language: str, construct_type: str | None = None, max_patterns: int = 5, *, as_json: bool = False
    ) -> str:
        """The hints as a short text, or as a JSON array for a bot. The text is empty when there are none."""
        found = self.generate_hints(language, construct_type, max_patterns)
        return json.dumps(found, ensure_ascii=False) if as_json else hints_text(found)
