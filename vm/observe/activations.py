"""Activations of the call stack, by DWARF's call frame information, and where an activation keeps its variables.

Source: *DWARF Debugging Information Format, Version 4*, sections 2.5 (expressions), 2.6 (locations), 6.4 (call frames).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vm.elf import leb128
from vm.isa import RA, SP
from vm.observe.call_frames import CallFrames
from vm.values import dataclass

_DEEPEST = 64
_DW_OP_ADDR, _DW_OP_PLUS_UCONST, _DW_OP_PIECE = 0x03, 0x23, 0x93
_DW_OP_REG0, _DW_OP_BREG0, _DW_OP_FBREG, _DW_OP_CALL_FRAME_CFA = 0x50, 0x70, 0x91, 0x9C


@dataclass(frozen=True, slots=True)
class Activation:
    """One activation of a function: where it is (in callers, the call), its registers, its canonical frame address."""

    pc: int
    registers: tuple[int, ...]
    cfa: int


def unwind(
    frames: CallFrames, pc: int, registers: tuple[int, ...], read_word: Callable[[int], int | None]
) -> list[Activation]:
    """The activation at ``pc`` and its callers, as far as call frame information and ``read_word`` go."""
    activations: list[Activation] = []
    while len(activations) < _DEEPEST:
        rules = _rules(frames, pc)
        if rules is None:
            activations.append(Activation(pc, registers, registers[SP]))
            if len(activations) > 1:
                break
            pc = registers[RA] - 4  # assembly without the information: taken for a function without an activation
            continue
        rule = rules["cfa"]
        if rule.reg is None:
            break
        cfa = (registers[rule.reg] + rule.offset) & 0xFFFF_FFFF
        activations.append(Activation(pc, registers, cfa))
        outer = list(registers)
        for number in range(32):
            saved = rules.get(number)
            if saved is not None and _is_saved(rules, number):
                word = read_word((cfa + saved.arg) & 0xFFFF_FFFF)
                if word is None:
                    return activations
                outer[number] = word
        if len(activations) > 1 and (not _is_saved(rules, RA) or cfa <= activations[-2].cfa):
            break
        outer[SP] = cfa
        registers, pc = tuple(outer), outer[RA] - 4
    return activations


def _is_saved(rules: dict[Any, Any], register: int) -> bool:
    """True when an activation holds the caller's value of a register."""
    rule = rules.get(register)
    return rule is not None and rule.type == "OFFSET"


def is_described(frames: CallFrames, pc: int) -> bool:
    """True when there is call frame information for ``pc``."""
    return _rules(frames, pc) is not None


def _rules(frames: CallFrames, pc: int) -> dict[Any, Any] | None:
    for entry in frames.of(pc):
        rows = [row for row in entry.get_decoded().table if row["pc"] <= pc]
        if rows:
            row: dict[Any, Any] = rows[-1]
            return row
    return None


def location_address(dwarf: Any, die: Any, function: Any, activation: Activation) -> int | None:
    """The address of a variable that lies in memory at the activation's pc; None for one in a register or nowhere."""
    expression = _expression(dwarf, die, "DW_AT_location", activation.pc)
    if not expression:
        return None
    if expression[0] == _DW_OP_FBREG:
        base = _frame_base(dwarf, function, activation)
        return None if base is None else (base + leb128.read(expression, 1, signed=True)[0]) & 0xFFFF_FFFF
    if _DW_OP_BREG0 <= expression[0] < _DW_OP_BREG0 + 32 and not _is_value(expression):
        offset, _ = leb128.read(expression, 1, signed=True)
        return (activation.registers[expression[0] - _DW_OP_BREG0] + offset) & 0xFFFF_FFFF
    return None


def fixed_places(expression: Any) -> Iterator[tuple[int, int, int]]:
    """Where an expression says that a variable always lies: (address, bytes, offset in the variable) of each part of
    it; 0 bytes for the whole. Nothing for one that is not understood.
    """
    if not isinstance(expression, list):
        return
    place = offset = 0
    while place + 5 <= len(expression) and expression[place] == _DW_OP_ADDR:
        address = int.from_bytes(bytes(expression[place + 1 : place + 5]), "little")
        place += 5
        if place < len(expression) and expression[place] == _DW_OP_PLUS_UCONST:
            added, place = leb128.read(expression, place + 1)
            address = (address + added) & 0xFFFF_FFFF
        if place == len(expression):
            yield address, 0, offset
        elif expression[place] == _DW_OP_PIECE and place + 1 < len(expression) and expression[place + 1] < 0x80:
            yield address, expression[place + 1], offset
            offset += expression[place + 1]
            place += 2
        else:
            return


def _is_value(expression: list[int]) -> bool:
    """True when the expression goes on behind its first operation: it computes a value, not an address."""
    return leb128.read(expression, 1)[1] < len(expression)


def _frame_base(dwarf: Any, function: Any, activation: Activation) -> int | None:
    expression = _expression(dwarf, function, "DW_AT_frame_base", activation.pc)
    if not expression:
        return None
    if expression[0] == _DW_OP_CALL_FRAME_CFA:
        return activation.cfa
    if _DW_OP_REG0 <= expression[0] < _DW_OP_REG0 + 32:
        return activation.registers[expression[0] - _DW_OP_REG0]
    if _DW_OP_BREG0 <= expression[0] < _DW_OP_BREG0 + 32:
        return activation.registers[expression[0] - _DW_OP_BREG0] + leb128.read(expression, 1, signed=True)[0]
    return None


def _expression(dwarf: Any, die: Any, name: str, pc: int) -> list[int] | None:
    attribute = die.attributes.get(name)
    if attribute is None:
        return None
    if isinstance(attribute.value, list):
        return list(attribute.value)
    lists = dwarf.location_lists()
    top = die.cu.get_top_DIE().attributes
    base = top["DW_AT_low_pc"].value if "DW_AT_low_pc" in top else 0
    for entry in lists.get_location_list_at_offset(attribute.value, die):
        if hasattr(entry, "base_address"):
            base = entry.base_address
            continue
        shift = 0 if getattr(entry, "is_absolute", False) else base
        if entry.begin_offset + shift <= pc < entry.end_offset + shift:
            return list(entry.loc_expr)
    return None
