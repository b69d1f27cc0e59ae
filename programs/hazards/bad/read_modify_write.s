# The parent's first touch of what the child changed is an atomic add, which reads it.
#
# Verdict:
#   error damage 24 used 31
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4
sum:    .word   1

        .text
        .globl  _start
_start:
        la      s0, sum
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        li      t0, 2
        sb      t0, 2(s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        li      t0, 1
        amoadd.w zero, t0, (s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
