"""From sources to an image: what :func:`asm.assemble` does, and what it gives.

Dialects of simulators, listings, object files and what explains errors are imported where they are asked for.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from vm import abi, elf
from vm.services import GNU, LAYOUTS
from vm.values import dataclass

from . import lines
from .assembler import Assembler
from .diagnostics import Abandon, AssemblyError, Diagnostic, Problem
from .layout import lay_out
from .limits import Limits
from .linker import Linker
from .reader import STATEMENTS, read
from .source import Source


@dataclass(frozen=True, slots=True)
class Assembly:
    """An assembled program.

    ``image`` is the bytes of its ELF file, ``entry`` the address of its first instruction. ``sections`` and ``symbols``
    are what the program holds, ``warnings`` what was suspicious about the sources; ``guess`` says which dialect
    they were taken for, and by what sign, where nobody had said.
    """

    image: bytes
    entry: int
    sections: tuple[elf.OutputSection, ...]
    symbols: tuple[elf.Symbol, ...]
    warnings: tuple[Diagnostic, ...]
    _assemblers: tuple[Assembler, ...]
    guess: str = ""

    @property
    def obstacle(self) -> Diagnostic | None:
        """Why the image cannot be run, nothing being executable where it would start; None if it can."""
        for section in self.sections:
            if section.protection & abi.Protection.EXEC and section.address <= self.entry < section.end:
                return None
        for assembler in self._assemblers:
            for part in assembler.sections.values():
                if part.misplaced is not None:
                    reading, index = part.misplaced
                    message = f"line {reading.numbers[index]} is in {part.name}; write .text before it"
                    return assembler.diagnostic(Problem(message), part.misplaced)
        return Diagnostic(self._assemblers[0].root.name, 0, 1, 1, "no instructions in .text", "")

    def listing(self) -> str:
        """Address, bytes and source, line by line."""
        from . import listing

        return listing.render(self._assemblers)


def assemble(
    sources: Sequence[Source],
    *,
    read_include: Callable[[str], str] | None = None,
    base: int = abi.IMAGE_BASE,
    directory: str = "",
    limits: Limits | None = None,
    dialect: str = GNU,
) -> Assembly:
    """Assemble and link ``sources`` into one image whose first section is at address ``base``.

    ``read_include`` gives the text of a file that ``.include`` or ``.incbin`` names, its bytes that are not UTF-8 as
    surrogates (PEP 383), or raises OSError; without it nothing can be included. ``directory`` is what debuggers take
    the sources' names to be relative to, ``limits`` what the sources may use. ``dialect`` is one of
    :data:`vm.services.DIALECTS`; others than GNU's have a base of their own. Raises :class:`AssemblyError` with every
    problem found if there is any error, ValueError without sources, or for a ``base`` that is no page's address, and
    what the pulse of ``limits`` raises.
    """
    if not sources:
        raise ValueError("nothing to assemble")
    if base % abi.PAGE_SIZE:
        raise ValueError(f"base {base:#x} is not a multiple of the page size")
    limits = limits or Limits()
    machine = LAYOUTS.get(dialect)
    assemblers: list[Assembler] = []
    sections: tuple[elf.OutputSection, ...] = ()
    symbols: tuple[elf.Symbol, ...] = ()
    note = None
    entry = base
    with contextlib.suppress(Abandon):
        if machine is None:
            for source in sources:
                assemblers.append(Assembler(source, STATEMENTS, read_include, limits))
                read(assemblers[-1])
                lay_out(assemblers[-1])
            linker = Linker(assemblers, base)
        else:
            from . import dialects

            dialects.read_all(dialect, sources, read_include, limits, assemblers)
            linker = Linker(assemblers, machine.text, machine.data)
        linker.collect()
        linker.place()
        sections, symbols = linker.sections(), linker.symbols()
        if not any(assembler.errors for assembler in assemblers):
            entry = linker.entry() if machine is None else linker.beginning(dialects.ENTRIES)
    diagnostics = _in_order(sources if machine is None else (), assemblers)
    if any(assembler.errors for assembler in assemblers):
        raise AssemblyError(diagnostics)
    if machine is not None:
        note, memory = dialects.surroundings(dialect, assemblers, sections)
        sections += memory
    debugging = lines.sections(assemblers, directory)
    image = elf.write_image(entry=entry, sections=(*sections, *debugging), symbols=symbols, note=note)
    return Assembly(image, entry, sections, symbols, diagnostics, tuple(assemblers))


def assemble_object(
    source: Source, *, read_include: Callable[[str], str] | None = None, limits: Limits | None = None
) -> tuple[bytes, tuple[Diagnostic, ...]]:
    """Assemble one source into an object file for a linker; also gives the warnings.

    Arguments and errors are those of :func:`assemble`. Symbols that the source does not define are left to the linker.
    """
    assembler = Assembler(source, STATEMENTS, read_include, limits or Limits())
    data = b""
    with contextlib.suppress(Abandon):
        read(assembler)
        lay_out(assembler)
        if not assembler.errors:
            from . import objects

            data = objects.render(assembler)
    diagnostics = _in_order([source], [assembler])
    if assembler.errors:
        raise AssemblyError(diagnostics)
    return data, diagnostics


def _in_order(sources: Sequence[Source], assemblers: Sequence[Assembler]) -> tuple[Diagnostic, ...]:
    """All diagnostics, assembler by assembler, in the order of the lines that caused them.

    Of one of ``sources``, which are in GNU's dialect, that is no assembly at all only this is said.
    """
    found: list[Diagnostic] = []
    for index, assembler in enumerate(assemblers):
        own = [diagnostic for _, diagnostic in sorted(assembler.diagnostics, key=lambda entry: entry[0])]
        cause = None
        if assembler.errors and index < len(sources):
            from . import foreign

            cause = foreign.explain(sources[index], own)
        found += [cause] if cause else own
    return tuple(found)
