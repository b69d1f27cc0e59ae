# The child leaves the function that called vfork by a tail call to one that never returns: nothing was returned from.
#
# Verdict: clean
#
# Exit status: 0

        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071

        .text
        .globl  _start
_start:
        call    start
        li      a0, 0
        li      a7, SYS_exit
        ecall

start:
        li      a7, SYS_vfork
        ecall
        beqz    a0, 1f
        ret
1:      tail    leave

leave:
        li      a0, 0
        li      a7, SYS_exit
        ecall
