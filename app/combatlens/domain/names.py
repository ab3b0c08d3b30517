"""When two spellings are the same name: a log's `A womp rat` and a bot's `womp_rat`."""

from __future__ import annotations

import re

_NOISE = re.compile(r"[\s_\-]+")
_ARTICLE = re.compile(r"^(?:a|an|the)\s+", re.IGNORECASE)


def same_name_key(name: str) -> str:
    """A key equal for spellings that differ by case, spaces, `_`, `-` or a leading article."""
    return _NOISE.sub("", _ARTICLE.sub("", name.strip())).casefold() or name


class Keys(dict[str, str]):
    """`keys[name]` is `same_name_key(name)`, each worked out once."""

    __slots__ = ()

    def __missing__(self, name: str) -> str:
        key = self[name] = same_name_key(name)
        return key


class SameAs(dict[str | None, bool]):
    """Whether a name is the same as one name; nobody's name is. `same[name]`, each worked out once."""

    __slots__ = ("_key",)

    def __init__(self, name: str) -> None:
        super().__init__({None: True, name: True})
        self._key = same_name_key(name)

    def __missing__(self, name: str | None) -> bool:
        known = self[name] = name is None or same_name_key(name) == self._key
        return known


class Spellings(dict[str, str]):
    """One spelling a name: the first one seen stands for all that are the same. Asked for every event: a dictionary."""

    __slots__ = ("_first",)

    def __init__(self) -> None:
        super().__init__()
        self._first: dict[str, str] = {}

    def __missing__(self, name: str) -> str:
        known = self[name] = self._first.setdefault(same_name_key(name), name)
        return known

    def save(self) -> tuple[int, int]:
        return len(self), len(self._first)

    def restore(self, saved: tuple[int, int]) -> None:
        """Forget the names learned since `save`."""
        for table, size in ((self, saved[0]), (self._first, saved[1])):
            for key in list(table)[size:]:
                del table[key]
