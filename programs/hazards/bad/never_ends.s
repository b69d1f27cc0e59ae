# The child loops for ever, and with it waits its parent.
#
# Verdict:
#   error never-released 16
# Instructions: 100000

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
forever:
        j       forever
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
