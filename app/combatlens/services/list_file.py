"""A short list of the user's own in a JSON file that several programs may change at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec
from filelock import FileLock, Timeout

from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.ports import Clock
from combatlens.services.files import set_aside, write_whole

LOCK_SECONDS = 10.0
Item = TypeVar("Item", bound=msgspec.Struct)


class ListFile(Generic[Item]):
    """`what` names one of them in messages, `name_of` gives an item's name, `see` the command that lists them."""

    def __init__(
        self, path: Path, kind: type[list[Item]], what: str, name_of: Callable[[Item], str], see: str, clock: Clock
    ) -> None:
        self._path = path
        self._kind = kind
        self._what = what
        self._name_of = name_of
        self._see = see
        self._clock = clock

    def all(self) -> list[Item]:
        """In the order in which they were added. Raises EnvironmentFault; a file that cannot be used is set aside."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=self._kind)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise EnvironmentFault(f"{self._path} cannot be read: {error.strerror}", "check its rights") from error
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            aside = set_aside(self._path, self._clock)
            raise EnvironmentFault(
                f"the {self._what}s could not be read ({error})", f"they are kept in {aside}"
            ) from error

    def add(self, make: Callable[[Sequence[Item]], Item]) -> Item:
        """Add what `make` makes, given those that are there. Raises EnvironmentFault where its name is taken."""
        with self._locked():
            known = self.all()
            made = make(known)
            name = self._name_of(made)
            if any(self._name_of(one) == name for one in known):
                raise EnvironmentFault(
                    f"there is a {self._what} {name!r} already", "remove it first, or choose another id"
                )
            self._write([*known, made])
        return made

    def remove(self, name: str) -> Item:
        """Raises NotFound."""
        with self._locked():
            known = self.all()
            gone = next((one for one in known if self._name_of(one) == name), None)
            if gone is None:
                names = ", ".join(map(self._name_of, known)) or "none"
                raise NotFound(f"there is no {self._what} {name!r} (known: {names})", f"see {self._see}")
            self._write([one for one in known if one is not gone])
        return gone

    def _write(self, items: Sequence[Item]) -> None:
        write_whole(self._path, msgspec.json.format(msgspec.json.encode(items), indent=2) + b"\n")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self._path.with_suffix(".lock"), timeout=LOCK_SECONDS):
                yield
        except Timeout:
            raise EnvironmentFault(f"another program changes the {self._what}s", "try again") from None


def free_name(text: str, taken: Sequence[str]) -> str:
    """A short name made of `text` that is not taken."""
    base = "_".join("".join(c if c.isalnum() else " " for c in text).split()).lower() or "one"
    return next(name for n in range(1, len(taken) + 2) if (name := base if n == 1 else f"{base}_{n}") not in taken)
