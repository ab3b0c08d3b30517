"""Where bots find the server: the port it listens on, and `<home>/api.json`, which its owner alone can read.

The tokens outlive a restart, so that an overlay address saved in a streaming program keeps working;
`pid` is null while nothing listens.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import sys
from pathlib import Path

import msgspec
from msgspec import Struct

from combatlens.domain.errors import EnvironmentFault

HOST = "127.0.0.1"
PORTS_TRIED = 50


class ApiFile(Struct, frozen=True, kw_only=True):
    """`token` may do everything; `read_token` is for the pages, which may only look."""

    port: int
    token: str
    pid: int | None = None
    read_token: str = msgspec.field(default_factory=lambda: new_token())


def new_token() -> str:
    """256 random bits, in letters that need no quoting in a header, a URL or a subprotocol."""
    return secrets.token_hex(32)


def read_api_file(home: Path) -> ApiFile | None:
    """None when there is none, or when it is damaged: the next start writes a new one."""
    try:
        return msgspec.json.decode((home / "api.json").read_bytes(), type=ApiFile)
    except (OSError, msgspec.MsgspecError):
        return None


def write_api_file(home: Path, content: ApiFile) -> None:
    """Written whole or not at all, mode 0600 from its first moment. Raises EnvironmentFault."""
    target = home / "api.json"
    passing = home / f"api.json.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        home.mkdir(parents=True, exist_ok=True)
        handle = os.open(passing, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(content)) + b"\n")
        os.replace(passing, target)
    except OSError as error:
        with contextlib.suppress(OSError):
            passing.unlink()
        raise EnvironmentFault(f"{target} cannot be written: {error}", "check the folder's permissions") from error


def listen(port: int) -> socket.socket:
    """A listening socket on loopback: `port`, else one of the next, else any. Raises EnvironmentFault."""
    candidates = [p for p in range(port, port + PORTS_TRIED) if p < 65536] if port else []
    for candidate in [*candidates, 0]:
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            if sys.platform == "win32":  # there, SO_REUSEADDR would let another program take the port over
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            failure = error
        else:
            listener.setblocking(False)
            return listener
    raise EnvironmentFault(f"no port on {HOST} can be opened: {failure}", "check the firewall and other programs")
