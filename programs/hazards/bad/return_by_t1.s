# The return address was saved in the frame, and the child loads it into t1 and jumps: not a hinted return, and a
# return.
#
# Verdict:
#   error return 30
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        call    start
        bnez    a0, 1f
        li      a7, SYS_exit
        ecall
1:      li      a0, 0
        li      a7, SYS_exit
        ecall

start:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        li      a7, SYS_vfork
        ecall
        lw      t1, 12(sp)
        addi    sp, sp, 16
        jr      t1
