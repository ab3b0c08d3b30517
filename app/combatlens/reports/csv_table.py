"""Rows as CSV, with no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def csv_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The keys of the first row are the head; without a row the text is empty. No line break at its end."""
    if not rows:
        return ""
    target = io.StringIO()
    writer = csv.DictWriter(target, list(rows[0]), lineterminator="\n")
    writer.writerow({key: _safe(key) for key in rows[0]})
    writer.writerows({key: _safe(value) for key, value in row.items()} for row in rows)
    return target.getvalue().rstrip("\n")


def _safe(value: Any) -> Any:
    """A leading apostrophe makes text of it (OWASP, CSV injection); numbers stay numbers."""
    if not isinstance(value, str):
        return value
    value = "\n".join(value.splitlines()) if "\r" in value else value  # a lone CR would end the row unquoted
    return "'" + value if value.lstrip(" ").startswith(FORMULA) else value
