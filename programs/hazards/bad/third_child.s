# The first child writes, the second child copies what it finds to its exit status: the parent never looks.
#
# Verdict:
#   error damage 23 used 32
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4
word:   .word   1

        .text
        .globl  _start
_start:
        la      s0, word
        li      a7, SYS_vfork
        ecall
        bnez    a0, second
        li      t0, 2
        sw      t0, 0(s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall

second:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        lw      a0, 0(s0)
        li      a7, SYS_exit
        ecall

parent:
        li      a0, 0
        li      a7, SYS_exit
        ecall
