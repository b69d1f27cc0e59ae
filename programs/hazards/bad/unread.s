# The child changes a variable that the parent happens not to read before it ends: a warning, because another run may.
#
# Verdict:
#   warning unread 19

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
mode:   .word   1

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      t0, mode
        li      t1, 2
        sw      t1, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
