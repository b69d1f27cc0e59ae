"""How much of a page what is recorded will take, known while it is recorded."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence

import numpy as np

from vm.film.packing import planes
from vm.film.reel import Table, Texts

ROWS = 50_000
"""After so many rows more it is worth to weigh again."""
QUICK = 1
"""Level of zlib: a tenth more bytes than the page's, in a fifth of the time."""


class Weight:
    """Weighs what is added to ``tables``, ``texts`` and ``written``: about as many ``bytes`` as it is when deflated."""

    def __init__(self, tables: Sequence[Table], texts: Texts, written: bytearray) -> None:
        self.bytes = 0
        self._tables, self._texts, self._written = tables, texts, written
        self._weighed = [0] * len(tables)
        self._rows = self._texts_weighed = self._bytes_weighed = 0

    def weigh(self, rows: int) -> None:
        """Add what has come since it was weighed last, if there are many more ``rows`` of that which grows."""
        if rows < self._rows + ROWS:
            return
        self._rows = rows
        for number, table in enumerate(self._tables):
            found = table.rows(start=self._weighed[number])
            self._weighed[number] = len(table)
            self.bytes += sum(_deflated(planes(column)) for column in np.ascontiguousarray(found.T))
        texts = self._texts.all(self._texts_weighed)
        self._texts_weighed += len(texts)
        self.bytes += _deflated(json.dumps(texts).encode()) + _deflated(self._written[self._bytes_weighed :])
        self._bytes_weighed = len(self._written)


def _deflated(data: bytes | bytearray) -> int:
    return len(zlib.compress(data, QUICK))
