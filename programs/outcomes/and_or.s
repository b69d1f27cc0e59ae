# How many processes fork() && fork() || fork() makes, and what it is in each of them.
# The first process has two children and stops there, since both calls gave it a pid. A child was given a 0, and makes
# the third call. That is five processes: in three the whole is true (t), in the two youngest it is false (f). Nobody
# waits for anybody: every order of three t and two f is possible, 5!/(3! 2!) of them.
#
# Expected output without newline:
#   tttff
# Exit status: 0
# Scheduling: depends
# Outcomes: 10

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        beqz    a0, or
        li      a7, SYS_fork            # && asks for this one, since the first was no 0
        ecall
        bnez    a0, true
or:     li      a7, SYS_fork            # || asks for this one, since what is before it is 0
        ecall
        bnez    a0, true
        la      a1, f
        j       done
true:   la      a1, t
done:   call    print_letter
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
t:      .ascii  "t"
f:      .ascii  "f"
