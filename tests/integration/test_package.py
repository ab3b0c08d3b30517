"""The wheel: what `py -m pip install .` gives a user must hold everything that a checkout has."""

import os
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest
from tests.repository import ROOT, project_files


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT))
    (made,) = out.glob("combatlens-*.whl")
    return made


def run(*command: str, **environment: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **environment}, check=False, timeout=120
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_wheel_holds_every_file_of_the_program(wheel: Path) -> None:
    expected = set()
    for path in project_files():
        parts = path.relative_to(ROOT).parts
        if parts[:2] == ("app", "combatlens"):
            expected.add("/".join(parts[1:]))
        elif parts[0] in ("resources", "profiles"):
            expected.add("/".join(("combatlens", *parts)))
    assert expected <= set(zipfile.ZipFile(wheel).namelist())


def test_the_installed_program_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "env"
    run(sys.executable, "-m", "venv", "--without-pip", str(environment))
    scripts = environment / ("Scripts" if sys.platform == "win32" else "bin")
    run(
        *(sys.executable, "-m", "pip", "--python", str(scripts / "python"), "install", "--quiet"),
        *("--no-deps", "--no-index", str(wheel)),
    )
    # The dependencies come from here; on PYTHONPATH their folder's .pth files, which name the checkout, do not count.
    elsewhere = {"PYTHONPATH": sysconfig.get_path("purelib"), "COMBATLENS_HOME": str(tmp_path / "home")}
    place = run(str(scripts / "python"), "-c", "import combatlens; print(combatlens.__file__)", **elsewhere)
    assert Path(place.strip()).is_relative_to(environment)
    assert "CombatLens" in run(str(scripts / "combatlens"), "--help", **elsewhere)
    assert (scripts / "combatlensw").exists()
