# The function that calls vfork has no frame, and the child leaves it by a return of its own. Nothing on the stack is
# hurt this time; the rule is broken all the same.
#
# Verdict:
#   error return 20

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: call    start
        li      a0, 0
        li      a7, SYS_exit
        ecall

start:  li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        ret
parent: li      a0, 3
        li      a7, SYS_exit
        ecall
