"""What no file of the project may hold. This file names all of it, and is the one exception."""

import re
from pathlib import Path

import pytest
from tests.repository import ROOT, project_files

PROGRAM = ("app", "logs", "profiles", "resources", "packaging")

# Sending input to a game, or looking into another process.
FORBIDDEN_CODE = re.compile(
    r"pynput|pyautogui|pydirectinput|xdotool\W+(key|type|click|mousemove)|ydotool|uinput|xtest|fake_input"
    r"|SendInput|keybd_event|mouse_event|PostMessage[AW]?\b|CreateRemoteThread|SetWindowsHookEx"
    r"|\bkeyboard\.(send|press|release|write|play|press_and_release|block_key|remap_\w+)\b|\b(import|from) mouse\b"
    r"|ReadProcessMemory|WriteProcessMemory|process_vm_(read|write)v|\bptrace\b|\bpymem\b|/proc/[^/\s]+/mem\b"
)
# Addresses of package indexes, and paths of a developer's machine.
FORBIDDEN_TEXT = re.compile(
    r"pypi\.(org|python)|pythonhosted|registry\.npmjs|(deb|snapshot)\.debian\.org|index-url[= ]+(http|file)"
    r"|(?<![\w.~/-])/(work|root|home/\w+|Users/(?!Public)\w+)/"
)


def findings(pattern: re.Pattern[str], paths: list[Path]) -> list[str]:
    found = []
    for path in paths:
        if path == Path(__file__).resolve():
            continue
        content = path.read_bytes()
        if b"\0" in content[:8192]:
            continue
        for number, line in enumerate(content.decode("utf-8", "replace").splitlines(), 1):
            if match := pattern.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {match[0]}")
    return found


@pytest.fixture(scope="module")
def files() -> list[Path]:
    return project_files()


def test_the_program_sends_no_input_and_reads_no_memory(files: list[Path]) -> None:
    program = [path for path in files if path.relative_to(ROOT).parts[0] in PROGRAM]
    assert len(program) > 20, "the scan found too few files to mean anything"
    assert findings(FORBIDDEN_CODE, program) == []


def test_no_index_address_and_no_machine_path(files: list[Path]) -> None:
    assert findings(FORBIDDEN_TEXT, files) == []


@pytest.mark.parametrize(
    "line",
    [
        "keyboard.send('ctrl+c')",
        "keyboard.press_and_release('a')",
        "user32.SendInput(1, x, y)",
        "from pynput.keyboard import Controller",
        "subprocess.run(['xdotool', 'key', 'F1'])",
        "display.xtest_fake_input(X.KeyPress)",
        "open(f'/proc/{pid}/mem')",
    ],
)
def test_the_scan_for_code_finds_what_it_should(line: str) -> None:
    assert FORBIDDEN_CODE.search(line)


@pytest.mark.parametrize(
    "line", ["keyboard.add_hotkey(key, call)", "keyboard.unhook_all()", "keyboard.parse_hotkey(key)"]
)
def test_the_scan_for_code_lets_listening_pass(line: str) -> None:
    assert not FORBIDDEN_CODE.search(line)


@pytest.mark.parametrize("line", ["-f /root/wheels", "see /home/ana/x", "https://files.pythonhosted.org/x"])
def test_the_scan_for_text_finds_what_it_should(line: str) -> None:
    assert FORBIDDEN_TEXT.search(line)


def test_a_finding_names_file_line_and_needle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.unit.test_forbidden.ROOT", tmp_path)
    (tmp_path / "a.py").write_text("x = 1\nfrom pynput import mouse\n")
    assert findings(FORBIDDEN_CODE, [tmp_path / "a.py"]) == ["a.py:2: pynput"]
