"""Functions of an image by their names, and how far each of them goes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence

from vm.elf.format import SHF_EXECINSTR, Section, Symbol


def functions_named(name: str, symbols: Sequence[Symbol], sections: Sequence[Section]) -> list[tuple[int, int]]:
    """The ranges (start, end) of the functions and labels in code with this name, by address.

    A symbol says how large its function is; without a size it goes as far as the next function or global label, and a
    local label as far as the next label at all, or to the end of the section.
    """
    code = list(_in_code(symbols, sections))
    starts = sorted({symbol.value for symbol, _ in code})
    outer_starts = sorted({symbol.value for symbol, _ in code if _is_outer(symbol)})
    found = set()
    for symbol, section in code:
        if symbol.name == name:
            following = outer_starts if _is_outer(symbol) else starts
            place = bisect_right(following, symbol.value)
            last = section.address + section.size
            end = symbol.value + symbol.size if symbol.size else following[place] if place < len(following) else last
            found.add((symbol.value, min(end, last)))
    return sorted(found)


def function_names(symbols: Sequence[Symbol], sections: Sequence[Section]) -> list[str]:
    """The names that functions and labels in code have."""
    return list(dict.fromkeys(symbol.name for symbol, _ in _in_code(symbols, sections)))


def _in_code(symbols: Sequence[Symbol], sections: Sequence[Section]) -> Iterator[tuple[Symbol, Section]]:
    for symbol in symbols:
        if symbol.type not in ("func", "notype") or not symbol.name or symbol.name.startswith(("$", ".L")):
            continue
        section = sections[symbol.section] if isinstance(symbol.section, int) else None
        if (
            section is not None
            and section.flags & SHF_EXECINSTR
            and section.address <= symbol.value < section.address + section.size
        ):
            yield symbol, section


def _is_outer(symbol: Symbol) -> bool:
    return symbol.type == "func" or symbol.binding != "local"
