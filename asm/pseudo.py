"""Pseudo-instructions: names for instructions with some operands fixed, and short sequences.

Sources: *RISC-V Assembly Programmer's Manual*, "A listing of standard RISC-V pseudoinstructions", and LLVM's assembler,
whose expansions these are.
"""

from __future__ import annotations

TABLE = """
nop       |                  | addi zero, zero, 0
mv        | rd, rs1          | addi rd, rs1, 0
move      | rd, rs1          | addi rd, rs1, 0
not       | rd, rs1          | xori rd, rs1, -1
neg       | rd, rs2          | sub rd, zero, rs2
seqz      | rd, rs1          | sltiu rd, rs1, 1
snez      | rd, rs2          | sltu rd, zero, rs2
sltz      | rd, rs1          | slt rd, rs1, zero
sgtz      | rd, rs2          | slt rd, zero, rs2
sgt       | rd, rs1, rs2     | slt rd, rs2, rs1
sgtu      | rd, rs1, rs2     | sltu rd, rs2, rs1
zext.b    | rd, rs1          | andi rd, rs1, 255
zext.h    | rd, rs1          | slli rd, rs1, 16; srli rd, rd, 16
sext.b    | rd, rs1          | slli rd, rs1, 24; srai rd, rd, 24
sext.h    | rd, rs1          | slli rd, rs1, 16; srai rd, rd, 16
add       | rd, rs1, imm     | addi rd, rs1, imm
and       | rd, rs1, imm     | andi rd, rs1, imm
or        | rd, rs1, imm     | ori rd, rs1, imm
xor       | rd, rs1, imm     | xori rd, rs1, imm
slt       | rd, rs1, imm     | slti rd, rs1, imm
sltu      | rd, rs1, imm     | sltiu rd, rs1, imm
sll       | rd, rs1, shamt   | slli rd, rs1, shamt
srl       | rd, rs1, shamt   | srli rd, rs1, shamt
sra       | rd, rs1, shamt   | srai rd, rs1, shamt
beqz      | rs1, imm         | beq rs1, zero, imm
bnez      | rs1, imm         | bne rs1, zero, imm
blez      | rs1, imm         | bge zero, rs1, imm
bgez      | rs1, imm         | bge rs1, zero, imm
bltz      | rs1, imm         | blt rs1, zero, imm
bgtz      | rs1, imm         | blt zero, rs1, imm
bgt       | rs1, rs2, imm    | blt rs2, rs1, imm
ble       | rs1, rs2, imm    | bge rs2, rs1, imm
bgtu      | rs1, rs2, imm    | bltu rs2, rs1, imm
bleu      | rs1, rs2, imm    | bgeu rs2, rs1, imm
j         | imm              | jal zero, imm
jal       | imm              | jal ra, imm
jr        | rs1              | jalr zero, 0, rs1
jr        | imm(rs1)         | jalr zero, imm, rs1
jr        | rs1, imm         | jalr zero, imm, rs1
jalr      | rd, rs1, imm     | jalr rd, imm, rs1
jalr      | rd, rs1          | jalr rd, 0, rs1
jalr      | rs1              | jalr ra, 0, rs1
jalr      | rs1, imm         | jalr ra, imm, rs1
jalr      | imm(rs1)         | jalr ra, imm, rs1
ret       |                  | jalr zero, 0, ra
call      | rd, symbol       | auipc rd, %call_hi symbol; jalr rd, %call_lo symbol, rd
call      | symbol           | auipc ra, %call_hi symbol; jalr ra, %call_lo symbol, ra
tail      | symbol           | auipc t1, %call_hi symbol; jalr zero, %call_lo symbol, t1
jump      | symbol, rs1      | auipc rs1, %call_hi symbol; jalr zero, %call_lo symbol, rs1
lb        | rd, place        | auipc rd, %pcrel_hi place; lb rd, %pair_lo place, rd
lh        | rd, place        | auipc rd, %pcrel_hi place; lh rd, %pair_lo place, rd
lw        | rd, place        | auipc rd, %pcrel_hi place; lw rd, %pair_lo place, rd
lbu       | rd, place        | auipc rd, %pcrel_hi place; lbu rd, %pair_lo place, rd
lhu       | rd, place        | auipc rd, %pcrel_hi place; lhu rd, %pair_lo place, rd
sb        | rs2, place, rs1  | auipc rs1, %pcrel_hi place; sb rs2, %pair_lo place, rs1
sh        | rs2, place, rs1  | auipc rs1, %pcrel_hi place; sh rs2, %pair_lo place, rs1
sw        | rs2, place, rs1  | auipc rs1, %pcrel_hi place; sw rs2, %pair_lo place, rs1
la        | rd, place        | auipc rd, %pcrel_hi place; addi rd, rd, %pair_lo place
lla       | rd, place        | auipc rd, %pcrel_hi place; addi rd, rd, %pair_lo place
lga       | rd, place        | auipc rd, %got_pcrel_hi place; lw rd, %got_pair_lo place, rd
fence     |                  | fence iorw, iorw
pause     |                  | fence w, 0
scall     |                  | ecall
sbreak    |                  | ebreak
"""
"""Name, operands as written, expansion. ``symbol`` is what is called, ``place`` another address, such as ``table + 4``;
``%pcrel_hi`` and ``%pair_lo`` are the two halves of its distance from the auipc, ``%call_hi`` and ``%call_lo``
likewise for a call, which may go to an undefined weak symbol, ``%got_pcrel_hi`` and ``%got_pair_lo`` those of a word
that holds the address."""

WORDS = {
    "fence.tso": 0x8330_000F,
    "unimp": 0xC000_1073,
}
"""Mnemonics that are one word: fence.tso is a FENCE with bits set that the machine ignores; unimp is LLVM's and GNU's
permanently illegal instruction, a write to a read-only CSR."""


def load_immediate(value: int) -> list[tuple[str, int]]:
    """The instructions by which ``li`` makes ``value``, as (mnemonic, immediate); the first has no source register.

    ``value`` is cut off to 32 bits. This is LLVM's choice (RISCVMatInt) for RV32.
    """
    value = (value & 0xFFFF_FFFF ^ 0x8000_0000) - 0x8000_0000
    low = (value & 0xFFF ^ 0x800) - 0x800
    high = (value + 0x800 >> 12) & 0xF_FFFF
    if not high:
        return [("addi", value)]
    if not low:
        return [("lui", high)]
    trailing_zeros = (value & -value).bit_length() - 1
    if trailing_zeros and -32 <= value >> trailing_zeros < 32:
        return [("addi", value >> trailing_zeros), ("slli", trailing_zeros)]
    return [("lui", high), ("addi", low)]
