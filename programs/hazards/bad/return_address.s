# The child returns from the function that called vfork, and the next call lies on the frame of it: the parent takes the
# return address that the child's call has left there.
#
# Verdict:
#   error return 28 used 26

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start: call    start
        bnez    a0, parent
        call    work                    # the child, back where it should not be
        li      a0, 0
        li      a7, SYS_exit
        ecall
parent: li      a0, 0
        li      a7, SYS_exit
        ecall

start:  addi    sp, sp, -16
        sw      ra, 12(sp)
        li      a7, SYS_vfork
        ecall
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

work:   addi    sp, sp, -16
        sw      ra, 12(sp)
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret
