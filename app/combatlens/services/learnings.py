"""A run of learning from actions: what was found goes to files that bots and people read; what was known is archived.

In the folder: `extracted_learnings.json` (everything), `tool_learnings.json` (what is sure enough, by category),
`metrics_analysis_report.md`, `tool_metrics_report.md`, one line a run in `learning_runs.log`, and in `archive/` the
learnings that a run replaced.
"""

from __future__ import annotations

import contextlib
import json
import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import msgspec
from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.words import counted
from combatlens.learning.actions import Analysis, Extract, extract, with_earlier
from combatlens.learning.known_failures import ErrorPattern
from combatlens.learning.operations import ActionLearning, Operation, Refusal, Thresholds
from combatlens.learning.tool_uses import tool_use
from combatlens.ports import Clock
from combatlens.services.files import write_json, write_whole

log = logging.getLogger(__name__)

ARCHIVED = 50
ENTRY_POINTS = "combatlens.analyses"


class Reports(Protocol):
    """The people's side of a run; `reports.learnings_md` fills it."""

    def analysis_report(self, found: Extract, *, now: float, min_confidence: float) -> str: ...
    def actions_report(self, operations: Sequence[Operation], *, now: float) -> str: ...


class LearningRuns:
    """Learns from operations and writes the outcome into `folder`."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        reports: Reports,
        *,
        limits: Thresholds | None = None,
        own: Sequence[ErrorPattern] = (),
        further: Sequence[tuple[str, Analysis]] = (),
    ) -> None:
        self.folder = folder
        self._clock = clock
        self._reports = reports
        self.limits = limits or Thresholds()
        self._own = own
        self._further = further

    def run(self, operations: Iterable[Operation], refusals: Iterable[Refusal] = (), *, origin: str = "") -> Extract:
        """Learn, archive what was known, write the files. `origin` says in the log where the operations came from.
        Where the operations are too few to learn from, what was learned earlier stays.

        A further analysis that fails is logged and left out. Raises EnvironmentFault when a file cannot be written.
        """
        all_of = list(operations)
        failed: list[str] = []
        further = [self._guarded(name, analysis, failed) for name, analysis in self._further]
        found = extract(all_of, refusals, self.limits, own=self._own, further=further)
        now = self._clock.now()
        known = self._known()
        if found.needs:
            found = with_earlier(found, _learnings(known) or (), self.limits)
        self._archive(found, known, now)
        write_json(self.folder / "extracted_learnings.json", self._everything(found, now, origin))
        write_json(self.folder / "tool_learnings.json", self._handed_on(found, now))
        report = self._reports.analysis_report(found, now=now, min_confidence=self.limits.min_confidence)
        write_whole(self.folder / "metrics_analysis_report.md", report.encode())
        overview = self._reports.actions_report(all_of, now=now)
        write_whole(self.folder / "tool_metrics_report.md", overview.encode())
        self._note(found, now, origin, failed)
        return found

    def _everything(self, found: Extract, now: float, origin: str) -> dict[str, Any]:
        return {
            "metadata": {
                "generated_at": _iso(now),
                "origin": origin,
                "operations": found.operations,
                "sessions": found.sessions,
                "refusals": found.refusals,
                "needs": found.needs or None,
                "kept": found.kept,
                "thresholds": msgspec.to_builtins(self.limits),
            },
            "learnings": [msgspec.to_builtins(one) for one in found.learnings],
        }

    def _handed_on(self, found: Extract, now: float) -> dict[str, Any]:
        rows = [msgspec.to_builtins(one) for one in found.handed_on]
        return {
            "generated_at": _iso(now),
            "min_confidence": self.limits.min_confidence,
            "learnings": [{"category": f"{row['type']}_{row['impact']}", **row} for row in rows],
        }

    def _known(self) -> bytes | None:
        try:
            return (self.folder / "extracted_learnings.json").read_bytes()
        except FileNotFoundError:
            return None

    def _archive(self, found: Extract, old: bytes | None, now: float) -> None:
        """Keep the learnings that are replaced, where they say something else; the newest 50 stay."""
        if old is None or _learnings(old) == list(found.learnings):
            return
        stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%S%fZ")
        archive = self.folder / "archive"
        write_whole(archive / f"extracted_learnings-{stamp}.json", old)
        for outdated in sorted(archive.glob("extracted_learnings-*.json"))[:-ARCHIVED]:
            with contextlib.suppress(OSError):
                outdated.unlink()

    def _note(self, found: Extract, now: float, origin: str, failed: Sequence[str]) -> None:
        text = f"{_iso(now)} {counted(found.operations, 'operation')}, {counted(len(found.learnings), 'learning')}"
        text += f", {len(found.handed_on)} handed on"
        text += f", from {origin}" if origin else ""
        text += f", needs {found.needs}" if found.needs else ""
        text += f", {found.kept} kept from earlier" if found.kept else ""
        text += f", FAILED: {', '.join(failed)}" if failed else ""
        try:
            with (self.folder / "learning_runs.log").open("a", encoding="utf-8") as file:
                file.write(text + "\n")
        except OSError as error:
            raise EnvironmentFault(f"{self.folder} cannot be written: {error.strerror}", "check its rights") from error

    def _guarded(self, name: str, analysis: Analysis, failed: list[str]) -> Analysis:
        def run(sessions: Sequence[Sequence[Operation]], limits: Thresholds) -> Iterable[Any]:
            try:
                return list(analysis(sessions, limits))
            except Exception:  # the user's own code: the other analyses are not lost by its fault
                log.exception("the analysis %s failed and is left out", name)
                failed.append(name)
                return []

        return run


class _Written(Struct):
    learnings: list[ActionLearning]


def _learnings(written: bytes | None) -> list[ActionLearning] | None:
    """None where the file cannot be read as learnings."""
    try:
        return msgspec.json.decode(written or b"", type=_Written).learnings
    except msgspec.MsgspecError:
        return None


class EntryPoint(Protocol):
    """What `importlib.metadata.entry_points` gives."""

    @property
    def name(self) -> str: ...
    def load(self) -> Any: ...


def further_analyses(entry_points: Iterable[EntryPoint]) -> list[tuple[str, Analysis]]:
    """The users' own kinds of analysis; one that cannot be loaded is logged and left out."""
    found: list[tuple[str, Analysis]] = []
    for point in entry_points:
        try:
            analysis = point.load()
        except Exception:  # loading runs the user's own module, which may raise anything
            log.exception("the analysis %s cannot be loaded", point.name)
            continue
        if callable(analysis):
            found.append((point.name, analysis))
        else:
            log.error("the analysis %s is no function", point.name)
    return found


def read_tool_log(path: Path, say: Callable[[str], object] = log.warning) -> list[Operation]:
    """The uses in a tool's log: a JSON array, or one JSON object a line. Entries that name no tool are left out.

    Raises EnvironmentFault for a file that is neither.
    """
    try:
        text = path.expanduser().read_text(encoding="utf-8")
    except OSError as error:
        raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the path") from error
    except UnicodeDecodeError as error:
        raise EnvironmentFault(f"{path} is no text in UTF-8", "save it as UTF-8") from error
    try:
        array = text.lstrip().startswith("[")
        rows = json.loads(text) if array else [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError as error:
        raise EnvironmentFault(f"{path} is no log of tool uses: {error}", "give a JSON array or JSON lines") from error
    found = []
    for number, row in enumerate(rows, 1):
        try:
            if not isinstance(row, dict):
                raise EnvironmentFault("it is no JSON object", "")
            found.append(tool_use(row))
        except EnvironmentFault as fault:
            say(f"{path}: entry {number} is left out: {fault.what}")
    return found


def _iso(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).isoformat(timespec="seconds")
