"""Whether the parent could still use one of its variables after vfork, by the instructions of its function.

The code behind the call is followed as the parent would go, for which vfork's result is not 0; a branch on anything
else is followed both ways. An access to the variable there, or its address taken anywhere but in code that only the
child reaches, means that it could.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from vm.isa import A0, ABI_NAMES, LINK_REGISTERS, S0, SP, extract, find
from vm.values import dataclass

MOST_INSTRUCTIONS = 20_000
"""Instructions of a function that are looked at; of a longer one everything is taken to be used."""

_CALLER_SAVED = frozenset(
    number for number, name in enumerate(ABI_NAMES) if name[0] in "at" or name == "ra" if name != "tp"
)
_SIZES = {"lb": 1, "lbu": 1, "lh": 2, "lhu": 2, "lw": 4}

_Place = int
"""A register's number, or 32 plus an address on the stack."""


@dataclass(frozen=True, slots=True)
class _Code:
    """One instruction: its row's name and format, and its operands, 0 those that it does not have."""

    name: str
    format: str
    rd: int
    rs1: int
    rs2: int
    immediate: int


@lru_cache(maxsize=4096)
def _decoded(word: int) -> _Code:
    """What a word says; a word that is no instruction says nothing."""
    row = find(word)
    values = extract(row, word) if row is not None else {}
    rd, rs1, rs2, immediate = (values.get(name, 0) for name in ("rd", "rs1", "rs2", "imm"))
    return _Code(row.name if row else "", row.format if row else "", rd, rs1, rs2, immediate)


class Function:
    """The code from ``start`` to ``end``, read by ``word``, whose stack pointer and s0 are known at the call ``pc``."""

    def __init__(
        self, start: int, end: int, pc: int, pointer: int, base: int, word: Callable[[int], int | None]
    ) -> None:
        self._start, self._end, self._pc = start, end, pc
        self._bases = {SP: pointer, S0: base}
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
            code = _decoded(found) if found is not None else None
            if code is None or not (code.name == "addi" or code.name in _SIZES) or code.rs1 not in self._bases:
                continue
            address = self._bases[code.rs1] + code.immediate
            is_taken = code.name == "addi" and code.rd != SP and first <= address < end
            is_read = code.name in _SIZES and first < address + _SIZES[code.name] and address < end
            if (is_taken and (pc in self._parents or pc not in self._childs)) or (is_read and pc in self._parents):
                return True
        return False

    def _reached(self, *, is_child: bool) -> set[int]:
        """The instructions behind the call that one of the two may execute."""
        known: dict[int, frozenset[_Place]] = {}
        work: list[tuple[int, frozenset[_Place]]] = [(self._pc + 4, frozenset((A0,)))]
        while work:
            pc, results = work.pop()
            before = known.get(pc)
            merged = results if before is None else before & results
            if merged == before or not self._start <= pc < self._end:
                continue
            known[pc] = merged
            found = self._word(pc)
            if found is not None:
                code = _decoded(found)
                after = self._after(code, merged)
                work.extend((target, after) for target in self._targets(pc, code, merged, is_child=is_child))
        return set(known)

    def _targets(self, pc: int, code: _Code, results: frozenset[_Place], *, is_child: bool) -> list[int]:
        if code.name == "jal":
            return [pc + 4] if code.rd in LINK_REGISTERS else [pc + code.immediate]
        if code.name == "jalr":
            return [pc + 4] if code.rd in LINK_REGISTERS else []
        if code.format != "B":
            return [pc + 4]
        taken, passed = pc + code.immediate, pc + 4
        pair = {code.rs1, code.rs2}
        if 0 in pair and pair & results and code.name in ("beq", "bne"):
            is_taken = (code.name == "beq") == is_child
            return [taken] if is_taken else [passed]
        return [taken, passed]

    def _after(self, code: _Code, results: frozenset[_Place]) -> frozenset[_Place]:
        """Which places hold vfork's result behind an instruction, if ``results`` hold it before."""
        if code.format == "S":
            place = 32 + self._bases[code.rs1] + code.immediate if code.rs1 in self._bases else -1
            return results | {place} if code.rs2 in results and place >= 0 else results - {place}
        if code.format == "B":
            return results
        if code.name in ("jal", "jalr") and code.rd in LINK_REGISTERS:
            return results - _CALLER_SAVED
        holds = False
        if code.name in _SIZES and code.rs1 in self._bases:
            holds = 32 + self._bases[code.rs1] + code.immediate in results
        elif code.name == "addi" and code.immediate == 0:
            holds = code.rs1 in results
        return results | {code.rd} if holds and code.rd else results - {code.rd}
