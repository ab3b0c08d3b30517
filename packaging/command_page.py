"""Writes docs/commands.md from the program's own help: `make docs`. A test fails while the page says something else."""

from collections.abc import Iterator
from pathlib import Path

import click

PAGE = Path(__file__).resolve().parents[1] / "docs" / "commands.md"
HEAD = """# All commands

Made by `make docs` from the program's own help; `--help` after any command tells more.

`combatlens` alone is `combatlens run`. `--home DIR` names the data folder, before or after the command. `--json` prints
for programs. Exit codes: 0 done, 1 failed, 2 wrong usage. An error is one line: what happened, and what to do.

| command | does | options |
|---|---|---|
"""
EVERYWHERE = {"--home", "--json", "--help"}


def rows(group: click.Group, path: str = "combatlens") -> Iterator[str]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from rows(command, f"{path} {name}")
        else:
            does = command.get_short_help_str(limit=300)
            yield f"| `{path} {name}`{_arguments(command)} | {does} | {_options(command)} |"


def _arguments(command: click.Command) -> str:
    context = click.Context(command)
    names = [parameter.make_metavar(context) for parameter in command.params if isinstance(parameter, click.Argument)]
    return "".join(f" {name}" for name in names)


def _options(command: click.Command) -> str:
    names = [max(p.opts, key=len) for p in command.params if isinstance(p, click.Option) and not p.hidden]
    return " ".join(f"`{name}`" for name in sorted(names) if name not in EVERYWHERE)


def page() -> str:
    from combatlens.cli.main import cli

    return HEAD + "\n".join(rows(cli)) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
