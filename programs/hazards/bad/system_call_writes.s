# The child asks for a pipe, and the kernel stores its two descriptors where the parent keeps those of its own.
#
# Verdict:
#   error damage 25 used 30

        .equ    SYS_pipe2, 59
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
ends:   .word   0, 0

        .text
        .globl  _start
_start: la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: la      t0, ends
        lw      a0, 4(t0)
        li      a7, SYS_exit
        ecall
