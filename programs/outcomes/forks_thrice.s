# Three times a fork and a letter: each process writes, whichever side of the fork it is on.
# Two processes have an a to write. Who has written a letter makes another, and both have the next one to write. So an a
# leaves two b, a b two c. A text is a walk from (2 a, no b, no c) to where nothing is left, and there are 279 of them;
# of the orders of the 14 writes there are 21,964,800.
#
# Expected output without newline:
#   abcabcbccbcccc
# Exit status: 0
# Scheduling: depends
# Outcomes: 279

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      s0, letters
        la      s1, end
1:      li      a7, SYS_fork
        ecall
        mv      a1, s0
        call    print_letter
        addi    s0, s0, 1
        bne     s0, s1, 1b
        li      a0, 0
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
letters:
        .ascii  "abc"
end:
