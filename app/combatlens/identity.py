"""Ids for events that came without one."""

from __future__ import annotations

import secrets


def new_id(at: float) -> str:
    """32 hexadecimal digits: 12 of the moment `at` (Unix milliseconds), 20 of chance. Standard library only.

    Ids that grow with time stand side by side in the store's index. In a history of ten million events a batch with
    ids of chance alone wrote six times as many pages.
    """
    return f"{min(max(0, int(at * 1000)), 2**48 - 1):012x}{secrets.token_hex(10)}"
