"""Programs in a dialect: their sources with what they import, and what surrounds their code and data in memory."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Sequence

from vm import abi, elf, isa
from vm.abi import Protection
from vm.services import ENDING, LAYOUTS, RARS, RARS_GLOBALS, RETURNED

from ..assembler import Assembler
from ..diagnostics import Problem
from ..layout import lay_out
from ..lexer import shorten
from ..limits import Limits
from ..reader import read
from ..source import Source
from .assembler import DialectAssembler
from .statements import DIALECT_STATEMENTS

ENTRIES = ("main", "_start", "__start")
"""Global labels at which execution starts, rather than at the first instruction."""

_ENDINGS = ".text.ending"
_NOBITS = 8
_IMPORTS = 100
"""Most files that a program may import."""


def read_all(
    dialect: str,
    sources: Sequence[Source],
    read_include: Callable[[str], str] | None,
    limits: Limits,
    assemblers: list[Assembler],
) -> None:
    """Read and lay out ``sources`` and what they import, each into a further one of ``assemblers``.

    Behind all code comes what ends a program that runs into it. Raises :class:`Abandon` when a limit is met.
    """
    waiting = list(sources)
    known = {posixpath.normpath(source.name) for source in sources}
    while waiting:
        source = waiting.pop(0)
        statements = DIALECT_STATEMENTS[dialect]
        assembler = DialectAssembler(source, statements, read_include, limits, dialect)
        assemblers.append(assembler)
        read(assembler)
        lay_out(assembler)
        waiting += _imported(assembler, known)
    ending = assemblers[-1].open_section(_ENDINGS, "ax", False)
    ending.alignment = 4
    for number in (ENDING, RETURNED):
        words = (
            isa.encode(isa.BY_NAME["lui"], rd=17, imm=number >> 12),
            isa.encode(isa.BY_NAME["ecall"]),
        )
        ending.data += b"".join(word.to_bytes(4, "little") for word in words)


def _imported(assembler: DialectAssembler, known: set[str]) -> list[Source]:
    """The sources that one imports and that nobody has named before, by names relative to its own."""
    found = []
    for name, place in assembler.imports:
        beside = posixpath.normpath(posixpath.join(posixpath.dirname(assembler.root.name), name))
        if beside in known:
            continue
        known.add(beside)
        try:
            if len(known) > _IMPORTS:
                raise Problem(f"more than {_IMPORTS} files are imported")
            if assembler.read_include is None:
                raise Problem("nothing can be imported here")
            found.append(Source(beside, assembler.read_include(beside)))
        except OSError as error:
            why = error.strerror or str(error) or "it cannot be read"
            assembler.report(Problem(f"cannot import '{shorten(name)}': {why}"), place)
        except Problem as problem:
            assembler.report(problem, place)
    return found


def surroundings(
    dialect: str, assemblers: Sequence[Assembler], sections: Sequence[elf.OutputSection]
) -> tuple[elf.DialectNote, tuple[elf.OutputSection, ...]]:
    """The note of an image in a dialect, and the memory that its programs find beside their code and data."""
    layout = LAYOUTS[dialect]
    data = [section for section in sections if section.address >= layout.data]
    end = max((section.end for section in data), default=layout.data)
    memory = []
    writable = Protection.READ | Protection.WRITE
    if dialect == RARS:
        memory.append(_empty(".globals", RARS_GLOBALS, layout.data))
    first = end if data and data[-1].protection == writable else end + -end % abi.PAGE_SIZE
    if first < layout.end:
        memory.append(_empty(".heap", first, layout.end))
    heap = max(layout.heap, end + -end % abi.PAGE_SIZE)
    ending = assemblers[-1].sections[_ENDINGS]
    return elf.DialectNote(dialect, ending.address + 8, heap), tuple(memory)


def _empty(name: str, start: int, end: int) -> elf.OutputSection:
    return elf.OutputSection(name, Protection.READ | Protection.WRITE, start, b"", end - start, 4, _NOBITS)
