# The child stores to the word of the frame where the parent has put a register that it needs later.
#
# Verdict:
#   error damage 18 used 22

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: addi    sp, sp, -16
        li      s0, 7
        sw      s0, 12(sp)              # kept for later
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent
        li      s0, 8
        sw      s0, 12(sp)              # the child means its own s0
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: lw      a0, 12(sp)
        addi    sp, sp, 16
        li      a7, SYS_exit
        ecall
