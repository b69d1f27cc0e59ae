# vfork behind a function that only makes the call: it returns in both, and its return address waits in a register.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: call    make
        bnez    a0, parent
        li      a0, 1
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall

make:   li      a7, SYS_vfork
        ecall
        ret
