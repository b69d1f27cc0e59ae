# The child meets a breakpoint that nobody handles and dies of SIGTRAP before exec.
#
# Verdict:
#   error killed 17
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        ebreak
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent:
        li      a0, 0
        li      a7, SYS_exit
        ecall
