"""The listing: address, bytes and source side by side.

A line that makes more bytes than fit beside it goes on in rows of its own; a long run of them is cut short. The lines
that a macro, a repeat or an include adds follow the line that caused them, marked by ``>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .assembler import Assembler
from .source import Reading
from .symbols import Section

_BYTES_A_ROW = 8
_ROWS_A_LINE = 4

Piece = tuple[Section, int, int]
"""Bytes of a section, from one offset up to another."""


def render(assemblers: Sequence[Assembler]) -> str:
    """The listings of all sources, each under its name."""
    lines: list[str] = []
    for assembler in assemblers:
        if len(assemblers) > 1:
            lines.append(f"{assembler.root.name}:")
        lines += _Listing(assembler).lines()
    return "\n".join(lines)


class _Listing:
    """One source's listing."""

    def __init__(self, assembler: Assembler) -> None:
        self._root = assembler.root
        self._pieces: dict[tuple[Reading, int], list[Piece]] = {}
        self._children: dict[tuple[Reading, int], dict[Reading, None]] = {}
        for section in assembler.sections.values():
            if section.allocated and section.marks:
                self._collect(section)

    def _collect(self, section: Section) -> None:
        starts = [section.position(offset, items) for offset, items, _, _ in section.marks]
        for (_, _, reading, index), start, end in zip(
            section.marks, starts, [*starts[1:], section.final_size], strict=True
        ):
            if end > start:
                self._pieces.setdefault((reading, index), []).append((section, start, end))
            child = reading
            while child.parent is not None:
                self._children.setdefault((child.parent, child.parent_end), {})[child] = None
                child = child.parent

    def lines(self) -> Iterator[str]:
        """The lines of the source and of what it expands to."""
        stack: list[Iterator[tuple[Reading, int]]] = [_statements(self._root)]
        while stack:
            statement = next(stack[-1], None)
            if statement is None:
                stack.pop()
                continue
            yield from self._statement(statement)
            for child in reversed(self._children.get(statement, {})):
                stack.append(_statements(child))

    def _statement(self, statement: tuple[Reading, int]) -> Iterator[str]:
        reading, index = statement
        first = not reading.columns or reading.columns[index] == 0
        text = reading.shown[index].replace("\v", " ") if first else ""
        margin = ">" * min(reading.depth, 3)
        source = f"{margin:>3}{reading.numbers[index]:5}  {text}".rstrip() if first else ""
        rows = list(self._rows(self._pieces.get(statement, [])))
        for address, shown in rows or [("", "")]:
            yield f"{address:8}  {shown:{3 * _BYTES_A_ROW - 1}} {source}".rstrip()
            source = ""

    @staticmethod
    def _rows(pieces: list[Piece]) -> Iterator[tuple[str, str]]:
        for section, start, end in pieces:
            if section.nobits:
                yield f"{section.address + start:08x}", f"({end - start} zero bytes)"
                continue
            for row, at in enumerate(range(start, end, _BYTES_A_ROW)):
                if row == _ROWS_A_LINE and end - at > _BYTES_A_ROW:
                    yield "", f"… {end - at} more bytes"
                    break
                shown = section.contents[at : min(at + _BYTES_A_ROW, end)].hex(" ")
                yield f"{section.address + at:08x}", shown


def _statements(reading: Reading) -> Iterator[tuple[Reading, int]]:
    return ((reading, index) for index in range(len(reading.lines)))
