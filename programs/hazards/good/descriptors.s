# The child closes and copies descriptors: its table is its own.
#
# Verdict: clean

        .equ    SYS_dup3, 24
        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_exit, 93
        .equ    SYS_execve, 221
        .equ    SYS_vfork, 1071

        .bss
ends:   .space  8

        .section .rodata
path:   .asciz  "/exit"

        .text
        .globl  _start
_start: la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        la      s0, ends
        lw      s1, 0(s0)
        lw      s2, 4(s0)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        mv      a0, s1
        li      a7, SYS_close
        ecall
        mv      a0, s2
        li      a1, 1
        li      a2, 0
        li      a7, SYS_dup3
        ecall
        mv      a0, s2
        li      a7, SYS_close
        ecall
        la      a0, path
        li      a1, 0
        li      a2, 0
        li      a7, SYS_execve
        ecall
        li      a0, 127
        li      a7, SYS_exit
        ecall
parent: mv      a0, s2
        li      a7, SYS_close
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
