# The child executes another program, with its arguments on a part of the stack of its own.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_wait4, 260
        .equ    SYS_vfork, 1071

        .section .rodata
path:   .asciz  "/exit"

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        addi    sp, sp, -16
        la      a0, path
        sw      a0, 0(sp)
        sw      zero, 4(sp)
        mv      a1, sp
        li      a2, 0
        li      a7, SYS_execve
        ecall
        li      a0, 127
        li      a7, SYS_exit
        ecall
parent: li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
