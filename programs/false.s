# Does nothing, and reports failure: an exit status is the one value that a process leaves to its parent.
#
# Expected output: nothing
# Exit status: 1
# Scheduling: any

        .equ    SYS_exit, 93

        .text
        .globl  _start
_start:
        li      a0, 1
        li      a7, SYS_exit
        ecall
