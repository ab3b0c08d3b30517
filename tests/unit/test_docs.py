"""The pages say what is so: commands, options, targets, links and examples are tried against the program."""

import json
import os
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from tests.repository import ROOT

from combatlens.cli.main import cli
from combatlens.domain.door import decode_event
from combatlens.domain.profile import decode_profile

PAGES = [
    ROOT / "README.md",
    ROOT / "CHANGELOG.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    ROOT / "packaging/windows/README.md",
]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHELLS = {"sh", "bash", "console", "bat"}
README = (ROOT / "README.md").read_text(encoding="utf-8")

page = pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))


def blocks(text: str, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(text) if language in languages]


def command_lines(text: str, program: str) -> Iterator[str]:
    """What follows `program` in shell blocks and in code within a sentence."""
    for block in blocks(text, *SHELLS):
        for line in block.replace("\\\n", " ").splitlines():
            if match := re.match(rf"(?:\$ )?(?:\S*/)?{program}\b(.*)", line.strip()):
                yield match[1].strip()
    for code in re.findall(r"`([^`\n]+)`", FENCE.sub("", text)):
        if match := re.fullmatch(rf"(?:\S*/)?{program} (.*)", code):
            yield match[1].strip()


def words_of(line: str) -> list[str]:
    words = shlex.split(line, comments=True)
    stop = next((i for i, word in enumerate(words) if word in {"|", "||", "&&", ";", ">", ">>", "<", "&"}), len(words))
    return words[:stop]


def complaint(line: str) -> str | None:
    """What is wrong with a documented command line, None when the program understands it."""
    command: click.Command = cli
    known = {option: parameter for parameter in cli.params for option in parameter.opts}
    words = iter(words_of(line))
    for word in words:
        if word.startswith("-"):
            option = word.partition("=")[0]
            known.update({o: p for p in command.params for o in (*p.opts, *p.secondary_opts)})
            if option in ("-h", "--help"):
                continue
            if option not in known:
                return f"{command.name} has no option {option}"
            parameter = known[option]
            if "=" not in word and not (isinstance(parameter, click.Option) and parameter.is_flag):
                next(words, None)
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z/-]*", word):
            for name in word.split("/"):
                found = command.get_command(click.Context(command), name)
                if found is None:
                    return f"{command.name} has no command {name}"
            command = found
    return None


@page
def test_documented_commands_exist(page: Path) -> None:
    lines = command_lines(page.read_text(encoding="utf-8"), "combatlens")
    assert [f"combatlens {line}: {wrong}" for line in lines if (wrong := complaint(line))] == []


def test_a_wrong_command_would_be_found() -> None:
    assert complaint("doctor --json") is None
    assert complaint("--home DIR status # what is recorded now") is None
    assert complaint("conquer") == "cli has no command conquer"
    assert complaint("profiles conquer") == "profiles has no command conquer"
    assert complaint("status --conquer | less --x") == "status has no option --conquer"


def test_every_command_is_documented() -> None:
    made = runpy.run_path(str(ROOT / "packaging" / "command_page.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "`make docs` brings docs/commands.md up to date"


@page
def test_documented_make_targets_exist(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for line in command_lines(page.read_text(encoding="utf-8"), "make"):
        for target in [word for word in words_of(line) if "=" not in word]:
            assert re.search(rf"^{re.escape(target)}:", makefile, re.MULTILINE), f"no target {target}"


@page
def test_links_and_pictures_are_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", FENCE.sub("", page.read_text(encoding="utf-8")))
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_python_example_of_the_readme_runs_and_its_events_are_good(tmp_path: Path) -> None:
    (example,) = blocks(README, "python")
    environment = {**os.environ, "COMBATLENS_HOME": str(tmp_path), "PYTHONPATH": str(ROOT / "app")}
    subprocess.run([sys.executable, "-c", example], check=True, env=environment, timeout=60)
    lines = [line for file in (tmp_path / "inbox").glob("*.jsonl") for line in file.read_bytes().splitlines()]
    assert [type(decode_event(line)).__name__ for line in lines] == ["SkillUse", "Kill"]


def test_the_curl_example_of_the_readme_finds_the_token_and_sends_good_events(tmp_path: Path) -> None:
    (example,) = [block for block in blocks(README, "sh") if "curl" in block]
    folder = tmp_path / ".local/share/combatlens"
    folder.mkdir(parents=True)
    (folder / "api.json").write_text(
        '{\n  "port": 47805,\n  "token": "secret",\n  "pid": 1,\n  "read_token": "other"\n}\n'
    )
    curl = tmp_path / "curl"
    curl.write_text('#!/bin/sh\nprintf "%s\\n" "$@" >"$HOME/sent"\n')
    curl.chmod(0o755)
    environment = {"HOME": str(tmp_path), "PATH": f"{tmp_path}:/usr/bin:/bin"}
    subprocess.run(["sh", "-euc", example], check=True, env=environment, timeout=60)
    sent = (tmp_path / "sent").read_text()
    assert "Authorization: Bearer secret\n" in sent
    assert sent.startswith("http://127.0.0.1:47805/v1/events\n")
    events = json.loads(sent[sent.index("-d\n") + 3 :])
    assert [type(decode_event(json.dumps(event).encode())).__name__ for event in events] == ["SkillUse", "Kill"]


def test_the_autohotkey_example_of_the_readme_sends_good_events() -> None:
    (example,) = blocks(README, "autohotkey")
    fields = re.findall(r"^Lens\('(.*)'\)$", example, re.MULTILINE)
    events = [decode_event(f'{{"at": 1760000000, {part}}}'.encode()) for part in fields]
    assert [type(event).__name__ for event in events] == ["SkillUse", "Kill"]


@page
def test_documented_profiles_are_good(page: Path) -> None:
    for number, block in enumerate(blocks(page.read_text(encoding="utf-8"), "toml")):
        if re.search(r"^name = ", block, re.MULTILINE):
            profile = decode_profile(block, f"example {number} of {page.name}")
            assert f'name = "{profile.name}"' in block
