"""What an illegal word would be on a larger machine.

Source: *The RISC-V Instruction Set Manual, Volume I*, chapter "RV32/64G Instruction Set Listings" and the table of base
opcodes; *Volume II*, "CSR Listing".
"""

from __future__ import annotations

from typing import NamedTuple

from vm.isa import OPCODE_MASK, OPCODES, PSEUDO_WORDS

REBUILD = "build for this machine: -march=rv32ima -mabi=ilp32"
FLOATING = "there are no floating-point registers here: compile with -march=rv32ima -mabi=ilp32"
UNIMP = PSEUDO_WORDS["unimp"]
"""What LLVM's unimp and __builtin_trap are: a write of the counter ``cycle``, which nobody may write."""

_PRIVILEGED = {
    0x1020_0073: "sret", 0x3020_0073: "mret", 0x0020_0073: "uret", 0x1050_0073: "wfi", 0x7020_0073: "mnret",
}  # fmt: skip
_CSRS = {
    0x000: "ustatus", 0x001: "fflags", 0x002: "frm", 0x003: "fcsr", 0x004: "uie", 0x005: "utvec", 0x040: "uscratch",
    0x041: "uepc", 0x042: "ucause", 0x043: "utval", 0x044: "uip", 0x100: "sstatus", 0x104: "sie", 0x105: "stvec",
    0x140: "sscratch", 0x141: "sepc", 0x142: "scause", 0x143: "stval", 0x180: "satp", 0x300: "mstatus", 0x301: "misa",
    0x304: "mie", 0x305: "mtvec", 0x340: "mscratch", 0x341: "mepc", 0x342: "mcause", 0x343: "mtval", 0xC00: "cycle",
    0xC01: "time", 0xC02: "instret", 0xC20: "vl", 0xC21: "vtype", 0xC80: "cycleh", 0xC81: "timeh", 0xC82: "instreth",
    0xF14: "mhartid",
}  # fmt: skip
_COUNTERS = frozenset((0xC00, 0xC01, 0xC02, 0xC80, 0xC81, 0xC82))
_FLOATING_FORMATS = ("F", "D", "Zfh", "Q")
_FLOATING_WIDTHS = {1: "Zfh", 2: "F", 3: "D", 4: "Q"}
_NAMES = {opcode: name for name, opcode in OPCODES.items()}
_OP_V = 0x57
_OF_RV64 = (("LOAD", 3), ("LOAD", 6), ("STORE", 3), ("AMO", 3))


class Meaning(NamedTuple):
    """What an illegal word is, in words, and what can be done about it."""

    text: str
    advice: str = ""


def meaning(word: int) -> Meaning:
    """What ``word``, which is none of RV32IMA's instructions, would be."""
    if word == UNIMP:
        return Meaning(
            "unimp, a deliberate trap",
            "compilers put it where the program must not go: __builtin_trap, undefined behaviour (-fsanitize-trap)",
        )
    if word == 0:
        return Meaning("four zero bytes", "zeros are no instruction: data, or what lies behind the last one")
    if word & 0xFFFF == 0:
        return Meaning("two zero bytes", "zeros are no instruction: data, or unimp of the C extension")
    if word & 3 != 3:
        return Meaning(f"a 16-bit instruction of the C extension, {word & 0xFFFF:#06x}", REBUILD)
    if word & 0x1F == 0x1F:
        return Meaning("no instruction of 32 bits: its low bits say that it is longer")
    return _by_opcode(word)


def _by_opcode(word: int) -> Meaning:
    opcode, function = _NAMES.get(word & OPCODE_MASK, ""), word >> 12 & 7
    if opcode in ("LOAD_FP", "STORE_FP"):
        return _extension(_FLOATING_WIDTHS.get(function, "V"))
    if opcode in ("MADD", "MSUB", "NMSUB", "NMADD", "OP_FP"):
        return _extension(_FLOATING_FORMATS[word >> 25 & 3])
    if word & OPCODE_MASK == _OP_V:
        return _extension("V")
    if opcode == "SYSTEM":
        return _system(word, function)
    if opcode == "MISC_MEM" and function == 1:
        return Meaning("fence.i, of the Zifencei extension", "code that was written is run after mprotect alone")
    if opcode in ("OP_IMM_32", "OP_32") or (opcode, function) in _OF_RV64:
        return Meaning("an instruction of RV64, the 64-bit machine", REBUILD)
    if opcode in ("OP_IMM", "OP"):
        return Meaning("an instruction of an extension of integer arithmetic, as Zba, Zbb or Zbs", REBUILD)
    if opcode.startswith("CUSTOM"):
        return Meaning("an instruction of a custom extension")
    return Meaning("none of RISC-V's instructions", "the program may have run into its data")


def _extension(name: str) -> Meaning:
    if name == "V":
        return Meaning("an instruction of the V extension: vectors", REBUILD)
    kinds = {"F": "single precision", "D": "double precision", "Q": "quadruple precision", "Zfh": "half precision"}
    return Meaning(f"an instruction of the {name} extension: floating point, {kinds[name]}", FLOATING)


def _system(word: int, function: int) -> Meaning:
    """SYSTEM: privileged instructions, and those on control and status registers."""
    if function in (0, 4):
        name = _PRIVILEGED.get(word) or ("sfence.vma" if word >> 25 == 0x09 and not function else "")
        return Meaning(f"{name or 'an instruction'} for privileged software", "this machine has user mode alone")
    number = word >> 20
    name = _CSRS.get(number, f"{number:#05x}")
    advice = "this machine has none, and user mode alone"
    if number in _COUNTERS:
        advice = "this machine has none: clock_gettime tells the time, which is counted in instructions"
    elif number in (1, 2, 3):
        advice = FLOATING
    return Meaning(f"an access to the control and status register {name}", advice)
