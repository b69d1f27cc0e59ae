# fork, not vfork: the child may write wherever it likes.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079

        .data
limit:  .word   100

        .text
        .globl  _start
_start: li      a7, SYS_fork
        ecall
        bnez    a0, parent
        la      t0, limit
        sw      zero, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lw      a0, limit
        addi    a0, a0, -100
        li      a7, SYS_exit
        ecall
