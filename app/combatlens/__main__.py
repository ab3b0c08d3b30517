"""Entry points: `combatlens` (console) and `combatlensw` (windowed, on Windows)."""

from __future__ import annotations

import sys


def main() -> None:
    from combatlens.cli.main import run_command

    sys.exit(run_command(sys.argv[1:]))


def main_windowed() -> None:
    """Without a console there is no stderr: what would be printed goes to the program's log alone."""
    main()


if __name__ == "__main__":
    main()
