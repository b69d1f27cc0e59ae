# After vfork a child changes a variable, and it was its parent's.
# The child turns the a into a z in the memory that it has borrowed, and the parent goes on when the child has ended:
# zz. The same program with fork has 2 outcomes, and this is neither of them (fork_own_letter).
#
# Expected output without newline:
#   zz
# Exit status: 0
# Scheduling: any
# Outcomes: 1

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_vfork, 1071
        .equ    STDOUT, 1

        .data
letter: .ascii  "a"

        .text
        .globl  _start
_start:
        li      a7, SYS_vfork
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
