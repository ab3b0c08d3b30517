"""`worker …`: programs that CombatLens starts for itself. They only read; their parent commits."""

from __future__ import annotations

import sys

import click

from combatlens.bootstrap.home import Home
from combatlens.cli.common import home_option, put_json
from combatlens.domain.errors import EnvironmentFault, NotFound


@click.group("worker", hidden=True)
def worker_command() -> None:
    """Programs that CombatLens starts for itself."""


@worker_command.command("learn")
@home_option
def learn(home: Home) -> int:
    """Learn from the sessions that ended; print the result as JSON."""
    from combatlens.adapters.clock import SystemClock
    from combatlens.adapters.storage.learning import SqlLearning
    from combatlens.adapters.storage.reading import SqlHistory
    from combatlens.adapters.storage.store import SqlStore
    from combatlens.bootstrap.game_profiles import fold_rules, profile_folders
    from combatlens.bootstrap.store import open_engine
    from combatlens.domain.fold import FoldRules
    from combatlens.services.goal_book import GoalBook
    from combatlens.services.history import HistoryService
    from combatlens.services.learn_worker import end_with_parent, run_worker
    from combatlens.services.trial_book import TrialBook

    end_with_parent(sys.stdin.buffer)
    folders = profile_folders(home)

    def rules_of(profile: str) -> FoldRules:
        try:
            return fold_rules(folders.load(profile))
        except NotFound:
            return FoldRules()

    clock = SystemClock()
    engine = open_engine(home, read_only=True)
    reader = SqlLearning(engine, rules_of, home.machine)
    trials, goals = [], []
    try:  # a broken file of trials or goals is no reason to learn nothing
        trials = TrialBook(home.trials, clock).trials()
        goals = GoalBook(home.goals, HistoryService(SqlHistory(engine), SqlStore(engine)), clock).states()
    except EnvironmentFault as fault:
        click.echo(str(fault), err=True)
    return run_worker(reader, clock.now(), trials=trials, goals=goals)


@worker_command.command("progress")
@home_option
@click.argument("what", type=click.Choice(["metrics", "report", "goals"]))
def progress(home: Home, what: str) -> None:
    """Work out learning progress or goals; print it as JSON."""
    from combatlens.adapters.clock import SystemClock
    from combatlens.bootstrap.past import open_past
    from combatlens.services.goal_book import GoalBook
    from combatlens.services.progress_board import ProgressBoard

    clock = SystemClock()
    with open_past(home) as history:
        board = ProgressBoard(history, GoalBook(home.goals, history, clock), clock)
        put_json({"metrics": board.metrics, "report": board.report, "goals": board.goals}[what]())


@worker_command.command("ocr")
def ocr() -> None:
    """The OCR teachers of the screen reader."""
    from combatlens.adapters.ocr.teacher import main

    main()
