"""From what is kept of deaths, refused calls and processes that were left to what is told of them."""

from __future__ import annotations

import re
from dataclasses import replace

from vm.abi import CALL_NAMES
from vm.disassembler import disassemble
from vm.isa import ABI_NAMES, BY_NAME, find
from vm.observe.deaths.backtrace import backtrace, own_place
from vm.observe.deaths.causes import explain, killed_by, operands, symbol_at
from vm.observe.deaths.entries import Death, FailedCall, RefusedCall, Register, Whereabouts
from vm.observe.deaths.remains import Cause, Failure, Left, Refused, Remains
from vm.observe.deaths.services import error_text, refusal
from vm.observe.symbols import Symbols
from vm.text import printable, shortened

_WORD = re.compile(r"the word at 0x[0-9a-f]+")
"""What a thread in FUTEX_WAIT waits for."""
_ECALL = BY_NAME["ecall"].match


def _death(remains: Remains, symbols: Symbols) -> Death:
    """A death in words."""
    where = remains.standing
    if remains.fault is None and symbols.word(where.pc - 4) == _ECALL:
        where = replace(where, pc=where.pc - 4)  # the signal came with the call that had just been made
    places = backtrace(symbols, where)
    explanation = explain(remains, symbols, places)
    is_sent = remains.cause in (Cause.SENT, Cause.ITSELF) and explanation.what.startswith("sent by")
    is_sent = is_sent or not explanation.what
    failures = () if is_sent else tuple(_failures(remains, symbols))
    return Death(
        remains.pid, remains.thread, remains.parent, _name(remains.name), remains.signal,
        killed_by(remains) if is_sent else explanation.what, explanation.here, explanation.advice, own_place(places),
        places, _instruction(remains), _registers(remains, symbols), where.registers, failures, remains.retired,
        is_sent, remains.is_program, symbols.problem or "",
    )  # fmt: skip


def _name(name: str) -> str:
    return shortened(printable(name))


def _instruction(remains: Remains) -> str:
    if remains.word is None or find(remains.word) is None or remains.cause is not Cause.FAULT:
        return ""
    return " ".join(disassemble(remains.word, remains.pc, aliases=True).split())


def _registers(remains: Remains, symbols: Symbols) -> tuple[Register, ...]:
    if remains.cause is not Cause.FAULT:
        return ()
    values = remains.standing.registers
    return tuple(
        [Register(ABI_NAMES[number], values[number], _meaning(values[number], remains, symbols))
        for number in operands(remains)]
    )  # fmt: skip


def _meaning(value: int, remains: Remains, symbols: Symbols) -> str:
    """What an address is of: a symbol where one covers it, else its segment."""
    if name := symbol_at(symbols, value):
        return name
    area = remains.area(value)
    return area.name if area is not None else ""


def _failures(remains: Remains, symbols: Symbols) -> list[FailedCall]:
    return [_failed(failure, remains.clock, symbols) for failure in reversed(remains.failures)]


def _failed(failure: Failure, clock: int, symbols: Symbols) -> FailedCall:
    places = backtrace(symbols, failure.standing)
    own = own_place(places)
    inner = places[: places.index(own)]
    function = next((place.function for place in reversed(inner) if place.function), "")
    name = CALL_NAMES.get(failure.number, f"call {failure.number}")
    note = refusal(failure.number, failure.arguments) if error_text(failure.error) == "ENOSYS" else ""
    return FailedCall(name, error_text(failure.error), function, own, clock - failure.clock, note)


def describe(raw: Remains | Refused, symbols: Symbols) -> Death | RefusedCall:
    """What is left of a process, or of a refused call, in words."""
    if isinstance(raw, Remains):
        return _death(raw, symbols)
    failure = raw.failure
    place = own_place(backtrace(symbols, failure.standing))
    return RefusedCall(raw.pid, failure.number, refusal(failure.number, failure.arguments), place)


def describe_left(left: Left, symbols: Symbols) -> Whereabouts:
    """Where a thread was, in words."""
    place = own_place(backtrace(symbols, left.standing))
    waits_for = shortened(printable(with_variable(left.waits_for, symbols)))
    return Whereabouts(left.pid, left.thread, _name(left.name), place, waits_for)


def with_variable(waits_for: str, symbols: Symbols) -> str:
    """Name the variable, where it has a name, of the word that a thread waits for; other waits are as they were."""
    return _WORD.sub(lambda word: _named(word[0], symbols), waits_for)


def _named(word: str, symbols: Symbols) -> str:
    """``the word at 0x00012000``, with the name of the variable that it lies in, where it has one."""
    name, plus, offset = symbol_at(symbols, int(word.rpartition(" ")[2], 0)).partition("+")
    return f"{word} ('{name}'{plus}{offset})" if name else word
