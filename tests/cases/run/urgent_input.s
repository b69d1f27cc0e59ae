# Waits a millisecond for urgent data on standard input, which never has any: the time-out ends it.
        .equ    SYS_exit, 93
        .equ    SYS_ppoll, 414
        .globl  _start
_start: la      a0, ends
        li      a1, 1
        la      a2, time
        li      a3, 0
        li      a4, 8
        li      a7, SYS_ppoll
        ecall
        addi    a0, a0, 7
        li      a7, SYS_exit
        ecall
        .data
        .balign 8
ends:   .word   0
        .half   2, 0                    # POLLPRI
time:   .word   0, 0, 1000000, 0
