"""All directives: the tables of the modules that are about a subject, and a few that fit nowhere else."""

from __future__ import annotations

from . import conditionals, data, files, floats, macros, naming, sectioning, strings
from .assembler import Assembler, Handler
from .diagnostics import Problem
from .insn import insn
from .lexer import END, shorten
from .statements import expect_comma, expect_end, text
from .symbols import NOP

_KNOWN_OPTIONS = ("push", "pop", "norvc", "relax", "norelax", "pic", "nopic", "arch", "exact", "noexact", "csr-check")


def _option(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.option name``: ``la`` depends on ``pic``, nothing on the others"""
    name = tokens[at + 1]
    if name == "push":
        if len(assembler.options) >= assembler.limits.DEPTH:
            raise Problem(f"options are pushed more than {assembler.limits.DEPTH} deep", at)
        assembler.options.append(assembler.pic)
    elif name == "pop":
        if not assembler.options:
            raise Problem(".option pop without .option push", at, at + 1)
        assembler.pic = assembler.options.pop()
    elif name in ("pic", "nopic"):
        assembler.pic = name == "pic"
    elif name == "rvc":
        assembler.warn(Problem("this machine has no compressed instructions: none are made", at, at + 1))
    elif name not in _KNOWN_OPTIONS and "".join(tokens[at + 1 :]) != "no-csr-check":
        assembler.warn(Problem(f"unknown option '{shorten(name)}'", at + 1, meant=(name, _KNOWN_OPTIONS)))


def _complain(severity: str) -> Handler:
    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.error "message"``, ``.warning "message"``"""
        message = "" if tokens[at + 1] == END else text(tokens, at + 1)
        assembler.report(Problem(shorten(message, 400) or f"{tokens[at]} met", at), None, severity)

    return place


def _end(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.end``: what follows is not read"""
    for reading in assembler.readings:
        reading.index = len(reading.lines)
        reading.more = None


def ignored(name: str) -> bool:
    """Whether a directive is one that compilers emit and that means nothing to an image."""
    lowered = name.lower()
    return lowered in _IGNORED or lowered.startswith(".cfi_")


_IGNORED = frozenset(
    (
        ".attribute", ".ident", ".file", ".loc", ".addrsig", ".addrsig_sym", ".symver", ".line", ".ln", ".version",
        ".lto_discard", ".cg_profile", ".gnu_attribute", ".variant_cc", ".func", ".endfunc", ".linkonce",
        ".loc_mark_labels", ".list", ".nolist", ".title", ".sbttl", ".psize", ".eject", ".lflags", ".noformat",
        ".linefile", ".appfile", ".appline", ".stabs", ".stabn", ".stabd", ".vtable_inherit", ".vtable_entry",
    )
)  # fmt: skip


def _print(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.print "message"``: said while assembling"""
    message = text(tokens, at + 1)
    expect_end(tokens, at + 2)
    assembler.report(Problem(shorten(message, 400), at), None, "note")


def _nop(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.nop``"""
    expect_end(tokens, at + 1)
    assembler.begin_instruction()
    assembler.section.data += NOP


def _relocation(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.reloc offset, R_RISCV_NONE, expression``: all others would need an object file"""
    _, after = assembler.expression(tokens, at + 1)
    kind = expect_comma(tokens, after)
    if tokens[kind] not in ("R_RISCV_NONE", "BFD_RELOC_NONE"):
        raise Problem(f"relocation {shorten(tokens[kind])} is not made: sources are linked at once", kind)


TABLE: dict[str, Handler] = {
    **data.TABLE,
    **strings.TABLE,
    **files.TABLE,
    **floats.TABLE,
    **naming.TABLE,
    **sectioning.TABLE,
    **conditionals.TABLE,
    **macros.TABLE,
    ".option": _option,
    ".insn": insn,
    ".print": _print,
    ".nop": _nop,
    ".reloc": _relocation,
    ".error": _complain("error"),
    ".err": _complain("error"),
    ".warning": _complain("warning"),
    ".end": _end,
}
"""Handlers of every directive."""
