# A parent waits for its younger child first, and then for the older one.
# The older child writes an a, the younger a b, the parent a 1 and a 2 after each wait. Now b, 1 and 2 come in this
# order, and the a, though its child is older and may be long gone, somewhere before the 2.
#
# Expected output without newline:
#   ab12
# Exit status: 0
# Scheduling: depends
# Outcomes: 3

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        la      s2, a
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        mv      s0, a0
        la      s2, b
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        mv      s1, a0

        mv      a0, s1
        call    wait_for
        la      a1, one
        call    print_letter
        mv      a0, s0
        call    wait_for
        la      a1, two
        call    print_letter
        j       leave

child:  mv      a1, s2
        call    print_letter
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

# wait_for(a0: pid of a child)
wait_for:
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        ret

# print_letter(a1: address of a letter)
print_letter:
        li      a0, STDOUT
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
a:      .ascii  "a"
b:      .ascii  "b"
one:    .ascii  "1"
two:    .ascii  "2"
