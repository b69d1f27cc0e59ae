"""What is recorded of a run: tables of numbers, a table of texts, and bytes."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import field
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from vm.values import dataclass

if TYPE_CHECKING:
    from numpy.typing import NDArray

NEVER_ENDED = (1 << 31) - 1
"""The moment at which something ends that is there at the end of the film."""


class Table:
    """Rows of whole numbers, one for each of ``columns``, as they are added."""

    def __init__(self, *columns: str) -> None:
        self.columns = columns
        self._numbers = array("q")

    def __len__(self) -> int:
        return len(self._numbers) // len(self.columns)

    def add(self, *row: int) -> None:
        """Add a row."""
        assert len(row) == len(self.columns), f"{len(row)} numbers for {self.columns}"
        self._numbers.extend(row)

    def rows(self, *order: str, start: int = 0) -> NDArray[np.int64]:
        """Return the rows from number ``start`` on, int64[n, columns], sorted by the columns of these names, the first
        of them above all.
        """
        width = len(self.columns)
        found = np.array(self._numbers[start * width :], np.int64).reshape(-1, width)
        if order:
            found = found[np.lexsort([found[:, self.columns.index(name)] for name in reversed(order)])]
        return found


class Texts:
    """Texts by number, each once; number 0 is the empty one."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {"": 0}

    def __len__(self) -> int:
        return len(self._numbers)

    def number(self, text: str) -> int:
        """Return the number of ``text``, a new one if it is not there."""
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self, start: int = 0) -> list[str]:
        """Return the texts in the order of their numbers, from number ``start`` on."""
        return list(islice(self._numbers, start, None))


@dataclass(frozen=True, slots=True)
class Reel:
    """A recorded run.

    ``head`` is what a page says of it, in values that a JSON encoder takes. ``tables`` are int64[rows, columns] by
    name, ``columns`` the names of their columns, ``texts`` what numbers in columns of texts stand for, and ``data`` the
    bytes that other columns show parts of.
    """

    head: Mapping[str, Any]
    tables: Mapping[str, NDArray[np.int64]]
    columns: Mapping[str, tuple[str, ...]]
    texts: tuple[str, ...] = ()
    data: bytes = field(default=b"", repr=False)

    @property
    def moments(self) -> int:
        """How many moments it has."""
        return len(self.tables["moments"])

    def column(self, table: str, name: str) -> NDArray[np.int64]:
        """Return one column of a table, int64[rows]."""
        return self.tables[table][:, self.columns[table].index(name)]
