"""Rows of the calibration table: what was asked, what was found, whether it is met."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    what: str
    asked: str
    found: str
    met: bool | None = None


def show(rows: list[Row]) -> None:
    for row in rows:
        mark = {True: "met", False: "NOT MET", None: ""}[row.met]
        print(f"  {row.what:<66} {row.asked:>16}  {row.found:<34} {mark}", flush=True)
