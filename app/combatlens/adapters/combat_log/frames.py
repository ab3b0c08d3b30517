"""What a log's parser and the process that started it tell each other: frames of a length, then MessagePack.

The parser gets a `Task` and answers with `Opened`, with a `Stretch` for each batch that there is room for (a `More`
makes room for one), and with `Over`. It folds too what it is lent: a session goes over with `Lend`, is folded on by
runs of stretches with `Fold`, and is asked back with `Recall`, which `Home` answers. Sessions are pickled: both ends
are this program.
"""

from __future__ import annotations

import pickle
from typing import IO

import msgspec
from msgspec import Struct

from combatlens.domain.events import AnyEvent
from combatlens.domain.fold import FoldRules
from combatlens.domain.profile import LogRules
from combatlens.domain.refold import GrowingSession
from combatlens.domain.tallies import Actor
from combatlens.ports import Ending, RollupRows
from combatlens.services.spans import Span

AHEAD = 6
"""So many stretches may be on their way."""

TOLD_KEPT = 30_000
"""So many events are kept at both ends, to be told again by number."""


class Task(Struct, frozen=True):
    path: str
    rules: LogRules
    me: str
    character: str


class More(Struct, frozen=True, tag="more"):
    """There is room for one more stretch."""


class Over(Struct, frozen=True, tag="over"):
    """The whole log was told."""


class Opened(Struct, frozen=True, tag="opened"):
    """The log was opened; or could not be: then `fault` says why."""

    dialect: str = ""
    player: str = ""
    size: int = 0
    fault: tuple[str, str] | None = None


class Stretch(Struct, frozen=True, tag="stretch"):
    """A `ParsedBatch` on its way, its events in columns.

    An event that several lines tell goes over once: `which` says for each line's fact which of the events told so far
    it is, those of `news` last; `bodies` are these as JSON. With `anew` the count begins again. `which`, `at` and
    `resolution` are arrays of machine numbers; one resolution stands for all.
    """

    number: int
    player: str
    anew: bool
    news: tuple[AnyEvent, ...]
    bodies: tuple[str | None, ...]
    which: bytes
    ids: tuple[str, ...]
    at: bytes
    resolution: bytes
    lines: int
    silent: int
    unmatched: int
    shapes: dict[str, int]
    done: int
    spans: dict[str, list[Span]]
    actors: dict[str, Actor]


class Lend(Struct, frozen=True, tag="lend"):
    """A session on loan number `loan`. `growing` is empty where nothing of it was folded yet."""

    loan: int
    session_id: str
    start: float
    character: str
    rules: FoldRules
    fresh: bool
    growing: bytes


class Fold(Struct, frozen=True, tag="fold"):
    """`runs`: the number of a stretch, where in it they begin and end, their own numbers as an array."""

    loan: int
    arrived: float
    runs: tuple[tuple[int, int, int, bytes], ...]


class Recall(Struct, frozen=True, tag="recall"):
    loan: int
    ending: Ending | None


class Home(Struct, frozen=True, tag="home"):
    """The answer to a `Recall`: the session, or what its ending leaves to be written. Neither, where it was lost."""

    loan: int
    growing: bytes = b""
    rollup: RollupRows | None = None


Asked = More | Lend | Fold | Recall
Told = Opened | Stretch | Over | Home

asked: msgspec.msgpack.Decoder[Asked] = msgspec.msgpack.Decoder(Asked)
told: msgspec.msgpack.Decoder[Told] = msgspec.msgpack.Decoder(Told)
task: msgspec.msgpack.Decoder[Task] = msgspec.msgpack.Decoder(Task)
_encoder = msgspec.msgpack.Encoder()


def send(pipe: IO[bytes], message: Struct) -> None:
    body = _encoder.encode(message)
    pipe.write(len(body).to_bytes(4, "big"))
    pipe.write(body)
    pipe.flush()


def receive(pipe: IO[bytes]) -> bytes | None:
    """The next frame, None at the end. Raises EOFError where it is broken off."""
    size = _exactly(pipe, 4)
    if not size:
        return None
    wanted = int.from_bytes(size, "big")
    body = _exactly(pipe, wanted)
    if len(body) != wanted:
        raise EOFError
    return body


def _exactly(pipe: IO[bytes], size: int) -> bytes:
    """So many bytes, or all that still come."""
    found = pipe.read(size)
    while found and len(found) < size and (more := pipe.read(size - len(found))):
        found += more
    return found


def pack(growing: GrowingSession) -> bytes:
    """What is late for it after that needs it told anew: the states to go back to would be most of what goes over."""
    growing.forget_past()
    return pickle.dumps(growing)


def unpack(body: bytes) -> GrowingSession:
    growing: GrowingSession = pickle.loads(body)
    return growing
