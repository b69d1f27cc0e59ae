# The child moves the offset of a file that the parent reads afterwards.
#
# Verdict:
#   warning shared-offset 36

        .equ    SYS_openat, 56
        .equ    SYS_llseek, 62
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071
        .equ    AT_FDCWD, -100
        .equ    SEEK_SET, 0

        .section .rodata
name:   .asciz  "/lseek.s"

        .text
        .globl  _start
_start: li      a0, AT_FDCWD
        la      a1, name
        li      a2, 0
        li      a3, 0
        li      a7, SYS_openat
        ecall
        mv      s0, a0
        addi    sp, sp, -16
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        addi    sp, sp, -16
        mv      a0, s0
        li      a1, 0
        li      a2, 10
        mv      a3, sp                  # the result: on the child's own part of the stack
        li      a4, SEEK_SET
        li      a7, SYS_llseek
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
