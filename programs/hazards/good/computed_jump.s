# The child goes through a table of code addresses inside its own function: jumps through registers are no calls and
# no returns, even through ra.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        addi    sp, sp, -16
        call    start
        addi    sp, sp, 16
        li      a0, 0
        li      a7, SYS_exit
        ecall

start:
        mv      s0, ra
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      ra, 1f
        jr      ra
        li      a0, 1
1:      li      a0, 0
        li      a7, SYS_exit
        ecall
parent:
        mv      ra, s0
        ret
