"""The command line: one file a command group. Each command is imported only when it is asked for."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from collections.abc import Sequence
from typing import Any, cast

import click

from combatlens import __version__
from combatlens.domain.errors import EnvironmentFault

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("run", "tray, overlay and recording"),
    "demo": ("demo", "a simulated game and bot, watched by the real thing"),
    "simulate": ("demo", "event lines with known truth, to a file"),
    "doctor": ("doctor", "what works here, and what to do about the rest"),
    "read-image": ("pictures", "what the screen reader makes of picture files"),
    "import": ("importing", "take in a combat log, or event lines"),
    "status": ("control", "what is being recorded now"),
    "ctl": ("control", "control the running instance"),
    "session": ("session", "record from a script, across separate calls"),
    "sessions": ("sessions", "list, show, compare, edit, export and delete sessions"),
    "insights": ("learned", "what was learned"),
    "recommend": ("learned", "what to try next"),
    "goals": ("goals", "what you want to reach, and how far you are"),
    "trial": ("trial", "try one build, weapon, mode, rotation or tag against another"),
    "learn": ("learn", "learnings from actions, failures and fixes"),
    "analytics": ("analytics", "trends, alerts and predictions over the history"),
    "report": ("reports", "a page to read or share"),
    "db": ("db", "care of the store"),
    "profiles": ("profiles", "game profiles"),
    "worker": ("worker", "programs that CombatLens starts for itself"),
}
"""Command -> its module in `combatlens.cli` and its line in the help."""

HIDDEN = frozenset({"worker"})


class Commands(click.Group):
    """Loads a command's module when it is used, so that `combatlens status` does not pay for the rest."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return [name for name in COMMANDS if name not in HIDDEN and self._exists(name)]

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS or not self._exists(cmd_name):
            return None
        module = importlib.import_module(f"combatlens.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_") + "_command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name][1]) for name in self.list_commands(ctx)])

    @staticmethod
    def _exists(name: str) -> bool:
        return importlib.util.find_spec(f"combatlens.cli.{COMMANDS[name][0]}") is not None


@click.group(cls=Commands, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--home", metavar="DIR", help="The data folder (default: COMBATLENS_HOME, else the platform's own).")
@click.option("--database", metavar="URL", help="A PostgreSQL server to write to (default: COMBATLENS_DATABASE).")
@click.version_option(__version__, "--version", prog_name="combatlens")
@click.pass_context
def cli(ctx: click.Context, home: str | None, database: str | None) -> int | None:
    """CombatLens watches a game and its bot, and tells you what works. It sends nothing to the game.

    Without a command it starts: tray, overlay and recording.
    """
    ctx.obj = home
    if database:  # the programs that it starts are to use it too, and their arguments can be seen by all
        os.environ["COMBATLENS_DATABASE"] = database
    if ctx.invoked_subcommand is not None:
        return None
    command = cli.get_command(ctx, "run")
    assert command is not None
    with command.make_context("run", [], parent=ctx) as started:  # `ctx.invoke` would leave out what options ask for
        return cast("int", command.invoke(started))


def run_command(arguments: Sequence[str]) -> int:
    """Run one command line. Returns the exit code: 0 done, 1 failed, 2 wrong usage."""
    try:
        result: Any = cli.main(args=list(arguments), prog_name="combatlens", standalone_mode=False)
    except click.exceptions.Exit as done:
        return done.exit_code
    except click.exceptions.NoArgsIsHelpError as error:
        names = (
            ", ".join(error.ctx.command.list_commands(error.ctx)) if isinstance(error.ctx.command, click.Group) else ""
        )
        return _say(f"{error.ctx.command_path} needs a command: {names}; see {error.ctx.command_path} --help", 2)
    except click.UsageError as error:
        hint = f"see {error.ctx.command_path} --help" if error.ctx else "see combatlens --help"
        return _say(f"{error.format_message().rstrip('.')}; {hint}", 2)
    except click.ClickException as error:
        return _say(error.format_message(), 1)
    except click.Abort:
        return _say("interrupted", 1)
    except EnvironmentFault as fault:
        return _say(str(fault), 1)
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return result if isinstance(result, int) else 0


def _say(message: str, code: int) -> int:
    click.echo("combatlens: error: " + " ".join(message.split()), err=True)
    return code
