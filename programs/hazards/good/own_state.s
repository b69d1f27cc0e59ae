# The child changes what each process has for itself: directory, signal mask, descriptors' flags.
#
# Verdict: clean

        .equ    SYS_chdir, 49
        .equ    SYS_exit, 93
        .equ    SYS_rt_sigprocmask, 135
        .equ    SYS_vfork, 1071
        .equ    SIG_BLOCK, 0

        .section .rodata
root:   .asciz  "/"
        .balign 4
all:    .word   -1, -1

        .text
        .globl  _start
_start: li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        la      a0, root
        li      a7, SYS_chdir
        ecall
        li      a0, SIG_BLOCK
        la      a1, all
        li      a2, 0
        li      a3, 8
        li      a7, SYS_rt_sigprocmask
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
