"""Whether the parent could still use one of its variables after vfork, by the instructions of its function.

The code behind the call is followed as the parent would go, for which vfork's result is not 0; a branch on anything
else is followed both ways. An access to the variable there, or its address taken anywhere but in code that only the
child reaches, means that it could.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

MOST_INSTRUCTIONS = 20_000
"""Instructions of a function that are looked at; of a longer one everything is taken to be used."""

_LUI, _LOAD, _STORE, _ADDI, _BRANCH, _JAL, _JALR = 0x37, 0x03, 0x23, 0x13, 0x63, 0x6F, 0x67
_A0, _SP, _S0 = 10, 2, 8
_CALLER_SAVED = frozenset((1, 5, 6, 7, *range(10, 18), *range(28, 32)))

_Place = int
"""A register's number, or 32 plus an address on the stack."""


def _signed(value: int, bits: int) -> int:
    return value - (1 << bits) if value >> (bits - 1) else value


@dataclass(frozen=True, slots=True)
class _Word:
    """One instruction's fields."""

    word: int

    @property
    def opcode(self) -> int:
        return self.word & 0x7F

    @property
    def rd(self) -> int:
        return self.word >> 7 & 31

    @property
    def rs1(self) -> int:
        return self.word >> 15 & 31

    @property
    def rs2(self) -> int:
        return self.word >> 20 & 31

    @property
    def function(self) -> int:
        return self.word >> 12 & 7

    @property
    def immediate(self) -> int:
        """Of an instruction with one register and an immediate, of a store, a branch or a jump."""
        word = self.word
        if self.opcode == _STORE:
            return _signed(word >> 25 << 5 | self.rd, 12)
        if self.opcode == _BRANCH:
            bits = word >> 31 << 12 | (word >> 7 & 1) << 11 | (word >> 25 & 63) << 5 | (word >> 8 & 15) << 1
            return _signed(bits, 13)
        if self.opcode == _JAL:
            bits = word >> 31 << 20 | (word >> 12 & 255) << 12 | (word >> 20 & 1) << 11 | (word >> 21 & 1023) << 1
            return _signed(bits, 21)
        return _signed(word >> 20, 12)


class Function:
    """The code from ``start`` to ``end``, read by ``word``, whose stack pointer and s0 are known at the call ``pc``."""

    def __init__(
        self, start: int, end: int, pc: int, pointer: int, base: int, word: Callable[[int], int | None]
    ) -> None:
        self._start, self._end, self._pc = start, end, pc
        self._bases = {_SP: pointer, _S0: base}
        self._word = word
        self._parents: set[int] | None = None
        self._childs: set[int] | None = None

    def may_use(self, first: int, end: int) -> bool:
        """True unless it is plain that the parent does nothing any more with the bytes from ``first`` to ``end``."""
        if not self._start < self._end <= self._start + 4 * MOST_INSTRUCTIONS:
            return True
        if all(abs(first - base) >= 2048 for base in self._bases.values()):
            return True
        if self._parents is None or self._childs is None:
            self._parents, self._childs = self._reached(is_child=False), self._reached(is_child=True)
        for pc in range(self._start, self._end, 4):
            found = self._word(pc)
            code = _Word(found) if found is not None else None
            if code is None or code.opcode not in (_LOAD, _ADDI) or code.rs1 not in self._bases:
                continue
            address = self._bases[code.rs1] + code.immediate
            is_taken = code.opcode == _ADDI and code.function == 0 and code.rd != _SP and first <= address < end
            is_read = code.opcode == _LOAD and first < address + (1 << (code.function & 3)) and address < end
            if (is_taken and (pc in self._parents or pc not in self._childs)) or (is_read and pc in self._parents):
                return True
        return False

    def _reached(self, *, is_child: bool) -> set[int]:
        """The instructions behind the call that one of the two may execute."""
        known: dict[int, frozenset[_Place]] = {}
        work: list[tuple[int, frozenset[_Place]]] = [(self._pc + 4, frozenset((_A0,)))]
        while work:
            pc, results = work.pop()
            before = known.get(pc)
            merged = results if before is None else before & results
            if merged == before or not self._start <= pc < self._end:
                continue
            known[pc] = merged
            found = self._word(pc)
            if found is not None:
                after = self._after(_Word(found), merged)
                work.extend((target, after) for target in self._targets(pc, _Word(found), merged, is_child=is_child))
        return set(known)

    def _targets(self, pc: int, code: _Word, results: frozenset[_Place], *, is_child: bool) -> list[int]:
        if code.opcode == _JAL:
            return [pc + 4] if code.rd in (1, 5) else [pc + code.immediate]
        if code.opcode == _JALR:
            return [pc + 4] if code.rd in (1, 5) else []
        if code.opcode != _BRANCH:
            return [pc + 4]
        taken, passed = pc + code.immediate, pc + 4
        pair = {code.rs1, code.rs2}
        if 0 in pair and pair & results and code.function in (0, 1):
            is_taken = (code.function == 0) == is_child
            return [taken] if is_taken else [passed]
        return [taken, passed]

    def _after(self, code: _Word, results: frozenset[_Place]) -> frozenset[_Place]:
        """Which places hold vfork's result behind an instruction, if ``results`` hold it before."""
        if code.opcode == _STORE:
            place = 32 + self._bases[code.rs1] + code.immediate if code.rs1 in self._bases else -1
            return results | {place} if code.rs2 in results and place >= 0 else results - {place}
        if code.opcode == _BRANCH:
            return results
        if code.opcode in (_JAL, _JALR) and code.rd in (1, 5):
            return results - _CALLER_SAVED
        holds = False
        if code.opcode == _LOAD and code.rs1 in self._bases:
            holds = 32 + self._bases[code.rs1] + code.immediate in results
        elif code.opcode == _ADDI and code.function == 0 and code.immediate == 0:
            holds = code.rs1 in results
        return results | {code.rd} if holds and code.rd else results - {code.rd}
