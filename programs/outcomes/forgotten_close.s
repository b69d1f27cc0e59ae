# A reader that forgot to close its own end to write waits for an end of file that cannot come.
# The child writes a letter and ends. The parent reads it and shows it, and reads on: it could still write into the pipe
# itself, so that there is no end of it. Whatever the schedule, it waits for ever.
#
# Expected output without newline:
#   a
# Exit status: 124
# Scheduling: any
# Outcomes: 1, 1 deadlock

        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .bss
        .balign 4
ends:   .skip   8                       # descriptors: to read from, to write to
text:   .skip   1

        .text
        .globl  _start
_start:
        la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        li      a7, SYS_fork
        ecall
        beqz    a0, child

1:      lw      a0, ends
        la      a1, text
        li      a2, 1
        li      a7, SYS_read
        ecall
        beqz    a0, leave
        mv      a2, a0
        li      a0, STDOUT
        la      a1, text
        li      a7, SYS_write
        ecall
        j       1b

child:  lw      a0, ends + 4
        la      a1, a
        li      a2, 1
        li      a7, SYS_write
        ecall
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

        .section .rodata
a:      .ascii  "a"
