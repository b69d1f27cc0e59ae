# The child calls a function, whose frame lies below the parent's stack pointer: a note at most.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: addi    sp, sp, -16
        li      t0, 5
        sw      t0, 8(sp)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      a0, 3
        call    square
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 3
        call    square
        lw      t0, 8(sp)
        sub     a0, a0, t0
        addi    a0, a0, -4
        li      a7, SYS_exit
        ecall

square: addi    sp, sp, -32
        sw      ra, 28(sp)
        sw      a0, 24(sp)
        lw      t0, 24(sp)
        mul     a0, t0, t0
        lw      ra, 28(sp)
        addi    sp, sp, 32
        ret
