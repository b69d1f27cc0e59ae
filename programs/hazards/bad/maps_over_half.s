# The child maps fresh memory over the second of the parent's two pages; the first is as it was.
#
# Verdict:
#   error unmapped 34
#
# Exit status: 1

        .equ    SYS_exit, 93
        .equ    SYS_mmap, 222
        .equ    SYS_vfork, 1071

        .data
        .balign 4096
first:  .word   1
        .zero   4092
second: .word   7
        .zero   4092

        .text
        .globl  _start
_start:
        la      s0, second
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        mv      a0, s0
        li      a1, 4096
        li      a2, 3                   # PROT_READ | PROT_WRITE
        li      a3, 0x32                # MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS
        li      a4, -1
        li      a5, 0
        li      a7, SYS_mmap
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        la      t0, first
        lw      t1, 0(t0)
        lw      a0, 0(s0)
        add     a0, a0, t1
        li      a7, SYS_exit
        ecall
