# A failed exec sets errno, and the parent reads it as if it told of a call of its own.
#
# Verdict:
#   error damage 26 used 31

        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_vfork, 1071

        .data
errno:  .word   0
nobody: .asciz  "/no/such/program"

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      a0, nobody
        li      a1, 0
        li      a2, 0
        li      a7, SYS_execve
        ecall
        neg     a0, a0
        la      t0, errno
        sw      a0, 0(t0)
        li      a0, 127
        li      a7, SYS_exit
        ecall
parent: la      t0, errno
        lw      a0, 0(t0)
        li      a7, SYS_exit
        ecall
