"""`worker …`: programs that CombatLens starts for itself. They only read; their parent commits."""

from __future__ import annotations

import sys

import click

from combatlens.bootstrap.core import fold_rules, profile_folders
from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option
from combatlens.domain.errors import NotFound
from combatlens.domain.fold import FoldRules


@click.group("worker", hidden=True)
def worker_command() -> None:
    """Programs that CombatLens starts for itself."""


@worker_command.command("learn")
@home_option
def learn(home: Home) -> int:
    """Learn from the sessions that ended; print the result as JSON."""
    from combatlens.adapters.clock import SystemClock
    from combatlens.adapters.storage.learning import SqlLearning
    from combatlens.bootstrap.store import open_engine
    from combatlens.services.learn_worker import end_with_parent, run_worker

    end_with_parent(sys.stdin.buffer)
    folders = profile_folders(home)

    def rules_of(profile: str) -> FoldRules:
        try:
            return fold_rules(folders.load(profile))
        except NotFound:
            return FoldRules()

    return run_worker(SqlLearning(open_engine(home, read_only=True), rules_of, home.machine), SystemClock().now())
