"""Directives that choose the section that what follows goes to."""

from __future__ import annotations

from .assembler import Assembler, Handler
from .data import SPACE_LIMIT
from .diagnostics import Problem
from .lexer import END, integer, shorten
from .statements import expect_end, text
from .symbols import ABSOLUTE, Section

_KNOWN_SECTIONS = (
    (".text", "ax", False), (".init", "ax", False), (".fini", "ax", False),
    (".rodata", "a", False), (".rodata1", "a", False), (".srodata", "a", False),
    (".data", "aw", False), (".data1", "aw", False), (".sdata", "aw", False),
    (".bss", "aw", True), (".sbss", "aw", True),
    (".init_array", "aw", False), (".fini_array", "aw", False), (".preinit_array", "aw", False),
)  # fmt: skip
"""Name, flags and whether it has no bytes in the image, for sections whose directive says nothing; likewise for the
names that begin so and go on with a dot."""

_UNLOADED = (".comment", ".note", ".debug", ".stab", ".riscv.attributes", ".gnu", ".llvm", ".eh_frame", ".group")
"""Beginnings of the names of sections that compilers emit beside the program: nobody expects them in memory."""

_FLAG_LETTERS = frozenset("awxMSGoRe?")


def _default_kind(name: str) -> tuple[str, bool]:
    for known, flags, nobits in _KNOWN_SECTIONS:
        if name == known or name.startswith(known + "."):
            return flags, nobits
    return "", False


def _named_section(name: str) -> Handler:
    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.text``, ``.data``, ``.rodata``, ``.bss``, all with the number of a subsection if one is wanted"""
        assembler.switch(_numbered(assembler, name, tokens, at + 1))

    return place


def _numbered(assembler: Assembler, name: str, tokens: list[str], at: int) -> Section:
    """The subsection of the section ``name`` whose number is at token ``at``, 0 if none is."""
    number = 0
    if tokens[at] != END:
        number, after = assembler.number(tokens, at, "the number of a subsection")
        expect_end(tokens, after)
        if not 0 <= number <= SUBSECTION_LIMIT:
            raise Problem(f"{number} cannot be a subsection: they are numbered from 0 to {SUBSECTION_LIMIT}", at)
    known = assembler.sections.get(name)
    flags, nobits = (known.flags, known.nobits) if known else _default_kind(name)
    return assembler.open_section(name, flags, nobits, number)


SUBSECTION_LIMIT = 8192
"""Largest number of a subsection, as in GNU's assembler."""


def _subsection(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.subsection number``"""
    assembler.switch(_numbered(assembler, assembler.section.name, tokens, at + 1))


def _absolute(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.struct offset``: labels from here on are numbers that count on from ``offset``; nothing is placed"""
    start = 0
    if tokens[at + 1] != END:
        start, after = assembler.number(tokens, at + 1, tokens[at])
        expect_end(tokens, after)
        if not 0 <= start < SPACE_LIMIT:
            raise Problem(f"{start} is no offset in a structure", at + 1, after - 1)
    assembler.switch(Section(ABSOLUTE, "", nobits=True, reserved=start))


def _section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.section name, "flags", @type, …``"""
    assembler.switch(_described_section(assembler, tokens, at + 1))


def _section_name(tokens: list[str], at: int) -> tuple[str, int]:
    """The name at token ``at``, which may hold dashes, and the index of the token after it."""
    if tokens[at][:1] == '"':
        return _checked(text(tokens, at), at), at + 1
    start = at
    while tokens[at] not in (END, ","):
        at += 1
    name = "".join(tokens[start:at])
    if not name:
        raise Problem("expected the name of a section", start)
    return _checked(name, start), at


def _checked(name: str, at: int) -> str:
    if not (name.isascii() and name.isprintable()):
        raise Problem(f"'{shorten(name)}' cannot name a section", at)
    return name


def _described_section(assembler: Assembler, tokens: list[str], at: int) -> Section:
    name, after = _section_name(tokens, at)
    flags, nobits = _default_kind(name)
    if tokens[after] == ",":
        flags = _flags(tokens, after + 1)
        if tokens[after + 2] == ",":
            kind_at = after + 3 + (tokens[after + 3] in ("@", "%"))
            nobits = tokens[kind_at].strip('"').lstrip("@%") == "nobits"
    else:
        expect_end(tokens, after)
    known = assembler.sections.get(name)
    if known is None:
        if not flags and not name.startswith(_UNLOADED):
            note = f'write .section {name}, "a" for data, "aw" for writable data, "ax" for code'
            assembler.warn(Problem(f"section {name} is not loaded: it has no flag 'a'", at, after - 1, note))
    elif tokens[after] == "," and set(known.flags) & set("awx") != set(flags) & set("awx"):
        message = f'section {name} had the flags "{known.flags}" before'
        raise Problem(message, after + 1)
    return assembler.open_section(name, flags, nobits)


def _flags(tokens: list[str], at: int) -> str:
    if tokens[at][:1] != '"':
        raise Problem("expected the section's flags in quotes", at)
    flags = text(tokens, at)
    if flags[:1].isdigit():
        flags = _letters(flags, at)
    unknown = [letter for letter in flags if letter not in _FLAG_LETTERS]
    if "T" in unknown:
        raise Problem("thread-local storage is not supported", at)
    if unknown:
        raise Problem(f"unknown section flag '{shorten(unknown[0])}'", at, None, "a: in memory, w: writable, x: code")
    if "w" in flags and "x" in flags:
        raise Problem("a section cannot be both writable and executable", at, None, "this machine has no such memory")
    return "" if "e" in flags else "".join(letter for letter in flags if letter in "awx")


def _letters(flags: str, at: int) -> str:
    """The flags that are given as the number in an ELF section header."""
    try:
        number = integer(flags)
    except Problem as problem:
        raise Problem(problem.message, at) from None
    return "".join(letter for bit, letter in ((2, "a"), (1, "w"), (4, "x")) if number & bit)


def _push_section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.pushsection name, subsection, …``"""
    if len(assembler.section_stack) >= assembler.limits.DEPTH:
        raise Problem(f"sections are pushed more than {assembler.limits.DEPTH} deep", at)
    stacked = assembler.section, assembler.previous
    name, after = _section_name(tokens, at + 1)
    if tokens[after] == "," and tokens[after + 1][:1] != '"':
        number, last = assembler.number(tokens, after + 1, "the number of a subsection")
        section = _described_section(assembler, [name, *tokens[last:]], 0)
        assembler.switch(_numbered(assembler, section.name, [str(number), END], 0))
    else:
        assembler.switch(_described_section(assembler, tokens, at + 1))
    assembler.section_stack.append(stacked)


def _pop_section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.popsection``"""
    if not assembler.section_stack:
        raise Problem(".popsection without .pushsection", at)
    assembler.section, assembler.previous = assembler.section_stack.pop()


def _previous_section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.previous``: back to the section before the last change"""
    assembler.switch(assembler.previous)


TABLE: dict[str, Handler] = {
    **{name: _named_section(name) for name in (".text", ".data", ".rodata", ".bss")},
    ".section": _section,
    ".pushsection": _push_section,
    ".popsection": _pop_section,
    ".previous": _previous_section,
    ".subsection": _subsection,
    ".struct": _absolute,
    ".offset": _absolute,
}
"""Handlers of these directives."""
