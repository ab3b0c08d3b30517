"""What the examination says of the bot API's port is what the server would find."""

from __future__ import annotations

import socket
from pathlib import Path

from combatlens.adapters.bot_api.announce import HOST, listen
from combatlens.bootstrap.doctor import _api
from combatlens.bootstrap.home import Home
from combatlens.domain.settings import Settings


def health(home: Path, port: int) -> tuple[str, str]:
    said = _api(Home.of(str(home)), Settings(api_port=port))
    return said.state, said.message


def test_a_port_that_another_program_listens_on_is_taken(tmp_path):
    with socket.create_server((HOST, 0)) as other:
        port = other.getsockname()[1]
        assert health(tmp_path, port) == ("warning", f"port {port} is taken")


def test_a_port_is_free_right_after_it_was_let_go(tmp_path):
    """The system keeps an ended connection's port for a minute, though not from who listens there again."""
    with listen(0) as server:
        server.setblocking(True)
        port = server.getsockname()[1]
        with socket.create_connection((HOST, port)) as client:
            served, _ = server.accept()
            served.close()  # first, as a server does that ends: the waiting is on its side
            assert client.recv(1) == b""
    assert health(tmp_path, port) == ("ok", f"port {port} is free")
