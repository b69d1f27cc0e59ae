# slt and or in a hot loop, of which some processors' code needs constants beside it.
        .equ    SYS_exit, 93
        .globl  _start
_start: li      t1, 100000
1:      slt     t0, t3, a0
        or      a0, t0, t0
        addi    t1, t1, -1
        bnez    t1, 1b
        addi    a0, a0, 7
        li      a7, SYS_exit
        ecall
