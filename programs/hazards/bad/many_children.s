# A hundred children make the same mistake: it is told once.
#
# Verdict:
#   error damage 20 used 24

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
count:  .word   0

        .text
        .globl  _start
_start: la      s0, count
        li      s1, 100
again:  li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      t0, -1
        sb      t0, 1(s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: lbu     t0, 1(s0)
        sw      zero, 0(s0)
        addi    s1, s1, -1
        bnez    s1, again
        li      a0, 0
        li      a7, SYS_exit
        ecall
