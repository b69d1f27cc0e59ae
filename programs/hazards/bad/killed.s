# The child stores to an address where there is no memory, and dies of it.
#
# Verdict:
#   error killed 14

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        sw      zero, 0(zero)
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
