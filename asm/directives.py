"""Directives that place data, name symbols and choose sections."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from vm import abi

from .diagnostics import Problem, suggestion
from .expressions import Expression
from .lexer import END, is_name, shorten, unescape
from .symbols import Fixup, Item, Section, Symbol

if TYPE_CHECKING:
    from .assembler import Assembler

Handler = Callable[["Assembler", list[str], int], None]

ALIGNMENT_LIMIT = 1 << 16
"""Largest alignment in bytes: sections start on pages, and more than that many are only holes."""

SPACE_LIMIT = abi.STACK_TOP - abi.STACK_GUARD
"""Bytes that no section can exceed: it would not fit below the stack."""


def expect_end(tokens: list[str], at: int) -> None:
    """Raise :class:`Problem` unless the statement ends at token ``at``."""
    if tokens[at] != END:
        raise Problem(f"unexpected '{shorten(tokens[at])}' at the end of the statement", at)


def _expect_name(tokens: list[str], at: int) -> str:
    name = tokens[at]
    if not is_name(name):
        found = f", found '{shorten(name)}'" if name else ""
        raise Problem(f"expected the name of a symbol{found}", at)
    return name


def _expect_comma(tokens: list[str], at: int) -> int:
    if tokens[at] != ",":
        raise Problem("expected ','", at)
    return at + 1


# --- data ---------------------------------------------------------------------------------------------------------


def _integers(size: int) -> Handler:
    """The handler of a directive that places integers of ``size`` bytes."""
    low, high = -(1 << 8 * size - 1), (1 << 8 * size) - 1

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.word value, value…``"""
        section = assembler.mark()
        directive = at
        while tokens[at + 1] != END or at > directive:
            start = at + 1
            value, at = assembler.expression(tokens, start)
            if not isinstance(value, int):
                known = assembler.absolute(value) if len(value.code) > 1 else None
                if known is None:
                    _defer(assembler, section, value, size, start, at - 1)
                    value = 0
                else:
                    value = known
            if not low <= value <= high and size < 8:
                raise Problem(f"{value} does not fit in {size} byte{'s' * (size > 1)}", start, at - 1)
            assembler.append((value & high).to_bytes(size, "little"), start)
            if tokens[at] == END:
                return
            if tokens[at] != ",":
                raise Problem(f"expected ',', found '{shorten(tokens[at])}'", at)

    return place


def _defer(assembler: Assembler, section: Section, value: Expression, size: int, first: int, last: int) -> None:
    if section.nobits:
        raise Problem(f"section {section.name} has no bytes in the image: only zeros can be put there", first, last)
    section.fixups.append(
        Fixup(len(section.data), len(section.items), "absolute", value, assembler.place, first, last, None, size)
    )


def _strings(terminator: bytes) -> Handler:
    """The handler of a directive that places strings, each followed by ``terminator``."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.ascii "text" "more", "text"…``: strings without a comma between them are one."""
        assembler.mark()
        if tokens[at + 1] == END:
            return
        while True:
            at += 1
            text = _string(tokens, at)
            while tokens[at + 1][:1] == '"':
                at += 1
                text += _string(tokens, at)
            assembler.append(text + terminator, at)
            at += 1
            if tokens[at] == END:
                return
            _expect_comma(tokens, at)

    return place


def _string(tokens: list[str], at: int) -> bytes:
    token = tokens[at]
    if token[:1] != '"':
        raise Problem(f"expected a string in double quotes{found(token)}", at)
    if len(token) < 2:
        raise Problem("the string that starts here does not end", at, len(tokens) - 2)
    try:
        return unescape(token)
    except Problem as problem:
        raise Problem(problem.message, at, None, *problem.notes) from None


def found(token: str) -> str:
    """``, found 'x'`` for messages, or nothing at the end of a statement."""
    return f", found '{shorten(token)}'" if token else ""


def _byte(assembler: Assembler, tokens: list[str], at: int, size: int = 1) -> tuple[int, int]:
    """A value to fill with, of ``size`` bytes; wider ones are cut off, as LLVM does."""
    value, after = assembler.number(tokens, at, "a fill value")
    return value & (1 << 8 * size) - 1, after


def _space(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.space size, fill``"""
    start = at + 1
    value, at = assembler.expression(tokens, start)
    fill = 0
    last = at - 1
    if tokens[at] == ",":
        fill, at = _byte(assembler, tokens, at + 1)
    expect_end(tokens, at)
    section = assembler.mark()
    size = value if isinstance(value, int) else assembler.absolute(value)
    if size is None:
        section.items.append(Item("space", section.size, assembler.place, start, last, value, fill=fill))
        return
    _reserve(assembler, size, bytes([fill]), start, last)


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
    """``.fill repeat, size, value``: the value has at most 4 bytes, the others are zero"""
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


# --- positions ----------------------------------------------------------------------------------------------------


def _align(power: bool, unit: int = 1) -> Handler:
    """The handler of an alignment, given as a power of two or in bytes, filled with values of ``unit`` bytes."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.align alignment, fill, most``: at most ``most`` bytes are skipped, else nothing is done"""
        start = at + 1
        if tokens[start] == END:
            raise Problem(f"{tokens[at]} needs an alignment", start)
        value, at = assembler.number(tokens, start, "an alignment")
        last = at - 1
        alignment = _alignment(value, power, start, last)
        fill: int | None = None
        most = 0
        if tokens[at] == ",":
            if tokens[at + 1] == ",":
                at += 1
            else:
                fill, at = _byte(assembler, tokens, at + 1, unit)
            if tokens[at] == ",":
                most, at = assembler.number(tokens, at + 1, "the most bytes to skip")
        expect_end(tokens, at)
        section = assembler.mark()
        section.alignment = max(section.alignment, alignment)
        item = Item("align", section.size, assembler.place, start, last, 0, unit, alignment, most, fill)
        if section.items:
            section.items.append(item)
            return
        padding = padding_of(item, section.size)
        assembler.append(padding_bytes(item, padding, section.executable), start)

    return place


def _alignment(value: int, power: bool, first: int, last: int) -> int:
    if power and not 0 <= value <= 31:
        raise Problem(f"alignment 2**{value} is not possible", first, last, "the operand is a power of two")
    alignment = 1 << value if power else max(value, 1)
    if alignment & alignment - 1 or value < 0:
        raise Problem(f"alignment {value} is not a power of two", first, last)
    if alignment > ALIGNMENT_LIMIT:
        raise Problem(f"alignment {alignment} is more than {ALIGNMENT_LIMIT} bytes", first, last)
    return alignment


def padding_of(item: Item, position: int) -> int:
    """The bytes that an alignment skips at ``position``."""
    padding = -position % item.alignment
    return 0 if item.most and padding > item.most else padding


NOP = 0x0000_0013.to_bytes(4, "little")


def padding_bytes(item: Item, size: int, executable: bool) -> bytes:
    """What an alignment puts into ``size`` bytes: its fill value, or in code zeros up to a word and then nops."""
    if item.fill is None:
        return bytes(size % 4) + NOP * (size // 4) if executable else bytes(size)
    return bytes(size % item.word) + item.fill.to_bytes(item.word, "little") * (size // item.word)


def _origin(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.org offset, fill``: go on at this offset in the section"""
    start = at + 1
    value, at = assembler.expression(tokens, start)
    last = at - 1
    fill = 0
    if tokens[at] == ",":
        fill, at = _byte(assembler, tokens, at + 1)
    expect_end(tokens, at)
    section = assembler.mark()
    section.items.append(Item("org", section.size, assembler.place, start, last, value, fill=fill))


# --- symbols ------------------------------------------------------------------------------------------------------


def assign(assembler: Assembler, name: str, at: int, tokens: list[str], value_at: int, once: bool = False) -> None:
    """Give the symbol ``name``, token ``at``, the value of the expression at ``value_at``."""
    if name == ".":
        _origin(assembler, [*tokens[:at], ".org", *tokens[value_at:]], at)
        return
    value, after = assembler.expression(tokens, value_at)
    expect_end(tokens, after)
    symbol = assembler.symbol(name)
    if once or symbol.section is not None or symbol.common:
        assembler.check_free(symbol, at)
    if symbol.expression is not None and symbol.used:
        raise Problem(f"symbol '{name}' was used while its value was not known, and cannot change", at)
    number = value if isinstance(value, int) else assembler.absolute(value)
    symbol.constant = number
    symbol.expression = None if number is not None else value if isinstance(value, Expression) else None
    symbol.place = assembler.place


def _set(once: bool) -> Handler:
    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.set name, value``"""
        name = _expect_name(tokens, at + 1)
        assign(assembler, name, at + 1, tokens, _expect_comma(tokens, at + 2), once)

    return place


def _bind(binding: str) -> Handler:
    """The handler of a directive that makes symbols global, weak or local."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.globl name, name…``"""
        for name in _names(tokens, at):
            symbol = assembler.symbol(name)
            if binding == "local" and symbol.binding != "local":
                raise Problem(f"symbol '{name}' is already {symbol.binding}", at)
            if symbol.binding != "weak":
                symbol.binding = binding
            if symbol.place is None:
                symbol.place = assembler.place

    return place


def _names(tokens: list[str], at: int) -> list[str]:
    names = [_expect_name(tokens, at + 1)]
    at += 2
    while tokens[at] != END:
        names.append(_expect_name(tokens, _expect_comma(tokens, at)))
        at += 2
    return names


def _check_names(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.hidden name, name…``: visibility means nothing in a static image."""
    _names(tokens, at)


SYMBOL_TYPES = {
    "function": "func", "object": "object", "notype": "notype", "common": "object",
    "STT_FUNC": "func", "STT_OBJECT": "object", "STT_NOTYPE": "notype", "gnu_unique_object": "object",
}  # fmt: skip


def _type(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.type name, @function``"""
    symbol = assembler.symbol(_expect_name(tokens, at + 1))
    at += 3 if tokens[at + 2] == "," else 2
    if tokens[at] in ("@", "%"):
        at += 1
    kind = tokens[at].strip('"').lstrip("@%")
    if kind not in SYMBOL_TYPES:
        raise Problem(f"unknown type of symbol '{shorten(kind)}'{suggestion(kind, SYMBOL_TYPES)}", at)
    symbol.type = SYMBOL_TYPES[kind]
    expect_end(tokens, at + 1)


def _size(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.size name, expression``"""
    symbol = assembler.symbol(_expect_name(tokens, at + 1))
    value, after = assembler.expression(tokens, _expect_comma(tokens, at + 2))
    expect_end(tokens, after)
    symbol.size = value
    symbol.size_place = assembler.place


def _common(local: bool) -> Handler:
    """The handler of ``.comm``, or of ``.lcomm`` and of ``.comm`` after ``.local``: room in .bss."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.comm name, size, alignment``"""
        name_at = at + 1
        symbol = assembler.symbol(_expect_name(tokens, name_at))
        start = _expect_comma(tokens, at + 2)
        size, at = assembler.number(tokens, start, "a size")
        if size < 0:
            raise Problem(f"a size cannot be negative: {size}", start, at - 1)
        if size > SPACE_LIMIT:
            raise Problem(f"symbol '{symbol.name}' would be larger than the address space", start, at - 1)
        alignment = 1
        if tokens[at] == ",":
            first = at + 1
            value, at = assembler.number(tokens, first, "an alignment")
            alignment = _alignment(value, False, first, at - 1)
        expect_end(tokens, at)
        if symbol.defined or (local and symbol.common):
            assembler.check_free(symbol, name_at)
        symbol.type = "object"
        symbol.size = size
        if local or (symbol.binding == "local" and symbol.place is not None):
            _allocate(assembler, symbol, size, alignment)
            return
        symbol.binding = "global" if symbol.binding == "local" else symbol.binding
        old_size, old_alignment = symbol.common or (0, 1)
        symbol.common = max(size, old_size), max(alignment, old_alignment)
        symbol.place = assembler.place

    return place


def _allocate(assembler: Assembler, symbol: Symbol, size: int, alignment: int) -> None:
    """Room for a symbol at the end of .bss."""
    section = assembler.open_section(".bss", "aw", True)
    section.alignment = max(section.alignment, alignment)
    section.marks.append((section.reserved, len(section.items), *assembler.place))
    item = Item("align", section.reserved, assembler.place, 0, 0, 0, 1, alignment, 0, 0)
    if section.items:
        section.items.append(item)
    else:
        section.reserved += padding_of(item, section.reserved)
    symbol.section, symbol.offset, symbol.items = section, section.reserved, len(section.items)
    symbol.place = assembler.place
    section.reserved += size


# --- sections -----------------------------------------------------------------------------------------------------

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
        """``.text``, ``.data``, ``.rodata``, ``.bss``"""
        if tokens[at + 1] != END:
            raise Problem(f"unexpected '{shorten(tokens[at + 1])}': subsections are not supported", at + 1)
        assembler.switch(assembler.open_section(name, *_default_kind(name)))

    return place


def _section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.section name, "flags", @type, …``"""
    assembler.switch(_described_section(assembler, tokens, at + 1))


def _section_name(tokens: list[str], at: int) -> tuple[str, int]:
    """The name at token ``at``, which may hold dashes, and the index of the token after it."""
    if tokens[at][:1] == '"':
        return _string(tokens, at).decode("utf-8", "replace"), at + 1
    start = at
    while tokens[at] not in (END, ","):
        at += 1
    name = "".join(tokens[start:at])
    if not name:
        raise Problem("expected the name of a section", start)
    return name, at


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
    flags = _string(tokens, at).decode("utf-8", "replace")
    unknown = [letter for letter in flags if letter not in _FLAG_LETTERS]
    if "T" in unknown:
        raise Problem("thread-local storage is not supported", at)
    if unknown:
        raise Problem(f"unknown section flag '{shorten(unknown[0])}'", at, None, "a: in memory, w: writable, x: code")
    if "w" in flags and "x" in flags:
        raise Problem("a section cannot be both writable and executable", at, None, "this machine has no such memory")
    return "".join(letter for letter in flags if letter in "awx")


def _push_section(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.pushsection name, …``"""
    if len(assembler.section_stack) >= assembler.limits.DEPTH:
        raise Problem(f"sections are pushed more than {assembler.limits.DEPTH} deep", at)
    stacked = assembler.section, assembler.previous
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


# --- the rest -----------------------------------------------------------------------------------------------------

_REFUSED_OPTIONS = {
    "rvc": "this machine has no compressed instructions",
    "pic": "images are linked to fixed addresses",
}
_KNOWN_OPTIONS = ("push", "pop", "norvc", "relax", "norelax", "nopic", "arch", "exact", "noexact", "csr-check")


def _option(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.option name``: nothing here depends on them, except the ones that cannot be had"""
    name = tokens[at + 1]
    if name in _REFUSED_OPTIONS:
        raise Problem(f".option {name} is not supported", at + 1, None, _REFUSED_OPTIONS[name])
    if name not in _KNOWN_OPTIONS:
        meant = suggestion(name, _KNOWN_OPTIONS)
        assembler.warn(Problem(f"unknown option '{shorten(name)}'{meant}", at + 1))


def _complain(severity: str) -> Handler:
    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.error "message"``, ``.warning "message"``"""
        text = "" if tokens[at + 1] == END else _string(tokens, at + 1).decode("utf-8", "replace")
        assembler.report(Problem(shorten(text, 400) or f"{tokens[at]} met", at), None, severity)

    return place


def _end(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.end``: what follows is not read"""
    for frame in assembler.frames:
        frame.index = len(frame.lines)
        frame.more = None


def ignored(name: str) -> bool:
    """Whether a directive is one that compilers emit and that means nothing to an image."""
    lowered = name.lower()
    return lowered in _IGNORED or lowered.startswith(".cfi_")


_IGNORED = frozenset(
    (
        ".attribute", ".ident", ".file", ".loc", ".addrsig", ".addrsig_sym", ".symver", ".line", ".ln", ".version",
        ".weakref", ".lto_discard", ".cg_profile",
    )
)  # fmt: skip

TABLE: dict[str, Handler] = {
    ".byte": _integers(1),
    **dict.fromkeys((".half", ".hword", ".short", ".2byte"), _integers(2)),
    **dict.fromkeys((".word", ".long", ".int", ".4byte"), _integers(4)),
    **dict.fromkeys((".dword", ".quad", ".8byte"), _integers(8)),
    ".ascii": _strings(b""),
    **dict.fromkeys((".asciz", ".string"), _strings(b"\0")),
    **dict.fromkeys((".space", ".skip", ".zero"), _space),
    ".fill": _fill,
    **dict.fromkeys((".align", ".p2align"), _align(True)),
    ".p2alignw": _align(True, 2),
    ".p2alignl": _align(True, 4),
    ".balign": _align(False),
    ".balignw": _align(False, 2),
    ".balignl": _align(False, 4),
    ".org": _origin,
    **dict.fromkeys((".set", ".equ"), _set(False)),
    ".equiv": _set(True),
    **dict.fromkeys((".globl", ".global"), _bind("global")),
    ".weak": _bind("weak"),
    ".local": _bind("local"),
    **dict.fromkeys((".hidden", ".internal", ".protected"), _check_names),
    ".type": _type,
    ".size": _size,
    ".comm": _common(False),
    ".lcomm": _common(True),
    **{name: _named_section(name) for name in (".text", ".data", ".rodata", ".bss")},
    ".section": _section,
    ".pushsection": _push_section,
    ".popsection": _pop_section,
    ".previous": _previous_section,
    ".option": _option,
    ".error": _complain("error"),
    ".err": _complain("error"),
    ".warning": _complain("warning"),
    ".end": _end,
}
"""Handlers of these directives."""
