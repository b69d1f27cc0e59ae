"""What people write who know another processor, or another assembler, and what it is here."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence

from vm.isa import REGISTERS

_INSTEAD = {
    "ecall": "syscall svc swi int trap sysenter",
    "ebreak": "break brk bkpt int3",
    "mv": "mov movl movq movw movb movs cp copy",
    "li": "movi ldi mvi loadi",
    "j": "jmp bra goto br",
    "jr": "bx",
    "call": "bl blx jsr callq gosub",
    "ret": "rts retq retn iret return",
    "beqz": "jz je bz cbz",
    "bnez": "jnz jne bnz cbnz",
    "beq": "breq",
    "bne": "brne",
    "bgt": "jg ja",
    "bge": "jge jae",
    "blt": "jl jb",
    "ble": "jle jbe",
    "addi": "subi subiu addiu daddi inc dec",
    "add": "addu adds addl addq dadd",
    "sub": "subu subs subl subq dsub",
    "mul": "mult multu imul muls multiply",
    "div": "idiv sdiv divide",
    "divu": "udiv",
    "rem": "mod modulo",
    "xor": "eor",
    "or": "orr",
    "not": "mvn com cpl",
    "sll": "lsl shl sal",
    "srl": "lsr shr",
    "sra": "asr sar",
    "lw": "ldr load lwz",
    "lbu": "ldrb",
    "lhu": "ldrh",
    "sw": "str store stw",
    "sb": "strb",
    "sh": "strh",
    "la": "lea adr leal leaq",
}
"""Instructions, and what they are called elsewhere."""

_MEANT = {written: meant for meant, words in _INSTEAD.items() for written in words.split()}

_IMMEDIATE = {"mv": "li", "sll": "slli", "srl": "srli", "sra": "srai"}
"""What an instruction is called whose last operand is a number."""

_NOTES = {
    "subi": "to subtract a number, add its negative: addi a0, a0, -1",
    "inc": "to count up: addi a0, a0, 1",
    "dec": "to count down: addi a0, a0, -1",
    "push": "make room on the stack, then store there: addi sp, sp, -4 and sw a0, 0(sp)",
    "pop": "load from the stack, then give back its room: lw a0, 0(sp) and addi sp, sp, 4",
    "cmp": "branches compare two registers by themselves: beq, bne, blt, bge, bltu, bgeu",
    "halt": "a program ends by a system call: li a0, 0 and li a7, 93 and ecall",
}
_NOTES |= {
    "subiu": _NOTES["subi"], "test": _NOTES["cmp"], "tst": _NOTES["cmp"], "cmpl": _NOTES["cmp"], "hlt": _NOTES["halt"],
    "exit": _NOTES["halt"], "stop": _NOTES["halt"],
}  # fmt: skip


def instruction(tokens: Sequence[str], at: int, known: Container[str]) -> tuple[str, tuple[str, ...]]:
    """What the unknown instruction at token ``at`` is called here, as an end of a message, and notes on its use.

    Nothing where that cannot be told from its name; ``known`` are the statements that there are.
    """
    head = tokens[at].lower()
    meant = _MEANT.get(head, "")
    if meant in _IMMEDIATE and len(tokens) > at + 3 and _is_number(tokens[-3:]):
        meant = _IMMEDIATE[meant]
    if not meant and head.isalpha() and f".{head}" in known:
        meant = f".{head}"
    if meant not in known:
        meant = ""
    notes = (_NOTES[head],) if head in _NOTES else ()
    return (f"; did you mean '{meant}'?" if meant else ""), notes


def _is_number(last: Sequence[str]) -> bool:
    """Whether the last tokens of a statement, its end among them, are a number behind a comma, or behind a minus."""
    before, number, _ = last
    return number[:1].isdigit() and before in (",", "-", "$")


_LAST = {"a": 7, "s": 11, "t": 6, "x": 31}
_NUMBERED = r"([astx])\d{1,3}"
_X86 = r"[er]?[abcd]x|[er]?[sd]i|[er]?[sb]p|r(?:8|9|1[0-5])[dwb]?|[abcd][lh]"
_FLOATS = r"f(?:[012]?\d|3[01]|[as]?\d|t\d|s1[01]|t1[01])"
_OTHERS = r"r\d{1,2}|lr|[vk][01]|at|zr|xzr|wzr|w\d{1,2}"
_ALL = "RISC-V's registers are zero, ra, sp, gp, tp, t0-t6, s0-s11, a0-a7, or x0-x31"


def register(name: str) -> str:
    """What to say of a name that looks like a register and is none: which there are. Nothing of other names."""
    if name[:1] in ("$", "%"):
        bare = name[1:]
        is_one = bare in REGISTERS or bool(register(bare)) or (name[0] == "$" and bare.isdigit())
        return f"{_ALL}; {name[0]} is {'MIPS' if name[0] == '$' else 'x86'}'s way" if is_one else ""
    lowered = name.lower()
    if re.fullmatch(_NUMBERED, lowered):
        return f"registers are {lowered[0]}0 to {lowered[0]}{_LAST[lowered[0]]}"
    if lowered == "pc":
        return "pc has no name in operands; auipc a0, 0 reads it"
    if re.fullmatch(_FLOATS, lowered):
        return "this machine is RV32IMA, without registers for floating point"
    return _ALL if re.fullmatch(_X86, lowered) or re.fullmatch(_OTHERS, lowered) else ""
