"""Entry points: `combatlens` (console) and `combatlensw` (windowed, on Windows)."""

from __future__ import annotations

import sys

PARSER = ["worker", "parse"]
"""A combat log's parser: a program of our own that an import waits for, so it starts without the command line."""


def main() -> None:
    if sys.argv[1:] == PARSER:
        import signal

        from combatlens.adapters.combat_log.parsing import serve

        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both: who imports says what becomes of it
        with open(sys.stdin.fileno(), "rb", buffering=0, closefd=False) as stdin:
            sys.exit(serve(stdin, sys.stdout.buffer))
    from combatlens.cli.main import run_command

    sys.exit(run_command(sys.argv[1:]))


def main_windowed() -> None:
    """Without a console there is no stderr: what would be printed goes to the program's log alone."""
    main()


if __name__ == "__main__":
    main()
