# The child stores what is already there: no byte changes.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
state:  .word   3

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      t0, state
        li      t1, 4
        sw      t1, 0(t0)
        li      t1, 3
        sw      t1, 0(t0)               # and puts it back
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: lw      a0, state
        addi    a0, a0, -3
        li      a7, SYS_exit
        ecall
