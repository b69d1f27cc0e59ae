# The child gives back heap that it takes for its own: the parent's break has gone down with it.
#
# Verdict:
#   error unmapped 31
#
# Exit status: 139

        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        li      a0, 0
        li      a7, SYS_brk
        ecall
        mv      s0, a0
        li      t0, 8192
        add     a0, s0, t0
        li      a7, SYS_brk
        ecall
        li      t0, 7
        sw      t0, 0(s0)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        mv      a0, s0
        li      a7, SYS_brk
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        lw      a0, 0(s0)
        addi    a0, a0, -7
        li      a7, SYS_exit
        ecall
