# Counts the bytes of its input, and writes their number.

        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDIN, 0
        .equ    STDOUT, 1
        .equ    SIZE, 4096

        .bss
piece:  .skip   SIZE

        .text
        .globl  _start
_start:
        li      s0, 0                   # s0: the bytes so far
1:      li      a0, STDIN
        la      a1, piece
        li      a2, SIZE
        li      a7, SYS_read
        ecall
        blez    a0, 2f
        add     s0, s0, a0
        j       1b
2:      la      a1, piece + SIZE        # the line is put together from its end
        addi    a1, a1, -1
        li      t0, '\n'
        sb      t0, 0(a1)
        li      t1, 10
3:      remu    t0, s0, t1
        divu    s0, s0, t1
        addi    t0, t0, '0'
        addi    a1, a1, -1
        sb      t0, 0(a1)
        bnez    s0, 3b
        la      a2, piece + SIZE
        sub     a2, a2, a1
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
