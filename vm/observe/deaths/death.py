"""Deaths, refused calls and processes that were left, as they are told: plain values that pickle."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

from vm.abi import CALL_NAMES, Errno
from vm.disassembler import disassemble
from vm.isa import ABI_NAMES, find
from vm.observe.deaths.backtrace import Place, backtrace, own_place
from vm.observe.deaths.causes import explain, killed_by, operands, symbol_at
from vm.observe.deaths.remains import Cause, Failure, Left, Refused, Remains
from vm.observe.deaths.services import error_text, refusal
from vm.observe.symbols import Symbols
from vm.text import Brief, printable, shortened

_ECALL = 0x73


@dataclass(frozen=True, slots=True)
class Register:
    """A register that matters: its name, its value, and what that is the address of, if of anything."""

    name: str
    value: int
    meaning: str


@dataclass(frozen=True, slots=True, repr=False)
class FailedCall(Brief):
    """A call that had failed: ``call`` with ``error`` (a name of errno), made at ``place``.

    ``function`` is the library's function that the program had called for it, empty without one; ``before``: how many
    nanoseconds of guest time, instructions of all processes, before the death. ``note``: why the machine refused it.
    """

    call: str
    error: str
    function: str
    place: Place
    before: int
    note: str


@dataclass(frozen=True, slots=True, repr=False)
class Death(Brief):
    """How a process died of a signal.

    ``what`` happened, in words; ``advice`` may be empty. ``place`` is the innermost known place in the program's own
    source, ``backtrace`` begins where it died. ``registers`` are those that matter, ``all_registers`` x0 to x31.
    ``failures`` are calls that had failed before, the last one first. ``count``: how many processes died like this one,
    which was the first. ``is_sent``: the signal was sent on purpose. As a text it is what `run` says of it.
    """

    pid: int
    parent: int
    name: str
    signal: int
    what: str
    here: str
    advice: str
    place: Place
    backtrace: tuple[Place, ...]
    instruction: str
    registers: tuple[Register, ...]
    all_registers: tuple[int, ...]
    failures: tuple[FailedCall, ...]
    retired: int
    is_sent: bool
    is_program: bool
    problem: str = ""
    count: int = 1

    @property
    def status(self) -> int:
        """What a shell would show: 128 and the signal."""
        return 128 + self.signal

    @property
    def pc(self) -> int:
        """Where it died."""
        return self.backtrace[0].pc

    def __str__(self) -> str:
        return _told(self)


@dataclass(frozen=True, slots=True, repr=False)
class RefusedCall(Brief):
    """A call that the machine does not make: ``reason`` says whose it is, ``place`` who made it first."""

    pid: int
    number: int
    reason: str
    place: Place

    def __str__(self) -> str:
        return _told(self)


def _told(entry: Death | RefusedCall) -> str:
    """What `run` says of it, without colour."""
    from vm.observe.deaths.text import entry_lines

    return "\n".join(printable(line.plain.rstrip()) for line in entry_lines(entry))


@dataclass(frozen=True, slots=True, repr=False)
class Whereabouts(Brief):
    """Where a process was when the machine ended the run; ``waits_for`` is empty for one that could run."""

    pid: int
    name: str
    place: Place
    waits_for: str


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
        remains.pid, remains.parent, _name(remains.name), remains.signal,
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


def error_words(name: str) -> str:
    """``No such file or directory`` for ENOENT."""
    return os.strerror(Errno[name]) if name in Errno.__members__ else name


def describe(raw: Remains | Refused, symbols: Symbols) -> Death | RefusedCall:
    """What is left of a process, or of a refused call, in words."""
    if isinstance(raw, Remains):
        return _death(raw, symbols)
    failure = raw.failure
    place = own_place(backtrace(symbols, failure.standing))
    return RefusedCall(raw.pid, failure.number, refusal(failure.number, failure.arguments), place)


def describe_left(left: Left, symbols: Symbols) -> Whereabouts:
    """Where a process was, in words."""
    place = own_place(backtrace(symbols, left.standing))
    return Whereabouts(left.pid, _name(left.name), place, shortened(printable(left.waits_for)))
