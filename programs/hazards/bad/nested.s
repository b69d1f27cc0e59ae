# The child calls vfork itself before it execs.
#
# Verdict:
#   warning nested 15

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      a7, SYS_vfork
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
