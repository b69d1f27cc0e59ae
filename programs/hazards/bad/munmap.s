# The child unmaps memory that the parent still has a pointer to.
#
# Verdict:
#   error unmapped 30

        .equ    SYS_exit, 93
        .equ    SYS_munmap, 215
        .equ    SYS_mmap2, 222
        .equ    SYS_vfork, 1071
        .equ    READ_WRITE, 3
        .equ    PRIVATE_ANONYMOUS, 0x22

        .text
        .globl  _start
_start: li      a0, 0
        li      a1, 8192
        li      a2, READ_WRITE
        li      a3, PRIVATE_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap2
        ecall
        mv      s0, a0
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        mv      a0, s0
        li      a1, 4096
        li      a7, SYS_munmap
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
