# The child stores to the heap.
#
# Verdict:
#   error damage 26 used 30

        .equ    SYS_exit, 93
        .equ    SYS_brk, 214
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: li      a0, 0
        li      a7, SYS_brk
        ecall
        mv      s0, a0
        li      t0, 4096
        add     a0, a0, t0
        ecall
        li      t0, 41
        sw      t0, 64(s0)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        lw      t0, 64(s0)
        addi    t0, t0, 1
        sw      t0, 64(s0)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: lw      a0, 64(s0)
        li      a7, SYS_exit
        ecall
