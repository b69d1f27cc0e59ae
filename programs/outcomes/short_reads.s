# A read from a pipe takes what is there, be it less than was asked for.
# A child writes a, b and c into the pipe, a letter at a time. The parent asks for three, and writes what it got and a
# dot, until the end. Between two letters a read may have ended or not: 2 * 2 outcomes.
#
# Expected output without newline:
#   abc.
# Exit status: 0
# Scheduling: depends
# Outcomes: 4

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
        li      a7, SYS_fork
        ecall
        beqz    a0, child

        lw      a0, ends + 4
        li      a7, SYS_close
        ecall
1:      lw      a0, ends
        la      a1, text
        li      a2, 3
        li      a7, SYS_read
        ecall
        beqz    a0, leave
        la      a1, text
        add     t0, a1, a0
        li      t1, '.'
        sb      t1, 0(t0)
        addi    a2, a0, 1
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        j       1b

child:  la      s0, letters
        la      s1, end
2:      lw      a0, ends + 4
        mv      a1, s0
        li      a2, 1
        li      a7, SYS_write
        ecall
        addi    s0, s0, 1
        bne     s0, s1, 2b
leave:  li      a0, 0
        li      a7, SYS_exit
        ecall

        .section .rodata
letters:
        .ascii  "abc"
end:
