"""Which dialect a log is in, whose log it is, and the object to read it with."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from combatlens.adapters.combat_log.dialect import Dialect, LogSetup
from combatlens.adapters.combat_log.line_dialect import LineDialect
from combatlens.adapters.combat_log.lines import LineSplitter, encoding_of, line_blocks
from combatlens.adapters.combat_log.times import DAY, LocalTime, clock_face, local_day, nearest, zone_named
from combatlens.domain.errors import EnvironmentFault
from combatlens.domain.profile import LogRules

SAMPLE_BYTES = 262_144
_NAME_DAY = re.compile(r"(?<!\d)(20\d\d)[-_]?(\d\d)[-_]?(\d\d)(?!\d)(?:[-_ T](\d\d)[-_.]?(\d\d)[-_.]?(\d\d))?")
_NAME_AMERICAN = re.compile(r"(?<!\d)(\d\d)(\d\d)(\d\d)_\d{6}(?!\d)")
FIRST_DATE = 20 * 365 * DAY
"""Local seconds that only a dated line can reach."""


class DialectKind(Struct, frozen=True):
    """One dialect as the program knows it: how it is made, told from others, and whose log a sample is."""

    name: str
    make: Callable[[LogSetup], LineDialect]
    find_player: Callable[[Sequence[str]], str]
    player_of_path: Callable[[str], str] = lambda _name: ""
    dated: bool = True
    """False where lines bear times without a day."""
    distinct: bool = True
    """Whether no other game's lines begin as this one's do."""


def _swg() -> DialectKind:
    from combatlens.adapters.combat_log import swg

    return DialectKind("swg", swg.SwgDialect, swg.find_player, dated=False, distinct=False)


def _everquest() -> DialectKind:
    from combatlens.adapters.combat_log import everquest

    return DialectKind("everquest", everquest.EverQuestDialect, everquest.find_player, everquest.player_of_path)


def _nwn() -> DialectKind:
    from combatlens.adapters.combat_log import nwn

    return DialectKind("nwn", nwn.NwnDialect, nwn.find_player)


def _sto() -> DialectKind:
    from combatlens.adapters.combat_log import sto

    return DialectKind("sto", sto.StoDialect, sto.find_player)


def _wow() -> DialectKind:
    from combatlens.adapters.combat_log import wow

    return DialectKind("wow", wow.WowDialect, wow.find_player)


def _swtor() -> DialectKind:
    from combatlens.adapters.combat_log import swtor

    return DialectKind("swtor", swtor.SwtorDialect, swtor.find_player, dated=False)


_KINDS = {"swg": _swg, "everquest": _everquest, "nwn": _nwn, "sto": _sto, "wow": _wow, "swtor": _swtor}
"""Each is loaded, and its patterns compiled, when it is asked for."""


def kinds() -> tuple[DialectKind, ...]:
    """Every dialect that is told by its lines."""
    return tuple(kind() for kind in _KINDS.values())


class Sample(Struct, frozen=True):
    """The first and the last lines of a file, and when it was last written (Unix seconds)."""

    name: str
    head: tuple[str, ...]
    tail: tuple[str, ...]
    written: float
    cut: bool = False
    """Whether there are lines between head and tail."""

    @property
    def lines(self) -> tuple[str, ...]:
        return self.head + self.tail


_PACKED = {
    b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7-Zip",
    b"Rar!": "RAR", b"\x28\xb5\x2f\xfd": "Zstandard",
}  # fmt: skip
_NO_TEXT = re.compile(rb"[\x01-\x08\x0e-\x1a\x1c-\x1f]")


def refuse_what_is_no_text(path: Path) -> None:
    """Raises EnvironmentFault for archives, pictures and programs, by their first bytes."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return  # whoever reads it next says so
    packed = next((name for begin, name in _PACKED.items() if head.startswith(begin)), "")
    if packed:
        raise EnvironmentFault(f"{path} is packed ({packed})", "unpack it and import the log in it")
    if encoding_of(head) == "" and len(_NO_TEXT.findall(head)) * 20 > len(head):
        raise EnvironmentFault(f"{path} is no text", "name a combat log")


def take_sample(path: Path, encoding: str = "auto") -> Sample:
    """Read a file's ends. Raises EnvironmentFault where it cannot be read."""
    try:
        with path.open("rb") as file:
            status = path.stat()
            first = file.read(SAMPLE_BYTES)
            start = max(len(first), status.st_size - SAMPLE_BYTES)
            file.seek(start)
            last = file.read(SAMPLE_BYTES)
    except OSError as error:
        raise EnvironmentFault(
            f"{path} cannot be read: {error.strerror or error}", "check its path and rights"
        ) from error
    splitter = LineSplitter(encoding)
    head = splitter.feed(first)
    if not last:
        head += splitter.finish()
        return Sample(path.name, tuple(head), (), status.st_mtime)
    if start > len(first):
        splitter = LineSplitter(encoding, done=start)
        splitter.know(first[:4])
    tail = splitter.feed(last) + splitter.finish()
    cut = start > len(first)
    return Sample(path.name, tuple(head), tuple(tail[1:] if cut else tail), status.st_mtime, cut)


def kind_named(name: str) -> DialectKind:
    """Raises EnvironmentFault for a dialect that there is not."""
    kind = _KINDS.get(name)
    if kind is None:
        raise EnvironmentFault(
            f"no combat-log dialect is called {name!r}", f"use auto, custom or one of: {', '.join(_KINDS)}"
        )
    return kind()


def recognise(lines: Sequence[str]) -> DialectKind | None:
    """The dialect whose line form most lines have; None where none fits half of them and none is understood well."""
    some = [line for line in lines[:2000] if line.strip()]
    best, most = None, 0.0
    for kind in kinds():
        fit = _fit(kind, some)
        if fit > most:
            best, most = kind, fit
    return best


def _fit(kind: DialectKind, lines: Sequence[str]) -> float:
    """How well lines fit a dialect, 0 to 2: their form, and the part that makes events."""
    dialect = kind.make(LogSetup())
    formed = understood = logins = 0
    for line in lines:
        parsed = dialect.parse(line)
        if (parsed.events or parsed.shape) and parsed.shape != "log-in" and dialect.stands_alone(line):
            formed += 1
        understood += bool(parsed.events)
        logins += parsed.shape == "log-in"
    if not lines:
        return 0.0
    form, sense = (formed + logins) / len(lines), understood / len(lines)
    if form >= 0.5 and (kind.distinct or logins or sense >= 0.1):
        return 1.0 + sense
    return sense if sense >= 0.3 and not kind.distinct else 0.0


def _kind(rules: LogRules, sample: Sample) -> DialectKind | None:
    if rules.dialect == "custom" or (rules.dialect == "auto" and rules.rules):
        from combatlens.adapters.combat_log import custom  # RE2 is loaded only where rules are used

        return DialectKind("custom", lambda setup: custom.CustomDialect(setup, rules.rules), _nobody, dated=False)
    return recognise(sample.lines) if rules.dialect == "auto" else kind_named(rules.dialect)


def _nobody(_lines: Sequence[str]) -> str:
    return ""


def open_dialect(rules: LogRules, sample: Sample, path: Path | None = None, me: str = "", *, begin: int = 0) -> Dialect:
    """The dialect object for one file. Raises EnvironmentFault where no dialect fits.

    `me`: what the player's character is called in events, where that is not its name in the log. `path`: the file,
    which a log of bare times is dated by looking through from `begin` on, the byte that will be read first.
    """
    kind = _kind(rules, sample)
    if kind is None:
        raise EnvironmentFault(
            f"{sample.name} is in no combat-log format that is known here",
            "name one with `dialect`, or let `combatlens profiles new --from-log` propose rules",
        )
    by_path = kind.player_of_path(sample.name)
    named = rules.player or by_path
    identity = named
    if rules.player and not me and rules.player == (by_path or kind.find_player(sample.lines)):
        identity = by_path  # one import was told what the log says itself: its ids stay as they are untold
    setup = LogSetup(
        player=named or kind.find_player(sample.lines), found=not named, me=me, identity=identity,
        zone=zone_named(rules.timezone), reference=sample.written, opening=sample.head[0] if sample.head else "",
    )  # fmt: skip
    day = _day_of_name(sample.name) if not begin and (path is not None or not sample.cut) else None
    if day is not None and not kind.dated:
        day += _opened_before_midnight(kind, sample)
    told = day is not None
    if path is not None and day is None and not kind.dated:
        day = _first_day(kind, path, rules.encoding, setup, begin)
    setup = replace(setup, first_day=day, day_told=told)
    return kind.make(setup)


def _day_of_name(name: str) -> int | None:
    """The day in a name such as `combat_2021-05-29_01_10_00.txt`: that of the file's first line."""
    found = _NAME_DAY.search(name)
    if found:
        day = local_day(int(found[1]), int(found[2]), int(found[3]))
    else:
        found = _NAME_AMERICAN.search(name)
        day = local_day(2000 + int(found[3]), int(found[1]), int(found[2])) if found else None
    return None if day is None else int(day // DAY)


def _opened_before_midnight(kind: DialectKind, sample: Sample) -> int:
    """1 where a file was opened late in the evening and its first line, of a bare time, is of the next morning."""
    found = _NAME_DAY.search(sample.name)
    opened = clock_face(found[4], found[5], found[6]) if found and found[4] else None
    if opened is None:
        return 0
    trial = kind.make(LogSetup(first_day=0))
    first = next((local for line in sample.head if (local := trial.split(line)[0]) is not None), opened)
    return int(opened - first % DAY > DAY / 2)


def _first_day(kind: DialectKind, path: Path, encoding: str, setup: LogSetup, begin: int) -> int | None:
    """The day (since 1970) at the byte `begin` of a log of bare times; None where a dated line leads it.

    The last line is as old as the file; each midnight that lies before it takes a day off.
    """
    day, dated = _day_if(kind, path, encoding, setup, begin, 0)
    if day is None or dated or not LocalTime(setup.zone).doubles_on(day + 1):
        return day
    later, _ = _day_if(kind, path, encoding, setup, begin, day + 1)  # what fell back then was an hour, no midnight
    return later if later == day + 1 else day


def _day_if(
    kind: DialectKind, path: Path, encoding: str, setup: LogSetup, begin: int, start: int
) -> tuple[int | None, bool]:
    """The same, reading as if the log began on day `start`, which tells an hour of autumn from a midnight; and
    whether a dated line said it."""
    trial = kind.make(LogSetup(first_day=start, zone=setup.zone))
    newest, passed = start * DAY, False
    for lines, _ in line_blocks(path, encoding, begin):
        for line in lines:
            local, _body = trial.split(line)
            dated = max(trial.stamp, local or 0.0)
            if dated >= FIRST_DATE and not start:
                return (int((dated - newest % DAY) // DAY - newest // DAY) if passed else None), True
            if local is not None:
                newest, passed = max(newest, local), True
    written = LocalTime(setup.zone).local(setup.reference)
    last = nearest(newest % DAY, written) if passed else written
    return int(last // DAY - newest // DAY) + start, False
