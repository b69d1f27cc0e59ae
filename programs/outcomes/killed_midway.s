# A parent kills its child, and cannot know how far it has come.
# The child writes a, b and c. It may be dead before the first of them, after any, or have ended by itself: 4 outcomes.
# The parent writes its k once it has waited, behind everything that the child wrote.
#
# Expected output without newline:
#   k
# Exit status: 0
# Scheduling: depends
# Outcomes: 4

        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_kill, 129
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    SIGKILL, 9
        .equ    STDOUT, 1

        .text
        .globl  _start
_start:
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        mv      s0, a0
        li      a1, SIGKILL
        li      a7, SYS_kill
        ecall
        mv      a0, s0
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        la      a1, k
        call    print_letter
        j       leave

child:  la      a1, a
        call    print_letter
        la      a1, b
        call    print_letter
        la      a1, c
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
a:      .ascii  "a"
b:      .ascii  "b"
c:      .ascii  "c"
k:      .ascii  "k"
