"""Random sources that both assemblers must take: every row, every pseudo-instruction, every directive.

The instructions are enumerated from the table's rows, so that a new row is compared from its first day; what may stand
in their operands, and all else, is written down here.
"""

from __future__ import annotations

import random
import re

from vm import isa

PSEUDO = """
nop
mv {r}, {r}
move {r}, {r}
not {r}, {r}
neg {r}, {r}
seqz {r}, {r}
snez {r}, {r}
sltz {r}, {r}
sgtz {r}, {r}
sgt {r}, {r}, {r}
sgtu {r}, {r}, {r}
zext.b {r}, {r}
zext.h {r}, {r}
sext.b {r}, {r}
sext.h {r}, {r}
add {r}, {r}, {i}
and {r}, {r}, {i}
or {r}, {r}, {i}
xor {r}, {r}, {i}
slt {r}, {r}, {i}
sltu {r}, {r}, {i}
sll {r}, {r}, {h}
srl {r}, {r}, {h}
sra {r}, {r}, {h}
beqz {r}, {near}
bnez {r}, {near}
blez {r}, {near}
bgez {r}, {near}
bltz {r}, {near}
bgtz {r}, {near}
bgt {r}, {r}, {near}
ble {r}, {r}, {near}
bgtu {r}, {r}, {near}
bleu {r}, {r}, {near}
j {near}
jal {near}
jal {r}, {near}
j .+{even}
beqz {r}, . - {even}
jr {r}
jr {i}({r})
jr {r}, {i}
jr ({r})
jalr {r}
jalr {i}({r})
jalr {r}, {r}
jalr {r}, {r}, {i}
jalr {r}, {i}
jalr {r}, ({r})
ret
call {near}
call {r}, {near}
call {far}
tail {near}
tail {far}
jump {near}, {r}
lb {r}, {place}
lh {r}, {place}
lw {r}, {place}
lbu {r}, {place}
lhu {r}, {place}
sb {r}, {place}, {r}
sh {r}, {place}, {r}
sw {r}, {place}, {r}
lw {r}, ({r})
sw {r}, ({r})
la {r}, {place}
lla {r}, {place}
la {r}, {number}
lla {r}, {number}
li {r}, {number}
li {r}, {number}
li {r}, after - before
lui {r}, %hi({place})
lui {r}, %hi({number})
addi {r}, {r}, %lo({place})
addi {r}, {r}, %lo({number})
lw {r}, %lo({place})({r})
sb {r}, %lo({place})({r})
1: auipc {r}, %pcrel_hi({place}); addi {r}, {r}, %pcrel_lo(1b)
1: auipc {r}, %pcrel_hi({place}); sw {r}, %pcrel_lo(1b)({r})
fence
fence.tso
fence 0, 0
fence iorw, iorw
fence r, w
fence io, rw
scall
sbreak
unimp
"""

DATA = """
.byte {b}, {b}
.half {s}, {s}, {s}
.2byte {s}
.short {s}
.hword {s}
.word {w}, {w}
.4byte {w}
.long {w}
.int {w}
.word {place}
.word {place}, {w}
.word after - before
.half after - before
.byte after - before
.word . - before_data
.8byte {w}
.quad {w}
.dword {w}
.uleb128 {n}, {u20}
.sleb128 {w}, {i}
.ascii "a{w}\\n\\t\\\\\\"\\0"
.ascii "x" "y"
.asciz "one", "two \\101\\x42"
.string "tab\\there"
.zero {n}
.space {n}
.space {n}, {b}
.skip {n}, {b}
.fill {n}
.fill {n}, 2, {s}
.fill {n}, 4, {w}
.fill {n}, 3, 0x123456
.fill 2, 8, 0x12345678
.align {p}
.align {p}, {b}
.p2align {p}
.p2align {p}, {b}, {m}
.p2align {p}, , {m}
.balign {a}
.balign {a}, {b}
.balign 2; .balignw 4, {s}
.balign 4; .balignl 8, 0x01020304
.org . + {n}
.org . + {n}, {b}
"""

SYMBOLS = """
.set set{u}, {number}
.equ equ{u}, {number}
.equiv equiv{u}, {number}
plain{u} = {number}
.set alias{u}, {near}
.set beyond{u}, data1 + 4
.set twice{u}, 1; .set twice{u}, 2; .word twice{u}
.globl {own}
.global {own}
.weak {own}
.local {own}
.globl {own}; .hidden {own}
.type {own}, @function
.type {own}, %object
.size {own}, . - {own}
.size {own}, 12
.comm common{u}, {n}, {a}
.comm shared_common, {n}, {a}
.lcomm room{u}, {n}
.local own{u}; .comm own{u}, {n}, {a}
.attribute arch, "rv32ima"
.ident "someone"
.file "some.c"
.cfi_startproc; .cfi_def_cfa_offset 16; .cfi_endproc
.addrsig
.option push; .option norelax; .option pop
.option norvc
# a comment
// another
/* one */ nop /* two */
nop # after a statement
nop // after a statement
nop; nop /* between */; nop
.pushsection .data; .word 1; .popsection
.section .data; .word 2; .previous
.rept 3; nop; .endr
.irp value, 1, 2, 3; addi a0, a0, \\value; .endr
.irpc digit, 123; li a0, \\digit; .endr
.if 1; nop; .else; ret; .endif
.ifdef before; nop; .endif
.ifndef before; nop; .elseif 2 > 1; ret; .else; ecall; .endif
.macro two{u} a, b=5, c:vararg; .word \\a, \\b; .ifnb \\c; .word \\c; .endif; .endm; two{u} 1; two{u} 1, 2, 3, 4
.macro count{u} name; \\name\\()_\\@: nop; .endm; count{u} first{u}; count{u} second{u}
"""

REGISTER_NAMES = [*isa.ABI_NAMES, *(f"x{number}" for number in range(32)), "fp"]
DATA_SECTIONS = (".data", ".rodata", ".section .data.part", '.section .rodata.part, "a"', '.section .extra, "aw"')
ZERO_SECTIONS = (".bss", '.section .zeros, "aw", @nobits', ".section .bss.part")
CODE_SECTIONS = ('.section .text.part, "ax"', '.section .more, "ax"', ".text")


class Writer:
    """Writes a source of about ``length`` instructions, all of whose choices come from ``seed``.

    ``part`` tells sources apart that are linked together: only part 0 has ``_start``, and each may ``mention`` the
    global labels of others.
    """

    def __init__(self, seed: int, length: int, part: int = 0, mention: int = 1) -> None:
        self.random = random.Random(seed)
        self.length = length
        self.part = part
        self.unique = 0
        self.labels = [f"code{number}" for number in range(max(8, length // 25))]
        self.data_labels = [f"data{number}" for number in range(8)]
        self.far_labels = self.data_labels + [f"shared{number}" for number in range(mention)]

    def source(self) -> str:
        """The source: data of all sorts, every instruction with a label now and then, and directives about symbols."""
        lines = [".cfi_sections .debug_frame", ".text", "before: nop", "after: nop", ".data", "before_data: .word 1"]
        lines += [f".globl shared{self.part}", ".text", f"shared{self.part}: nop"]
        if self.part == 0:
            lines += [".globl _start", "_start: nop"]
        lines += [*self.data(), ".text", *self.code(), *self.symbols()]
        return "\n".join(lines) + "\n"

    def code(self) -> list[str]:
        """Instructions and pseudo-instructions in random order, each pattern at least once if ``length`` allows."""
        patterns = self.instructions() + PSEUDO.strip().splitlines() * 2
        self.random.shuffle(patterns)
        patterns = (patterns * (1 + self.length // len(patterns)))[: self.length]
        every = -(-len(patterns) // len(self.labels))
        labels = iter(self.labels)
        lines = []
        for index, pattern in enumerate(patterns):
            if index % every == 0:
                lines.append(f"{next(labels)}:")
            lines.append("\t" + self.fill(pattern))
        return lines + [f"{label}: nop" for label in labels]

    def instructions(self) -> list[str]:
        """Every row, its operands left open."""
        patterns = []
        for row in isa.INSTRUCTIONS:
            suffixes = ("", ".aq", ".rl", ".aqrl") if row.extension == "A" else ("",)
            operands = re.sub(r"\b(rd|rs1|rs2)\b", "{r}", row.syntax)
            immediate = {"B": "{near}", "J": "{near}", "U": "{u20}"}.get(row.format, "{i}")
            operands = operands.replace("imm", immediate).replace("shamt", "{h}")
            operands = operands.replace("pred", "{set}").replace("succ", "{set}")
            patterns += [f"{row.name}{suffix} {operands}" for suffix in suffixes]
            if row.format in "BJ":
                patterns.append(f"{row.name} {operands.replace('{near}', '{offset' + row.format + '}')}")
        return patterns

    def data(self) -> list[str]:
        """All data directives, spread over sections."""
        lines: list[str] = []
        for label in self.data_labels:
            lines += [self.random.choice(DATA_SECTIONS), ".balign 4", f"{label}:"]
            patterns = DATA.strip().splitlines()
            self.random.shuffle(patterns)
            lines += [self.fill(pattern) for pattern in patterns]
        for section in ZERO_SECTIONS:
            lines += [section, self.fill(".space {n}"), self.fill(".balign {a}"), self.fill(".zero {n}")]
        for section in CODE_SECTIONS:
            lines += [section, ".balign 4, 0", "nop", self.fill(".p2align {p}"), self.fill("addi {r}, {r}, {i}")]
        return lines

    def symbols(self) -> list[str]:
        """All directives about symbols, and those without effect. What changes a label gets one of its own."""
        lines = []
        for pattern in SYMBOLS.strip().split("\n"):
            if "{own}" in pattern:
                pattern = "own{u}: nop; " + pattern.replace("{own}", "own{u}")
            lines.append(self.fill(pattern))
        return lines

    def fill(self, pattern: str) -> str:
        """``pattern`` with every hole filled; ``{u}`` is the same number in all of it and in no other."""
        self.unique += 1
        return re.sub(r"\{(\w+)\}", lambda match: self.hole(match.group(1)), pattern)

    def hole(self, kind: str) -> str:
        """Something for one kind of hole, extremes more often than not."""
        pick = self.random.choice
        limits = {
            "i": (-2048, 2047), "h": (0, 31), "u20": (0, 0xFFFFF), "b": (-128, 255), "s": (-32768, 65535),
            "w": (-(1 << 31), (1 << 32) - 1), "number": (-(1 << 31), (1 << 32) - 1),
        }  # fmt: skip
        if kind in limits:
            return self.number(*limits[kind], simple=kind == "number")
        if kind == "r":
            return pick(REGISTER_NAMES)
        if kind == "near":
            return pick(self.labels)
        if kind == "far":
            return pick(self.far_labels)
        if kind == "place":
            label = pick(self.labels + self.far_labels)
            return pick([label, label, f"{label}+4", f"{label} - 8", f"{label}+(3*4)"])
        if kind == "set":
            return "".join(letter for letter in "iorw" if self.random.random() < 0.6) or "0"
        if kind == "u":
            return f"{self.part}_{self.unique}"
        if kind.startswith("offset"):
            reach = {"B": 4096, "J": 1 << 20}[kind[-1]]
            return str(pick([-reach, reach - 2, 0, 2, -2, 4, self.random.randrange(-reach, reach, 2)]))
        ranges = {"n": (0, 20), "m": (1, 15), "p": (0, 4), "even": (0, 2000)}
        if kind == "a":
            return str(1 << self.random.randrange(5))
        low, high = ranges[kind]
        value = self.random.randint(low, high)
        return str(value - value % 2 if kind == "even" else value)

    def number(self, low: int, high: int, simple: bool = False) -> str:
        """A number in ``low``..``high``, in one of the ways to write it."""
        extremes = [low, low + 1, -1, 0, 1, high - 1, high, 2047, 2048, -2048, -2049, 4095, 4096]
        value = self.random.choice([*extremes, *(self.random.randint(low, high) for _ in range(6))])
        if simple:
            value = self.random.choice([value, value & ~0xFFF, 1 << self.random.randrange(31), -value // 2])
        value = min(max(value, low), high)
        forms = [str(value), hex(value), f"({value})", f"{value - 3}+3", f"({value}*8)/8", f"~{~value}"]
        if value >= 0:
            forms += [f"0{value:o}", f"0b{value:b}", f"{value} | 0", f"({value}<<2)>>2", f"{value} ^ 5 ^ 5"]
        if 32 < value < 127 and chr(value) not in "'\\":
            forms.append(f"'{chr(value)}'")
        return self.random.choice(forms)
