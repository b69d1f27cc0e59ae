# readv by the child of a file that the parent has open: the offset is the description's, one for both.
#
# Verdict:
#   warning shared-offset 39
#
# Exit status: 97

        .equ    SYS_openat, 56
        .equ    SYS_readv, 65
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .data
        .balign 4
vector: .word   buffer, 4
        .bss
buffer: .zero   4
        .section .rodata
path:   .asciz  "/proc/self/exe"

        .text
        .globl  _start
_start:
        li      a0, -100                # AT_FDCWD
        la      a1, path
        li      a2, 0
        li      a3, 0
        li      a7, SYS_openat
        ecall
        mv      s0, a0
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        mv      a0, s0
        la      a1, vector
        li      a2, 1
        li      a7, SYS_readv
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        mv      a0, s0
        la      a1, vector
        li      a2, 1
        li      a7, SYS_readv
        ecall
        la      t0, buffer
        lbu     a0, 0(t0)               # the fifth byte of this source, not its first
        li      a7, SYS_exit
        ecall
