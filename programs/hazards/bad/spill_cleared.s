# The parent keeps a value in its frame over the vfork (a spill) at a distance that fits no word boundary of the
# child's loop: the child clears "its" buffer one word too far, downwards from the frame's top.
#
# Verdict:
#   error damage 27 used 36
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        addi    sp, sp, -32
        li      t0, 5
        sw      t0, 8(sp)               # the value
        sw      zero, 12(sp)            # a buffer of 3 words
        sw      zero, 16(sp)
        sw      zero, 20(sp)
        li      a7, SYS_vfork
        ecall
        bnez    a0, parent

        addi    t0, sp, 20
        li      t1, 4                   # one too many
1:      sw      zero, 0(t0)
        addi    t0, t0, -4
        addi    t1, t1, -1
        bnez    t1, 1b
        li      a0, 0
        li      a7, SYS_exit
        ecall

parent:
        lw      a0, 8(sp)
        addi    sp, sp, 32
        li      a7, SYS_exit
        ecall
