# The child's mark is in a heap that the parent gives back by brk and takes again: zeros are read, nothing of the
# child's. Before that the parent itself has overwritten the mark.
#
# Verdict: clean
#
# Exit status: 0

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
        add     s1, s0, t0
        mv      a0, s1
        li      a7, SYS_brk
        ecall
        li      t0, 3
        sw      t0, 0(s0)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      t0, 9
        sw      t0, 0(s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        sw      zero, 0(s0)
        mv      a0, s0
        li      a7, SYS_brk
        ecall
        mv      a0, s1
        li      a7, SYS_brk
        ecall
        lw      a0, 0(s0)
        li      a7, SYS_exit
        ecall
