# Two children write into one pipe, and their parent shows what has come out of it.
# One writes a and b, the other x and y, a letter at a time. A pipe keeps the order in which it was written to, and each
# child its own: 4!/(2! 2!) mixtures. The parent alone writes to the terminal, once it has read to the end.
#
# Expected output without newline:
#   abxy
# Exit status: 0
# Scheduling: depends
# Outcomes: 6

        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .equ    STDOUT, 1

        .bss
        .balign 4
ends:   .skip   8                       # descriptors: to read from, to write to
text:   .skip   4

        .text
        .globl  _start
_start:
        la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        la      s0, ab
        li      a7, SYS_fork
        ecall
        beqz    a0, child
        la      s0, xy
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        lw      a0, ends + 4            # else the end would never come: the parent could still write
        li      a7, SYS_close
        ecall
        la      s0, text
1:      lw      a0, ends
        mv      a1, s0
        li      a2, 1
        li      a7, SYS_read
        ecall
        add     s0, s0, a0
        bnez    a0, 1b
        li      a0, STDOUT
        la      a1, text
        sub     a2, s0, a1
        li      a7, SYS_write
        ecall
        j       leave

child:  mv      a1, s0
        call    send
        addi    a1, s0, 1
        call    send
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

# send(a1: address of a letter)
send:
        lw      a0, ends + 4
        li      a2, 1
        li      a7, SYS_write
        ecall
        ret

        .section .rodata
ab:     .ascii  "ab"
xy:     .ascii  "xy"
