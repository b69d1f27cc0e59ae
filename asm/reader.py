"""Reading a source: its statements in order, each handed to what its first word names.

What knows other processors and extensions is imported for a word that is unknown here.
"""

from __future__ import annotations

from collections.abc import Mapping

from . import conditionals, directives, instructions, macros, naming
from .assembler import Assembler, Handler
from .diagnostics import Problem
from .lexer import END, is_name, is_symbol, shorten, tokenize
from .source import Reading

STATEMENTS: Mapping[str, Handler] = {
    **instructions.TABLE,
    "li": instructions.load_immediate,
    "la": instructions.load_address,
    "lla": instructions.load_address,
    **directives.TABLE,
}
"""What every statement's first word may be, without macros."""

_READING, _STATEMENT = 32, 16
"""What it costs to begin with these, before their lines are read."""


def read(assembler: Assembler) -> None:
    """Read all statements. Problems go to ``diagnostics``. Raises :class:`Abandon` when a limit is met."""
    while assembler.readings:
        _read_on(assembler, assembler.readings[-1])
    conditionals.close(assembler, 0)


def _read_on(assembler: Assembler, reading: Reading) -> None:
    """Read statements of ``reading`` until it ends or another reading is put on top of it."""
    readings = assembler.readings
    lines = reading.lines
    assembler.reading = reading
    assembler.limits.work(_READING)
    while reading.index < len(lines):
        assembler.index = index = reading.index
        reading.index = index + 1
        line = assembler.line(reading, index)
        assembler.limits.work(_STATEMENT + len(line))
        tokens = tokenize(line)
        if tokens:
            try:
                _statement(assembler, tokens)
            except Problem as problem:
                assembler.report(problem)
            if readings[-1] is not reading:
                return
    conditionals.close(assembler, reading.conditionals)
    readings.pop()
    macros.resume(assembler, reading)


def _statement(assembler: Assembler, tokens: list[str]) -> None:
    """label* (directive | instruction | macro call | name = expression)?"""
    at = 0
    while tokens[at + 1 : at + 2] == [":"] and not assembler.skipping:
        assembler.define_label(tokens[at], at)
        at += 2
    head = tokens[at]
    if head == END:
        return
    handler = assembler.statements.get(head) or assembler.statements.get(head.lower())
    if assembler.skipping:
        if head.lower() in conditionals.TABLE:
            conditionals.TABLE[head.lower()](assembler, tokens, at)
    elif tokens[at + 1] in ("=", "==") and is_symbol(head):
        naming.assign(assembler, tokens, at)
    elif handler is not None:
        handler(assembler, tokens, at)
    elif not directives.ignored(head):
        raise _unknown(assembler, tokens, at)


def _unknown(assembler: Assembler, tokens: list[str], at: int) -> Problem:
    head = tokens[at]
    if not is_name(head):
        return Problem(f"expected an instruction, a directive or a label, found '{shorten(head)}'", at)
    kind = "directive" if head.startswith(".") else "instruction"
    known = [name for name in assembler.statements if name.startswith(".") == head.startswith(".")]
    from . import extensions, habits

    owner = extensions.owner(head)
    if owner:
        return Problem(f"'{head}' needs {owner}; this machine is RV32IMA", at)
    if at == 0 and _behind_semicolon(assembler):
        return Problem(f"unknown {kind} '{shorten(head)}' behind ';': a comment begins with #", at)
    meant, notes = habits.instruction(tokens, at, assembler.statements)
    if meant or notes:
        return Problem(f"unknown {kind} '{shorten(head)}'{meant}", at, None, *notes)
    return Problem(f"unknown {kind} '{shorten(head)}'", at, meant=(head, known))


def _behind_semicolon(assembler: Assembler) -> bool:
    """Whether another statement stands before the one at hand in its line."""
    columns = assembler.reading.columns
    return bool(columns) and columns[assembler.index] > 0
