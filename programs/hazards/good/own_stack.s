# clone gives the child a stack of its own inside the parent's frame, as posix_spawn does.
#
# Verdict: clean

        .equ    SYS_exit, 93
        .equ    SYS_clone, 220
        .equ    VM_VFORK_SIGCHLD, 0x4111

        .text
        .globl  _start
_start: addi    sp, sp, -512
        li      a0, VM_VFORK_SIGCHLD
        addi    a1, sp, 256             # where the child's stack begins, growing down to sp
        li      a2, 0
        li      a3, 0
        li      a4, 0
        li      a7, SYS_clone
        ecall
        bnez    a0, parent
        addi    sp, sp, -64
        sw      ra, 60(sp)
        sw      a7, 0(sp)
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall
