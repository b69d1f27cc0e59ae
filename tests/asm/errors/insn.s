# .insn: what makes no instruction of this machine.
        .insn
        .insn   q 0x33, 0, 0, a0, a1, a2
        .insn   r 0x32, 0, 0, a0, a1, a2
        .insn   r 0x33, 8, 0, a0, a1, a2
        .insn   r 0x33, 0, 128, a0, a1, a2
        .insn   r 0x33, 0, 0, a0, a1
        .insn   r OPP, 0, 0, a0, a1, a2
        .insn   i 0x13, 0, a0, a1, 4096
        .insn   i 0x13, 0, a0, 5(a1
        .insn   ca 1, 2, 3, a0, a1
        .insn   0x1
        .insn   2, 0x1
        .insn   4, 0x1
        .insn   0x100000013
        .insn   r 0x33 0, 0, a0, a1, a2
