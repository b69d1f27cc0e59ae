# Copies its input to its output in upper case, a piece at a time.

        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    STDIN, 0
        .equ    STDOUT, 1
        .equ    SIZE, 512

        .bss
piece:  .skip   SIZE

        .text
        .globl  _start
_start:
        li      a0, STDIN
        la      a1, piece
        li      a2, SIZE
        li      a7, SYS_read
        ecall
        blez    a0, end
        mv      a2, a0
        la      a1, piece
        add     t0, a1, a2
        mv      t1, a1
        li      t3, 26
1:      lbu     t2, 0(t1)
        addi    t2, t2, -'a'
        bgeu    t2, t3, 2f
        addi    t2, t2, 'A'
        sb      t2, 0(t1)
2:      addi    t1, t1, 1
        bltu    t1, t0, 1b
        li      a0, STDOUT
        li      a7, SYS_write
        ecall
        j       _start
end:    li      a0, 0
        li      a7, SYS_exit
        ecall
