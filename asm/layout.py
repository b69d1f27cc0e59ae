"""Layout: how large each part of a section is once branches reach their targets.

Everything here is relative to sections; addresses come later (:mod:`asm.linker`). A branch starts as one instruction
and becomes two, its inverse over a jump, when its target is too far, in another section, in another source, or a weak
symbol, for which another may stand: what GNU does (LLVM makes two for every global symbol). It never shrinks again, so
that the search for a layout ends.
"""

from __future__ import annotations

from .assembler import Assembler
from .data import SPACE_LIMIT
from .diagnostics import Abandon, Problem
from .expressions import Base, compute, follow
from .limits import Limits
from .symbols import Alignment, Branch, Expression, Gap, Section, Symbol

BRANCH_REACH = (-4096, 4094)
_PATIENCE = 64
"""Rounds after which branches grow before they have to, so that hostile sources cannot make layout quadratic."""
_EFFORT = 3_000_000
"""Sizes that are decided in all rounds together: of more than 15,000 of them, there are fewer rounds."""

_ITEM = 8
"""What it costs to decide a size."""


class Positions:
    """Where symbols are, relative to their sections, given the present growth of all sections.

    Symbols that other sources define are their own base: nothing is known about them but that they exist.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._known: dict[Symbol, tuple[Base, int]] = {}
        self._chain: list[Symbol] = []

    def locate(self, symbol: Symbol) -> tuple[Base, int]:
        """The base and offset of ``symbol``: see :func:`asm.expressions.compute`."""
        if symbol.section is not None:
            return symbol.section, symbol.offset + symbol.section.growth[symbol.items]
        if symbol.constant is not None:
            return None, symbol.constant
        if symbol.expression is None:
            return symbol, 0
        if symbol not in self._known:
            self._known[symbol] = follow(symbol, self.locate, self._chain)
        return self._known[symbol]


def lay_out(assembler: Assembler) -> None:
    """Decide the size of all items in the sections of one source; report those that cannot be sized."""
    sections = [section for section in assembler.sections.values() if section.items]
    for section in sections:
        section.growth = [0] * (len(section.items) + 1)
    count = sum(len(section.items) for section in sections)
    patience = min(_PATIENCE, max(_EFFORT // (3 * max(count, 1)), 1))
    for round in range(3 * patience + 2):
        positions = Positions(assembler.limits)
        margin = 0 if round < patience else 2048 if round < 2 * patience else 4096
        changed = [_grow(section, positions, margin) for section in sections]
        if not any(changed):
            break
    else:
        for section in sections:
            _report_unsettled(assembler, section)
        return
    for section in sections:
        _report_senseless(assembler, section)


def _grow(section: Section, positions: Positions, margin: int) -> bool:
    """Give every item its size under the present ``positions``; whether anything changed."""
    total = 0
    growth = [0]
    for item, before in zip(section.items, section.growth, strict=False):
        positions.limits.work(_ITEM)
        match item:
            case Branch():
                if not item.extra and not _reaches(item, section, positions, before, margin):
                    item.extra = 4
            case Alignment():
                item.extra = item.size_at(item.offset + total)
            case Gap():
                try:
                    item.extra = _wanted(item, section, positions, item.offset + total)
                except Problem:
                    item.extra = 0
        total += item.extra
        growth.append(total)
    changed = growth != section.growth
    section.growth = growth
    return changed


def _reaches(branch: Branch, section: Section, positions: Positions, before: int, margin: int) -> bool:
    """Whether a branch, ``before`` being the growth before it, comes to its target by itself."""
    if any(isinstance(part, Symbol) and part.binding == "weak" for part in branch.target.code):
        return False
    try:
        base, offset = compute(branch.target, positions.locate)
    except Problem:
        return True
    distance = offset - (branch.offset + before)
    return base is section and BRANCH_REACH[0] + margin <= distance <= BRANCH_REACH[1] - margin


def _wanted(gap: Gap, section: Section, positions: Positions, position: int) -> int:
    """The size of a gap at ``position``. Raises :class:`Problem` if it makes no sense."""
    base: Base = None
    value = gap.target
    if isinstance(value, Expression):
        base, value = compute(value, positions.locate)
    if isinstance(base, Symbol):
        raise Problem(f"the value of '{base.name}' is not known here")
    if gap.origin:
        if base not in (None, section):
            raise Problem(".org needs a number or an address in this section")
        if value < position:
            raise Problem(f".org cannot go back: {value:#x} is before {position:#x}")
        value -= position
    elif base is not None:
        raise Problem("a size needs a number, not an address")
    elif value < 0:
        raise Problem(f"a size cannot be negative: {value}")
    if value > (SPACE_LIMIT if section.nobits else positions.limits.BYTES):
        raise Problem(f"section {section.name} would be too large")
    return value


def _report_senseless(assembler: Assembler, section: Section) -> None:
    """Report the gaps whose size makes no sense, which layout has left empty, and a section that grew too large."""
    positions = Positions(assembler.limits)
    for index, item in enumerate(section.items):
        if isinstance(item, Gap):
            try:
                _wanted(item, section, positions, section.position(item.offset, index))
            except Problem as problem:
                assembler.report(Problem(problem.message, item.first, item.last), item.place)
    if not section.nobits:
        try:
            assembler.limits.reserve(section.growth[-1])
        except Problem as problem:
            assembler.report(problem, section.items[-1].place)
            raise Abandon from None


def _report_unsettled(assembler: Assembler, section: Section) -> None:
    """Report the gaps of sections that never come to rest: their sizes depend on themselves."""
    for item in section.items:
        if isinstance(item, Gap):
            assembler.report(Problem("this size depends on itself", item.first, item.last), item.place)


def contents(section: Section) -> bytearray:
    """The bytes of a section after layout, its branches and fixups still to be filled in.

    A grown branch is a hole of eight bytes; empty for sections without bytes in the image.
    """
    if section.nobits or not section.items:
        return bytearray(section.data)
    pieces: list[bytes | bytearray] = []
    done = 0
    for item in section.items:
        pieces.append(section.data[done : item.offset])
        done = item.offset
        match item:
            case Alignment():
                pieces.append(item.bytes(item.extra, section.executable))
            case Gap():
                pieces.append(bytes([item.fill]) * item.extra)
            case _:
                pieces.append(bytes(item.extra))
    pieces.append(section.data[done:])
    return bytearray(b"".join(pieces))
