# What trunk.s executes: it copies its standard input to its standard output, a line at most.

        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93

        .bss
        .balign 4
leaf_buffer:
        .zero   64

        .text
        .globl  _start
_start: call    leaf_copy
        li      a7, SYS_exit
        ecall

leaf_copy:
        addi    sp, sp, -16
        sw      ra, 12(sp)
        li      a0, 0
        la      a1, leaf_buffer
        li      a2, 64
        li      a7, SYS_read
        ecall
        mv      a2, a0
        blez    a0, 1f
        call    leaf_write
1:      li      a0, 7
        lw      ra, 12(sp)
        addi    sp, sp, 16
        ret

leaf_write:
        li      a0, 1
        la      a1, leaf_buffer
        li      a7, SYS_write
        ecall
        ret
