# Two children race to their ends, and the exit status of their parent tells who has won.
# Nothing is written: an outcome is what was written together with how the first program ended. It ends with the status
# of the child that its first wait has taken, 1 or 2.
#
# Expected output: nothing
# Exit status: 1
# Scheduling: depends
# Outcomes: 2

        .equ    SYS_exit, 93
        .equ    SYS_wait4, 260
        .equ    SYS_fork, 1079
        .equ    ANY_CHILD, -1

        .bss
        .balign 4
status: .skip   4

        .text
        .globl  _start
_start:
        li      s0, 1
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        li      s0, 2
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        li      a0, ANY_CHILD
        la      a1, status
        li      a2, 0
        li      a3, 0
        li      a7, SYS_wait4
        ecall
        lbu     s0, status + 1          # WEXITSTATUS: the second byte of the word
child:  mv      a0, s0
        li      a7, SYS_exit
        ecall
