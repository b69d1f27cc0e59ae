"""One source in a simulator's dialect on its way to sections and symbols."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from vm.services import LAYOUTS, RARS, VENUS

from .. import data
from ..assembler import Assembler, Handler
from ..diagnostics import Problem
from ..limits import Limits
from ..source import Reading, Source
from ..symbols import Alignment, Section, Symbol
from . import text

_DATA = frozenset((".word", ".half", ".byte", ".dword", ".float", ".double", ".ascii", ".asciz", ".asciiz", ".string"))
_DEFINITION = re.compile(r"#define\s+([A-Za-z_.]\w*)\s+([^#]+)", re.ASCII)


class DialectAssembler(Assembler):
    """Reads its lines as :mod:`asm.dialects.text` turns them into GNU's.

    ``layout`` says where code and data will be. ``values`` are what ``.eqv`` has named, and ``#define``, where the
    dialect ``defines``. ``imports``
    are files to be linked, with the places that asked for them; ``macros`` the names of macros. ``aligns``: data go to
    multiples of their size, while ``aligning``.
    """

    def __init__(
        self,
        source: Source,
        builtins: Mapping[str, Handler],
        read_include: Callable[[str], str] | None,
        limits: Limits,
        dialect: str,
    ) -> None:
        self.layout = LAYOUTS[dialect]
        self.defines = dialect == VENUS
        self.values: dict[str, str] = {}
        self.macros: set[str] = set()
        self.imports: list[tuple[str, tuple[Reading, int]]] = []
        self.aligns = self.aligning = dialect == RARS
        self._data = ""
        self._fresh: list[Symbol] = []
        self._fresh_at: tuple[Section, int, int] | None = None

        def read(name: str) -> str:
            assert read_include is not None
            return text.hide_semicolons(read_include(name))

        hidden = Source(source.name, text.hide_semicolons(source.text))
        super().__init__(hidden, builtins, read if read_include is not None else None, limits)

    # --- lines ------------------------------------------------------------------------------------------------

    def line(self, reading: Reading, index: int) -> str:
        """The statement as GNU writes it; kept in the reading, so that messages can point into it."""
        written = reading.lines[index]
        line = self._translated(written)
        if line != written:
            reading.replace(index, line)
        return line

    def _translated(self, line: str) -> str:
        if self.values and not line.lstrip().startswith(".eqv"):
            line = self.valued(line)
        if self.defines and line.startswith("#define") and (found := _DEFINITION.match(line)):
            self.values[found.group(1)] = self.valued(found.group(2).strip())
        tokens = text.tokens_of(line)
        at = text.after_labels(tokens)
        if at >= len(tokens):
            return line
        head, start, _ = tokens[at]
        if head.startswith(".") and head[1:2].isalpha():
            self._data = head if head.lower() in _DATA else ""
        elif (self._data or self.aligns) and (head[0].isdigit() or head[0] in "-+\"'") and not self.section.executable:
            line = f"{line[:start]}{self._data or '.word'} {line[start:]}"
            self.expand(0, len(line))
        else:
            self._data = ""
        return text.put_commas(line, self.macros)

    def valued(self, line: str) -> str:
        """``line`` with the texts in place of their names. Raises :class:`Abandon` when that gets too long."""
        replaced = text.replace_words(line, self.values)
        if replaced != line:
            self.expand(0, len(replaced))
        return replaced

    # --- data -------------------------------------------------------------------------------------------------

    def _put_here(self, symbol: Symbol) -> None:
        super()._put_here(symbol)
        here = self.section, self.section.size, len(self.section.items)
        if here != self._fresh_at:
            self._fresh_at = here
            self._fresh = []
        self._fresh.append(symbol)

    def settle(self, size: int) -> None:
        """Go on at a multiple of ``size`` bytes, and take the labels along that stand here."""
        section = self.section
        if not self.aligning or section.executable:
            return
        here = section, section.size, len(section.items)
        labels = self._fresh if here == self._fresh_at else []
        alignment = Alignment(offset=section.size, place=self.place, first=0, last=0, alignment=size)
        data.align(self, section, alignment)
        for symbol in labels:
            symbol.offset, symbol.items = section.size, len(section.items)
        self._fresh = []

    def go_to(self, name: str, base: int, address: int | None, first: int, last: int) -> None:
        """Switch to a segment, at ``address`` if one is given. Raises :class:`Problem` for one that is behind."""
        self.switch(self.open_section(name, "ax" if name == ".text" else "aw", False))
        if address is None:
            return
        offset = address - base - self.section.size
        if offset < 0 or self.section.items:
            here = base + self.section.size
            raise Problem(f"{name} cannot go back to {address:#x}: it has come to {here:#x}", first, last)
        try:
            self.limits.reserve(offset)
        except Problem as problem:
            raise Problem(problem.message, first, last) from None
        self.mark()
        self.append(bytes(offset), first)
