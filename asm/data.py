"""Directives that place bytes, and those that move on to another place."""

from __future__ import annotations

from vm import abi
from vm.elf import leb128

from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import END, integer
from .statements import alignment_value, expect_end, fill_value, found
from .symbols import Alignment, Expression, Fixup, Gap, Section

SPACE_LIMIT = abi.STACK_TOP - abi.STACK_GUARD
"""Bytes that no section can exceed: it would not fit below the stack."""


def _integers(size: int) -> Handler:
    """The handler of a directive that places integers of ``size`` bytes."""
    high = (1 << 8 * size) - 1

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.word value, value…``"""
        section = assembler.mark()
        if tokens[at + 1] == END:
            return
        separator = ","
        while separator == ",":
            start = at + 1
            assembler.limits.work()
            value, at = assembler.expression(tokens, start)
            separator = tokens[at]
            if separator not in (",", END):
                raise Problem(f"expected ','{found(separator)}", at)
            if not isinstance(value, int):
                value = _known(assembler, section, value, size, start, at - 1)
            if not -high <= value <= high and size < 8:
                message = f"{value} does not fit in {size} byte{'s' * (size > 1)}: {value & high} is stored"
                assembler.warn(Problem(message, start, at - 1))
            assembler.append((value & high).to_bytes(size, "little"), start)

    return place


def _known(assembler: Assembler, section: Section, value: Expression, size: int, first: int, last: int) -> int:
    """The value of an expression if it is known by now; else 0, and the linker fills it in."""
    known = assembler.absolute(value) if len(value.code) > 1 else None
    if known is not None:
        return known
    if section.nobits:
        raise Problem(f"section {section.name} has no bytes in the image: only zeros can be put there", first, last)
    section.fixups.append(
        Fixup(len(section.data), len(section.items), "absolute", value, assembler.place, first, last, None, size)
    )
    return 0


def _octa(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.octa number, number…``: 16 bytes each"""
    assembler.mark()
    separator = ","
    while separator == ",":
        start = at + 1
        negative = tokens[start] == "-"
        literal = start + negative
        if tokens[literal][:1].isdigit() and tokens[literal + 1] in (",", END):
            value, at = _wide(tokens, literal), literal + 1
        else:
            negative = False
            value, at = assembler.number(tokens, start, ".octa")
        separator = tokens[at]
        if separator not in (",", END):
            raise Problem(f"expected ','{found(separator)}", at)
        assembler.append(((-value if negative else value) & (1 << 128) - 1).to_bytes(16, "little"), start)


def _wide(tokens: list[str], at: int) -> int:
    try:
        return integer(tokens[at], 128)
    except Problem as problem:
        raise Problem(problem.message, at) from None


def _leb128(signed: bool) -> Handler:
    """The handler of numbers in LEB128."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.uleb128 value, value…``: compilers need it for debug information, which no image holds"""
        if not assembler.section.allocated:
            return
        assembler.mark()
        separator = ","
        while separator == ",":
            start = at + 1
            value, at = assembler.number(tokens, start, ".sleb128" if signed else ".uleb128")
            separator = tokens[at]
            if separator not in (",", END):
                raise Problem(f"expected ','{found(separator)}", at)
            if value < 0 and not signed:
                raise Problem(f"{value} is negative: .sleb128 can hold it", start, at - 1)
            assembler.append(leb128.write(value, signed=signed), start)

    return place


def _space(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.space size, fill``"""
    value, fill, last = _filled(assembler, tokens, at)
    section = assembler.mark()
    size = value if isinstance(value, int) else assembler.absolute(value)
    if size is not None:
        _reserve(assembler, size, bytes([fill]), at + 1, last)
    else:
        _leave_gap(assembler, section, value, fill, at + 1, last, origin=False)


def _filled(assembler: Assembler, tokens: list[str], at: int) -> tuple[int | Expression, int, int]:
    """``name size, fill``: the size, the byte, 0 if none is given, and the last token of the size."""
    value, after = assembler.expression(tokens, at + 1)
    last, fill = after - 1, 0
    if tokens[after] == ",":
        fill, after = fill_value(assembler, tokens, after + 1)
    expect_end(tokens, after)
    return value, fill, last


def _leave_gap(
    assembler: Assembler, section: Section, target: int | Expression, fill: int, first: int, last: int, *, origin: bool
) -> None:
    """Have layout find out how much is filled, by the tokens ``first``..``last``."""
    section.items.append(
        Gap(offset=section.size, place=assembler.place, first=first, last=last, target=target, fill=fill, origin=origin)
    )


def _reserve(assembler: Assembler, size: int, pattern: bytes, first: int, last: int) -> None:
    """Add ``size`` bytes of ``pattern``, whose length divides it. Negative sizes add nothing, as in LLVM."""
    if size <= 0:
        if size:
            assembler.warn(Problem(f"a size of {size} bytes has no effect", first, last))
        return
    section = assembler.section
    if section.nobits and not any(pattern):
        if section.reserved + size > SPACE_LIMIT:
            raise Problem(f"section {section.name} would be larger than the address space", first, last)
        section.reserved += size
        return
    try:
        assembler.limits.reserve(size)
    except Problem as problem:
        raise Problem(problem.message, first, last) from None
    assembler.append(pattern * (size // len(pattern)), first)


def _fill(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.fill repeat, size, value``: at most 4 bytes of the value are used, the others are zero"""
    start = at + 1
    repeat, at = assembler.number(tokens, start, ".fill")
    last = at - 1
    size, value = 1, 0
    if tokens[at] == ",":
        size, at = assembler.number(tokens, at + 1, ".fill")
        if size < 0:
            raise Problem(f"a size cannot be negative: {size}", at - 1)
        size = min(size, 8)
        if tokens[at] == ",":
            value, at = assembler.number(tokens, at + 1, ".fill")
    expect_end(tokens, at)
    assembler.mark()
    pattern = (value & 0xFFFF_FFFF).to_bytes(8, "little")[:size]
    if size:
        _reserve(assembler, repeat * size, pattern, start, last)


def _repeated(size: int) -> Handler:
    """The handler of ``.dcb`` and its kin: a number of ``size`` bytes so many times."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.dcb repeat, value``"""
        start = at + 1
        repeat, at = assembler.number(tokens, start, tokens[at])
        last = at - 1
        value = 0
        if tokens[at] == ",":
            value, at = fill_value(assembler, tokens, at + 1, size)
        expect_end(tokens, at)
        assembler.mark()
        _reserve(assembler, repeat * size, value.to_bytes(size, "little"), start, last)

    return place


def _align(power: bool, unit: int = 1) -> Handler:
    """The handler of an alignment, given as a power of two or in bytes, filled with values of ``unit`` bytes."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.align alignment, fill, most``: at most ``most`` bytes are skipped, else nothing is done"""
        start = at + 1
        if tokens[start] == END:
            assembler.warn(Problem(f"{tokens[at]} without an alignment does nothing", at))
            return
        value, at = assembler.number(tokens, start, "an alignment")
        last = at - 1
        alignment = alignment_value(value, power, start, last)
        fill: int | None = None
        most = 0
        if tokens[at] == ",":
            if tokens[at + 1] == ",":
                at += 1
            else:
                fill, at = fill_value(assembler, tokens, at + 1, unit)
            if tokens[at] == ",":
                most, at = assembler.number(tokens, at + 1, "the most bytes to skip")
        expect_end(tokens, at)
        section = assembler.mark()
        item = Alignment(
            offset=section.size, place=assembler.place, first=start, last=last,
            alignment=alignment, fill=fill, unit=unit, most=most,
        )  # fmt: skip
        align(assembler, section, item)

    return place


def align(assembler: Assembler, section: Section, item: Alignment) -> None:
    """Align the end of ``section``: at once if its size is known, in layout otherwise."""
    section.alignment = max(section.alignment, item.alignment)
    if section.items:
        section.items.append(item)
        return
    size = item.size_at(section.size)
    if section.nobits and not item.fill:
        section.reserved += size
    else:
        assembler.limits.reserve(size)
        assembler.append(item.bytes(size, section.executable), item.first)


def origin(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.org offset, fill``: go on at this offset in the section"""
    value, fill, last = _filled(assembler, tokens, at)
    section = assembler.mark()
    if isinstance(value, Expression):
        size = assembler.absolute(Expression((*value.code, assembler.here(), "-")))
        if size is not None and size >= 0:
            _reserve(assembler, size, bytes([fill]), at + 1, last)
            return
    _leave_gap(assembler, section, value, fill, at + 1, last, origin=True)


TABLE: dict[str, Handler] = {
    **dict.fromkeys((".byte", ".dc.b"), _integers(1)),
    **dict.fromkeys((".half", ".hword", ".short", ".2byte", ".dc", ".dc.w"), _integers(2)),
    **dict.fromkeys((".word", ".long", ".int", ".4byte", ".dc.l", ".dc.a"), _integers(4)),
    **dict.fromkeys((".dword", ".quad", ".8byte"), _integers(8)),
    ".octa": _octa,
    ".uleb128": _leb128(False),
    ".sleb128": _leb128(True),
    **dict.fromkeys((".space", ".skip", ".zero"), _space),
    ".fill": _fill,
    ".dcb.b": _repeated(1),
    **dict.fromkeys((".dcb", ".dcb.w"), _repeated(2)),
    ".dcb.l": _repeated(4),
    ".ds.b": _repeated(1),
    **dict.fromkeys((".ds", ".ds.w"), _repeated(2)),
    **dict.fromkeys((".ds.l", ".ds.s"), _repeated(4)),
    ".ds.d": _repeated(8),
    **dict.fromkeys((".align", ".p2align"), _align(True)),
    ".p2alignw": _align(True, 2),
    ".p2alignl": _align(True, 4),
    ".balign": _align(False),
    ".balignw": _align(False, 2),
    ".balignl": _align(False, 4),
    ".org": origin,
}
"""Handlers of these directives."""
