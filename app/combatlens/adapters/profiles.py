"""Game profiles on disk: the user's own in the home folder, before the shipped ones of the same name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from combatlens.domain.errors import EnvironmentFault, NotFound
from combatlens.domain.profile import GameProfile, decode_profile

log = logging.getLogger(__name__)


class ProfileFolders:
    """`folders`: in order of preference. A profile's file is `<name>.toml`."""

    def __init__(self, *folders: Path) -> None:
        self._folders = folders

    def paths(self) -> dict[str, Path]:
        """Every profile's file by name."""
        found: dict[str, Path] = {}
        for folder in reversed(self._folders):
            if folder.is_dir():
                found.update({path.stem: path for path in sorted(folder.glob("*.toml"))})
        return found

    def load(self, name: str) -> GameProfile:
        """A profile by name, or by the path of a file. Raises NotFound, EnvironmentFault."""
        path = self.paths().get(name)
        if path is None and name.endswith(".toml") and Path(name).is_file():
            path = Path(name)
        if path is None:
            if name == "default":
                return GameProfile(name="default", title="Any game")
            known = ", ".join(sorted(self.paths())) or "none"
            raise NotFound(f"there is no profile {name!r} (known: {known})", "see combatlens profiles list")
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise EnvironmentFault(f"the profile {path} cannot be read: {error}", "mend or move the file") from error
        return decode_profile(text, str(path))

    def all(self) -> Iterator[GameProfile]:
        """Those that can be used; the log names the others."""
        for name in sorted({"default", *self.paths()}):
            try:
                yield self.load(name)
            except EnvironmentFault as fault:
                log.warning("%s", fault)
