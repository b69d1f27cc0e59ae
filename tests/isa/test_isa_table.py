"""The instruction table against LLVM's assembler, and against a decoder written from the manual's listings."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.elf.toolchain import llvm_words
from tests.isa.seeds import chooser
from vm.isa import (
    ABI_NAMES,
    BY_NAME,
    INSTRUCTIONS,
    Field,
    Instruction,
    IsaError,
    check,
    encode,
    extract,
    find,
)

LOADS = {0: "lb", 1: "lh", 2: "lw", 4: "lbu", 5: "lhu"}
STORES = {0: "sb", 1: "sh", 2: "sw"}
BRANCHES = {0: "beq", 1: "bne", 4: "blt", 5: "bge", 6: "bltu", 7: "bgeu"}
IMMEDIATES = {0: "addi", 2: "slti", 3: "sltiu", 4: "xori", 6: "ori", 7: "andi"}
SHIFTS = {(1, 0): "slli", (5, 0): "srli", (5, 32): "srai"}
OPERATIONS = {
    0: ["add", "sll", "slt", "sltu", "xor", "srl", "or", "and"],
    1: ["mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu"],
}
ATOMICS = {
    0: "amoadd.w", 1: "amoswap.w", 3: "sc.w", 4: "amoxor.w", 8: "amoor.w", 12: "amoand.w",
    16: "amomin.w", 20: "amomax.w", 24: "amominu.w", 28: "amomaxu.w",
}  # fmt: skip


def decode(word: int) -> str | None:
    """The instruction's name by the manual's opcode map; shares nothing with vm.isa."""
    opcode, funct3, funct7 = word & 0x7F, word >> 12 & 7, word >> 25
    match opcode:
        case 0x37:
            return "lui"
        case 0x17:
            return "auipc"
        case 0x6F:
            return "jal"
        case 0x67:
            return "jalr" if funct3 == 0 else None
        case 0x63:
            return BRANCHES.get(funct3)
        case 0x03:
            return LOADS.get(funct3)
        case 0x23:
            return STORES.get(funct3)
        case 0x13:
            return IMMEDIATES.get(funct3) or SHIFTS.get((funct3, funct7))
        case 0x33:
            if funct7 == 32:
                return {0: "sub", 5: "sra"}.get(funct3)
            return OPERATIONS[funct7][funct3] if funct7 in OPERATIONS else None
        case 0x0F:
            return "fence" if funct3 == 0 else None
        case 0x73:
            return {0x73: "ecall", 0x100073: "ebreak"}.get(word)
        case 0x2F if funct3 == 2:
            if funct7 >> 2 == 2:
                return "lr.w" if word >> 20 & 31 == 0 else None
            return ATOMICS.get(funct7 >> 2)
    return None


def name_of(word: int) -> str | None:
    row = find(word)
    return row.name if row else None


def test_59_instructions() -> None:
    assert [sum(row.extension == extension for row in INSTRUCTIONS) for extension in "IMA"] == [40, 8, 11]
    assert [row.number for row in INSTRUCTIONS] == list(range(59))


def test_the_legal_words_are_as_many_as_the_manual_has() -> None:
    upper_and_jumps = 3 * 2**25 + 2**22
    memory_and_branches = (5 + 3 + 6) * 2**22
    arithmetic = 6 * 2**22 + 3 * 2**15 + 10 * 2**15
    fence_and_system = 2**22 + 2
    multiplication = 8 * 2**15
    atomics = 2**12 + 10 * 2**17
    count = sum(2 ** (32 - row.mask.bit_count()) for row in INSTRUCTIONS)
    assert count == (upper_and_jumps + memory_and_branches + arithmetic + fence_and_system + multiplication + atomics)


def places_of(field: Field) -> list[int]:
    """The bits of the word that an operand takes."""
    return [run.place + bit for run in field.runs for bit in range(run.mask.bit_length())]


@pytest.mark.parametrize("row", INSTRUCTIONS, ids=lambda row: row.name)
def test_every_bit_is_fixed_ignored_or_an_operand(row: Instruction) -> None:
    bits = row.bits.replace(" ", "")
    places = [place for field in row.fields.values() for place in places_of(field)]
    fixed = [place for place in range(32) if row.mask >> place & 1]
    ignored = [31 - column for column, bit in enumerate(bits) if bit == "-"]
    assert sorted([*places, *fixed, *ignored]) == list(range(32))
    assert row.match & ~row.mask == 0
    assert not ignored or row.name == "fence"


ADD = BY_NAME["add"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([ADD, Instruction(1, "twin", "I", "R", "0000000 ttttt sssss --- ddddd 0110011", ADD.syntax, "")], "overlap"),
        ([ADD, Instruction(1, "add", "I", "R", "0000000 ttttt sssss 000 ddddd 1111111", ADD.syntax, "")], "twice"),
        ([Instruction(0, "odd", "I", "R", "0000000 ttttt sssss 000 ddddd 0110011", "rd, rs1", "")], "rs2 in bits or"),
        ([Instruction(0, "odd", "I", "R", "0000000 00000 sssss 000 ddddd 0110011", ADD.syntax, "")], "rs2 in bits or"),
    ],
)  # fmt: skip
def test_a_contradictory_table_is_rejected(rows: list[Instruction], reason: str) -> None:
    with pytest.raises(IsaError, match=reason):
        check(tuple(rows))


@pytest.mark.parametrize(
    ("format", "bits", "reason"),
    [
        ("R", "0000000 ttttt sssss 000 ddddd 011001", "31 bits"),
        ("R", "0000000 ttttt sssss 000 ddddd 01100110", "33 bits"),
        ("R", "0000000 ttttt sssss 00x ddddd 0110011", "unknown characters"),
        ("I", "0iiiiiiiiiii sssss 000 ddddd 0110011", "11 bits of imm"),
        ("R", "iiiiiii ttttt sssss 000 ddddd 0110011", "7 bits of imm"),
    ],
)
def test_a_row_with_bits_unaccounted_for_is_rejected(format: str, bits: str, reason: str) -> None:
    with pytest.raises(IsaError, match=reason):
        Instruction(0, "odd", "I", format, bits, "", "")


def statement(row: Instruction, values: dict[str, int]) -> str:
    """The row with these operands as LLVM's assembler reads it."""
    suffix = (".aq" if values.get("aq") else "") + (".rl" if values.get("rl") else "")
    name = row.name + suffix.replace(".aq.rl", ".aqrl")
    text = row.syntax
    for operand, value in values.items():
        if operand in ("rd", "rs1", "rs2"):
            shown = ABI_NAMES[value]
        elif operand in ("pred", "succ"):
            shown = "".join(letter for letter, bit in zip("iorw", (8, 4, 2, 1), strict=True) if value & bit) or "0"
        else:
            shown = str(value)
        text = text.replace(operand, shown)
    return f"{name} {text}"


def operand_samples(row: Instruction, chance: random.Random, count: int) -> Iterator[dict[str, int]]:
    """Operands at their extremes, each with the others at random, then all at random."""
    ranges = {}
    for operand, field in row.fields.items():
        assert len(places_of(field)) == (field.high + field.step - field.low).bit_length() - field.step.bit_length()
        ranges[operand] = range(field.low, field.high + 1, field.step)
    for operand, values in ranges.items():
        for value in (values[0], values[-1], values[len(values) // 2]):
            yield {name: chance.choice(others) for name, others in ranges.items()} | {operand: value}
    for _ in range(count):
        yield {operand: chance.choice(values) for operand, values in ranges.items()}


@pytest.mark.parametrize("count", [20, pytest.param(2000, marks=pytest.mark.full)])
def test_every_row_encodes_as_llvm_does(count: int, tmp_path: Path) -> None:
    chance = chooser()
    samples = [(row, values) for row in INSTRUCTIONS for values in operand_samples(row, chance, count)]
    words = llvm_words([statement(row, values) for row, values in samples], tmp_path)
    for (row, values), word in zip(samples, words, strict=True):
        assert encode(row, **values) == word, statement(row, values)
        assert find(word) is row
        assert extract(row, word) == values


@pytest.mark.parametrize("row", INSTRUCTIONS, ids=lambda row: row.name)
def test_operands_that_do_not_fit_are_rejected(row: Instruction) -> None:
    for operand, field in row.fields.items():
        low, high, step = field.low, field.high, field.step
        for value in {low - 1, high + 1, low - step, high + step, low + step // 2} - {low}:
            with pytest.raises(ValueError, match=f"{operand} {value} is not in"):
                encode(row, **{operand: value})
    with pytest.raises(ValueError, match="no operand csr"):
        encode(row, csr=0)


@pytest.mark.parametrize("rounds", [1, pytest.param(40, marks=pytest.mark.full)])
def test_find_agrees_with_the_opcode_map_on_every_opcode_and_function(rounds: int) -> None:
    chance = chooser()
    for _ in range(rounds):
        for pattern in range(1 << 17):
            opcode, funct3, funct7 = pattern & 0x7F, pattern >> 7 & 7, pattern >> 10
            rest = chance.getrandbits(15) & chance.choice((0x7FFF, 0x03FF, 0x7C00, 0))
            word = funct7 << 25 | (rest >> 5) << 15 | funct3 << 12 | (rest & 31) << 7 | opcode
            assert name_of(word) == decode(word), hex(word)


@pytest.mark.parametrize("row", INSTRUCTIONS, ids=lambda row: row.name)
def test_find_agrees_one_and_two_bits_away_from_every_instruction(row: Instruction) -> None:
    chance = chooser()
    word = row.match | chance.getrandbits(32) & ~row.mask
    for first in range(32):
        for second in range(32):
            near = word ^ 1 << first ^ (1 << second if second != first else 0)
            assert name_of(near) == decode(near), hex(near)
