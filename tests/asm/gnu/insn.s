# Instructions by their fields.
        .insn   r 0x33, 0, 1, a0, a1, a2
        .insn   r OP, 0, 0, x10, x11, x12
        .insn   r AMO, 2, 0, a0, a1, a2
        .insn   r CUSTOM_0, 7, 127, a0, a1, a2
        .insn   r 0x43, 0, 3, a0, a1, a2, a3
        .insn   r4 MADD, 0, 0, a0, a1, a2, a3
        .insn   i 0x13, 0, a0, a1, 5
        .insn   i OP_IMM, 0, a0, 5(a1)
        .insn   i LOAD, 2, a0, 4(a1)
        .insn   i JALR, 0, a0, a1, 0
        .insn   i SYSTEM, 0, zero, zero, 0
        .insn   i MISC_MEM, 0, zero, zero, 0xff
        .insn   i 0x13, 0, a0, a0, %lo(x)
        .insn   s STORE, 2, a0, 4(a1)
        .insn   s 0x23, 2, a0, %lo(x)(a1)
        .insn   b BRANCH, 0, a0, a1, x
        .insn   sb 0x63, 0, a0, a1, x
        .insn   u LUI, a0, 0x12345
        .insn   u 0x37, a0, %hi(x)
        .insn   j JAL, a0, x
        .insn   uj 0x6f, a0, x
        .insn   0x00000013
        .insn   4, 0x13
x:      nop
