# The child calls, pushes frames and pops them, all below the stack pointer at vfork. Later the parent's own frames
# lie there, and it writes a word before it reads it.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      a0, 5
        call    twice
        li      a7, SYS_exit
        ecall

parent:
        li      a0, 4
        call    twice
        addi    a0, a0, -8
        li      a7, SYS_exit
        ecall

twice:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        sw      a0, 8(sp)
        call    once
        lw      t0, 8(sp)
        add     a0, a0, t0
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret
once:
        addi    sp, sp, -16
        sw      a0, 0(sp)
        lw      a0, 0(sp)
        addi    sp, sp, 16
        ret
