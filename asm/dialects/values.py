"""Data as RARS and Venus take them: on multiples of their size, repeated by a colon, in segments with an address."""

from __future__ import annotations

from typing import cast

from vm.services import RARS_GLOBALS

from ..assembler import Assembler, Handler
from ..diagnostics import Problem
from ..directives import TABLE as DIRECTIVES
from ..lexer import END
from ..statements import expect_end, symbol_name
from .assembler import DialectAssembler


def own(assembler: Assembler) -> DialectAssembler:
    """The assembler as what these handlers are for."""
    return cast(DialectAssembler, assembler)


def aligned(name: str, size: int) -> Handler:
    """The handler of ``.word`` and its kin: on a multiple of ``size``, as ``value : count`` ``count`` times over."""
    place = DIRECTIVES[name]

    def handler(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.word value, value…`` or ``.word value : count``"""
        own(assembler).settle(size)
        if tokens[-3:-2] != [":"]:
            place(assembler, tokens, at)
            return
        colon = len(tokens) - 3
        count, after = assembler.number(tokens, colon + 1, "a count")
        expect_end(tokens, after)
        if count <= 0:
            raise Problem(f"a count of {count} is not positive", colon + 1)
        value, after = assembler.number([*tokens[:colon], END], at + 1, name)
        expect_end([*tokens[:colon], END], after)
        section = assembler.mark()
        try:
            assembler.limits.reserve(count * size)
        except Problem as problem:
            raise Problem(problem.message, colon + 1) from None
        pattern = (value & (1 << 8 * size) - 1).to_bytes(size, "little")
        assembler.append(pattern * count if any(pattern) or not section.nobits else bytes(count * size), at + 1)

    return handler


def segment(name: str) -> Handler:
    """The handler of ``.text`` and ``.data``, which may say an address."""

    def handler(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.data``, ``.data address``"""
        source = own(assembler)
        source.aligning = source.aligns
        base = source.layout.text if name == ".text" else source.layout.data
        address = None
        after = at + 1
        if tokens[after] != END:
            address, after = assembler.number(tokens, after, name)
            expect_end(tokens, after)
            if address < base:
                what = "code" if name == ".text" else "data"
                note = "memory for .extern is before it" if address >= RARS_GLOBALS else f"{what} cannot be before it"
                raise Problem(f"{what} begins at {base:#x}", at + 1, after - 1, note)
        source.go_to(name, base, address, at + 1, after - 1)

    return handler


def section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.section name``: there are two, code and data"""
    name = tokens[at + 1].strip('"')
    source = own(assembler)
    kind = ".text" if name.startswith((".text", ".init", ".fini")) else ".data"
    source.go_to(kind, 0, None, at + 1, at + 1)


def extern(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.extern name, size``: room for a variable that all sources see; without a size it says nothing"""
    symbol_name(tokens, at + 1)
    if tokens[at + 2] == ",":
        DIRECTIVES[".comm"](assembler, [*tokens[:-1], ",", "4", END], at)


def align(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.align exponent``; with 0 data are not aligned by themselves until the next segment"""
    source = own(assembler)
    source.aligning = source.aligns and tokens[at + 1 : at + 3] != ["0", END]
    DIRECTIVES[".align"](assembler, tokens, at)


SIZES = {".half": 2, ".word": 4, ".dword": 8}

TABLE: dict[str, Handler] = {
    ".asciiz": DIRECTIVES[".asciz"],
    ".text": segment(".text"),
    ".data": segment(".data"),
    **dict.fromkeys((".rodata", ".bss", ".sdata", ".sbss", ".kdata"), segment(".data")),
    ".section": section,
    ".extern": extern,
    ".byte": aligned(".byte", 1),
    ".float": aligned(".float", 4),
    ".double": aligned(".double", 8),
}
"""Directives of both dialects."""
