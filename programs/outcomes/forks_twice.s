# Twice a fork and a letter: each process writes, whichever side of the fork it is on.
# Two processes have an a to write, and who has written it makes another, so that two have a b to write. An a is first,
# and before the other come none, one or two of the b that the first one brings.
#
# Expected output without newline:
#   ababbb
# Exit status: 0
# Scheduling: depends
# Outcomes: 3

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
        .ascii  "ab"
end:
