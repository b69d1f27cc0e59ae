# The child calls a helper, which drops its own return address and returns to the caller of the vforking function
# instead, as an error exit by hand.
#
# Verdict:
#   error return 35
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
        mv      s0, ra
        li      a7, SYS_vfork
        ecall
        bnez    a0, 1f
        call    helper
1:      mv      ra, s0
        ret

helper:
        mv      ra, s0
        li      a0, 0
        ret
