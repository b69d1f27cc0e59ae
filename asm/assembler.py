"""One source being assembled: its sections and symbols so far, the statement at hand, and what is wrong with it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping

from vm.values import dataclass

from .beginnings import binary
from .diagnostics import ERROR_LIMIT, SUGGESTION_LIMIT, WARNING_LIMIT, Abandon, Diagnostic, Problem
from .expressions import Base, Parser, compute, follow
from .lexer import bare, is_symbol, shorten, spans
from .limits import Limits
from .source import CONTINUATION, Place, Reading, Source, open_source
from .symbols import ABSOLUTE, Expression, Fixup, Section, Symbol

Handler = Callable[["Assembler", list[str], int], None]
"""Assembles one statement: takes its tokens and the index of the one that names the handler."""

_LAST = (1 << 62,)
"""Sorts a diagnostic behind those of all lines."""


@dataclass(slots=True)
class Condition:
    """One open ``.if``: whether it stands in a branch ``skipped`` as a whole, whether one of its branches was
    ``taken`` already, whether ``.else`` was seen, so that the present branch is the ``last``.

    ``place`` is where it was opened.
    """

    skipped: bool
    taken: bool
    last: bool
    place: Place


class Assembler:
    """One source on its way to sections, symbols and fixups that :mod:`asm.linker` makes an image of.

    ``builtins`` are what a statement's first word may be without macros, ``statements`` what it may be here.
    ``reading`` and ``index`` are the statement at hand, ``section`` is where its bytes go. ``diagnostics`` collects
    what is wrong; a source with errors still is read to its end.
    """

    def __init__(
        self,
        source: Source,
        builtins: Mapping[str, Handler],
        read_include: Callable[[str], str] | None,
        limits: Limits,
    ) -> None:
        self.read_include = read_include
        self.limits = limits
        self.builtins = builtins
        self.statements: dict[str, Handler] = dict(builtins)
        self.symbols: dict[str, Symbol] = {}
        self.sections: dict[str, Section] = {}
        self.section = self.open_section(".text", "ax", False)
        self.section_stack: list[tuple[Section, Section]] = []
        self.previous = self.section
        self.conditions: list[Condition] = []
        self.skipping = False
        self.macro_count = self.local_count = 0
        self.alternate = False
        self.pic = False
        self.options: list[bool] = []
        self.local_labels: dict[str, list[Symbol | None]] = {}
        self.diagnostics: list[tuple[tuple[int, ...], Diagnostic]] = []
        self.errors = 0
        self.warnings = 0
        self._table: dict[Expression, Symbol] = {}
        self.parser = Parser(self.resolve)
        self.expression = self.parser.parse
        reading, unclosed = self._open(source)
        self.root = self.reading = reading
        self.index = 0
        self.readings = [reading]
        if unclosed is not None:
            self.report_unclosed(reading, unclosed)

    def _open(self, source: Source) -> tuple[Reading, int | None]:
        """The reading of a source, empty if it is too large, which is recorded."""
        try:
            self.limits.open(source.text)
            what = binary(source.text)
            if what:
                raise Problem(f"this is no source, but {what}")
            reading, unclosed = open_source(source.name, source.text)
            self.limits.read(len(reading.lines))
        except Problem as problem:
            self.add(Diagnostic(source.name, 0, 1, 1, problem.message, ""))
            return open_source(source.name, "")
        return reading, unclosed

    def line(self, reading: Reading, index: int) -> str:
        """The text of a statement that is about to be read."""
        return reading.lines[index]

    # --- readings -----------------------------------------------------------------------------------------------

    def push(self, reading: Reading) -> None:
        """Read ``reading`` before going on. Raises :class:`Abandon` when too many readings are open."""
        if reading.depth > self.limits.DEPTH:
            self.report(Problem(f"macros, repeats and includes are nested more than {self.limits.DEPTH} deep"))
            raise Abandon
        reading.conditionals = len(self.conditions)
        self.readings.append(reading)

    def expand(self, lines: int, characters: int) -> None:
        """Count added lines. Raises :class:`Abandon` when they are too many."""
        try:
            self.limits.expand(lines, characters)
        except Problem as problem:
            self.report(problem)
            raise Abandon from None

    # --- problems ---------------------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The statement at hand."""
        return self.reading, self.index

    def report(self, problem: Problem, place: Place | None = None, severity: str = "error") -> None:
        """Record a problem of the statement at ``place``, by default the one at hand; but for errors only the first."""
        if severity != "error":
            self.warnings += 1
            if self.warnings > WARNING_LIMIT:
                return
        place = place or self.place
        self._record(self.diagnostic(problem, place, severity), place)

    def diagnostic(self, problem: Problem, place: Place, severity: str = "error") -> Diagnostic:
        """What is said of a problem of the statement at ``place``."""
        reading, index = place
        line = reading.lines[index]
        self.limits.work(len(line))
        places = spans(line)
        last = len(places) - 1
        first = 0 if problem.first is None else min(problem.first, last)
        final = (last - 1 if problem.first is None else min(problem.last or 0, last)) if last else 0
        offset = reading.columns[index] if reading.columns else 0
        start, end = places[first][0] + offset, max(places[final][1], places[first][1]) + offset
        message, notes = problem.message, problem.notes
        odd = None
        if severity == "error" and not line.isascii():
            from . import lookalikes

            odd = lookalikes.find(line)
        if odd is not None:
            start, message, notes = odd[0] + offset, odd[1], ()
            end = start + 1
        elif problem.meant and self.errors < SUGGESTION_LIMIT:
            message += self.limits.suggest(*problem.meant)
        shown = reading.shown[index]
        breaks = shown.count(CONTINUATION, 0, start)
        begin = shown.rfind(CONTINUATION, 0, start) + 1
        return Diagnostic(
            reading.name, reading.numbers[index] + breaks, start - begin + 1, end - begin + 1,
            message, shown.split(CONTINUATION)[breaks], (*notes, *_trace(reading)), severity,
        )  # fmt: skip

    def report_unclosed(self, reading: Reading, line: int) -> None:
        """Record that the block comment that starts in ``line`` does not end."""
        index = bisect_right(reading.numbers, line) - 1
        text = reading.shown[index].split(CONTINUATION)[line - reading.numbers[index]]
        column = text.rfind("/*") + 1
        message = "the comment that starts here does not end"
        self._record(
            Diagnostic(reading.name, line, column, column + 2, message, text, _trace(reading)), (reading, line - 1)
        )

    def _record(self, diagnostic: Diagnostic, place: Place) -> None:
        reading: Reading | None = place[0]
        key = [place[1]]
        while reading and reading.parent:
            key.append(reading.parent_index)
            reading = reading.parent
        self.add(diagnostic, tuple(reversed(key)))

    def add(self, diagnostic: Diagnostic, key: tuple[int, ...] = _LAST) -> None:
        """Record a diagnostic to be shown in the order of ``key``. Raises :class:`Abandon` when there are too many."""
        self.diagnostics.append((key, diagnostic))
        if diagnostic.severity == "error":
            self.errors += 1
            if self.errors == ERROR_LIMIT:
                raise Abandon

    def warn(self, problem: Problem, place: Place | None = None) -> None:
        """Record something suspicious that does not keep the source from being assembled."""
        self.report(problem, place, "warning")

    # --- sections ---------------------------------------------------------------------------------------------

    def open_section(self, name: str, flags: str, nobits: bool, number: int = 0) -> Section:
        """The source's section of this name, or that subsection of it, made when it is new."""
        if number:
            self.open_section(name, flags, nobits)
        key = f"{name} {number}" if number else name
        section = self.sections.get(key)
        if section is None:
            alignment = 4 if name == ".text" else 1
            section = self.sections[key] = Section(name, flags, nobits, alignment, number=number)
        return section

    def parts(self) -> list[Section]:
        """All sections, in the order in which they were named, each with its subsections behind it."""
        order = {section.name: index for index, section in enumerate(self.sections.values()) if not section.number}
        return sorted(self.sections.values(), key=lambda section: (order[section.name], section.number))

    def switch(self, section: Section) -> None:
        """Put what follows into ``section``."""
        self.previous = self.section
        self.section = section

    def mark(self) -> Section:
        """Note that the statement at hand makes the bytes that follow; returns the section they go to."""
        section = self.section
        section.marks.append((section.size, len(section.items), self.reading, self.index))
        return section

    def begin_instruction(self) -> None:
        """Prepare for the words of an instruction. Raises :class:`Problem` where none can be."""
        section = self.section
        offset = len(section.data)
        if offset & 3 or not section.executable:
            self._doubt(section, offset)
        section.marks.append((offset, len(section.items), self.reading, self.index))

    def _doubt(self, section: Section, offset: int) -> None:
        """An instruction in an odd place: refuse it, or remember to warn once."""
        if section.nobits:
            raise Problem(f"an instruction cannot be in section {section.name}, which has no bytes in the image")
        if not section.executable and section.misplaced is None:
            section.misplaced = self.place
            self.warn(Problem(f"instruction in section {section.name}, which is not executable"))
        if offset & 3 and len(section.suspects) < 100:
            section.suspects.append((offset, len(section.items), self.reading, self.index))

    def append(self, data: bytes, at: int) -> None:
        """Add bytes of the directive at token ``at``; a section without bytes in the image takes only zeros."""
        section = self.section
        if not section.nobits:
            section.data += data
        elif any(data):
            raise Problem(f"section {section.name} has no bytes in the image: only zeros can be put there", at)
        else:
            section.reserved += len(data)

    # --- symbols ----------------------------------------------------------------------------------------------

    def symbol(self, name: str) -> Symbol:
        """The symbol of this name, defined or not."""
        symbol = self.symbols.get(name)
        if symbol is None:
            symbol = self.symbols[name] = Symbol(name)
        return symbol

    def resolve(self, name: str) -> Symbol | int:
        """What ``name`` stands for in an expression: a number when that is known, else its symbol.

        ``1f`` and ``1b`` are the next and the last numeric label 1, ``.`` is the address reached. Raises
        :class:`Problem` for ``1b`` without a label 1 before.
        """
        self.limits.work()
        symbol = self.symbols.get(name)
        if symbol is not None:
            if symbol.constant is not None:
                return symbol.constant
        elif name == ".":
            symbol = self.here()
        elif name[0].isdigit():
            return self._local_label(name)
        else:
            symbol = self.symbols[name] = Symbol(name)
        symbol.used = True
        return symbol

    def here(self) -> Symbol:
        """The address reached."""
        symbol = Symbol(".")
        self._put_here(symbol)
        return symbol

    def _local_label(self, name: str) -> Symbol:
        last_and_next = self.local_labels.setdefault(name[:-1].lstrip("0") or "0", [None, None])
        backwards = name[-1] == "b"
        found = last_and_next[0 if backwards else 1]
        if found is None:
            if backwards:
                raise Problem(f"no label '{shorten(name[:-1])}:' before this")
            found = last_and_next[1] = Symbol(name)
        return found

    def _put_here(self, symbol: Symbol) -> None:
        section = self.section
        if section.name == ABSOLUTE and not section.items:
            symbol.constant, symbol.place = section.size, self.place
            return
        symbol.section = section
        symbol.offset = section.size
        symbol.items = len(section.items)
        symbol.place = self.place

    def table_entry(self, target: Expression, first: int, last: int) -> Symbol:
        """The word of this source's table of addresses (section .got) that holds ``target``, made when it is new."""
        entry = self._table.get(target)
        if entry is None:
            table = self.open_section(".got", "aw", False)
            table.alignment = 4
            entry = self._table[target] = Symbol(".")
            entry.section, entry.offset, entry.place = table, table.size, self.place
            table.fixups.append(Fixup(table.size, 0, "absolute", target, self.place, first, last))
            table.data += bytes(4)
        return entry

    def define_label(self, name: str, at: int) -> None:
        """Make ``name`` the address reached. Raises :class:`Problem` if it is none or already taken."""
        if name.isdigit():
            last_and_next = self.local_labels.setdefault(name.lstrip("0") or "0", [None, None])
            symbol = last_and_next[1] or Symbol(name + "b")
            last_and_next[:] = symbol, None
        elif not is_symbol(name) or name == ".":
            raise Problem(f"'{shorten(name)}' cannot be a label", at)
        else:
            symbol = self.symbol(bare(name))
            self.check_free(symbol, at)
        self._put_here(symbol)

    def check_free(self, symbol: Symbol, at: int) -> None:
        """Raise :class:`Problem` if ``symbol`` is defined already."""
        if symbol.defined or symbol.common:
            where = f"first defined at {describe(symbol.place)}" if symbol.place else ""
            raise Problem(f"symbol '{symbol.name}' is already defined", at, None, *([where] if where else []))

    def defined(self, name: str) -> bool:
        """Whether this source has defined ``name`` so far."""
        symbol = self.symbols.get(name)
        return symbol is not None and symbol.defined

    def absolute(self, expression: Expression) -> int | None:
        """The value of ``expression`` when it is a number that no later statement can change, else None.

        Distances are known between places that nothing of undecided size lies between.
        """
        chain: list[Symbol] = []

        def locate(symbol: Symbol) -> tuple[Base, int]:
            self._step()
            if symbol.section is not None:
                return (id(symbol.section), symbol.items), symbol.offset
            if symbol.constant is not None:
                return None, symbol.constant
            if symbol.expression is not None:
                return follow(symbol, locate, chain)
            raise Problem("not defined yet")

        try:
            base, value = compute(expression, locate)
        except Problem:
            return None
        return value if base is None else None

    def _step(self) -> None:
        """Count a look at a symbol's value. Raises :class:`Abandon` when there were too many."""
        try:
            self.limits.step()
        except Problem as problem:
            self.report(problem)
            raise Abandon from None

    def number(self, tokens: list[str], at: int, what: str) -> tuple[int, int]:
        """The number that the expression at token ``at`` gives, and the index of the token after it.

        Raises :class:`Problem` if it is not known here; ``what`` says what needs it.
        """
        value, after = self.expression(tokens, at)
        if not isinstance(value, int):
            known = self.absolute(value)
            if known is None:
                raise Problem(f"{what} needs a number that is known here", at, after - 1)
            value = known
        return value, after


def describe(place: Place) -> str:
    """``file:line`` of a statement."""
    reading, index = place
    return f"{reading.name}:{reading.numbers[index]}"


def _trace(reading: Reading) -> tuple[str, ...]:
    """What caused an expansion or an include, from the innermost outwards."""
    notes: list[str] = []
    current: Reading | None = reading
    while current is not None and current.parent is not None:
        notes.append(f"{current.cause} {describe((current.parent, current.parent_index))}")
        current = current.parent
    return tuple(notes if len(notes) <= 6 else [*notes[:3], f"… {len(notes) - 5} more …", *notes[-2:]])
