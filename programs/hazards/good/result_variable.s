# Both processes store vfork's result to a variable, as C does: the one write that is allowed.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
pid:    .word   -1

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        la      t0, pid
        sw      a0, 0(t0)
        bnez    a0, parent
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: lw      a0, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
