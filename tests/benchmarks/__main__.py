"""Runs the benchmarks: `make bench`, or `make bench ARGS="ocr store"` for some of them. `--…` goes to those named.

Each file bench_<name>.py here has a `main()` that prints its table. Each runs in a process of its own, so that none
warms up another's caches; the exit code is 1 when one failed.
"""

import os
import platform
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def main(arguments: list[str]) -> int:
    names = [name for name in arguments if not name.startswith("--")]
    options = ", ".join(repr(option) for option in arguments if option.startswith("--"))
    found = {path.stem.removeprefix("bench_"): path for path in sorted(HERE.glob("bench_*.py"))}
    if unknown := [name for name in names if name not in found]:
        print(f"no benchmark called {', '.join(unknown)}; there are: {', '.join(found)}", file=sys.stderr)
        return 2
    print(f"{platform.platform()}, Python {platform.python_version()}, {os.cpu_count()} cores")
    failed = []
    for name in names or found:
        print(f"\n== {name} ==", flush=True)
        command = f"from tests.benchmarks.bench_{name} import main; main({options})"
        if subprocess.run([sys.executable, "-c", command], cwd=HERE.parent.parent, check=False).returncode != 0:
            failed.append(name)
    if failed:
        print(f"\nfailed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
