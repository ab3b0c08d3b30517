"""The repository that the tests lie in, and its files."""

import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def project_files() -> list[Path]:
    """All files that are, or would be, under version control; made ones left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]
    made = {".venv", ".git", "dist", "build", "__pycache__"}
    return [path for path in ROOT.rglob("*") if path.is_file() and made.isdisjoint(path.parts)]
