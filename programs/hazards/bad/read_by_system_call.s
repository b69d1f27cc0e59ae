# It is a system call of the parent's that reads what the child has changed: the text that it writes.
#
# Verdict:
#   error damage 20 used 28

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
text:   .ascii  "parent\n"

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      t0, text
        li      t1, 'P'
        sb      t1, 0(t0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 1
        la      a1, text
        li      a2, 7
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
