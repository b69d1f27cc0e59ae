"""Functions of an image by their names, and how far each of them goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from vm import isa
from vm.elf.format import SHF_EXECINSTR, Section, Symbol
from vm.elf.index import SymbolIndex

_BRANCH, _JAL = isa.OPCODES["BRANCH"], isa.BY_NAME["jal"].match


def functions_named(
    name: str, symbols: Sequence[Symbol], sections: Sequence[Section], data: bytes
) -> list[tuple[int, int]]:
    """The ranges (start, end) of the functions and labels in code with this name, by address.

    A symbol says how large its function is; without a size it goes as far as the next function or global label, and a
    local label as far as the next label at all, or to the end of the section. A label of data among its own ends it.
    ``data`` is the image.
    """
    code = list(_in_code(symbols, sections))
    labels = SymbolIndex(symbol for symbol, _ in code)
    outer_labels = SymbolIndex(symbol for symbol, _ in code if _is_outer(symbol))
    found = set()
    for symbol, section in code:
        if symbol.name == name:
            following = outer_labels if _is_outer(symbol) else labels
            last = section.address + section.size
            if symbol.size:
                end = min(symbol.value + symbol.size, last)
            else:
                end = next(iter(following.between(symbol.value, last)), last)
                inner = labels.between(symbol.value, end)
                words = section.contents(data)[symbol.value - section.address : end - section.address]
                end = _end_of_code(symbol.value, inner, words)
            found.add((symbol.value, end))
    return sorted(found)


def _end_of_code(start: int, labels: Sequence[int], content: bytes) -> int:
    """Where what lies from ``start`` on becomes data: at one of its ``labels`` to or beyond which no jump before it
    leads, and behind which are words that are no instructions.
    """
    farthest, here = start, start
    for label, following in pairwise([*labels, start + len(content)]):
        farthest = max([farthest, *_targets(here, content[here - start : label - start])])
        rest = _words(content[label - start : following - start])
        if farthest < label and (label % 4 or any(isa.find(word) is None for word in rest)):
            return label
        here = label
    return start + len(content)


def _words(content: bytes) -> list[int]:
    return [int.from_bytes(content[place : place + 4], "little") for place in range(0, len(content), 4)]


def _targets(start: int, content: bytes) -> Iterator[int]:
    """Where the branches and jumps of code at ``start`` lead, calls apart."""
    for number, word in enumerate(_words(content)):
        if word & isa.OPCODE_MASK == _BRANCH or word & 0xFFF == _JAL:
            row = isa.find(word)
            if row is not None:
                yield start + 4 * number + isa.extract(row, word)["imm"]


def function_names(symbols: Sequence[Symbol], sections: Sequence[Section]) -> list[str]:
    """The names that functions and labels in code have."""
    return list(dict.fromkeys(symbol.name for symbol, _ in _in_code(symbols, sections)))


def _in_code(symbols: Sequence[Symbol], sections: Sequence[Section]) -> Iterator[tuple[Symbol, Section]]:
    for symbol in symbols:
        if symbol.type not in ("func", "notype") or not symbol.is_spoken:
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
