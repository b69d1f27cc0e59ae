# Three processes write four letters each into one pipe, which nobody reads: 12! / (4!)^3 = 34,650 classes, exit status 0.
    .data
ends:
    .space 8
    .text
    .globl _start
_start:
    la a0, ends
    li a1, 0
    li a7, 59               # pipe2
    ecall
    li s1, 'a'
    li a7, 1079             # fork
    ecall
    beqz a0, write
    li s1, 'b'
    li a7, 1079
    ecall
    beqz a0, write
    li s1, 'c'
write:
    addi sp, sp, -16
    sb s1, 0(sp)
    li s0, 4
1:  lw a0, ends+4
    mv a1, sp
    li a2, 1
    li a7, 64               # write
    ecall
    addi s0, s0, -1
    bnez s0, 1b
    li a0, 0
    li a7, 93               # exit
    ecall
