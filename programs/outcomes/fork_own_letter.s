# After fork a child changes a variable, and each writes its own.
# The child turns its a into a z; the parent still has an a. Either may write first: az or za. Compare vfork_own_letter.
#
# Expected output without newline:
#   az
# Exit status: 0
# Scheduling: depends
# Outcomes: 2

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .data
letter: .ascii  "a"

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        bnez    a0, write
        li      t0, 'z'
        la      t1, letter
        sb      t0, 0(t1)
write:  li      a0, STDOUT
        la      a1, letter
        li      a2, 1
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
