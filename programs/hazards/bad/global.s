# The child stores to a global variable, and the parent reads what it left there.
#
# Verdict:
#   error damage 18 used 23

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
limit:  .word   100

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      t0, limit
        sw      zero, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: la      t0, limit
        lw      a0, 0(t0)
        li      a7, SYS_exit
        ecall
