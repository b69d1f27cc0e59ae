.import "library/sum.s"         # Venus: operands without commas, the number of a service in a0, main's status
.data
title: .asciiz "sum "
list: .word 3 -4 50
.text
helper: ret
.globl main
main:
        addi sp sp -8
        sw ra 4(sp)
        la a0 list
        addi a1 x0 3
        jal ra sum              ; of the other file
        mv s0 a0
        addi a0 x0 4
        la a1 title
        ecall
        li a0 1
        mv a1 s0
        ecall
        li a0 11
        li a1 10
        ecall
        li a0 34
        mv a1 s0
        ecall
        li a0 11
        li a1 '\n'
        ecall
        seq t0 s0 s0
        sle t1 s0 x0
        add t0 t0 t1
        li a0 9
        li a1 12
        ecall
        sw t0 8(a0)
        lw a1 8(a0)
        li a0 1
        ecall
        li a0 0x3CC             # malloc of Venus's library
        li a1 100
        li a6 1
        ecall
        sw x0 96(a0)
        lw ra 4(sp)
        addi sp sp 8
        li a0 7
        jr ra
