# Registers are the child's own, all of them, the stack pointer included: the child spoils every one, and the parent
# resumes with what it had.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        li      s0, 3
        li      s11, 4
        mv      s1, sp
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        li      s0, -1
        li      s11, -1
        li      ra, 0
        li      gp, 0
        li      tp, 0
        li      sp, 16
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        add     a0, s0, s11
        addi    a0, a0, -7
        sub     t0, sp, s1
        or      a0, a0, t0
        li      a7, SYS_exit
        ecall
