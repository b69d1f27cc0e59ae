# The child moves the program break, and the parent's heap ends somewhere else.
#
# Verdict:
#   warning mapped 22

        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: li      a0, 0
        li      a7, SYS_brk
        ecall
        mv      s0, a0
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      t0, 8192
        add     a0, s0, t0
        li      a7, SYS_brk
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
