# One misaligned store, the last byte of one variable and the first of the next, on two pages.
#
# Verdict:
#   error damage 26 used 33
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4096
        .zero   4092
first:  .word   0
second: .word   0

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        la      t0, first + 3
        li      t1, 0x1122
        sh      t1, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        la      t0, second
        lbu     a0, 0(t0)
        addi    a0, a0, -0x11           # 0 when the child's byte is there
        li      a7, SYS_exit
        ecall
