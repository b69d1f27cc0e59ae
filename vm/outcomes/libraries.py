"""What belongs to the C library: words by which its threads agree, which matter last to who asks for outcomes.

All orders of accesses to them are explored, too, but after those of the program's own: so that what a program with
threads can print is mostly found long before all classes are.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from itertools import islice

from vm.elf import ElfError, read_symbols
from vm.elf.index import SymbolIndex
from vm.kernel.errors import SystemCallError
from vm.kernel.exec.loader import Loader
from vm.outcomes.history import Made

NEAREST = 8
"""Symbols before a word that are looked at."""


class Library:
    """Tells which words the programs that ``loader`` finds have for themselves."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader
        self._symbols: dict[str, SymbolIndex] = {}
        self._is_own: dict[tuple[str, int], bool] = {}

    def is_own(self, step: Made, private: AbstractSet[int]) -> bool:
        """Tell whether ``step`` accesses a word of the library's: one of ``private`` that is no variable's.

        Variables have a name without an underscore before it.
        """
        if step.call != "access":
            return False
        word = step.arguments[0] & -4
        if word not in private:
            return False
        key = step.image, word
        found = self._is_own.get(key)
        if found is None:
            found = self._is_own[key] = not self._is_named(*key)
        return found

    def _is_named(self, path: str, word: int) -> bool:
        index = self._symbols.get(path)
        if index is None:
            try:
                index = SymbolIndex(read_symbols(self._loader.image_file(path)))
            except (ElfError, SystemCallError):
                index = SymbolIndex(())
            self._symbols[path] = index
        return any(
            symbol.name and not symbol.name.startswith("_")
            for symbol in islice(index.up_to(word + 3), NEAREST)
            if symbol.value + max(symbol.size, 4) > word
        )
