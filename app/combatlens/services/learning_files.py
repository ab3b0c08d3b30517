"""Attempts and patterns in files, one pair a profile: `<profile>_learnings.json` and `<profile>_patterns.json`.

Every file is written whole or not at all, under a lock that several programs share. A file that cannot be read is
set aside as `*.corrupt-<time>` and never overwritten.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import msgspec
from filelock import FileLock, Timeout
from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault
from combatlens.learning.attempt_record import Learning, fingerprint, fixed_failure
from combatlens.learning.failures import recognise
from combatlens.learning.known_failures import ErrorPattern
from combatlens.learning.patterns import Pattern, consolidate
from combatlens.ports import Clock
from combatlens.services.files import set_aside, write_whole

log = logging.getLogger(__name__)

MAX_LEARNINGS = 2000
"""Attempts kept a profile; the oldest go first, the patterns made of them stay."""
CONSOLIDATE_EVERY = 25
MIN_OCCURRENCES = 2
FORMAT = "combatlens-learnings"
VERSION = 1
KINDS = ("learnings", "patterns")
_LOCK_SECONDS = 10.0
_NAME = re.compile(r"[\w+#][\w.+# -]{0,63}")

_Row = TypeVar("_Row", Learning, Pattern)


class Shared(Struct, frozen=True, kw_only=True):
    """The file that people share: attempts and patterns by profile."""

    format: str = FORMAT
    version: int = VERSION
    learnings: dict[str, list[Learning]] = {}
    patterns: dict[str, list[Pattern]] = {}


class LearningFiles:
    """The attempts and patterns in `folder`. Safe to use from several threads and programs at once.

    Patterns are made anew after every `consolidate_every` new attempts of a profile (0: only when asked).
    """

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        consolidate_every: int = CONSOLIDATE_EVERY,
        max_learnings: int = MAX_LEARNINGS,
        error_patterns: Sequence[ErrorPattern] = (),
    ) -> None:
        self.folder = folder.expanduser()
        self._clock = clock
        self._every = consolidate_every
        self._max = max_learnings
        self._own = tuple(error_patterns)

    def profiles(self) -> list[str]:
        """Every profile that has a file here."""
        names = {p.name.rsplit("_", 1)[0] for kind in KINDS for p in self.folder.glob(f"*_{kind}.json")}
        return sorted(names)

    def learnings(self, profile: str) -> list[Learning]:
        """All attempts, oldest first."""
        return self._read(profile, "learnings", list[Learning])

    def patterns(self, profile: str) -> list[Pattern]:
        """All patterns, most frequent failure first."""
        return self._read(profile, "patterns", list[Pattern])

    def capture(self, learning: Learning) -> Learning:
        """Add one attempt; its failure is recognised, and its time and hash are set where they are missing."""
        profile = learning.language
        with self._locked(profile):
            before = self.learnings(profile)
            whole = self._completed(learning, before)
            self._add(profile, before, [whole])
        return whole

    def merge(self, profile: str, learnings: Iterable[Learning], patterns: Iterable[Pattern] = ()) -> int:
        """Add what is not here yet, told by its hash; own patterns win. Answers with the attempts added."""
        with self._locked(profile):
            before = self.learnings(profile)
            hashes = {one.hash for one in before}
            new = []
            for one in learnings:
                if one.hash not in hashes:
                    hashes.add(one.hash)
                    new.append(one)
            if new:
                self._add(profile, before, new)
            known = self.patterns(profile)
            keys = {(p.pattern_name, p.construct_type) for p in known}
            more = [p for p in patterns if (p.pattern_name, p.construct_type) not in keys]
            if more:
                self._write(profile, "patterns", [*known, *more])
        return len(new)

    def consolidate(self, profile: str, min_occurrences: int = MIN_OCCURRENCES) -> list[Pattern]:
        """Make the profile's patterns out of its attempts, and write them."""
        with self._locked(profile):
            return self._consolidate(profile, self.learnings(profile), min_occurrences)

    def clear(self, profile: str) -> None:
        """Forget the profile's attempts and patterns."""
        with self._locked(profile):
            for kind in KINDS:
                self._path(profile, kind).unlink(missing_ok=True)

    def export(self, path: Path, profiles: Sequence[str] | None = None, *, patterns_only: bool = False) -> Path:
        """Write the profiles (None: all) into one file to share."""
        chosen = list(profiles) if profiles is not None else self.profiles()
        shared = Shared(
            learnings={} if patterns_only else {name: self.learnings(name) for name in chosen},
            patterns={name: self.patterns(name) for name in chosen},
        )
        write_whole(path.expanduser(), msgspec.json.format(msgspec.json.encode(shared), indent=2) + b"\n")
        return path.expanduser()

    def bring_in(self, path: Path) -> dict[str, tuple[int, int]]:
        """Add what `export` wrote; the attempts and patterns added by profile. Raises EnvironmentFault for another
        file."""
        try:
            shared = msgspec.json.decode(path.expanduser().read_bytes(), type=Shared)
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check the path") from error
        except msgspec.MsgspecError as error:
            raise EnvironmentFault(f"{path} is no export of learnings ({error})", "export it again") from error
        if shared.format != FORMAT or shared.version > VERSION:
            raise EnvironmentFault(f"{path} holds {shared.format} {shared.version}", "update CombatLens to read it")
        added = {}
        for name in sorted({*shared.learnings, *shared.patterns}):
            known = len(self.patterns(name))
            attempts = self.merge(name, shared.learnings.get(name, ()), shared.patterns.get(name, ()))
            added[name] = attempts, max(0, len(self.patterns(name)) - known)
        return added

    def _completed(self, learning: Learning, before: Sequence[Learning]) -> Learning:
        name = learning.error_pattern or recognise(learning.validation_errors, learning.language, self._own)
        named = fixed_failure(msgspec.structs.replace(learning, error_pattern=name), before)
        stamped = msgspec.structs.replace(named, timestamp=learning.timestamp or self._now())
        return msgspec.structs.replace(stamped, hash=stamped.hash or fingerprint(stamped, len(before)))

    def _add(self, profile: str, before: Sequence[Learning], new: Sequence[Learning]) -> None:
        kept = sorted([*before, *new], key=lambda one: one.timestamp)[-self._max :]
        self._write(profile, "learnings", kept)
        if self._every and (len(before) + len(new)) // self._every > len(before) // self._every:
            self._consolidate(profile, kept, MIN_OCCURRENCES)

    def _consolidate(self, profile: str, learnings: Sequence[Learning], min_occurrences: int) -> list[Pattern]:
        before = self.patterns(profile)
        found = consolidate(learnings, before, min_occurrences=min_occurrences, now=self._now(), own=self._own)
        if found != before:
            self._write(profile, "patterns", found)
        return found

    def _now(self) -> str:
        return datetime.fromtimestamp(self._clock.now(), UTC).isoformat(timespec="microseconds")

    def _path(self, profile: str, kind: str) -> Path:
        if not _NAME.fullmatch(profile):
            raise EnvironmentFault(f"{profile!r} is no name of a profile", "use letters, digits, dot, dash, up to 64")
        return self.folder / f"{profile}_{kind}.json"

    def _read(self, profile: str, kind: str, rows: type[list[_Row]]) -> list[_Row]:
        path = self._path(profile, kind)
        try:
            return msgspec.json.decode(path.read_bytes(), type=rows)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise EnvironmentFault(f"{path} cannot be read: {error.strerror}", "check its rights") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.warning("%s cannot be used (%s); it is kept as %s", path, error, set_aside(path, self._clock).name)
            return []

    def _write(self, profile: str, kind: str, rows: Sequence[Learning] | Sequence[Pattern]) -> None:
        content = msgspec.json.format(msgspec.json.encode(rows), indent=2)
        write_whole(self._path(profile, kind), content + b"\n")

    @contextmanager
    def _locked(self, profile: str) -> Iterator[None]:
        path = self._path(profile, "learnings").with_suffix(".lock")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(path, timeout=_LOCK_SECONDS):
                yield
        except Timeout:
            raise EnvironmentFault(
                f"another program holds {path} for over {_LOCK_SECONDS:g} s", "end it, then try again"
            ) from None
        except PermissionError as error:
            raise EnvironmentFault(f"{self.folder} cannot be written to", "check its rights") from error
