# Writes as many KiB as its argument says, in decimal: more than a pipe takes, from 65 on.

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDOUT, 1
        .equ    KIB, 1024

        .text
        .globl  _start
_start:
        li      s0, 0                   # s0: how many are left
        lw      t1, 8(sp)
        beqz    t1, end
        li      t3, 10
1:      lbu     t2, 0(t1)
        beqz    t2, 2f
        mul     s0, s0, t3
        addi    t2, t2, -'0'
        add     s0, s0, t2
        addi    t1, t1, 1
        j       1b
2:      beqz    s0, end
        li      a0, STDOUT
        la      a1, block
        li      a2, KIB
        li      a7, SYS_write
        ecall
        addi    s0, s0, -1
        j       2b
end:    li      a0, 0
        li      a7, SYS_exit
        ecall

        .section .rodata
block:  .fill   KIB, 1, '.'
