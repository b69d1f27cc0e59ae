"""The symbols of an image by address: what an address is called, and what lies before it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence

from vm.elf.format import Symbol


class SymbolIndex:
    """Symbols in the order of their addresses; those of one address are in the order in which they were given."""

    def __init__(self, symbols: Iterable[Symbol]) -> None:
        self._symbols = sorted(symbols, key=lambda symbol: symbol.value)
        self._addresses = [symbol.value for symbol in self._symbols]

    def __iter__(self) -> Iterator[Symbol]:
        return iter(self._symbols)

    def at(self, address: int) -> Sequence[Symbol]:
        """The symbols whose value is ``address``."""
        first = bisect_left(self._addresses, address)
        return self._symbols[first : bisect_right(self._addresses, address, first)]

    def up_to(self, address: int) -> Iterator[Symbol]:
        """The symbols at or below ``address``, the nearest first; of one address, the last first."""
        for index in range(bisect_right(self._addresses, address) - 1, -1, -1):
            yield self._symbols[index]

    def between(self, start: int, end: int) -> Sequence[int]:
        """The addresses that symbols above ``start`` and below ``end`` have, each once, in order."""
        found = self._addresses[bisect_right(self._addresses, start) : bisect_left(self._addresses, end)]
        return list(dict.fromkeys(found))
