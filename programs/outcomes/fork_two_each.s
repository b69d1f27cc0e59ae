# After fork parent and child write two letters each, and nobody waits.
# Each keeps its own order, c before d and p before q, and that is all: 4!/(2! 2!) mixtures. Compare vfork_two_each.
#
# Expected output without newline:
#   pqcd
# Exit status: 0
# Scheduling: depends
# Outcomes: 6

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        la      a1, p
        call    print_letter
        la      a1, q
        call    print_letter
        j       leave

child:  la      a1, c
        call    print_letter
        la      a1, d
        call    print_letter
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

# print_letter(a1: address of a letter)
print_letter:
        li      a0, STDOUT
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
c:      .ascii  "c"
d:      .ascii  "d"
p:      .ascii  "p"
q:      .ascii  "q"
