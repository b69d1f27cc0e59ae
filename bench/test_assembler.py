"""Source lines a second, from text to image: lexer, parser, layout, encoder, linker and ELF file together."""

from __future__ import annotations

import random

import pytest

from asm import Assembly, Source, assemble

REGISTERS = ("t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5", "a6", "a7", "s2", "s3")
FUNCTIONS = 1500


def typical_source(functions: int) -> tuple[str, int]:
    """Code like a compiler's or a person's, about 20 lines a function, and the number of its instruction words."""
    choose = random.Random(1)
    lines = ["        .text", "        .globl  _start", "_start: call    function0"]
    words = 2

    def register() -> str:
        return choose.choice(REGISTERS)

    for number in range(functions):
        callee = f"function{choose.randrange(functions)}"
        lines += [
            "",
            f"# function {number}: a loop over an array, and a call",
            f"function{number}:",
            "        addi    sp, sp, -16",
            "        sw      ra, 12(sp)",
            f"        la      {register()}, table + {4 * choose.randrange(64)}",
            f"        li      {register()}, {choose.randint(-2048, 2047)}",
            f"loop{number}:",
            f"        lw      {register()}, {4 * choose.randrange(500)}({register()})",
            f"        add     {register()}, {register()}, {register()}   # the sum so far",
            f"        slli    {register()}, {register()}, {choose.randrange(32)}",
            f"        mul     {register()}, {register()}, {register()}",
            f"        addi    {register()}, {register()}, {choose.randint(-2048, 2047)}",
            f"        bne     {register()}, {register()}, loop{number}",
            f"        beqz    {register()}, 1f",
            f"        call    {callee}",
            "1:      lw      ra, 12(sp)",
            "        addi    sp, sp, 16",
            "        ret",
        ]
        words += 17
    lines += ["        .data", "table:"]
    lines += [f"        .word   {choose.randrange(1 << 32)}, function0, {number}" for number in range(500)]
    return "\n".join(lines) + "\n", words


@pytest.mark.benchmark(group="assembler")
def test_assemble_typical_source(benchmark) -> None:
    text, words = typical_source(FUNCTIONS)

    def run() -> Assembly:
        return assemble([Source("typical.s", text)])

    assembly = run()
    assert [(section.name, len(section.data)) for section in assembly.sections] == [
        (".text", 4 * words),
        (".data", 4 * 3 * 500),
    ]
    assert assembly.entry == 0x10000
    assert assembly.sections[0].data[:8] == bytes.fromhex("97 00 00 00 e7 80 80 00")
    assert not assembly.warnings
    benchmark.pedantic(run, rounds=5, warmup_rounds=1)
    if benchmark.stats:
        benchmark.extra_info["lines_a_second"] = round(text.count("\n") / benchmark.stats.stats.min)
