"""The calls that led to a place, as far as they can be known: by call frame information, ra, and frame pointers."""

from __future__ import annotations

from pathlib import Path

from vm.isa import S0
from vm.observe.activations import Activation
from vm.observe.deaths.remains import Standing
from vm.observe.symbols import Symbols
from vm.text import shortened
from vm.values import dataclass

DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Place:
    """An instruction of the program: in a caller, the call.

    ``file`` and ``line`` are empty and 0 where unknown, ``path`` is where the host has the file. ``is_sure`` is False
    for a caller that is concluded from a register alone, ``is_near`` True where the line is that of the code before:
    a compiler's own checks and traps have none.
    """

    function: str
    pc: int
    file: str = ""
    line: int = 0
    path: Path | None = None
    is_library: bool = False
    is_sure: bool = True
    is_near: bool = False

    @property
    def is_own(self) -> bool:
        """True when it is known to be in the program's own source."""
        return self.line > 0 and not self.is_library


def place_of(symbols: Symbols, pc: int, is_sure: bool = True) -> Place:
    """What is known of the instruction at ``pc``."""
    line, function = symbols.line(pc), shortened(symbols.function(pc))
    is_near = line is None
    if line is None:
        line = symbols.line_before(pc)
    if line is None:
        return Place(function, pc, is_sure=is_sure)
    return Place(function, pc, shortened(line.file), line.line, line.path, line.is_library, is_sure, is_near)


def own_place(places: tuple[Place, ...]) -> Place:
    """The innermost place in the program's own source; without one the innermost of all."""
    return next((place for place in places if place.is_own), places[0])


def activations_of(symbols: Symbols, where: Standing) -> list[Activation]:
    """The activations from where a process stood outwards, as far as each caller's is behind a call."""
    found = symbols.activations(where.pc, where.registers, where.word) or [Activation(where.pc, where.registers, 0)]
    activations = found[:1]
    for activation in found[1:]:
        if not symbols.is_behind_call(activation.pc + 4):
            break
        activations.append(activation)
    return activations


def _by_frame_pointer(symbols: Symbols, last: Activation, where: Standing) -> list[int]:
    """Callers beyond an activation without information, by a chain of frame pointers as compilers leave it."""
    callers: list[int] = []
    pointer = last.registers[S0]
    while len(callers) < DEEPEST:
        link, outer = where.word(pointer - 4), where.word(pointer - 8)
        if link is None or outer is None or not symbols.is_behind_call(link):
            break
        callers.append(link - 4)
        if outer <= pointer:
            break
        pointer = outer
    return callers


def _is_blind(symbols: Symbols, pc: int) -> bool:
    """True for code without call frame information. (A jump to where no code is leaves ra as its call set it.)"""
    return symbols.word(pc) is not None and not symbols.has_description(pc)


def backtrace(symbols: Symbols, where: Standing) -> tuple[Place, ...]:
    """Where a process stood, and the calls that led there, innermost first."""
    activations = activations_of(symbols, where)
    is_blind = _is_blind(symbols, where.pc)
    if is_blind and len(activations) > 1 and symbols.start_of(activations[1].pc) == symbols.start_of(where.pc):
        del activations[1:]  # ra is what a call of its own left there, not the way back
    chain = [(activation.pc, number == 0 or not is_blind) for number, activation in enumerate(activations)]
    if _is_blind(symbols, activations[-1].pc):
        callers = _by_frame_pointer(symbols, activations[-1], where)
        if callers[:1] == [chain[-1][0]]:
            del callers[0]
        chain += [(pc, False) for pc in callers]
    return tuple([place_of(symbols, pc, is_sure) for pc, is_sure in chain[:DEEPEST]])
