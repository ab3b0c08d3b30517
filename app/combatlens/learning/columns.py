"""Rows of figures in pieces, and the columns that are asked for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from combatlens.learning.moments import Moments

Column = NDArray[np.float64]
Piece = tuple[NDArray[np.int32], Column]
WIDTH = len(Moments.__struct_fields__)


class Table:
    """Rows of one skill, target or zone: `index` says which session each row is of.

    They lie in pieces: those that were packed stay where they are in the packed bytes, new ones come below. Of a long
    history each copy costs as much as the skills of a new session do, so only what is asked for is taken out.
    """

    def __init__(self, fields: Sequence[str], moments: Sequence[str], pieces: Sequence[Piece] = ()) -> None:
        self.fields = fields
        self._moments = moments
        self._pieces = tuple(pieces)
        self._columns: dict[str, Column] = {}

    def __len__(self) -> int:
        return sum(len(index) for index, _ in self._pieces)

    @property
    def index(self) -> NDArray[np.int32]:
        return np.concatenate([np.zeros(0, np.int32), *(index for index, _ in self._pieces)])

    def column(self, name: str) -> Column:
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._taken(self.fields.index(name), 1)[:, 0]
        return found

    def moments(self, name: str) -> Column:
        """Shape (rows, 6): n, y, x, yy, xy, xx; of a baseline n, total, squares, lagged and two zeros."""
        return self._taken(len(self.fields) + WIDTH * self._moments.index(name), WIDTH)

    def _taken(self, begin: int, count: int) -> Column:
        """Always a copy, whatever the pieces: numpy adds what lies otherwise in another order, to other last bits."""
        return np.concatenate([np.zeros((0, count)), *(rows[:, begin : begin + count] for _, rows in self._pieces)])

    def extended(self, index: NDArray[np.int32], rows: Column) -> Table:
        """With more rows below."""
        return Table(self.fields, self._moments, (*self._pieces, (index, rows)))

    def newest(self, name: str) -> float:
        """Of the last row."""
        return float(self._pieces[-1][1][-1, self.fields.index(name)])

    def packed(self) -> list[list[memoryview]]:
        """The bytes of the index and of the rows."""
        return [
            [array.reshape(-1).view(np.uint8).data for array in arrays] for arrays in zip(*self._pieces, strict=True)
        ]
