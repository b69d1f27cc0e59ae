"""Directives about symbols: their values, who sees them, what they are, and common ones."""

from __future__ import annotations

from .assembler import Assembler, Handler
from .data import SPACE_LIMIT, align, origin
from .diagnostics import Problem
from .lexer import END, bare, shorten
from .statements import alignment_value, expect_comma, expect_end, symbol_name
from .symbols import Alignment, Expression, Symbol


def assign(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``name = value``; ``name == value`` for once and all; ``. = value`` is ``.org value``"""
    if tokens[at] == ".":
        origin(assembler, tokens, at + 1)
    else:
        _give(assembler, tokens, at, at + 2, once=tokens[at + 1] == "==")


def _set(once: bool) -> Handler:
    """The handler of ``.set``, or of ``.equiv``, which does not change a symbol."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.set name, value``"""
        symbol_name(tokens, at + 1)
        _give(assembler, tokens, at + 1, expect_comma(tokens, at + 2), once)

    return place


def _give(assembler: Assembler, tokens: list[str], at: int, value_at: int, once: bool) -> None:
    """Give the symbol that token ``at`` names the value of the expression at ``value_at``."""
    value, after = assembler.expression(tokens, value_at)
    expect_end(tokens, after)
    symbol = assembler.symbol(bare(tokens[at]))
    if once or symbol.section is not None or symbol.common:
        assembler.check_free(symbol, at)
    if symbol.expression is not None and symbol.used:
        raise Problem(f"symbol '{symbol.name}' was used while its value was not known, and cannot change", at)
    number = value if isinstance(value, int) else assembler.absolute(value)
    symbol.constant = number
    symbol.expression = value if number is None and isinstance(value, Expression) else None
    symbol.place = assembler.place


def _bind(binding: str) -> Handler:
    """The handler of a directive that makes symbols global, weak or local."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.globl name, name…``"""
        for name in _names(tokens, at):
            symbol = assembler.symbol(name)
            if binding == "local" and symbol.binding != "local":
                raise Problem(f"symbol '{name}' is already {symbol.binding}", at)
            symbol.binding = "weak" if symbol.binding == "weak" else binding
            symbol.declared_local = binding == "local"

    return place


def _names(tokens: list[str], at: int) -> list[str]:
    names = [symbol_name(tokens, at + 1)]
    at += 2
    while tokens[at] != END:
        at = expect_comma(tokens, at)
        names.append(symbol_name(tokens, at))
        at += 1
    return names


def _check_names(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.hidden name, name…``, ``.extern name…``: neither visibility nor a promise means anything to a static image."""
    _names(tokens, at)


def _alias_weakly(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.weakref alias, name``: the alias stands for a symbol that need not be defined"""
    alias = assembler.symbol(symbol_name(tokens, at + 1))
    start = expect_comma(tokens, at + 2)
    target = assembler.symbol(symbol_name(tokens, start))
    expect_end(tokens, start + 1)
    assembler.check_free(alias, at + 1)
    target.optional = True
    alias.expression, alias.place = Expression((target,)), assembler.place


SYMBOL_TYPES = {
    "function": "func", "object": "object", "notype": "notype", "common": "object",
    "STT_FUNC": "func", "STT_OBJECT": "object", "STT_NOTYPE": "notype", "gnu_unique_object": "object",
    "tls_object": "object", "STT_TLS": "object", "STT_COMMON": "object",
}  # fmt: skip


def _type(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.type name, @function``"""
    symbol = assembler.symbol(symbol_name(tokens, at + 1))
    at += 3 if tokens[at + 2] == "," else 2
    if tokens[at] in ("@", "%"):
        at += 1
    kind = tokens[at].strip('"').lstrip("@%")
    if kind in ("gnu_indirect_function", "STT_GNU_IFUNC"):
        raise Problem("indirect functions are not supported: nothing resolves them in a static image", at)
    if not kind:
        raise Problem("expected a type: @function or @object", at)
    if kind not in SYMBOL_TYPES:
        raise Problem(f"unknown type of symbol '{shorten(kind)}'", at, meant=(kind, SYMBOL_TYPES))
    expect_end(tokens, at + 1)
    symbol.type = SYMBOL_TYPES[kind]


def _size(assembler: Assembler, tokens: list[str], at: int) -> None:
    """``.size name, expression``"""
    symbol = assembler.symbol(symbol_name(tokens, at + 1))
    value, after = assembler.expression(tokens, expect_comma(tokens, at + 2))
    expect_end(tokens, after)
    symbol.size = value
    symbol.size_place = assembler.place


def _common(local: bool) -> Handler:
    """The handler of ``.comm``, or of ``.lcomm``: room in .bss, for ``.comm`` shared by all sources."""

    def place(assembler: Assembler, tokens: list[str], at: int) -> None:
        """``.comm name, size, alignment``"""
        name_at = at + 1
        symbol = assembler.symbol(symbol_name(tokens, name_at))
        start = at + 2 + (tokens[at + 2] == ",")
        size, at = assembler.number(tokens, start, "a size")
        if size < 0:
            raise Problem(f"a size cannot be negative: {size}", start, at - 1)
        if size > SPACE_LIMIT:
            raise Problem(f"symbol '{symbol.name}' would be larger than the address space", start, at - 1)
        alignment = 1
        if tokens[at] == ",":
            first = at + 1
            value, at = assembler.number(tokens, first, "an alignment")
            alignment = alignment_value(value, False, first, at - 1)
        expect_end(tokens, at)
        own = local or symbol.declared_local
        if symbol.defined or (own and symbol.common):
            assembler.check_free(symbol, name_at)
        symbol.type, symbol.size, symbol.place = "object", size, assembler.place
        if own:
            _allocate(assembler, symbol, size, alignment)
            return
        symbol.binding = "global" if symbol.binding == "local" else symbol.binding
        old_size, old_alignment = symbol.common or (0, 1)
        symbol.common = max(size, old_size), max(alignment, old_alignment)

    return place


def _allocate(assembler: Assembler, symbol: Symbol, size: int, alignment: int) -> None:
    """Room for a symbol at the end of .bss."""
    section = assembler.open_section(".bss", "aw", True)
    if section.reserved + size > SPACE_LIMIT:
        raise Problem("section .bss would be larger than the address space")
    section.marks.append((section.reserved, len(section.items), *assembler.place))
    item = Alignment(offset=section.reserved, place=assembler.place, first=0, last=0, alignment=alignment)
    align(assembler, section, item)
    symbol.section, symbol.offset, symbol.items = section, section.reserved, len(section.items)
    section.reserved += size


TABLE: dict[str, Handler] = {
    **dict.fromkeys((".set", ".equ", ".lsym"), _set(False)),
    **dict.fromkeys((".equiv", ".eqv"), _set(True)),
    **dict.fromkeys((".globl", ".global"), _bind("global")),
    ".weak": _bind("weak"),
    ".local": _bind("local"),
    **dict.fromkeys((".hidden", ".internal", ".protected", ".extern"), _check_names),
    ".weakref": _alias_weakly,
    ".type": _type,
    ".size": _size,
    **dict.fromkeys((".comm", ".common"), _common(False)),
    ".lcomm": _common(True),
}
"""Handlers of these directives."""
